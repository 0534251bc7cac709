"""Talking in the browser: a calculator with its verdict, a run that writes on, and what becomes of it."""

from __future__ import annotations

import http.client
import shutil
import signal
from typing import Any

import pytest
from speaking import asked, grow, streamed, text_of

from mebuki.studio.talk_store import Talks


@pytest.fixture(scope="module")
def talking(studio: Any) -> Any:
    """A studio with a tiny Transformer, a tiny LSTM, and one that is slow."""
    runs = studio.home / "runs"
    grow(runs)
    grow(runs, "river", "lstm")
    grow(runs, "slow", width=192, layers=4, context=256, steps=1, batch=1)
    return studio


def say(page: Any, text: str) -> None:
    field = page.locator("#say")
    field.fill(text)
    field.press("Enter")


def said(page: Any) -> Any:
    """The last answer, once it is done."""
    page.locator("form .leaf").wait_for()
    page.locator("[role=log][aria-busy=false]").wait_for()
    return page.locator(".said").last


def test_models_and_the_one_to_begin_with(talking) -> None:
    found = {model["id"]: model for model in asked(talking, "/api/models")}
    assert set(found) == {"rain", "river", "slow", "calculator"}
    assert next(iter(found)) != "calculator"
    assert found["river"]["architecture"] == "lstm"
    assert found["rain"]["steps"][-1]["step"] == 20


@pytest.mark.parametrize("name", ["", "..", "../data", "nowhere", "/etc", "rain/../../x", "rain\x00", ".rain.txt"])
def test_other_names_are_none(talking, name) -> None:
    assert asked(talking, "/api/talk", {"model": name, "question": "1"})["code"] == "model_missing"


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ja", 390)])
def test_models_write_on_beside_each_other_and_nothing_is_kept(talking, visit, violations, language, width) -> None:
    kept = asked(talking, "/api/talks")
    page = visit(talking, "/compare?runs=rain,river&heat=0.5", language=language, width=width)
    page.locator("#prompt").fill("Rain again")
    page.locator("form .leaf").click()
    answers = page.locator(".answers li")
    page.locator(".answers [aria-busy=false]").nth(1).wait_for()
    told = [one.locator(".text").inner_text() for one in answers.all()]
    for name, text in zip(("rain", "river"), told, strict=True):
        how = {"tokens": 160, "temperature": 0.5, "seed": 1}
        lines = list(streamed(talking, model=f"runs/{name}", question="Rain again", keep=False, how=how))
        assert text == ("Rain again" + text_of(lines)).rstrip()
        assert lines[0]["talk"] is None
    assert told[0] != told[1]
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "seed" not in page.url
    page.reload()
    assert page.locator("#prompt").input_value() == "Rain again"
    assert asked(talking, "/api/talks") == kept


def test_an_alternative_goes_on_from_there(talking) -> None:
    first = list(streamed(talking, model="rain", question="Rain ", how={"tokens": 12, "seed": 3}))
    assert [line["kind"] for line in first] == ["begun"] + ["token"] * 12 + ["done"]
    again = list(streamed(talking, model="rain", question="Rain ", how={"tokens": 12, "seed": 3}))
    assert text_of(first) == text_of(again)
    tokens = [line for line in first if line["kind"] == "token"]
    other = next(choice for choice in tokens[4]["top"] if choice["id"] != tokens[4]["id"])
    begun = first[0]
    way = {
        "talk": begun["talk"],
        "turn": 0,
        "base": begun["answer"],
        "after": [t["id"] for t in tokens[:4]] + [other["id"]],
    }
    second = list(streamed(talking, model="rain", question="Rain ", how={"tokens": 5, "seed": 3}, **way))
    assert [token["own"] for token in second[0]["before"]] == [False] * 4 + [True]
    assert second[0]["before"][4]["text"] == other["text"]
    kept = asked(talking, f"/api/talks/{begun['talk']}")["answers"]
    assert [(answer["turn"], len(answer["tokens"])) for answer in kept] == [(0, 12), (0, 10)]
    same = {**way, "after": [t["id"] for t in tokens[:4]]}
    third = list(streamed(talking, model="rain", question="Rain ", how={"tokens": 8, "seed": 3}, **same))
    assert text_of(third) == "".join(token["text"] for token in tokens[4:])  # as if it had never stopped


def test_who_leaves_ends_the_work(talking) -> None:
    lines = streamed(talking, model="slow", question="Rain", how={"tokens": 2000})
    begun = next(lines)
    next(lines)
    lines.close()
    list(streamed(talking, model="calculator", question="1+2"))  # its turn comes
    answer = asked(talking, f"/api/talks/{begun['talk']}")["answers"][0]
    assert answer["state"] == "stopped"
    assert 0 < len(answer["tokens"]) < 2000


def test_the_second_waits_and_is_told(talking) -> None:
    first = streamed(talking, model="slow", question="Rain", how={"tokens": 2000})
    next(first)
    next(first)
    second = streamed(talking, model="calculator", question="1+2")
    assert [next(second)["kind"], next(second)] == ["begun", {"kind": "waiting", "before": 1}]
    first.close()
    assert list(second)[-1]["worked"]["answer"] == "3"


@pytest.mark.parametrize(
    ("question", "last"), [("5/0", "zero"), ("1++", "ends"), ("", "empty"), ("ここはどこ？", "sign")]
)
def test_questions_without_an_answer(talking, question, last) -> None:
    assert list(streamed(talking, model="calculator", question=question))[-1]["code"] == last


def test_limits(talking) -> None:
    long = asked(talking, "/api/talk", {"model": "rain", "question": "a" * 9000})
    assert (long["code"], long["detail"]["limit"]) == ("question_long", 8000)
    assert asked(talking, "/api/talk", {"model": "rain", "question": "a", "how": {"tokens": 9999}})["code"] == "invalid"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_calculation(talking, visit, violations, language) -> None:
    page = visit(talking, "/talk?model=calculator", language=language)
    say(page, "3×(4+5)−6÷2 は？")
    answer = said(page)
    assert {"ja": "正しい", "en": "Correct"}[language] in answer.locator(".badge").inner_text()
    assert answer.locator(".work dt").count() == 4
    assert answer.locator(".work .next").count() >= 4
    assert answer.locator(".ans annotation").text_content() == "= 24"
    assert {"ja": "4+5 は 9", "en": "4+5 is 9"}[language] in answer.locator(".work").inner_text()
    say(page, "5/0")
    assert {"ja": "0 で割る", "en": "divided by zero"}[language] in said(page).locator(".refused").inner_text()
    assert said(page).locator(".badge").count() == 0
    assert violations(page) == []
    page.reload()
    page.locator(".said").nth(1).wait_for()
    assert page.locator(".said").first.locator(".ans annotation").last.text_content() == "= 24"


def test_a_wrong_answer_is_called_wrong(talking, visit) -> None:
    page = visit(talking, "/talk?model=calculator")
    say(page, "3*(4+5)-6/2")
    answer = said(page)
    page.locator(".chip", has_text="9").first.click()
    page.locator(".pop li button[aria-pressed=false]").first.click()
    answer = said(page)
    answer.locator(".badge.bad").wait_for()
    assert "It should be" in answer.inner_text()
    assert "you chose" in answer.inner_text()
    page.get_by_role("button", name="The way before").click()
    assert "Correct" in answer.locator(".badge").inner_text()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_text_goes_on(talking, visit, violations, width, theme) -> None:
    page = visit(talking, "/talk?model=rain&how=1&n=40", width=width, theme=theme)
    say(page, "Rain again ")
    answer = said(page)
    assert answer.locator(".words").inner_text().startswith("Rain again ")
    answer.get_by_role("button", name="Token by token").click()
    assert answer.locator(".chip").count() == 40
    page.locator(".bars li").first.wait_for()
    before = page.locator(".bars .bar i").first.evaluate("bar => bar.style.width")
    page.get_by_label("Temperature").press("Home")
    assert page.locator(".bars .bar i").first.evaluate("bar => bar.style.width") == "100%"
    assert before != "100%"
    answer.get_by_role("button", name="Go on").click()
    answer.locator(".chip").nth(79).wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.wait_for_url("**t=0**")


def test_stop_and_read_again(talking, visit) -> None:
    page = visit(talking, "/talk?model=slow&n=2000")
    say(page, "Rain")
    page.locator(".words").wait_for()
    page.get_by_role("button", name="Stop").click()
    answer = said(page)
    answer.get_by_text("Stopped here.").wait_for()
    seen = answer.locator(".words").inner_text()
    page.reload()
    page.locator(".words").wait_for()
    assert page.locator(".words").inner_text().startswith(seen)


def test_composing_never_sends(talking, visit) -> None:
    page = visit(talking, "/talk?model=calculator", language="ja")
    page.locator("#say").focus()
    typing = page.context.new_cdp_session(page)
    typing.send("Input.imeSetComposition", {"text": "いちたすに", "selectionStart": 5, "selectionEnd": 5})
    for event in ("rawKeyDown", "keyUp"):
        typing.send(
            "Input.dispatchKeyEvent", {"type": event, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        )
    assert page.locator(".asked").count() == 0
    typing.send("Input.insertText", {"text": "1たす2"})
    page.keyboard.press("Shift+Enter")
    assert page.locator(".asked").count() == 0
    assert page.locator("#say").input_value() == "1たす2\n"
    page.reload()
    assert page.locator("#say").input_value() == "1たす2\n"
    page.locator("#say").press("Enter")
    assert said(page).locator(".ans annotation").last.text_content() == "= 3"
    assert page.locator("#say").input_value() == ""


def test_by_keyboard_alone(talking, visit) -> None:
    page = visit(talking, "/talk?model=calculator")

    def reach(selector: str, key: str = "Tab") -> None:
        for _ in range(40):
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
            page.keyboard.press(key)
        raise AssertionError(selector)

    page.locator("#say").wait_for()
    reach("#say")
    page.keyboard.type("7*8+1")
    page.keyboard.press("Enter")
    said(page)
    assert page.evaluate("document.activeElement.id") == "say"
    reach(".chip", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    reach(".pop li button")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.chip')")
    page.keyboard.press("Enter")
    reach(".pop li button")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("2 of 2").wait_for()


def test_two_windows_agree(talking, visit) -> None:
    one = visit(talking, "/talk?model=calculator")
    say(one, "1+2")
    said(one)
    two = visit(talking, one.url.removeprefix(talking.address))
    two.locator(".ans").wait_for()
    say(two, "3+4")
    said(two)
    one.locator(".asked", has_text="3+4").wait_for()
    one.get_by_text("Talks", exact=True).click()
    one.locator("aside li.here .more").click()
    one.get_by_role("button", name="Rename").click()
    one.get_by_label("Title").fill("Small sums")
    one.keyboard.press("Enter")
    two.get_by_text("Talks", exact=True).click()
    two.get_by_text("Small sums").wait_for()


def test_thrown_away_and_brought_back(talking, visit) -> None:
    page = visit(talking, "/talk?model=calculator")
    say(page, "40+2")
    said(page)
    page.get_by_text("Talks", exact=True).click()
    page.locator("aside li.here .more").click()
    page.get_by_role("button", name="Throw away").click()
    page.locator(".asked").wait_for(state="detached")
    page.get_by_role("button", name="Bring it back").click()
    page.locator(".asked", has_text="40+2").wait_for()


def test_what_a_model_writes_is_no_markup(talking, visit) -> None:
    bad = (
        "<script>window.hacked = 1</script><img src='http://example.com/a.png' onerror='window.hacked = 1'>"
        "![x](http://example.com/b.png) [y](javascript:window.hacked=1) $\\href{javascript:window.hacked=1}{z}$ $x^2$ **b**"
    )
    talks = Talks(talking.home / "data" / "talks.db")
    talk, answer, _ = talks.ask(None, None, "rain", "", "So ", {"tokens": 5})
    token = {"place": 0, "id": 1, "token": bad, "text": bad, "p": 0.5, "q": 0.5, "rank": 1, "top": []}
    talks.add(answer, [token])
    talks.end(answer, "stopped", None)
    talks.close()
    page = visit(talking, f"/talk?model=rain&talk={talk}")
    page.locator(".words").wait_for()
    assert page.locator(".words").inner_text() == "So " + bad
    page.get_by_role("button", name="Set", exact=True).click()
    page.locator(".set .katex").first.wait_for()
    assert "<script>window.hacked = 1</script>" in page.locator(".set").inner_text()
    assert page.locator(".set :is(img, script, a, iframe)").count() == 0
    assert page.locator(".set strong").inner_text() == "b"
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(("model", "question"), [("calculator", "12+39"), ("rain", "Rain "), ("river", "Rain ")])
def test_inside(talking, visit, violations, model, question) -> None:
    page = visit(talking, f"/talk?model={model}&n=20")
    assert page.locator("aside canvas, aside .map").count() == 0
    say(page, question)
    said(page)
    page.get_by_role("button", name="Open").click()
    page.locator("aside :is(.map svg, canvas)").first.wait_for(timeout=60_000)
    assert "look=1" in page.url
    if model != "river":
        page.locator(".hd").nth(1).click()
        page.locator(".hd[aria-pressed=true]").and_(page.locator(".hd").nth(1)).wait_for()
        assert "this head looks" in page.locator("aside .said").inner_text()
    assert violations(page) == []
    page.reload()
    page.locator("aside :is(.map svg, canvas)").first.wait_for()


def test_a_talk_as_a_file(talking) -> None:
    begun = next(iter(list(streamed(talking, model="calculator", question="6/51"))))
    connection = http.client.HTTPConnection("127.0.0.1", talking.port)
    connection.request("GET", f"/api/talks/{begun['talk']}/export?language=ja", headers=talking.bearer)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert "> 6/51" in text
    assert r"$$= \frac{2}{17}$$" in text
    assert "**正しい**" in text
    assert "attachment" in (answer.getheader("content-disposition") or "")


def test_what_was_streamed_outlives_a_kill(talking, own_studio) -> None:
    shutil.copytree(talking.home / "runs" / "slow", own_studio.home / "runs" / "slow")
    lines, seen = streamed(own_studio, model="slow", question="Rain", how={"tokens": 2000}), []
    for line in lines:
        seen.append(line)
        if len(seen) > 30:
            break
    own_studio.stop(signal.SIGKILL)
    own_studio.start()
    answer = asked(own_studio, f"/api/talks/{seen[0]['talk']}")["answers"][0]
    assert answer["state"] == "cut"
    ids = [line["id"] for line in seen if line["kind"] == "token"]
    assert [token["id"] for token in answer["tokens"]][: len(ids)] == ids
    longer = {"talk": seen[0]["talk"], "turn": 0, "base": answer["id"], "after": [t["id"] for t in answer["tokens"]]}
    done = list(streamed(own_studio, model="slow", question="Rain", how={"tokens": 3}, extends=True, **longer))
    kept = asked(own_studio, f"/api/talks/{seen[0]['talk']}")["answers"]
    assert [(one["state"], len(one["tokens"])) for one in kept] == [("done", len(answer["tokens"]) + 3)]
    assert len(done[0]["before"]) == len(answer["tokens"])


def test_of_a_long_text_only_what_is_seen_has_chips(talking, visit) -> None:
    talks = Talks(talking.home / "data" / "talks.db")
    talk, answer, _ = talks.ask(None, None, "rain", "", "So ", {"tokens": 5})
    top = [{"id": 1, "token": "a", "text": "a", "p": 0.5, "q": 0.5}]
    token = {"id": 1, "token": "a", "text": "a", "p": 0.5, "q": 0.5, "rank": 1, "top": top}
    talks.add(answer, [{**token, "place": place} for place in range(3000)])
    talks.end(answer, "stopped", None)
    talks.close()
    page = visit(talking, f"/talk?model=rain&talk={talk}")
    page.get_by_role("button", name="Token by token").click()
    page.locator(".chip").first.wait_for()
    page.locator(".block").last.scroll_into_view_if_needed()
    page.locator("[data-place='2999']").wait_for()
    assert page.locator(".chip").count() < 1500
    page.locator("[data-place='2999']").click()
    page.locator(".pop li").first.wait_for()
