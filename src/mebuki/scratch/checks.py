"""What layers refuse: wrong shapes, ids outside the vocabulary, numbers that are not finite.

Each error names the layer, what it was given, and what it wants. A wrong array that slips through is worse than an
error: NumPy stretches shapes silently, and an id of -1 picks the last row of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MebukiError

Array = NDArray[Any]  # float32 or float64
Ids = NDArray[np.integer[Any]]
Size = int | str | EllipsisType  # a fixed size, a named one that may be any, or ... for any number of leading axes


class ShapeError(MebukiError):
    """An array of the wrong shape, or of the wrong kind of numbers."""


class IdError(MebukiError):
    """An id outside the vocabulary, or ids that are no integers."""


class NotFiniteError(MebukiError):
    """A number that is infinite or not a number: most often the learning rate is too high."""


def shown(wanted: Sequence[Size]) -> str:
    """A shape as people write it.

    >>> shown((..., 3)), shown(("B", 4))
    ('(…, 3)', '(B, 4)')
    """
    inside = ", ".join("…" if size is ... else str(size) for size in wanted)
    return f"({inside},)" if len(wanted) == 1 else f"({inside})"


def check_shape(layer: str, name: str, array: Any, wanted: Sequence[Size]) -> None:
    """Refuse an array of another shape. Named sizes may be anything, but the same name must be the same size.

    Raises:
        ShapeError: it does not fit.

    >>> check_shape("Linear", "x", np.zeros((2, 4)), (..., 3))
    Traceback (most recent call last):
    mebuki.scratch.checks.ShapeError: Linear was given x of shape (2, 4)
      allowed: x of shape (…, 3)
    """
    given = np.shape(array)
    fixed = tuple(wanted[1:]) if wanted and wanted[0] is ... else tuple(wanted)
    found = given[len(given) - len(fixed) :] if len(fixed) < len(wanted) else given
    named: dict[str, int] = {}
    fits = len(found) == len(fixed) and all(
        size == (named.setdefault(want, size) if isinstance(want, str) else want)
        for size, want in zip(found, fixed, strict=True)
    )
    if not fits:
        raise ShapeError(f"{layer} was given {name} of shape {given}", allowed=f"{name} of shape {shown(wanted)}")


def check_array(layer: str, name: str, array: Any, wanted: Sequence[Size]) -> None:
    """Refuse what has another shape, and a list: lists add up and compare in other ways than arrays.

    Raises:
        ShapeError: it does not fit, or is no array.
    """
    check_shape(layer, name, array, wanted)
    if not isinstance(array, np.ndarray):
        raise ShapeError(
            f"{layer} was given {name} of {type(array).__name__}", allowed="an array", hint=f"np.array({name})"
        )


def check_floats(layer: str, name: str, array: Any, wanted: Sequence[Size]) -> None:
    """Refuse an array of another shape, of integers, or with a number that is not finite.

    Raises:
        ShapeError: another shape, or no floats.
        NotFiniteError: NaN or infinity in it.
    """
    check_shape(layer, name, array, wanted)
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        known = isinstance(array, np.ndarray)
        raise ShapeError(
            f"{layer} was given {name} of {array.dtype if known else type(array).__name__}",
            allowed="an array of float32 or float64",
            hint=f"{name}.astype(float)" if known else f"np.array({name}, float)",
        )
    with np.errstate(all="ignore"):
        quick = np.isfinite(array.sum())  # one pass; only a sum that overflows needs the second look
    if not quick and not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)]
        raise NotFiniteError(
            f"{layer} was given {name} with {wrong.size} of {array.size} numbers not finite (the first is {wrong[0]})",
            allowed="finite numbers",
            hint="a lower learning rate, or clipped gradients; and look at what comes before this layer",
        )


def check_ids(layer: str, ids: Any, vocabulary: int, wanted: Sequence[Size] = (...,)) -> None:
    """Refuse ids that are no integers, or outside [0, vocabulary): -1 would silently pick the last row.

    Raises:
        IdError: with the first wrong id.
        ShapeError: another shape.

    >>> check_ids("Embedding", np.array([0, -1]), 5)
    Traceback (most recent call last):
    mebuki.scratch.checks.IdError: Embedding was given the id -1
      allowed: ids 0 to 4
    """
    check_shape(layer, "ids", ids, wanted)
    if not isinstance(ids, np.ndarray) or ids.dtype.kind not in "iu":
        kind = ids.dtype if isinstance(ids, np.ndarray) else type(ids).__name__
        raise IdError(f"{layer} was given ids of {kind}", allowed="an array of integers", hint="np.array(ids)")
    if ids.size == 0:
        raise IdError(f"{layer} was given no ids", allowed="at least one")
    if int(ids.min()) < 0 or int(ids.max()) >= vocabulary:
        wrong = ids[(ids < 0) | (ids >= vocabulary)]
        raise IdError(f"{layer} was given the id {wrong[0]}", allowed=f"ids 0 to {vocabulary - 1}")
