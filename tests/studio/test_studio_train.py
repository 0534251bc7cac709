"""The Grow pages in a real browser: a run from a pasted text to its end, through a reload and a killed server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from planted_runs import TRICK, plant

SLOW = "steps:3000,engine:%3Dscratch,evaluate_every:100,sample_tokens:20,save_seconds:0.5"
TEXT = "The rain fell on the pond, and the kettle sang. " * 60 + TRICK


@pytest.fixture(scope="module")
def grown(studio):
    """The studio with a few runs in it."""
    runs = studio.home / "runs"
    plant(runs, "rain", title=f"Rain & roses {TRICK}")
    plant(runs, "日記/春", steps=120, total=400, ends="stopped", learning_rate=0.001)
    plant(runs, "cut,off", steps=100, total=400, ends="")
    return studio


def until(page, told: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < end, page.locator("main").inner_text()
        page.wait_for_timeout(50)


def step_of(page) -> int:
    found = re.search(r"Step ([\d,]+)", page.locator(".now").inner_text()) if page.locator(".now").count() else None
    return int(found[1].replace(",", "")) if found else 0


def test_from_a_pasted_text_to_the_end(own_studio, visit) -> None:
    page = visit(own_studio, f"/train?model=bigram&size=small&set={SLOW}", errors=True)
    page.get_by_label("The text to learn from").fill(TEXT)
    page.reload()  # what was pasted is not lost
    assert page.get_by_label("The text to learn from").input_value() == TEXT
    page.get_by_text("letters to choose among").first.wait_for()
    page.get_by_role("button", name="Start growing").click()
    page.wait_for_url("**/train/*")

    until(page, lambda: step_of(page) > 0)
    first = step_of(page)
    until(page, lambda: step_of(page) > first)
    page.reload()
    until(page, lambda: step_of(page) > first)
    page.get_by_role("img", name="Loss while growing").wait_for()

    told = json.loads(next((own_studio.home / "runs" / ".started").glob("*/process.json")).read_text())
    assert os.getpriority(os.PRIO_PROCESS, told["pid"]) > os.getpriority(os.PRIO_PROCESS, own_studio.process.pid)

    own_studio.stop(signal.SIGKILL)
    page.get_by_text("The studio is not answering").wait_for()
    before = step_of(page)
    own_studio.start()
    until(page, lambda: step_of(page) > before)

    page.get_by_role("button", name="Pause").click()
    page.get_by_text("It rests at step").wait_for()
    rested = step_of(page)
    page.get_by_role("button", name="Go on").click()
    until(page, lambda: step_of(page) > rested)
    page.get_by_role("button", name="Stop and keep it").click()
    page.get_by_text("You ended it at step").wait_for()
    assert "/talk?model=runs%2FThe-rain-fell-on-the-pon" in page.get_by_role("link", name="Talk with it").get_attribute(
        "href"
    )
    kept = page.get_by_role("link", name=re.compile("Talk with the state of step")).first.get_attribute("href")
    assert re.search(r"&checkpoint=\d+$", kept)


def test_a_short_run_ends_by_itself_in_japanese(studio, visit) -> None:
    page = visit(studio, "/train?from=sample&model=bigram&size=small&set=steps:20,engine:%3Dscratch", language="ja")
    page.get_by_role("button", name="育てはじめる").click()
    page.get_by_role("link", name="話してみる").wait_for(timeout=30_000)
    assert page.get_by_text("20ステップのうち20").is_visible()
    page.get_by_role("button", name="もっと育てる").click()
    page.get_by_label("ぜんぶで何ステップまで").fill("30")
    page.get_by_role("button", name="つづける").click()
    page.get_by_text("30ステップのうち30").wait_for(timeout=30_000)


def test_a_run_that_a_terminal_began(studio, visit, tmp_path) -> None:
    text = tmp_path / "sea.txt"
    text.write_text("The sea was calm. " * 400)
    arguments = ["train", str(text), "--model", "bigram", "--engine", "scratch", "--steps", "100000"]
    command = [sys.executable, "-m", "mebuki", *arguments, "--out", str(studio.home / "runs" / "sea")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        page = visit(studio, "/train")
        page.get_by_role("link", name="sea", exact=True).click()
        until(page, lambda: step_of(page) > 0)
        first = step_of(page)
        until(page, lambda: step_of(page) > first)
        page.get_by_role("button", name="Pause").click()
        assert process.wait(20) == 0
        page.get_by_text("It rests at step").wait_for()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_accessible_and_fit(grown, visit, violations, language, width) -> None:
    theme = "dark" if width == 390 else "light"
    page = visit(grown, "/train?from=sample", language=language, width=width, theme=theme)
    page.locator("li .name").first.wait_for()
    page.locator(".before p").first.wait_for()
    for path in ("/train?from=files", "/train/rain", "/compare?runs=rain,cut%252Coff"):
        assert violations(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        page.goto(grown.address + path)
        page.locator("main :is(.empty, .plate svg)").first.wait_for()
    for fold in page.locator("summary").all():
        fold.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_models_and_people_write_is_text(grown, visit) -> None:
    page = visit(grown, "/train/rain")
    page.get_by_text("rained 300 times").wait_for()
    assert TRICK in page.get_by_role("heading", level=1).inner_text()
    page.goto(grown.address + "/train")
    page.locator("li .name").first.wait_for()
    page.goto(grown.address + "/compare?runs=rain,cut%252Coff")
    page.get_by_text("What differs").wait_for()
    assert page.evaluate("window.caught") is None


def test_each_state_says_how_to_go_on(grown, visit) -> None:
    page = visit(grown, "/train/cut%2Coff")
    page.get_by_text("It was cut off at step 100").wait_for()
    assert page.get_by_role("button", name="Go on").is_visible()
    page.goto(grown.address + "/train/" + "%E6%97%A5%E8%A8%98%2F%E6%98%A5")
    page.get_by_text("It rests at step 120").wait_for()
    page.goto(grown.address + "/train/nothing")
    page.get_by_text("This run is not here any more").wait_for()
    page.errors_are_meant = True  # the browser notes the 404


def test_axis_and_ticks_stay_in_the_address(grown, visit) -> None:
    page = visit(grown, "/train/rain")
    page.get_by_role("img", name="Loss while growing").hover()
    page.get_by_text(re.compile(r"^step 1\d\d: training 2\.\d+")).wait_for()
    page.get_by_role("button", name="minutes").click()
    page.wait_for_url("**/train/rain?x=seconds")
    page.reload()
    assert page.get_by_role("button", name="minutes").get_attribute("aria-pressed") == "true"
    page.goto(grown.address + "/train")
    for name in ("cut,off", "春"):
        page.get_by_role("checkbox", name=f"Compare {name}", exact=True).check()
    page.reload()
    page.get_by_role("link", name="Lay 2 curves").click()
    page.get_by_role("rowheader", name=re.compile("learning rate")).wait_for()
    assert not page.get_by_role("rowheader", name=re.compile("batch")).count()


def test_rename_with_the_keyboard_and_an_input_method(grown, visit) -> None:
    page = visit(grown, "/train/" + "%E6%97%A5%E8%A8%98%2F%E6%98%A5")
    opener = page.get_by_role("button", name=re.compile("^Rename"))
    opener.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Its name").wait_for()
    typed = page.context.new_cdp_session(page)
    page.keyboard.press("Control+A")
    typed.send("Input.imeSetComposition", {"text": "はる", "selectionStart": 2, "selectionEnd": 2})
    assert page.get_by_label("Its name").is_visible()
    typed.send("Input.insertText", {"text": "春の日"})
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="春の日").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_thrown_away_and_brought_back(grown, visit) -> None:
    plant(grown.home / "runs", "away", title="Away we go")
    page = visit(grown, "/train", errors=True)  # its curve may be asked for just then
    page.get_by_role("button", name="Throw away Away we go").click()
    page.get_by_role("link", name="Away we go").wait_for(state="detached")
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("link", name="Away we go").wait_for()


def test_files_are_dropped_and_refused_beside_the_field(studio, visit, tmp_path: Path) -> None:
    (tmp_path / "春.txt").write_bytes("春はあけぼの。やうやう白くなりゆく。".encode("cp932") * 200)
    (tmp_path / "picture.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "short.txt").write_text("too short")
    page = visit(studio, "/train?from=files", errors=True)
    chooser = page.locator("input[type=file]")
    chooser.set_input_files([tmp_path / "picture.txt"])
    page.get_by_text("picture.txt cannot be read as a text").wait_for()
    chooser.set_input_files([tmp_path / "short.txt"])
    page.get_by_text("letters are too few to learn from").wait_for()
    page.get_by_role("button", name="Take away short.txt").click()
    chooser.set_input_files([tmp_path / "春.txt"])
    page.get_by_text("letters, cp932").wait_for()
    page.get_by_text("letters to choose among").first.wait_for()
    page.reload()
    page.get_by_text("春.txt", exact=True).wait_for()


def test_a_title_is_taken_from_the_text_and_can_be_another(own_studio, visit) -> None:
    page = visit(own_studio, "/train", language="ja")
    page.get_by_label("学ばせる文章").fill(
        "\n「国境の長いトンネルを抜けると、ただの雪国であった。夜の底が白くなった。\n" * 3
    )
    name = page.get_by_label("名前")
    assert name.get_attribute("placeholder") == "国境の長いトンネルを抜けると…"
    name.fill("雪の国")
    page.reload()
    assert page.get_by_label("名前").input_value() == "雪の国"


def test_an_empty_diary_says_so(studio, visit) -> None:
    page = visit(studio, "/train?from=diary", errors=True)
    page.get_by_text("There is nothing in your diary yet").wait_for()
