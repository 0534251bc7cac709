"""`mebuki tune` and `mebuki runs --export`: what they print, keep, and refuse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from mebuki.cli.main import main
from mebuki.cli.tune_view import View
from mebuki.recipes import Recipe, named
from mebuki.runs.tuning import tuning

OPTIONS = ["--model", "bigram", "--hidden", "8", "--context", "8", "--batch", "4", "--precision", "float32"]


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_it_tells_each_trial_and_what_was_won(book: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["tune", book, *OPTIONS, "--steps", 4, "--trials", 3, "--search", "hidden=4,8"]
    code, out, _ = told(capsys, *asked)
    assert code == 0
    assert "3 of 3: trial 2  loss" in out
    assert "as the recipe was: perplexity" in out
    folder = Path("tunings") / f"{book.stem}-bigram"
    assert f"mebuki train --recipe {folder / 'recipe.toml'}" in out
    assert Recipe.load(folder / "recipe.toml").training.steps == 4
    code, out, _ = told(capsys, *asked)  # again: all is done
    assert (code, "3 trials, 3 of them done" in out, "trial 3" in out) == (0, True, False)
    code, _, err = told(capsys, *asked[:-2])
    assert code == 2
    assert "is of another search" in err


def test_a_recipe_may_stand_in_the_place_of_the_text(book: Path, tmp_path: Path, capsys) -> None:
    named("bigram", book, hidden=8, context=8, batch=4, precision="float32").save(tmp_path / "mine.toml")
    asked = [tmp_path / "mine.toml", "--minutes-per-trial", 0.01, "--trials", 1, "--out", tmp_path / "t", "--json"]
    code, out, _ = told(capsys, "tune", *asked)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["event"] for row in rows if row["event"] != "trained"] == ["opened", "began", "ended", "tuned"]
    assert "batch" in rows[0]["space"]
    assert rows[-1]["report"]["length"] == {"minutes": 0.01}


def test_a_terminal_shows_the_trial_under_way_and_the_best(
    tiny: Callable[..., Recipe], tmp_path: Path, monkeypatch
) -> None:
    recipe = tiny("bigram", steps=4)
    view = View(recipe)
    view.console = Console(file=io.StringIO(), force_terminal=True, width=90, color_system=None)
    with view:
        for event in tuning(recipe, tmp_path, trials=2):
            view(event)
    assert isinstance(view.console.file, io.StringIO)
    shown = view.console.file.getvalue()
    for words in (
        "1 of 2 trials   trial 2, step 4 of 4",
        " left",
        "now: learning_rate",
        "as if choosing among",
        "done",
    ):
        assert words in shown
    assert view.left() == 0


def test_further_seeds_are_told_in_both_ways(book: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    """In lines, and as a table beneath the view."""
    monkeypatch.chdir(tmp_path)
    held = ["--search", "learning_rate=0.0001,0.02", "--search", "hidden=4,8", "--search", "weight_decay=0"]
    asked = [*OPTIONS, "--steps", 20, "--trials", 2, "--learning-rate", 0.0001, *held, "--out", "t"]
    code, out, _ = told(capsys, "tune", book, *asked, "--seeds", 2)
    assert code == 0
    assert "1 of 4: seed 1, as the recipe was  loss" in out
    assert "4 of 4: seed 2, the best  loss" in out
    assert "with 2 other seeds: perplexity" in out
    assert "the loss is lower by" in out
    assert "seeds.svg" in out
    recipe = named("bigram", book, hidden=8, context=8, batch=4, precision="float32", steps=20, learning_rate=1e-4)
    view = View(recipe)
    view.console = Console(file=io.StringIO(), force_terminal=True, width=90, color_system=None)
    with view:
        for event in tuning(recipe, tmp_path / "t", trials=2, search=held[1::2], seeds=3):  # one more
            view(event)
    assert isinstance(view.console.file, io.StringIO)
    shown = view.console.file.getvalue()
    for words in ("2 of 2 trials   seed 3, as the recipe was, step 20 of 20", "lower by", "seed  as the recipe was"):
        assert words in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seeds", "-1"], "seeds is -1"),
        (["--trials", "0"], "trials is 0"),
        (["--pruner", "medium"], "try: median"),
        (["--parameters", "0"], "--parameters is 0"),
        (["--search", "tokenizer=characters"], "setting 'tokenizer' is unknown"),
    ],
)
def test_what_cannot_be_is_told(options: list[str], words: str, book: Path, tmp_path: Path, capsys) -> None:
    code, _, err = told(capsys, "tune", book, *OPTIONS, "--out", tmp_path / "t", *options)
    assert code == 2
    assert err.startswith("mebuki: ")
    assert words in err


def test_runs_are_exported(runs, tmp_path: Path, capsys) -> None:
    run = runs("bigram").folder
    code, out, _ = told(capsys, "runs", run, "--export", "tensorboard", tmp_path)
    assert code == 0
    assert f"tensorboard --logdir {tmp_path}" in out
    assert list((tmp_path / "bigram").glob("events.out.tfevents.*.mebuki"))
    code, out, _ = told(capsys, "runs", run, "--export", "csv", tmp_path, "--json")
    assert json.loads(out) == {"run": str(run), "path": str(tmp_path / "bigram.csv")}
    code, _, err = told(capsys, "runs", "--export", "csv", tmp_path)
    assert code == 2
    assert "no run was given" in err
