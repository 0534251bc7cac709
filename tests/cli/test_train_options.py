"""`mebuki train`: options that would be passed over are refused, names stay short, and nobody need watch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mebuki
from mebuki.cli.main import main

TINY = ["--model", "gru", "--size", "tiny", "--width", "8", "--context", "8", "--batch", "2", "--steps", "4"]
TINY += ["--sample-tokens", "5", "--precision", "float32"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume", "RUN", "--seed", "1"], ["the run alone, without --seed"]),
        (["--resume", "RUN", "--size", "tiny"], ["without --size"]),
        (["--resume", "RUN", "--out", "a"], ["without --out"]),
        (["--resume", "RUN", "--learning-rate", "1", "--no-tied"], ["without --tied, --learning-rate"]),
        (["BOOK", "--resume", "RUN"], ["without text"]),
        (["--resume", "RUN", "--steps", "12"], ["12 steps are done", "more than 12, in all"]),
        (["--resume", "RUN", "--steps", "15", "--minutes", "1"], ["both steps and minutes"]),
        (["--recipe", "RUN/recipe.toml", "--size", "tiny"], ["--size tiny beside a recipe"]),
        (["BOOK", "--model", "bigram", "--optimizer", "muon"], ["a bigram model has none", "adamw"]),
        (["BOOK", "--model", "gru", "--precision", "bfloat16"], ["a gru cannot be trained in bfloat16"]),
        (["BOOK", "--steps", "5", "--minutes", "1"], ["both steps and minutes"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_options_that_would_be_passed_over_are_refused(
    arguments: list[str], words: list[str], runs, book, capsys, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = runs("gru").folder
    before = (folder / "metrics.jsonl").read_bytes()
    given = [str(book) if a == "BOOK" else a.replace("RUN", str(folder)) for a in arguments]
    assert main(["train", *given]) == 2
    err = capsys.readouterr().err
    assert all(word in err for word in words), err
    assert os.listdir() == []
    assert (folder / "metrics.jsonl").read_bytes() == before


def test_the_size_is_small_by_default(book, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", str(book), "--model", "bigram", "--steps", "1", "--sample-tokens", "0"]) == 0
    assert mebuki.open_run("runs/kettle-bigram").recipe.shape == mebuki.recipes.bigram("a.txt").shape


@pytest.mark.parametrize("name", ["雨" * 80, "rain" * 60, "🐟" * 60])
def test_long_names_of_texts_make_short_names_of_runs(name: str, text: str, tmp_path, monkeypatch) -> None:
    """A name in a file system has at most 255 bytes."""
    monkeypatch.chdir(tmp_path)
    path = Path(name.encode()[:250].decode(errors="ignore"))  # no suffix
    path.write_text(text, encoding="utf-8")
    assert main(["train", str(path), *TINY]) == 0
    (run,) = os.listdir("runs")
    assert run.endswith("-gru")
    assert len(run) <= 64
    assert len(run.encode()) <= 154


def test_options_of_the_length_say_in_all(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert "--steps or --minutes, in all," in " ".join(capsys.readouterr().out.split())


@pytest.mark.skipif(os.name == "nt", reason="pipes differ there")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_training_goes_on_when_its_reader_leaves(options: list[str], book, tmp_path) -> None:
    """`mebuki train … | head -1`: the run is trained to its end, and kept."""
    arguments = ["train", book, *TINY, "--steps", "300", "--evaluate-every", "50", "--out", "run", *options]
    command = [sys.executable, "-m", "mebuki", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=100) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    run = mebuki.open_run(tmp_path / "run")
    assert run.checkpoint("last").state.step == 300
    assert run.metrics()[-1]["why"] == "done"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("run.json", "{}"),
        ("run.json", '{"vocabulary": 9}'),
        ("metrics.jsonl", '{"event": "evaluation", "step": 4}'),
        ("metrics.jsonl", '{"event": "evaluation", "step": 4, "loss": "low", "perplexity": 3}'),
        ("metrics.jsonl", '{"event": "end", "step": 4}'),
        ("checkpoints/step-000012/state.json", "{"),
    ],
)
def test_one_damaged_run_does_not_hide_the_others(file: str, content: str, runs, tmp_path, monkeypatch, capsys) -> None:
    import shutil

    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        shutil.copytree(runs("gru").folder, f"runs/{name}")
    with (Path("runs/a") / file).open("a" if file.startswith("metrics") else "w", encoding="utf-8") as damaged:
        damaged.write(content)
    assert main(["runs"]) == 0
    assert "runs/b" in capsys.readouterr().out
    assert main(["runs", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["run"]: "error" in row for row in rows} == {"runs/a": True, "runs/b": False}
