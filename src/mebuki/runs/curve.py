"""The curve of a run in so many buckets: a million steps cost what a thousand do."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import out_of_range, unknown
from .curve_index import MEASURED, CurveIndex
from .kinds import kind_of
from .presence import read_json

AXES = ("step", "seconds", "tokens")
Floats = NDArray[np.float64]


def curve(
    folder: str | os.PathLike[str], buckets: int = 600, axis: str = "step", *, index: CurveIndex | None = None
) -> dict[str, Any]:
    """The losses of a run, to be drawn.

    Args:
        folder: of a run of any kind.
        buckets: equal parts of the axis, at most so many points; 1 to 100,000.
        axis: step, seconds or tokens (which runs on text alone count).
        index: of this run, if one is kept in memory: only what is new is read then.

    Returns:
        axis; axes: those that this run can be drawn over;
        train: lists x, min, mean, max, count of the buckets that hold something. x is the mean place in the bucket;
            losses are in nats a token, each row of metrics.jsonl counting once;
        evaluations: the rows of metrics.jsonl (evaluation, examination), each with its x; where there are more than
            `buckets`, the last one of each bucket;
        baselines: uniform, unigram, bigram as run.json has them, in nats a token, or None;
        step: the last one; rows: how many counted; offset: bytes of metrics.jsonl that were read, from which a `Tail` goes on.

    Raises:
        RunError: there is no run.
        RecipeError: an unknown axis, or buckets out of range.
    """
    folder = Path(folder)
    kind = kind_of(folder)
    if axis not in AXES:
        raise unknown("axis", axis, AXES)
    if not 1 <= buckets <= 100_000:
        raise out_of_range("buckets", buckets, 1, 100_000)
    index = index or CurveIndex(folder)
    index.catch_up()
    columns = index.columns
    learned = np.isfinite(columns["loss"])
    x = _places(columns, learned, axis)
    found = {
        "axis": axis,
        "axes": [name for name in AXES if np.isfinite(columns[name][-1000:]).any()],
        "train": _bucketed(columns[axis][learned], columns["loss"][learned], buckets),
        "evaluations": _measured(index, x, buckets),
        "baselines": read_json(folder / "run.json").get("baselines") if kind == "text" else None,
    }
    steps = columns["step"]
    return found | {"step": int(steps[-1]) if len(steps) else 0, "rows": len(steps), "offset": index.offset}


def _places(columns: dict[str, Floats], learned: NDArray[np.bool_], axis: str) -> Floats:
    """Where each row stands; tokens of evaluations, which do not count them, lie between those of their neighbours."""
    x, steps = columns[axis], columns["step"]
    missing = np.isnan(x)
    known = learned & ~missing
    if not missing.any() or not known.any():
        return x
    x = x.copy()
    x[missing] = np.interp(steps[missing], steps[known], x[known])
    return x


def _buckets(x: Floats, buckets: int) -> NDArray[np.intp]:
    """The first place of each bucket that holds something; x rises."""
    span = x[-1] - x[0]
    number = np.minimum((x - x[0]) / (span or 1.0) * buckets, buckets - 1).astype(np.int64)
    return np.flatnonzero(np.diff(number, prepend=-1))


def _bucketed(x: Floats, loss: Floats, buckets: int) -> dict[str, list[Any]]:
    good = np.isfinite(x) & np.isfinite(loss)
    x, loss = (x, loss) if good.all() else (x[good], loss[good])
    if not len(x):
        return {name: [] for name in ("x", "min", "mean", "max", "count")}
    firsts = _buckets(np.maximum.accumulate(x), buckets)
    count = np.diff(firsts, append=len(x))
    return {
        "x": _short(np.add.reduceat(x, firsts) / count, 8),
        "min": _short(np.minimum.reduceat(loss, firsts)),
        "mean": _short(np.add.reduceat(loss, firsts) / count),
        "max": _short(np.maximum.reduceat(loss, firsts)),
        "count": count.tolist(),
    }


def _measured(index: CurveIndex, x: Floats, buckets: int) -> list[dict[str, Any]]:
    which = np.flatnonzero((index.columns["kind"] == MEASURED) & np.isfinite(x))
    if len(which) > buckets:
        firsts = _buckets(np.maximum.accumulate(x[which]), buckets)
        which = which[np.append(firsts[1:], len(which)) - 1]
    rows = index.measured(which)
    return [{"x": place, **_plain(row)} for place, row in zip(x[which].tolist(), rows, strict=False)]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers that are none, as JSON wants them."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def _short(numbers: Floats, digits: int = 6) -> list[float]:
    """So many digits: what is drawn needs no more, and travels lighter."""
    return [float(f"{number:.{digits}g}") for number in numbers.tolist()]
