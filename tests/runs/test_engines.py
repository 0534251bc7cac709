"""A run of the engine of NumPy alone is a run like any other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stories import story

import mebuki
from mebuki import models, scratch
from mebuki.cli.main import main
from mebuki.errors import RecipeError
from mebuki.recipes import Recipe
from mebuki.runs.engines import ENGINES

Tiny = Callable[..., Recipe]


def quiet(event: object) -> None:
    pass


@pytest.fixture(params=KINDS)
def run(request: pytest.FixtureRequest, tiny: Tiny, tmp_path: Path) -> mebuki.Run:
    return mebuki.train(tiny(request.param, engine="scratch", precision="auto"), tmp_path / "run", watch=quiet)


def test_it_learns_writes_and_is_evaluated(run: mebuki.Run) -> None:
    losses = [row["loss"] for row in run.metrics() if row["event"] == "evaluation"]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    assert run.info["numpy"] == np.__version__
    assert "torch" not in run.info
    assert isinstance(run.model(), scratch.LanguageModel)
    assert "".join(run.generate("The", tokens=12, seed=1)) != ""
    assert run.evaluate(checkpoint="last").loss == pytest.approx(losses[-1], rel=1e-6)


def test_both_engines_open_it_with_equal_logits(run: mebuki.Run) -> None:
    """And they write the same text, and find the same perplexity."""
    by_hand, in_torch = run.model(engine="scratch"), run.model(engine="torch")
    assert isinstance(by_hand, scratch.LanguageModel)
    assert isinstance(in_torch, models.LanguageModel)
    ids = np.random.default_rng(0).integers(0, run.info["vocabulary"], (2, 9))
    logits, _ = by_hand(ids)
    expected, _ = in_torch.arrays().start(ids)
    assert np.abs(logits[:, -1] - expected).max() < 1e-5
    other = mebuki.open_run(run.folder)
    other.engine = "torch"
    assert other.evaluate().loss == pytest.approx(run.evaluate().loss, rel=1e-5)
    how: dict[str, Any] = {"tokens": 20, "temperature": 0}
    assert "".join(other.generate("The", **how)) == "".join(run.generate("The", **how))


@pytest.mark.parametrize("kind", KINDS)
def test_what_torch_trained_opens_by_hand(kind: str, runs: Callable[[str], mebuki.Run]) -> None:
    run = runs(kind)
    run.engine = "scratch"
    assert isinstance(run.model(), scratch.LanguageModel)
    assert run.evaluate(checkpoint="last").loss == pytest.approx(run.checkpoint("last").state.loss, rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_stopping_and_going_on_equals_never_stopping(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"engine": "scratch", "precision": "auto", "ema": 0.9}
    if kind != "bigram":
        settings |= {"dropout": 0.2, "optimizer": "muon"}
    recipe = tiny(kind, **settings)
    whole = mebuki.train(recipe, tmp_path / "whole", watch=quiet)
    stopped = mebuki.train(recipe.change(steps=5), tmp_path / "stopped", watch=quiet)
    assert stopped.checkpoint("last").state.step == 5
    from mebuki.runs.training import training

    place = tmp_path / "closed"
    events = training(recipe, place)
    for event in events:
        if getattr(event, "number", None) == 7 or getattr(event, "step", None) == 7:
            events.close()  # pyright: ignore
            break
    mebuki.train(None, place, resume=True, watch=quiet)
    assert story(mebuki.open_run(place).folder) == story(whole.folder)


def test_an_unknown_engine_is_refused(runs: Callable[[str], mebuki.Run], tiny: Tiny) -> None:
    with pytest.raises(RecipeError, match="engine 'jax' is unknown\n  allowed: torch, scratch"):
        runs("gru").model(engine="jax")
    with pytest.raises(RecipeError, match="engine 'jax' is unknown"):
        tiny("gru", engine="jax")


def test_threads_are_as_many_as_asked_for() -> None:
    before = ENGINES["scratch"].threads(0)
    for wanted in (2, 1):
        assert ENGINES["scratch"].threads(wanted) == wanted
    assert ENGINES["scratch"].threads(before) == before


def test_the_command_leaves_torch_out(book: Path, tmp_path: Path) -> None:
    """Training, writing and reading by hand: PyTorch is never loaded."""
    code = f"""
import sys
from mebuki.cli.main import main
from mebuki.shapes import SHAPES

KINDS = tuple(SHAPES)
run = {str(tmp_path / "run")!r}
train = ["train", {str(book)!r}, "--engine", "scratch", "--model", "gru", "--width", "8", "--context", "8"]
assert main([*train, "--steps", "3", "--batch", "2", "--sample-tokens", "4", "--out", run]) == 0
assert main(["generate", run, "The", "--tokens", "5", "--seed", "1"]) == 0
assert main(["evaluate", run, "--json"]) == 0
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "gru by hand in NumPy" in done.stdout + done.stderr


def test_the_commands_take_the_other_engine(
    runs: Callable[[str], mebuki.Run], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, said = str(runs("lstm").folder), []
    for engine in ("torch", "scratch"):
        main(["generate", folder, "The", "--tokens", "9", "--greedy", "--engine", engine])
        main(["evaluate", folder, "--engine", engine])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
