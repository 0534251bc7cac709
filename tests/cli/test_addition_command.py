"""`mebuki addition`: trains, keeps, is asked, and draws."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mebuki.cli.main import main
from mebuki.errors import RunError
from mebuki.runs.addition import AdditionRun

TINY = ["--width", "8", "--embedding", "4", "--batch", "8", "--steps", "6", "--digits", "2", "--heldout", "30"]
TINY += ["--evaluations", "2", "--engine", "scratch"]
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys, tmp_path, monkeypatch) -> Say:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["addition", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_it_trains_and_is_asked(say: Say) -> None:
    code, out, err = say(*TINY)
    assert (code, err) == (0, "")
    for words in ("reversed + attention", "NumPy, by hand", "30 sums it never saw", "kept in runs/addition"):
        assert words in out
    assert {path.name for path in Path("runs/addition").iterdir() if path.name not in (".lock", ".now.json")} == {
        "settings.json",
        "metrics.jsonl",
        "model.safetensors",
    }
    run = AdditionRun("runs/addition")
    assert [row["step"] for row in run.evaluations] == [0, 3, 6, 6]
    assert run.result["why"] == "done"
    code, out, _ = say("runs/addition", "--ask", "57+5", "--ask", "1+2", "--json")
    solved = json.loads(out)["solved"]
    assert [row["question"] for row in solved] == ["57+5", "1+2"]
    assert [row["answer"] for row in solved] == run.ask("57+5", "1+2")
    assert [row["expected"] for row in solved] == ["62", "3"]
    code, out, _ = say("--ask", "57+5", "runs/addition", "--map", "map.svg", "--plot", "plot.svg")
    assert code == 0
    assert "57+5 = " in out
    assert "57+5" in Path("map.svg").read_text(encoding="utf-8")
    assert "addition" in Path("plot.svg").read_text(encoding="utf-8")
    assert say(*TINY)[0] == 0
    assert Path("runs/addition-2").is_dir()


def test_both_engines_end_alike(say: Say) -> None:
    for engine in ("scratch", "torch"):
        assert say(*TINY, "--engine", engine, "--out", engine, "--json")[0] == 0
    losses = [AdditionRun(engine).result["loss"] for engine in ("scratch", "torch")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_all_variants(say: Say) -> None:
    code, out, _ = say(*TINY, "--compare", "--out", "all", "--plot", "all.svg")
    assert code == 0
    picture = Path("all.svg").read_text(encoding="utf-8")
    for variant in ("plain", "reversed", "peeky", "reversed + peeky", "attention", "reversed + attention"):
        assert f"\n  {variant} " in out
        assert f">{variant} " in picture
    before = {path: path.stat().st_mtime_ns for path in Path("all").rglob("*")}
    assert say(*TINY, "--compare", "--out", "all")[0] == 0  # nothing is trained twice
    assert before == {path: path.stat().st_mtime_ns for path in Path("all").rglob("*")}
    code, out, err = say(*TINY, "--compare", "--out", "all", "--seed", "1")
    assert (code, "other settings" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--steps", "0"], ["steps is 0"]),
        (["--engine", "tensorflow"], ["'tensorflow' is unknown"]),
        (["--digits", "10"], ["digits is 10", "1 to 9"]),
        (["--steps", "5", "--minutes", "1"], ["both --steps and --minutes"]),
        (["--compare", "--peeky"], ["--compare trains with and without --peeky"]),
        (["--ask", "57-5"], ["'57-5' is no question"]),
        (["--ask", "1234+5"], ["up to 3 digits"]),
        (["--map", "m.svg", "--no-attention"], ["--map needs attention"]),
        (["--digits", "1", "--seed", "159"], ["seed 159 keeps no sum", "another seed"]),
        (["none"], ["none is no run of addition"]),
        (["none", "--steps", "5"], ["trained already", "--steps"]),
        (["--plot", "p.jpg"], ["p.jpg ends in .jpg"]),
        (["--x", "time"], ["axis 'time' is unknown"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_mistakes_are_told_before_anything_is_trained(arguments: list[str], words: list[str], say: Say) -> None:
    code, _, err = say(*arguments)
    assert code == 2
    assert all(word in err for word in words), err
    assert not list(Path().iterdir())


def test_damage_is_told(say: Say) -> None:
    assert say(*TINY, "--out", "run")[0] == 0
    run = Path("run")
    weights = (run / "model.safetensors").read_bytes()
    for damage in (b"", weights[: len(weights) // 2], b"\xff" * 50):
        (run / "model.safetensors").write_bytes(damage)
        with pytest.raises(RunError, match="damaged"):
            AdditionRun(run).ask("1+1")
    (run / "model.safetensors").unlink()
    with pytest.raises(RunError, match="missing"):
        AdditionRun(run).ask("1+1")
    for row in ('{"event": "end", "step": 3}', '{"event": "evaluation", "step": 3}'):
        (run / "metrics.jsonl").write_text(row + "\n", encoding="utf-8")
        code, _, err = say("run", "--plot", "p.svg")
        assert (code, "did not come to its end" in err) == (2, True)
    code, _, err = say("run/settings.json")
    assert (code, "is no run of addition" in err) == (2, True)
    (run / "settings.json").write_text('{"kind": "addition", "width": "wide"}', encoding="utf-8")
    assert say("run", "--ask", "1+1")[0] == 2


def test_ctrl_c_keeps_what_was_learned(say: Say, monkeypatch) -> None:
    import signal

    from mebuki.training.addition import AdditionTrainer

    step = AdditionTrainer.step

    def stopping(trainer):
        if trainer.number == 3:
            signal.raise_signal(signal.SIGINT)
        return step(trainer)

    monkeypatch.setattr(AdditionTrainer, "step", stopping)
    code, out, _ = say(*TINY, "--steps", "1000", "--out", "run")
    assert code == 0
    assert "stopped, and kept after 4 steps" in out
    assert AdditionRun("run").result["why"] == "stopped"
    assert len(AdditionRun("run").ask("57+5")) == 1


def test_the_second_ctrl_c_keeps_it_too(say: Say, monkeypatch) -> None:
    from mebuki.training.addition import AdditionTrainer

    look = AdditionTrainer.look

    def stopped(trainer, count=None):
        if count is None:
            raise KeyboardInterrupt
        return look(trainer, count)

    monkeypatch.setattr(AdditionTrainer, "look", stopped)
    assert say(*TINY, "--evaluations", "1", "--out", "run")[0] == 130
    assert len(AdditionRun("run").ask("57+5")) == 1


def test_a_variant_that_was_stopped_is_not_taken_for_a_whole_one(say: Say) -> None:
    assert say("--compare", *TINY, "--out", "all")[0] == 0
    path = Path("all/peeky/metrics.jsonl")
    path.write_text(path.read_text(encoding="utf-8").replace('"done"', '"stopped"'), encoding="utf-8")
    code, _, err = say("--compare", *TINY, "--out", "all")
    assert (code, "one that was stopped" in err) == (2, True)


def test_runs_of_the_same_name_are_told_apart(say: Say) -> None:
    for folder in ("one/run", "two/run", "other"):
        assert say(*TINY, "--out", folder)[0] == 0
    _, out, _ = say("one/run", "two/run", "other", "--json")
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["one/run", "two/run", "other"]
