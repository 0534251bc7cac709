"""Loss and perplexity of runs as a picture, in the colours of Okabe and Ito, with dashes beside the hues.

On the right edge stand the curves' names; the baselines that the first run must beat are lines of ink.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..figures import COLOURS, DASHES, FAINT, GRID, INK, MARKS, PAPER
from .pictures import check_picture, dress, picture
from .run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXES = {"step": "step", "time": "seconds of training", "tokens": "letters learned from"}


def plot(runs: Sequence[Run], path: str | os.PathLike[str], *, x: str = "step") -> Path:
    """Draw the curves of some runs: loss on the left scale, perplexity on the right one.

    Args:
        path: ends in .svg, .png or .pdf.
        x: step, time (seconds) or tokens.

    Returns:
        the path.

    Raises:
        RecipeError: an ending or axis that is not known.
        RunError: a run has measured nothing yet.
        StorageError: the picture cannot be written.
    """
    check_picture(path, x, AXES)
    with picture(path, (8.4, 4.6)) as figure:
        axes = figure.add_subplot()
        _dress(axes, AXES[x])
        ends = [_curve(axes, run, number, x) for number, run in enumerate(runs)]
        axes.set_xlim(left=0)
        _baselines(axes, runs[0])
        _name(axes, ends)
    return Path(path)


def _dress(axes: Axes, label: str) -> None:
    dress(axes)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_xlabel(label, color=FAINT)
    axes.set_ylabel("loss", color=FAINT)
    right = axes.secondary_yaxis("right", functions=(lambda y: y, lambda y: y))
    right.set_ylabel("perplexity", color=FAINT)
    right.tick_params(colors=FAINT, length=0, labelsize=9)
    right.yaxis.set_major_formatter(lambda y, _: f"{math.exp(min(y, 50)):.3g}")
    right.spines["right"].set_visible(False)


def _at(row: dict[str, Any], x: str) -> float:
    return row["step"] if x == "step" else row["seconds" if x == "time" else "tokens"]


def _look(number: int) -> dict[str, Any]:
    """How the curve of a run is drawn: a colour and dashes of its own, and a mark that goes on where they end."""
    mark = MARKS[number // len(COLOURS) % len(MARKS)]
    place = number % len(COLOURS)
    return {"color": COLOURS[place], "linestyle": DASHES[place], "linewidth": 1.9, "marker": mark, "markersize": 3}


def _curve(axes: Axes, run: Run, number: int, x: str) -> tuple[float, str, dict[str, Any]]:
    """Validation as a line with marks, training faint behind it; the loss where it ends, its name and its look."""
    rows = run.metrics()
    train = [row for row in rows if row.get("event") == "train"]
    seen = [row for row in rows if row.get("event") == "evaluation"]
    if not train and not seen:
        raise RunError(f"{run.folder} has measured nothing yet", hint=f"mebuki train --resume {run.folder}")
    look = _look(number)
    if x == "tokens":
        per_step = train[-1]["tokens"] / train[-1]["step"] if train else 1.0
        seen = [{**row, "tokens": row["step"] * per_step} for row in seen]
    axes.plot([_at(r, x) for r in train], [r["loss"] for r in train], color=look["color"], alpha=0.28, linewidth=0.9)
    line = seen or train
    axes.plot([_at(r, x) for r in line], [r["loss"] for r in line], **look)
    best = min(row["loss"] for row in line)
    return line[-1]["loss"], f"{run.folder.name}  {best:.3f} ({math.exp(best):.2f})", look


def _baselines(axes: Axes, run: Run) -> None:
    words = {"uniform": "blindly", "unigram": "by frequency", "bigram": "by counted pairs"}
    bottom, top = axes.get_ylim()
    for name, loss in run.info["baselines"].items():
        if loss is not None and loss <= top + 0.3 * (top - bottom):
            axes.axhline(loss, color=INK, linewidth=0.8, linestyle=(0, (1, 3)))
            axes.annotate(
                f"{words[name]} {math.exp(loss):.3g}", (0.995, loss), xycoords=("axes fraction", "data"), ha="right", va="bottom",
                color=FAINT, fontsize=8, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
            )  # fmt: skip


def _name(axes: Axes, ends: list[tuple[float, str, dict[str, Any]]]) -> None:
    """Names of the curves in a legend, in the order of their ends, the highest first."""
    ends = sorted(ends, key=lambda end: -end[0])
    handles = [axes.plot([], [], **look)[0] for _, _, look in ends]
    legend = axes.legend(handles, ["curve"] * len(ends), frameon=False, fontsize=9, loc="best", handlelength=2.8)
    for text, (_, name, _) in zip(legend.get_texts(), ends, strict=True):
        text.set_parse_math(False)  # a name may begin with _, which hides labels, or hold $, which begins a formula
        text.set_text(name)
        text.set_color(INK)
