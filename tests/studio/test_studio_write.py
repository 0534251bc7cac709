"""Write, in a real browser: nothing that was typed is lost; words, chains and the lock from end to end."""

from __future__ import annotations

import json
import signal
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studios import Running

TODAY = "2026-11-29"
PAPER = "article textarea"
SAVED = {"en": "saved at", "ja": "に保存しました"}


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Running]:
    """A studio at a port that nobody else is given while it is dead."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Running(tmp_path, port)
    running.start()
    yield running
    running.stop()


def asked(running: Any, path: str, **query: str) -> Any:
    """What the server itself says."""
    address = f"{running.address}/api/diary{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(urllib.request.Request(address, headers=running.bearer)) as answer:
        return json.load(answer)


def texts(running: Any, day: str = TODAY) -> list[str]:
    return [entry["text"] for entry in asked(running, "/day", day=day)["entries"]]


def saved(page: Any, language: str = "en") -> None:
    page.locator("article .foot", has_text=SAVED[language]).first.wait_for()


def shown(page: Any) -> list[str]:
    return page.locator(PAPER).evaluate_all("areas => areas.map((area) => area.value)")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_day_is_written_and_found(own_studio, visit, language) -> None:
    said = {"en": "Rain again at the pond.", "ja": "朝、緑ヶ池まで自転車。"}[language]
    page = visit(own_studio, f"/diary?day={TODAY}", language=language)
    page.locator(PAPER).fill(said)
    saved(page, language)
    assert texts(own_studio) == [said]
    page.locator(f'[data-day="{TODAY}"] i').first.wait_for()
    page.reload()
    page.locator(PAPER).wait_for()
    assert shown(page) == [said]
    page.get_by_role("searchbox").fill(said[-3])
    page.locator(".finder mark").wait_for()
    assert page.locator(".finder mark").inner_text() == said[-3]


def test_what_is_written_is_shown_as_text(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}")
    said = "<img src=x onerror=alert(1)> **not bold**\n<script>window.bad = 1</script> 𠮷"
    page.locator(PAPER).fill(said)
    saved(page)
    page.get_by_role("searchbox").fill("not bold")
    page.locator(".finder mark").wait_for()
    assert "onerror=alert(1)> **not bold" in page.locator(".finder .said").inner_text()
    assert page.evaluate("window.bad") is None
    assert texts(own_studio) == [said]


def test_a_reload_in_the_middle_of_typing_loses_no_letter(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}")
    page.locator(PAPER).press_sequentially("Half a sent")
    page.reload()
    page.locator(PAPER).wait_for()
    assert shown(page) == ["Half a sent"]
    page.locator(PAPER).press_sequentially("X")
    saved(page)
    assert len(texts(own_studio)) == 1
    assert sorted(texts(own_studio)[0]) == sorted("Half a sentX")


def test_a_killed_server_loses_no_letter(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}", errors=True)
    page.locator(PAPER).press_sequentially("Before, ")
    saved(page)
    own_studio.stop(signal.SIGKILL)
    page.locator(PAPER).press_sequentially("while it is dead, ")
    page.get_by_text("The studio is not answering. Your text is safe").wait_for()
    page.locator(PAPER).press_sequentially("and a little more.")
    own_studio.start()
    saved(page)
    said = "Before, while it is dead, and a little more."
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('mebuki-draft'))")
    assert texts(own_studio) == [said]
    assert shown(page) == [said]


def test_killed_in_the_middle_and_the_page_closed_too(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}", errors=True)
    page.locator(PAPER).press_sequentially("Kept, ")
    saved(page)
    page.locator(PAPER).press_sequentially("and")
    own_studio.stop(signal.SIGKILL)
    page.locator(PAPER).press_sequentially(" sent later")
    there = page.url
    page.goto("about:blank")
    own_studio.start()
    page.goto(there.replace(TODAY, "2026-11-02"))  # another day, and a model of a page that begins anew
    page.get_by_text("is saved now").wait_for()
    assert texts(own_studio) == ["Kept, and sent later"]


def test_two_windows_keep_both(own_studio, visit) -> None:
    one = visit(own_studio, f"/diary?day={TODAY}")
    one.locator(PAPER).fill("The beginning.")
    saved(one)
    two = one.context.new_page()
    two.goto(one.url)
    two.locator(PAPER).wait_for()
    two.route("**/api/diary/day*", lambda route: route.abort())  # it hears nothing of the other
    two.route("**/api/events*", lambda route: route.abort())
    one.locator(PAPER).fill("The beginning. One goes on.")
    one.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('mebuki-draft'))")
    while "The beginning. One goes on." not in texts(own_studio):
        one.wait_for_timeout(50)
    two.locator(PAPER).fill("The beginning. Two goes elsewhere.")
    two.get_by_text("changed in another window").wait_for()
    assert texts(own_studio) == ["The beginning. One goes on.", "The beginning. Two goes elsewhere."]


def test_a_word_that_is_composed(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}", language="ja")
    page.locator(PAPER).fill("朝は")
    saved(page, "ja")
    page.locator(PAPER).focus()
    keys = page.context.new_cdp_session(page)
    for part in ("あ", "あめ", "雨"):
        keys.send("Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)})
        page.wait_for_timeout(450)  # longer than the rest after which a draft is sent
    assert texts(own_studio) == ["朝は"]
    assert "雨" in page.evaluate("Object.values(localStorage).join()")
    keys.send("Input.insertText", {"text": "雨"})
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('mebuki-draft'))")
    assert texts(own_studio) == ["朝は雨"]


def test_thrown_away_and_fetched_back(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}")
    page.locator(PAPER).fill("A page for the bin.")
    saved(page)
    page.get_by_role("button", name="More of this entry").click()
    page.get_by_role("button", name="Star", exact=True).click()
    page.get_by_label("Mood").select_option("4")
    page.get_by_label("Tags").fill("garden, rain")
    page.get_by_label("Tags").press("Tab")
    page.get_by_text("#rain").wait_for()
    page.get_by_role("button", name="Into the trash").click()
    page.get_by_role("button", name="Fetch it back").click()
    page.get_by_text("#garden").wait_for()
    entry = asked(own_studio, "/day", day=TODAY)["entries"][0]
    assert (entry["star"], entry["mood"], entry["tags"]) == (True, 4, ["garden", "rain"])


def test_with_the_keyboard_alone(own_studio, visit) -> None:
    page = visit(own_studio, f"/diary?day={TODAY}")
    page.locator(f'[data-day="{TODAY}"]').focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => document.activeElement.dataset.day === '2026-11-22'")
    page.keyboard.press("Enter")
    page.wait_for_url("**day=2026-11-22*")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
    page.keyboard.type("By keys alone.")
    saved(page)
    assert texts(own_studio, "2026-11-22") == ["By keys alone."]


def test_a_word_and_a_chain_of_the_sample(studio, visit) -> None:
    page = visit(studio, "/diary?sample=ja", language="ja")
    page.get_by_text("見本の日記です").wait_for()
    page.get_by_role("searchbox").fill("棋")
    page.locator(".finder mark").first.wait_for()
    assert set(page.locator(".finder mark").all_inner_texts()) == {"棋"}
    page.get_by_role("button", name="さがすのをやめる").click()
    page.get_by_label("ことばを引く").fill("ばあちゃん")
    page.get_by_label("ことばを引く").press("Enter")
    page.locator(".days q mark").first.wait_for(timeout=60_000)
    assert page.locator(".days article").count() == 3
    page.locator(".ties button").nth(1).click()
    page.wait_for_url("**tie=*")
    page.locator(".chain li").nth(1).wait_for()
    first = page.locator(".chain li .w").all_inner_texts()
    assert first
    page.wait_for_load_state("networkidle")  # the chain along the tie has taken the place of the first
    page.locator(".chain summary").first.press("Enter")
    page.locator(".chain q mark").first.wait_for()
    page.get_by_role("button", name="べつの道をたどる").click()
    page.wait_for_url("**seed=1*")
    page.reload()
    page.locator(".chain li").nth(1).wait_for()
    page.locator("svg[role=group] a circle").nth(3).click()
    page.wait_for_function("() => new URLSearchParams(location.search).get('word') !== 'ばあちゃん'")
    assert "sample=ja" in page.url


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_sound(studio, visit, violations, language, width) -> None:
    word = {"ja": "ばあちゃん", "en": "Maho"}[language]
    page = visit(
        studio, f"/diary?sample={language}", language=language, width=width, theme="dark" if width == 390 else "light"
    )
    for path, ready in (
        (f"/diary?sample={language}&word={word}&q=a", ".chain li"),
        (f"/diary/words?sample={language}", "table td"),
        (f"/diary/chain?sample={language}&word={word}", ".chain li"),
        (f"/diary/graph?sample={language}&word={word}", "svg[role=group]"),
        (f"/diary/interests?sample={language}", ".band"),
        (f"/diary/import?sample={language}", ".ways"),
        ("/diary", PAPER),
        ("/diary/lock", "form"),
        ("/diary/trash", "h1"),
    ):
        page.goto(studio.address + path)
        page.locator(ready).first.wait_for(timeout=60_000)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_locked_diary(own_studio, visit) -> None:
    pytest.importorskip("sqlcipher3")
    page = visit(own_studio, f"/diary?day={TODAY}", errors=True)
    page.locator(PAPER).fill("Nobody else may read this.")
    saved(page)
    page.get_by_role("link", name="Lock").click()
    page.get_by_label("Passphrase").fill("four words nobody guesses")
    page.get_by_label("Once more").fill("four words nobody guesses")
    page.get_by_role("button", name="Encrypt the diary").click()
    key = page.locator("[data-key]")
    key.wait_for(timeout=60_000)
    groups = key.get_attribute("data-key").split("-")
    page.get_by_role("button", name="It is on my paper").click()
    for label in page.locator("form label").all():
        number = int("".join(c for c in label.inner_text() if c.isdigit()))
        page.get_by_label(label.inner_text()).fill(groups[number - 1].lower())
    page.get_by_role("button", name="It is on my paper").click()
    page.get_by_text("in the memory of this program alone").wait_for()
    page.goto(f"{own_studio.address}/diary?day={TODAY}")
    page.locator(PAPER).press_sequentially(" More")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('mebuki-draft'))") == []
    saved(page)
    page.goto(f"{own_studio.address}/diary/lock")
    page.get_by_role("button", name="Lock now").click()
    page.get_by_role("heading", name="The diary is locked").wait_for()
    for path in (
        "",
        "/day?day=2026-11-29",
        "/search?q=a",
        "/word?word=a",
        "/export?format=text",
        "/trash",
        "/interests",
    ):
        request = urllib.request.Request(f"{own_studio.address}/api/diary{path}", headers=own_studio.bearer)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert (refused.value.code, json.load(refused.value)["code"]) == (423, "locked")
    page.goto(f"{own_studio.address}/train?from=diary")  # its words are not laid in the clear to be learned from
    page.get_by_text("a model within the lock").wait_for()
    page.get_by_role("heading", name="The diary is locked").wait_for()
    assert page.get_by_role("button", name="Start growing").count() == 0
    page.get_by_label("Passphrase", exact=True).fill("four words nobody guesses")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("button", name="Grow a model on this diary").click(timeout=60_000)
    page.get_by_text("A model needs more to grow on than 1 entry").wait_for(timeout=60_000)
    page.goto(f"{own_studio.address}/diary/lock")
    page.get_by_role("button", name="Lock now").click()
    page.get_by_role("heading", name="The diary is locked").wait_for()
    page.get_by_label("Passphrase", exact=True).fill("four words somebody guesses")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("That is another passphrase").wait_for(timeout=60_000)
    page.get_by_label("Passphrase", exact=True).fill("four words nobody guesses")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("in the memory of this program alone").wait_for(timeout=60_000)
    assert len(texts(own_studio)) == 1
    for file in own_studio.home.joinpath("diary").rglob("*"):
        assert not file.is_file() or b"Nobody else" not in file.read_bytes()


def test_brought_along_and_taken_along(own_studio, visit, tmp_path) -> None:
    notes = [
        {"name": f"2026-10-{n:02}.md", "mimeType": "text/markdown", "buffer": f"Note {n}".encode()} for n in range(1, 4)
    ]
    page = visit(own_studio, "/diary/import")
    chooser = page.locator("input[type=file]").first
    chooser.set_input_files(notes)
    page.get_by_text("3 entries: 3 new").wait_for()
    page.locator("button:enabled", has_text="Choose files").wait_for()
    chooser.set_input_files([*notes, {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"no day at all"}])
    page.get_by_text("This could not be read: letter.txt holds no dates").wait_for()
    assert texts(own_studio, "2026-10-02") == ["Note 2"]
    with page.expect_download() as download:
        page.get_by_role("link", name="One text to read and print").click()
    assert "Note 3" in download.value.path().read_text()
