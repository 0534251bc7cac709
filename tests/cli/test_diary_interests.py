"""`mebuki diary interests` as a reader uses it."""

from __future__ import annotations

import json
import os
import stat
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mebuki.cli.main import main
from mebuki.diary.entries import Entry
from mebuki.diary.journal import Journal


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diary", "interests", *arguments]) == 0
    return capsys.readouterr().out


SPRING = ("--sample", "ja", "--to", "2023-10-31")


def test_the_sample(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, *SPRING)
    assert "2023-04  " in shown
    assert "├ " in shown or "└ " in shown
    assert "how one interest led to the next" in shown
    assert "the first days that hold both" in shown
    assert all(sum(2 if letter > "\u2e80" else 1 for letter in line) <= 80 for line in shown.splitlines())


def test_the_picture_and_all_there_is_to_tell(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "interests.svg"
    found = json.loads(told(capsys, *SPRING, "--by", "quarter", "--svg", str(path), "-n", "6", "--json"))
    assert [period["name"] for period in found["periods"]] == ["2023-Q2", "2023-Q3", "2023-Q4"]
    assert all(mark["days"] for period in found["periods"] for mark in period["marks"])
    words = {one["word"] for one in found["interests"]}
    assert len(words) == 6
    assert {one["source"] for one in found["interests"]} - {None} <= words
    assert all(lead["from"] in words and lead["first_days"][0]["entry"] for lead in found["leads"])
    light = path.read_bytes()
    assert len([g for g in ElementTree.fromstring(light).iter() if g.get("class") in ("gone", "alive")]) == 6
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600  # the words are the writer's own
    assert "drawn" in told(capsys, *SPRING, "--svg", str(path), "-n", "6", "--dark")
    assert b"#1a1916" in path.read_bytes()
    assert b"#1a1916" not in light


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is no diary"),
        (["--sample", "en", "--from", "2030-01-01"], "0 entries are too few"),
        (["--sample", "en", "--by", "week"], "month, quarter, year"),
        (["--sample", "en", "-n", "0"], "-n"),
        (["--sample", "en", "--dark"], "--svg"),
        (["--sample", "en", "--svg", "x.png"], ".svg"),
    ],
)
def test_what_cannot_be(home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diary", "interests", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_young_diary(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = date(2026, 11, 1)
    with Journal(home / "diary") as journal:
        journal.add([Entry(str(n), day + timedelta(n), None, "Rain and soup.") for n in range(4)])
    assert main(["diary", "interests"]) == 2
    assert "4 entries are too few" in capsys.readouterr().err
    with Journal(home / "diary") as journal:
        journal.add([Entry(f"b{n}", day + timedelta(n), None, "Rain and soup.") for n in range(20)])
    assert "no word stands out yet" in told(capsys)
    assert main(["diary", "interests", "--svg", str(home / "x.svg")]) == 2
    assert "nothing to draw" in capsys.readouterr().err
    assert not (home / "x.svg").exists()
