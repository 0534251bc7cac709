"""`mebuki diary words`, `alias` and `stop` as a reader uses them."""

from __future__ import annotations

import io
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from mebuki.cli.main import main
from mebuki.diary.journal import Journal

DAY = date(2026, 1, 1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Half a year in two languages; a telescope comes and a lighthouse goes."""
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    monkeypatch.setenv("COLUMNS", "80")
    with Journal(tmp_path / "diary") as journal:
        for place in range(180):
            text = "Tea with Mother, all day long." if place % 2 else "猫と池まで歩いた。"
            text += " The telescope!" * (place >= 120 and place % 2) + " 灯台を見た。" * (place < 90 and place % 3 == 0)
            mood = 5 if "telescope" in text else 2
            journal.write(text, DAY + timedelta(place), tags=["home"] if place % 2 else [], mood=mood)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diary", *arguments]) == 0
    return capsys.readouterr().out


def object_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    return json.loads(told(capsys, *arguments, "--json"))


def test_frequent_words(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "words")
    assert "180 days  2026-01-01 – 2026-06-29" in shown
    apart = shown[shown.index("on more than three days of ten") : shown.index("times")]
    assert all(f"{word} 50%" in apart for word in ("猫", "池", "Tea", "Mother"))
    assert [line.split()[0] for line in shown.splitlines() if "━" in line] == ["灯台", "telescope"]
    assert all(cell_len(line) <= 80 for line in shown.splitlines())
    found = object_of(capsys, "words", "--tag", "home", "--from", "2026-05-01")
    assert [(row["word"], row["days"], row["entries"], row["times"]) for row in found["words"]] == [
        ("telescope", 30, 30, 30)
    ]
    assert (found["days"], found["first"]) == (30, "2026-05-02")
    everything = object_of(capsys, "words", "--all", "-n", "3")
    assert len(everything["words"]) == 3
    assert not everything["everyday"]


def test_words_by_period_and_change(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by = {row["period"]: row for row in object_of(capsys, "words", "--by", "quarter")["periods"]}
    assert by["2026-Q1"]["words"][0]["word"] == "灯台"
    assert by["2026-Q1"]["words"][0]["z"] > 2
    lines = told(capsys, "words", "--by", "quarter").splitlines()
    assert lines[0].split()[:5] == ["2026-Q1", "90", "days", "❧", "灯台"]
    assert "telescope" in lines[1]
    assert "nothing to hold it against" in told(capsys, "words", "--by", "year")
    shown = told(capsys, "words", "--rising")
    assert "❧ telescope" in shown
    assert "30 of 59 days since 2026-05-02, before never" in shown
    assert [row["word"] for row in object_of(capsys, "words", "--fading")["fading"]] == ["灯台"]
    assert "no word stands more often" in told(capsys, "words", "--rising", "--to", "2026-03-01")


def test_one_word(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "words", "Telescope")
    assert "telescope  on 30 of 180 days (17%), 30 times" in shown
    assert "5.0 on 30 days with it, 2.5 on all 180 that have one   ❧" in shown
    assert "#home 30 of 90" in shown
    assert [line.split()[0] for line in shown.splitlines() if "███" in line] == ["2026"]
    found = object_of(capsys, "words", "灯台", "--by", "quarter", "--mood", "2")
    assert {name: row["days"] for name, row in found["periods"].items()} == {"2026-Q1": 30, "2026-Q2": 0}
    assert "0 of 90 days" not in shown
    assert "2026  ━━━" in told(capsys, "words", "灯台", "--by", "year")


def test_aliases_and_stop_words(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no aliases" in told(capsys, "alias")
    assert "telescope counts as 望遠鏡" in told(capsys, "alias", "telescope", "望遠鏡")
    assert "望遠鏡  on 30 of" in told(capsys, "words", "telescope")
    assert "spelled  telescope 30" in told(capsys, "words", "望遠鏡")
    assert main(["diary", "alias", "望遠鏡", "telescope"]) == 2
    assert "circle" in capsys.readouterr().err
    assert main(["diary", "alias", "a walk"]) == 2
    assert "a name and a word" in capsys.readouterr().err
    assert main(["diary", "stop", "灯台", "nowhere else"]) == 0
    said = capsys.readouterr()
    assert "灯台 is left out" in said.out
    assert "nowhere else stands nowhere" in said.err
    assert [row["word"] for row in object_of(capsys, "words")["words"]] == ["望遠鏡"]
    assert main(["diary", "words", "灯台"]) == 2
    assert "stop words" in capsys.readouterr().err
    kept = told(capsys, "alias", "--json") + told(capsys, "stop", "--json")
    assert [json.loads(line) for line in kept.splitlines()] == [
        {"alias": "telescope", "word": "望遠鏡"},
        {"stop": "nowhere else"},
        {"stop": "灯台"},
    ]
    assert "telescope counts as itself again, not as 望遠鏡" in told(capsys, "alias", "--remove", "telescope")
    assert "灯台 counts again" in told(capsys, "stop", "--remove", "灯台", "nowhere else")
    assert told(capsys, "alias", "--json") + told(capsys, "stop", "--json") == ""
    (home / "kept.jsonl").write_text(kept, encoding="utf-8")
    assert "3 new" in told(capsys, "alias", "--read", str(home / "kept.jsonl"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(kept.encode())))
    assert object_of(capsys, "stop", "--read", "-") == {"path": "-", "new": 0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["words", "zzz"], "no word of this diary"),
        (["words", "--rising", "--by", "year"], "not allowed"),
        (["words", "猫", "--rising"], "one word is asked for"),
        (["words", "-n", "0"], "-n is 0"),
        (["words", "--tag", "nothing"], "no entries like that"),
        (["words", "--by", "week"], "week"),
        (["words", "--rising", "--all"], "--all is for"),
        (["alias", "--remove"], "no name to remove"),
        (["alias", "--remove", "猫"], "counts as no other word"),
        (["alias", "one", "two", "--read", "x"], "a file"),
        (["alias", "--read", "nowhere.jsonl"], "nowhere.jsonl"),
        (["stop", "!"], "is no word"),
        (["stop", "--remove"], "no word to remove"),
    ],
)
def test_what_cannot_be(home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diary", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nothing_written_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Journal(tmp_path / "new").close()
    for way in ([], ["--rising"], ["--by", "month"]):
        assert "nothing is written yet" in told(capsys, "words", *way, "--diary", str(tmp_path / "new"))
    found = object_of(capsys, "words", "--diary", str(tmp_path / "new"))
    assert found == {"days": 0, "first": None, "last": None, "words": [], "everyday": []}
    assert object_of(capsys, "words", "--fading", "--diary", str(tmp_path / "new")) == {"fading": []}


def test_the_samples_have_something_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "words", "--sample", "ja", "-n", "12")
    assert all(name in shown for name in ("母", "ばあちゃん", "真帆", "小野寺"))
    assert "❧ Onodera" in told(capsys, "words", "--sample", "en", "--rising")


@pytest.mark.parametrize("command", [["words"], ["associate", "池"], ["interests"], ["chain", "池"]])
def test_that_japanese_is_cut_roughly_is_told(
    command: list[str], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["diary", *command])
    assert "SudachiPy" not in capsys.readouterr().err
    monkeypatch.setattr("mebuki.diary.words.finely", lambda: False)
    main(["diary", *command])
    assert 'without SudachiPy; to add it: pip install "mebuki[ja]"' in capsys.readouterr().err


def test_a_day_with_several_entries_is_one_day(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Journal(home / "diary") as journal:
        for _ in range(3):
            journal.write("The grebe on the pond.", DAY + timedelta(200))
    shown = told(capsys, "associate", "grebe")
    assert "  1 day   2026-07-20" in shown
    assert shown.count("2026-07-20") == 2  # of the tie, and of the days of the first
