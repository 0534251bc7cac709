"""`mebuki answer`, `mebuki calculator` and `mebuki evaluate` of a calculator, as a user meets them."""

from __future__ import annotations

import io
import json

import pytest

from mebuki.cli.calculator_view import View, suite_lines
from mebuki.cli.main import main
from mebuki.runs.calculator import CalculatorProgress, CalculatorRun

TINY = ["--width", "16", "--layers", "1", "--heads", "1", "--letters", "256", "--threads", "1", "--examined", "2"]


def test_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "12+39", "7c - 3n + 5c + 4"]) == 0
    shown = capsys.readouterr().out
    assert "= 51" in shown
    assert "12*c-3*n+4" in shown
    assert "12 c - 3 n + 4" in shown
    assert shown.count("✓ equal and worked out") == 2


def test_a_question_may_begin_with_a_minus(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "-5+3"]) == 0
    assert "= -2" in capsys.readouterr().out


def test_work_on_the_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "12*34", "--work"]) == 0
    assert "4:48+3:360" in capsys.readouterr().out


def test_an_answer_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "96/41", "--ask", "remainder", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["answer"] == "2 r 14"
    assert found["verdict"] == {"right": True, "why": "equal and worked out"}
    assert found["steps"][-1]["text"] == "2 r 14"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "no question"),
        (["1++"], "cannot be read"),
        ([""], ""),
        (["5/(3-3)"], "division by zero"),
        (["12+3", "--ask", "root"], "--ask"),
        (["12+3", "--jsonl", "x"], "one of both"),
        (["12+3", "--out", "x"], "--jsonl"),
        (["12+3", "--model", "nothing-here"], "no run of calculator"),
        (["--jsonl", "nothing-here"], "cannot be read"),
    ],
)
def test_what_cannot_be_answered(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", *arguments]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert "✓" not in shown.out


def test_one_question_of_several_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "1++", "12+39"]) == 2
    shown = capsys.readouterr()
    assert "= 51" in shown.out
    assert "1++" in shown.err


def test_json_lines_from_file_to_file(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "problems.jsonl", tmp_path / "answers.jsonl"
    source.write_text('{"id": 1, "expr": "12+39", "ask": "value"}\n\n{"id": 2, "expr": "?"}\n', encoding="utf-8-sig")
    assert main(["answer", "--jsonl", str(source), "--out", str(out)]) == 0
    rows = [json.loads(row) for row in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["answer"]) for row in rows] == [(1, "51"), (2, None)]
    assert "finds 1 of them right" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": "s", "expr": "12+39"}\n'))
    assert main(["answer", "--jsonl", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "51"
    assert main(["answer", "--jsonl", str(source), "--out", str(tmp_path / "no" / "a")]) == 2
    source.write_bytes(b"\xff\xfe\x00")
    assert main(["answer", "--jsonl", str(source)]) == 2
    assert "UTF-8" in capsys.readouterr().err


def test_an_examination(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "calculator", "--suite", "add 1-3,multiply 2x2", "--count", "10", "--seed", "3"]) == 0
    shown = capsys.readouterr().out
    assert "of 10" in shown
    assert "mean of the suites" in shown
    assert main(["evaluate", "calculator", "--suite", "add 1-3", "--count", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["calculator", "--suite", "adds"], "add 1-3 digits"),
        (["calculator", "--count", "0"], "count"),
        (["calculator", "--block", "5"], "--block"),
        (["nothing-here", "--suite", "all"], "is for calculators"),
    ],
)
def test_examinations_that_cannot_be(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_growing_one(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    assert main(["calculator", "--recipe", "addition", "--steps", "4", *TINY, "--out", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "done after" in shown
    assert "add 11-20 digits" in shown
    assert CalculatorRun(folder).done
    assert main(["answer", "--model", str(folder), "1+2"]) == 0
    assert "✗" in capsys.readouterr().out
    assert main(["evaluate", str(folder), "--suite", "add 1-3", "--count", "2"]) == 0
    assert main(["calculator", "--resume", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["done"]
    on = ["calculator", "--begin", str(folder), "--rise", "0", "--steps", "2", *TINY, "--out", str(tmp_path / "on")]
    assert main(on) == 0
    assert (tmp_path / "on" / "begin.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--recipe", "additon"], "addition"),
        (["--resume", "runs/x", "--steps", "3"], "--steps"),
        (["--resume", "nothing-here"], "no run of calculator"),
        (["--resume", "runs/x", "--begin", "calculator"], "--begin"),
        (["--begin", "nothing-here"], "no run of calculator"),
        (["--begin", "calculator", "--width", "64"], "width 128, not 64"),
        (["--width", "0"], "width"),
    ],
)
def test_growing_one_that_cannot_be(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calculator", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_the_live_view() -> None:
    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    view = View(console)
    with view:
        view.watch(CalculatorProgress(5, 0.5, 0.25, {"expand": 0.5, "multiply 2x2": 1.0}, [("1+2", "3")], 61.0, 1234.0))
    shown = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    assert "step 5" in shown
    assert "expand" in shown
    assert "1+2 = 3" in shown
    assert len(suite_lines({f"suite {i}": 0.1 for i in range(7)}, 40)) == 4
