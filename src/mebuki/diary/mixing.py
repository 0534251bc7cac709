"""Which windows a model of a diary learns from: all of its text, or what is new with old among it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..recipes import Recipe
from ..text.tokenizer import Tokenizer
from ..training.batches import Batches
from ..training.stepping import Drawn
from .material import Page, Stream, split
from .plan import PASSES


def of_all(text: Stream, recipe: Recipe, seed: int) -> Drawn:
    """Batches of all of a text."""
    T = recipe.shape.context
    batches = Batches(text, T, recipe.training.batch, seed)
    return lambda number: split(text.windows(batches.starts(number), T + 1))


def with_new(
    text: Stream, learned: Sequence[Page], fresh: set[int], tokenizer: Tokenizer, recipe: Recipe, seed: int
) -> Drawn:
    """Batches of all of a text, and in some windows of each, at most half, what is new: so many that it is read `PASSES` times.

    Args:
        text: of all that is learned, `learned`.
        fresh: names of what is new.
    """
    T, B, steps = recipe.shape.context, recipe.training.batch, recipe.training.steps or 1
    new = Stream(around(learned, fresh, 2 * T), tokenizer)
    some = max(1, min(B // 2, math.ceil(PASSES * len(new) / (T * steps))))
    parts = [(new, Batches(new, T, some, seed)), (text, Batches(text, T, max(1, B - some), seed))]

    def drawn(number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return split(np.concatenate([ids.windows(batches.starts(number), T + 1) for ids, batches in parts]))

    return drawn


def around(learned: Sequence[Page], fresh: set[int], least: int) -> list[Page]:
    """What is new of a diary, and old entries of so many letters before and behind it: a window that holds a beginning or an
    end whole is cut from within a text alone.

    >>> from datetime import date
    >>> learned = [Page(str(n), date(2026, 1, n), "Rain.") for n in (1, 2, 3, 4)]
    >>> [page.id for page in around(learned, {learned[3].name}, 20)]
    ['3', '4', '1']
    """
    new = [page for page in learned if page.name in fresh]
    first = learned.index(new[0]) if new else len(learned)
    earlier = [page for page in learned[:first] if page.name not in fresh]
    later = [page for page in learned[first:] if page.name not in fresh]
    before = _up_to([*earlier[::-1], *later[::-1]], least)
    return [*before[::-1], *new, *_up_to([*later, *earlier], least)]


def _up_to(found: list[Page], letters: int) -> list[Page]:
    """The first of them, until they have so many letters."""
    taken = 0
    for count, page in enumerate(found):
        if taken >= letters:
            return found[:count]
        taken += len(page.whole)
    return found
