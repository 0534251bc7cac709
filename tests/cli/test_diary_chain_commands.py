"""`mebuki diary grow`, `chain` and `dream` as a reader uses them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from sprouts import FIRST, PAIRS, QUICK, diary

from mebuki.cli.diary_chain_view import wrapped
from mebuki.cli.main import main
from mebuki.diary.growing import grow
from mebuki.diary.journal import Journal
from mebuki.diary.model import NAME


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diary with a model; not to be changed."""
    folder = tmp_path_factory.mktemp("grown") / "diary"
    with diary(folder, 120) as journal:
        grow(journal, **{**QUICK, "steps": 30})
    return folder


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEBUKI_DIARY", str(folder))
    monkeypatch.setenv("COLUMNS", "80")
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diary", *arguments]) == 0
    return capsys.readouterr().out


def test_a_chain(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "chain", "heron", "--seed", "1", "--json"))
    assert (found["word"], found["seed"], found["model"], found["note"]) == ("heron", 1, True, "")
    link = found["links"][0]
    assert (link["from"], link["proven"]) == ("heron", True)
    assert link["days"]
    assert all(set(day) == {"date", "entry"} for day in link["days"])
    first, second = link["passage"]["places"]
    assert link["passage"]["text"][slice(*first)] == "heron"
    assert link["passage"]["text"][slice(*second)].lower() == link["to"]
    assert json.loads(told(capsys, "chain", "heron", "--seed", "1", "--json")) == found
    shown = told(capsys, "chain", "heron", "--seed", "1")
    assert shown.splitlines()[0].strip() == "heron"
    assert f"❧ {link['to']}" in shown
    assert str(len(link["days"])) in shown
    assert all(cell_len(line) <= 80 for line in shown.splitlines())
    assert main(["diary", "chain", "heron"]) == 0
    assert re.search(r"seed \d+", capsys.readouterr().err)


def test_a_dream(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "dream", "heron", "--seed", "1", "--letters", "60", "--json"))
    assert found["invented"] is True
    assert found["text"]
    shown = told(capsys, "dream", "heron", "--seed", "1", "--letters", "60")
    lines = shown.rstrip().splitlines()
    assert "invented" in lines[0]
    assert "invented" in lines[-2]
    assert "word for word" in lines[-1]
    assert found["opening"] in shown
    assert found["text"].split("\n")[0] in shown
    day = json.loads(told(capsys, "dream", "heron", "--day", "2031-05-06", "--letters", "5", "--json"))["day"]
    assert day == "2031-05-06"


def test_growing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    with diary(tmp_path / "diary", 25) as journal:
        pass
    found = json.loads(told(capsys, "grow", "--steps", "3", "--json"))
    assert (found["new"], found["steps"], found["why"]) == (25, 3, "done")
    assert found["perplexity"] > 1
    assert found["recited"]["rate"] == 0
    assert "nothing is new" in told(capsys, "grow")
    with Journal(tmp_path / "diary") as journal:
        journal.write("Saw the heron and the reeds once more.", FIRST + timedelta(60), id="once-more")
    assert "has not read" in json.loads(told(capsys, "chain", "heron", "--loose", "--json"))["note"]
    shown = told(capsys, "grow", "--steps", "3")
    assert "as if choosing among" in shown
    assert "1 of them new" in shown
    (tmp_path / "diary" / "kept" / NAME).write_bytes(b"nonsense")
    damaged = json.loads(told(capsys, "chain", "heron", "--loose", "--json"))
    assert damaged["model"] is False
    assert "damaged" in damaged["note"]
    assert "grown anew: the model of this diary is damaged" in told(capsys, "grow", "--steps", "2")


def test_the_sample_has_no_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diary", "chain", "亮太", "--sample", "ja", "--seed", "1"]) == 0
    said = capsys.readouterr()
    assert "there is no model yet" in said.err
    assert "❧" in said.out
    assert "to the model" not in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chain"], "WORD"),
        (["chain", "telescope"], "no word of this diary"),
        (["chain", "heron", "--steps", "0"], "steps is 0"),
        (["chain", "heron", "--temperature", "0"], "temperature is 0"),
        (["dream", "heron", "--letters", "0"], "letters is 0"),
        (["dream", "heron", "--day", "2026-02-30"], "2026-02-30"),
        (["dream", "亮太", "--sample", "ja"], "no model of this diary yet"),
        (["grow", "--minutes", "0"], "minutes is 0"),
        (["grow", "--steps", "0"], "steps is 0"),
    ],
)
def test_what_cannot_be(home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diary", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_too_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with diary(tmp_path / "diary", 5):
        pass
    assert main(["diary", "grow", "--diary", str(tmp_path / "diary")]) == 2
    error = capsys.readouterr().err
    assert "5 entries" in error
    assert "from 10 entries and 1,000 letters on" in error


@pytest.mark.parametrize("name", ["grow", "chain", "dream"])
def test_help_answers_at_once(name: str) -> None:
    code = (
        f"from mebuki.cli.main import main\ntry:\n    main(['diary', '{name}', '--help'])\nexcept SystemExit:\n    pass\n"
        "import sys\nprint('loaded:', *sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    told, loaded = done.stdout.rsplit("loaded:", 1)
    assert "example:" in told
    assert not set(loaded.split()) & {"torch", "numpy", "rich"}


@pytest.mark.parametrize("width", [8, 20, 61])
def test_lines_are_broken_where_they_may_be(width: int) -> None:
    text = "The kettle sang, 夜になると、電車の音が近くなる。「海だ」と猫。" * 3 + " ".join(PAIRS)
    lines = wrapped(text, width)
    assert "".join(text[begin:end] for begin, end in lines) == text
    for begin, end in lines:
        assert cell_len(text[begin:end].rstrip()) <= width
        assert text[begin:end][:1] not in "、。」"
