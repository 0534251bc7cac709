"""What is to be expected of a run that was asked for, told while its form is being filled in."""

from __future__ import annotations

import math
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, Literal

from ..errors import TextError
from ..recipes import Recipe
from ..runs.estimate import Known
from ..runs.forecast import forecast, know_quickly
from ..runs.task_forecast import forecast_addition, forecast_calculator
from .problems import Problem
from .training_forms import Asked, Expectation, Expected, Size
from .training_starts import recipe_of, sources_of, task_of
from .training_texts import Texts

SIZES: tuple[Size, ...] = ("small", "medium", "large")
KEPT = 3  # texts that stay read


class Estimates:
    """Expectations, with the texts that were read last.

    Args:
        runs: earlier runs tell the pace.
        diary: the reader's diary.
    """

    def __init__(self, runs: Path, texts: Texts, diary: Path) -> None:
        self.runs, self.texts, self.diary = runs, texts, diary
        self._known: OrderedDict[Any, Known] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, asked: Asked) -> Expected:
        """What is to be expected of each size.

        Raises:
            Problem: as for `sources_of`; text_short.
            MebukiError: as training would.
        """
        if asked.learn in ("calculator", "addition"):
            return Expected(sizes={size: self._task(asked.model_copy(update={"size": size})) for size in SIZES})
        sources = sources_of(asked, self.texts, self.diary, keep=False)
        recipe = recipe_of(asked, sources)
        known = self._know(recipe)
        refuse_short(recipe, known.corpus.characters, len(known.corpus.train), len(known.corpus.validation))
        found = forecast(sources, model=recipe.model, runs=self.runs, known=known, **asked.settings)
        unit = "pieces" if recipe.text.tokenizer == "byte-pairs" else "letters"
        blind = math.exp(known.baselines.uniform)
        letters = known.corpus.characters
        return Expected(sizes={size: _told(found["presets"][size], unit, blind, letters) for size in SIZES})

    def _know(self, recipe: Recipe) -> Known:
        """The text of a recipe, read once as long as its files stay as they are."""
        files = tuple((name, os.stat(name).st_mtime_ns) for name in recipe.text.sources)
        key = (files, repr(recipe.text))
        with self._lock:
            if key not in self._known:
                try:
                    self._known[key] = know_quickly(recipe)
                except TextError as error:
                    raise _short(recipe, error) from error
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    def _task(self, asked: Asked) -> Expectation:
        settings = task_of(asked)
        found = forecast_addition(settings) if asked.learn == "addition" else forecast_calculator(settings)  # pyright: ignore[reportArgumentType]
        return Expectation(
            seconds=found.seconds,
            quick=found.quick,
            slow=found.slow,
            parameters=found.parameters,
            tokens=found.tokens,
            rough=True,
        )


def refuse_short(recipe: Recipe, letters: int, train: int, validation: int) -> None:
    """Refuse a text that a recipe could not be trained on.

    Raises:
        Problem: text_short.
    """
    needed = recipe.shape.context + 1
    if train < needed or validation < 2:
        share = max(train, 1) / max(train + validation, 1)
        tokens = max(needed / share, 2 / max(1e-3, 1 - share))
        raise Problem("text_short", letters=letters, needed=math.ceil(tokens * letters / max(1, train + validation)))


def _short(recipe: Recipe, error: TextError) -> Exception:
    """The problem of a text that is too short to be divided, or the error that it is."""
    size = sum(os.stat(name).st_size for name in recipe.text.sources)
    return Problem("text_short", letters=size, needed=recipe.shape.context * 2) if size < 100 else error


def _told(preset: dict[str, Any], unit: Literal["letters", "pieces"], blind: float, letters: int) -> Expectation:
    expected = preset["expected"]
    return Expectation(
        **{name: preset[name] for name in ("seconds", "quick", "slow", "parameters", "tokens", "epochs")},
        letters=letters,
        perplexity=expected["perplexity"],
        low=expected["perplexity_low"],
        high=expected["perplexity_high"],
        blind=blind,
        unit=unit,
        by_heart=any("by heart" in warning for warning in preset["warnings"]),
        rough=not preset["measured"],
    )
