"""How quick training is here: a few steps of the run's own trainer on its own text, and what stands around them."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from ..evaluation.perplexity import evaluate
from ..generation.generate import generate
from ..recipes import Recipe
from ..text import Corpus
from ..training.batches import Batches
from . import checkpoints
from .engines import ENGINES

LEAST = 4  # steps measured, beside the first
READ, WRITTEN = 8_192, 16  # tokens read and written to measure that


@dataclass(frozen=True)
class Pace:
    """What was measured of a recipe; times are in seconds.

    Attributes:
        parameters: numbers to learn.
        facts: device, precision, threads and whatever else the engine tells about how it trains.
        tokens: learned from in a step.
        measured: steps.
        ready: to load the engine, build the model and choose the precision.
        first: of the first step, beyond those of any other: compiling, and memory touched for the first time.
        step: of one step, the median; `quick` and `slow`: a quarter of the steps took less, a quarter more.
        evaluation: of one evaluation, with its sample and its checkpoint.
    """

    parameters: int
    facts: dict[str, Any]
    tokens: int
    measured: int
    ready: float
    first: float
    step: float
    quick: float
    slow: float
    evaluation: float


def measure(recipe: Recipe, corpus: Corpus, seconds: float = 3.0) -> Pace:
    """Take steps for some seconds, at least five; nothing is kept but what is found.

    Raises:
        TextError, RecipeError, RunError: as training would.
    """
    settings = recipe.training
    batches = Batches(corpus.train, recipe.shape.context, settings.batch, recipe.seed)  # refuses a text too short
    engine, began = ENGINES[settings.engine], time.perf_counter()
    threads = engine.threads(settings.threads)
    facts = engine.facts(recipe, engine.model(recipe, corpus.vocabulary))
    trainer = engine.trainer(recipe, corpus.vocabulary, batches, facts)
    ready = time.perf_counter() - began
    first, began = trainer.step().seconds, time.perf_counter()
    steps: list[float] = []
    while len(steps) < LEAST or time.perf_counter() - began < seconds:
        steps.append(trainer.step().seconds)
    quick, step, slow = quantiles(steps, n=4)
    return Pace(
        parameters=trainer.model.parameter_count,
        facts={**facts, "threads": threads},
        tokens=settings.accumulation * settings.batch * recipe.shape.context,
        measured=len(steps),
        ready=ready,
        first=max(0.0, first - step),
        step=step,
        quick=max(quick, min(steps)),  # quantiles of few numbers lie beyond them
        slow=min(slow, max(steps)),
        evaluation=_evaluation(trainer, recipe, corpus),
    )


def _evaluation(trainer: Any, recipe: Recipe, corpus: Corpus) -> float:
    """Seconds of one evaluation with its sample and its checkpoint, from a part of the first two."""
    settings = recipe.training
    with trainer.usable() as model:
        wanted = min(len(corpus.validation) - 1, settings.evaluate_tokens)
        part = min(wanted, max(READ, recipe.shape.context))
        how = {"limit": part, "precision": trainer.precision}
        spent = _seconds(lambda: evaluate(model, corpus.validation, **how)) * wanted / part
        if settings.sample_tokens:
            part = min(WRITTEN, settings.sample_tokens)
            pieces = generate(model, corpus.tokenizer, settings.sample_prompt, tokens=part, seed=0)
            spent += _seconds(lambda: list(pieces)) * settings.sample_tokens / part
    with tempfile.TemporaryDirectory() as folder:
        state = checkpoints.State(trainer.number)
        return spent + _seconds(lambda: checkpoints.save(Path(folder), state, trainer.weights(), trainer.state()))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def steps_and_evaluations(recipe: Recipe, pace: Pace) -> tuple[int, int]:
    """How many of both a run has; with a limit in minutes, as many as fit into them."""
    settings = recipe.training
    if settings.steps is not None:
        every = settings.evaluate_every or max(1, settings.steps // 10)
        return settings.steps, math.ceil(settings.steps / every)
    assert settings.minutes is not None
    left = 60 * settings.minutes - pace.first  # the clock of a run stands still until its first step
    if every := settings.evaluate_every:
        steps = max(1, int(left / (pace.step + pace.evaluation / every)))
        return steps, math.ceil(steps / every)
    return max(1, int((left - 10 * pace.evaluation) / pace.step)), 10
