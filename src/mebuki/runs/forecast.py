"""Before a run, at once: how long it will take here, how large the model is, and how good such models get. Without torch.

`estimate` takes steps to know the pace; this is for a form that is being filled in. A pace is taken from an earlier run of
the same shape, where there is one; else it is told from how fast this machine multiplies matrices, which is right within a
factor of two or so on a processor, and far too long where there is a GPU.
"""

from __future__ import annotations

import math
import os
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError, TextError
from ..evaluation.baselines import baselines
from ..evaluation.sequences import by_sequences
from ..recipes import Recipe, named
from ..text import Corpus
from .comparing import settings_of
from .estimate import Estimate, Known, estimate
from .last_rows import last_row
from .pace import Pace
from .parameter_count import parameter_count
from .run import find_runs

PRESETS = {"small": "tiny", "medium": "small", "large": "base"}  # what the form calls the sizes
COUNTED, FORETOLD = 300_000, 20_000  # tokens, so that it stays below a second
READY = 3.0  # seconds to load the engine and build the model
SHARE = {"transformer": 0.45, "lstm": 0.75, "gru": 0.8, "rnn": 0.6, "bigram": 0.2}
"""Of the speed of large products of matrices, what a training step has; measured with one thread of one processor."""
BY_HAND = 0.3  # the same of that of PyTorch, for the engine of NumPy
TOGETHER = 0.8  # so many cores are as quick as their number to this power
SMALL = 96  # rows and columns of what is multiplied to see how fast one core is: small enough for it alone
LATEST = 50  # runs that are looked through for a pace


def forecast(
    sources: Any,
    *,
    model: str = "transformer",
    runs: str | os.PathLike[str] | None = None,
    known: Known | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """What small, medium and large models of a kind would take and reach on a text.

    Args:
        sources: files or folders, as for a recipe.
        runs: a folder with earlier runs, whose pace is used where the shape is the same.
        known: the text, if `know_quickly` read it before.
        changes: of the recipes, such as minutes=5.

    Returns:
        text: description, characters, train_tokens, vocabulary;
        baselines: uniform, unigram, bigram and sequences, in nats a token;
        presets: small, medium and large, each with size (its name for `recipes`), recipe (plain values), parameters,
            bytes (of the model as float32), steps, tokens, epochs, seconds, quick, slow, tokens_per_second,
            measured (whether the pace is an earlier run's), expected (loss, low, high, perplexity, perplexity_low,
            perplexity_high, measured) and warnings.

    Raises:
        TextError, RecipeError: as training would.
    """
    recipes = {preset: named(model, sources, size=size, **changes) for preset, size in PRESETS.items()}
    known = known or know_quickly(recipes["small"])
    corpus = known.corpus
    told = {}
    for preset, recipe in recipes.items():
        found = estimate(recipe, known, pace := guess(recipe, corpus.vocabulary, runs))
        told[preset] = {"size": PRESETS[preset], "measured": pace.measured > 0, **_plain(found)}
    return {
        "text": {
            "description": corpus.description(),
            "characters": corpus.characters,
            "train_tokens": len(corpus.train),
            "vocabulary": corpus.vocabulary,
        },
        "baselines": {**known.baselines.to_dict(), "sequences": known.sequences},
        "presets": told,
    }


def know_quickly(recipe: Recipe) -> Known:
    """What the text of a recipe says, counted in its first part only.

    Raises:
        TextError: as training would.
    """
    began = time.perf_counter()
    corpus = Corpus.from_settings(recipe.text)
    train: Any = corpus.train[:COUNTED]
    validation: Any = corpus.validation[:FORETOLD]
    if min(len(train), len(validation)) < 2:
        raise TextError(
            f"the text has {len(corpus.train)} token(s) to learn from and {len(corpus.validation)} for validation",
            allowed="at least 2 of each",
            hint="a longer text",
        )
    counted = baselines(train, validation, corpus.vocabulary)
    seconds = time.perf_counter() - began
    losses = by_sequences(train, validation, corpus.vocabulary)
    return Known(corpus, counted, losses[0], min(losses), seconds)


def guess(recipe: Recipe, vocabulary: int, runs: str | os.PathLike[str] | None = None) -> Pace:
    """The pace of a recipe, without taking a step; `measured` are the steps of the earlier run that it is taken from, or 0."""
    settings = recipe.training
    parameters = parameter_count(recipe.model, recipe.shape, vocabulary)
    tokens = settings.accumulation * settings.batch * recipe.shape.context
    used = settings.threads or cores()
    speed = used**TOGETHER * speed_of_products() * SHARE[recipe.model]
    speed *= BY_HAND if settings.engine == "scratch" else 1.0
    seen = _earlier(recipe, Path(runs)) if runs else None
    taken, step = seen or (0, 6 * parameters * tokens / speed)
    around = (settings.evaluate_tokens + 4 * settings.sample_tokens) / (3 * tokens)
    spread = 1.2 if seen else 2.0
    return Pace(
        parameters=parameters,
        facts={"threads": settings.threads, "precision": settings.precision},
        tokens=tokens,
        measured=taken,
        ready=READY,
        first=0.0,
        step=step,
        quick=step / spread,
        slow=step * spread,
        evaluation=around * step,
    )


def cores() -> int:
    """Of the processor, that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _earlier(recipe: Recipe, runs: Path) -> tuple[int, float] | None:
    """Steps and seconds a step of the latest run of the same shape."""
    wanted = _shape(recipe.to_dict())
    for run in find_runs(runs)[:LATEST]:
        try:
            flat = settings_of(run.folder)
        except RunError:
            continue
        nested: dict[str, dict[str, Any]] = {}
        for name, value in flat.items():
            section, _, field = name.rpartition(".")
            nested.setdefault(section, {})[field] = value
        row = last_row(run.folder / "metrics.jsonl", "train")
        if row and row.get("seconds") and row.get("step", 0) >= 10 and _shape(nested) == wanted:
            return row["step"], row["seconds"] / row["step"]
    return None


def _shape(content: dict[str, Any]) -> dict[str, Any]:
    """What the time of a step depends on."""
    training = content.get("training", {})
    names = ("batch", "accumulation", "engine", "device", "precision", "threads", "optimizer", "ema", "compile")
    return {**content.get("model", {}), **{name: training.get(name) for name in names}}


@cache
def speed_of_products() -> float:
    """Operations a second of products of matrices on one core that nobody else uses; measured once, in milliseconds."""
    a, best = np.ones((SMALL, SMALL), np.float32), math.inf
    for _ in range(300):  # the quickest one is the one that nobody disturbed
        began = time.perf_counter()
        np.matmul(a, a)
        best = min(best, time.perf_counter() - began)
    return 2 * SMALL**3 / best


def _plain(found: Estimate) -> dict[str, Any]:
    names = ("steps", "tokens", "epochs", "seconds", "quick", "slow")
    return {
        "recipe": found.recipe.to_dict(),
        "parameters": found.pace.parameters,
        "bytes": 4 * found.pace.parameters,
        **{name: getattr(found, name) for name in names},
        "tokens_per_second": found.pace.tokens / found.pace.step,
        "expected": found.expected.to_dict(),
        "warnings": list(found.warnings),
    }
