"""Our own side: steps of a run, a run to generate with, and whole trainings from the shell."""

from __future__ import annotations

import argparse
import atexit
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mebuki import Recipe, Run, recipes, train
from mebuki.runs.events import Stepped
from mebuki.runs.training import training
from mebuki.samples import diary


def folder() -> Path:
    """An empty folder that is removed when the process ends."""
    made = tempfile.TemporaryDirectory()
    atexit.register(made.cleanup)
    return Path(made.name)


def text_of(given: argparse.Namespace) -> Path:
    """The text that was given, or the sample diary."""
    return given.text or diary("en")


def recipe_of(given: argparse.Namespace, model: str = "transformer", **changes: Any) -> Recipe:
    """A recipe on the text that was given, as a benchmark's options say."""
    return recipes.named(model, text_of(given), threads=given.threads, **changes)


def stepping(recipe: Recipe) -> Callable[[], None]:
    """A function that takes one step in the real loop of a run, which neither evaluates nor saves on the way."""
    endless = recipe.change(steps=10**9, decay=0.0, sample_tokens=0, evaluate_every=10**9, save_seconds=1e9)
    events = training(endless, folder() / "run")

    def step() -> None:
        while not isinstance(next(events), Stepped):
            pass

    return step


def run_of(recipe: Recipe) -> Run:
    """A run after one step: its weights are worth nothing, its speed is that of any other."""
    short = recipe.change(steps=1, sample_tokens=0, evaluate_tokens=64)
    return train(short, folder() / "run", watch=lambda event: None)


def whole(text: Path, *arguments: object) -> dict[str, float]:
    """`mebuki train` from the shell: seconds in steps and of the whole process, and the loss of the last weights.

    The loss is of the whole validation split, in blocks of 64.
    """
    out = folder() / "run"
    mebuki = [sys.executable, "-m", "mebuki"]
    command = [*mebuki, "train", text, "--out", out, "--sample-tokens", 0, *arguments]
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    seconds = time.perf_counter() - start
    command = [*mebuki, "evaluate", str(out), "--block", "64", "--checkpoint", "last", "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    run = Run(out)
    steps = run.checkpoint("last").state
    return {"seconds": steps.seconds, "whole_seconds": seconds, "loss": found["loss"], "steps": steps.step}
