"""What a run generates with: compiled where it can be had, and the same text whatever it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mebuki
from mebuki import models, scratch
from mebuki.errors import RecipeError, RunError
from mebuki.generation import compiled as room
from mebuki.generation.compiled import Decoder
from mebuki.kernels.loading import SWITCH
from mebuki.runs.writers import WRITERS, writer

Runs = Callable[[str], mebuki.Run]


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("kind", KINDS)
def test_every_engine_writes_the_same_text(kind: str, runs: Runs) -> None:
    run, how = runs(kind), {"tokens": 40, "seed": 2, "top_k": 9}
    assert isinstance(writer(run), Decoder)
    texts = {engine: "".join(run.generate("The", engine=engine, **how)) for engine in (None, *WRITERS)}
    assert len(set(texts.values())) == 1
    many = [list(run.generate_many("The", engine=engine, samples=3, tokens=9)) for engine in WRITERS]
    assert many[0] == many[1] == many[2]


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("weights", ["bfloat16", "int8"])
def test_rounded_weights_write_too(weights: str, runs: Runs) -> None:
    """Nearly the logits of the exact ones."""
    run, ids = runs("transformer"), np.array([[1, 2, 3]])
    exact, _ = writer(run).start(ids)
    rounded, _ = writer(run, weights=weights, threads=2).start(ids)
    assert 0 < np.abs(rounded - exact).max() < 0.1 * np.abs(exact).max()
    assert len("".join(run.generate("The", tokens=20, weights=weights))) == 20


@pytest.mark.usefixtures("kernels")
def test_a_writer_is_made_once(runs: Runs) -> None:
    run = runs("gru")
    assert writer(run) is writer(run, "compiled") is not writer(run, weights="int8")
    assert writer(run, "scratch") is writer(run, "scratch")
    first = writer(run)
    run.chosen = "last"
    assert writer(run) is not first


@pytest.mark.usefixtures("kernels")
def test_the_engine_of_the_run_is_taken(runs: Runs) -> None:
    run = runs("gru")
    for engine, kind in (("torch", models.LanguageModel), ("scratch", scratch.LanguageModel), ("compiled", Decoder)):
        run.engine, run.writers = engine, {}
        assert "".join(run.generate("The", tokens=3))
        (made,) = run.writers.values()
        assert isinstance(made, kind)


def without_kernels(monkeypatch: pytest.MonkeyPatch, making: bool) -> None:
    monkeypatch.setattr(room, "load", lambda name, wait: None)
    monkeypatch.setattr(room, "warm", lambda *names: object() if making else None)


def test_while_kernels_are_made_the_engine_that_starts_quickest_writes(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kernels(monkeypatch, making=True)
    run = runs("lstm")
    assert isinstance(writer(run), scratch.LanguageModel)
    assert "".join(run.generate("The", tokens=5))


def test_where_there_are_no_kernels_the_engine_that_trained_writes(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    without_kernels(monkeypatch, making=False)
    assert isinstance(writer(runs("lstm")), models.LanguageModel)


def test_only_who_asks_for_the_compiler_waits_for_it(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[bool] = []
    without_kernels(monkeypatch, making=True)
    monkeypatch.setattr(room, "load", lambda name, wait: waits.append(wait))
    writer(runs("bigram"))
    for asked in ({"engine": "compiled"}, {"weights": "int8"}):
        with pytest.raises(RecipeError, match="no compiled kernels"):
            writer(runs("bigram"), **asked)
    assert waits == [False, True, True]


def test_kernels_can_be_switched_off(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    run = runs("bigram")
    assert isinstance(writer(run), models.LanguageModel)
    for how in ({"engine": "compiled"}, {"weights": "int8"}):
        with pytest.raises(RecipeError, match=r"no compiled kernels for the model bigram(.|\n)*MEBUKI_KERNELS not off"):
            run.generate("The", **how)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"engine": "jax"}, "engine 'jax' is unknown\n  allowed: compiled, torch, scratch"),
    ({"weights": "int7"}, "weights 'int7' is unknown\n  allowed: float32, bfloat16, int8"),
    ({"engine": "torch", "weights": "int8"}, "the engine torch has no int8 weights"),
    ({"engine": "scratch", "weights": "bfloat16"}, "the engine scratch has no bfloat16 weights"),
    ({"threads": -1}, "threads is -1"),
    ({"threads": 10**6}, r"threads is 1e\+06"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG, ids=str)
def test_what_cannot_be_had_is_told(wrong: dict[str, Any], words: str, runs: Runs) -> None:
    with pytest.raises(RecipeError, match=words):
        runs("gru").generate("The", **wrong)


@pytest.mark.usefixtures("kernels")
def test_weights_of_another_shape_are_refused(runs: Runs, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs("gru").folder, tmp_path / "run"))
    recipe = copy / "recipe.toml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("width = 12", "width = 13"), encoding="utf-8")
    with pytest.raises(RunError, match=r"do not fit the run's recipe: embedding.weight is"):
        mebuki.open_run(copy).generate("The")


@pytest.mark.usefixtures("kernels")
def test_the_command_writes_without_torch(runs: Runs) -> None:
    """Neither PyTorch nor Numba nor the NumPy engine is loaded, and the text is that of the plain way."""
    folder = str(runs("transformer").folder)
    code = f"""
import sys
from mebuki.cli.main import main
from mebuki.shapes import SHAPES

KINDS = tuple(SHAPES)
sys.argv[1:] = ["generate", {folder!r}, "The", "--tokens", "30", "--seed", "4"]
assert main(sys.argv[1:]) == 0
assert not set(sys.modules) & {{"torch", "numba", "mebuki.scratch", "mebuki.models"}}, sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    plain = "".join(runs("transformer").generate("The", tokens=30, seed=4, engine="torch"))
    assert done.stdout == f"The{plain}\n"
