"""Two pictures of addition: how fast each variant learns it, and where the decoder looks while it writes a sum."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from ..figures import COLOURS, DASHES, FAINT, GRID, INK, MARKS, PAPER
from .pictures import check_picture, dress, picture

if TYPE_CHECKING:
    from .addition import AdditionRun

AXES = {"step": "optimizer steps", "seconds": "seconds of training"}


def plot_variants(runs: Mapping[str, AdditionRun], path: str | os.PathLike[str], *, x: str = "step") -> Path:
    """Draw the share of problems kept aside that each run solves, over its training.

    Args:
        runs: by the names that stand beside the curves.
        path: ends in .svg, .png or .pdf.
        x: step or seconds.

    Raises:
        RecipeError: an ending or axis that is not known.
        RunError: a run has measured nothing yet.
        StorageError: the picture cannot be written.
    """
    check_picture(path, x, AXES)
    with picture(path, (8.4, 4.6)) as figure:
        axes = figure.add_subplot()
        dress(axes)
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        ends = []
        for number, (name, run) in enumerate(runs.items()):
            rows = list({row["step"]: row for row in run.evaluations}.values())  # at the end, that at the most problems
            if not rows:
                raise RunError(f"{run.folder} has measured nothing yet", hint="training it for longer")
            look: dict[str, Any] = {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[number % len(DASHES)]}
            mark = MARKS[number % len(MARKS)]
            share = [100 * row["exact"] for row in rows]
            (line,) = axes.plot([row[x] for row in rows], share, marker=mark, markersize=3.5, linewidth=1.9, **look)
            ends.append((share[-1], f"{name}  {share[-1]:.1f} %", line))
        ends.sort(key=lambda end: -end[0])
        axes.set_xlim(left=0)
        axes.set_ylim(-2, 102)
        axes.set_xlabel(AXES[x], color=FAINT)
        axes.set_ylabel("sums exactly right, % of those kept aside", color=FAINT)
        labels = [name for _, name, _ in ends]
        axes.legend([line for *_, line in ends], labels, frameon=False, fontsize=9, labelcolor=INK, handlelength=2.8)
    return Path(path)


def plot_map(question: str, read: str, written: str, weights_TS: NDArray[Any], path: str | os.PathLike[str]) -> Path:
    """Draw where the decoder looks: a row for each letter written, a column for each letter read; rows add up to 1.

    Raises:
        RecipeError: an ending that is not known.
        StorageError: the picture cannot be written.
    """
    check_picture(path)
    with picture(path, (0.62 * len(read) + 1.6, 0.62 * len(written) + 1.5)) as figure:
        from matplotlib.colors import LinearSegmentedColormap

        axes = figure.add_subplot()
        dress(axes)
        axes.spines["bottom"].set_visible(False)
        axes.imshow(weights_TS, cmap=LinearSegmentedColormap.from_list("mebuki", [PAPER, COLOURS[0]]), vmin=0, vmax=1)
        for (t, s), weight in np.ndenumerate(weights_TS):
            if weight >= 0.05:
                ink = PAPER if weight > 0.55 else INK
                axes.text(s, t, f"{weight:.2f}", ha="center", va="center", fontsize=8, color=ink)
        for axis, letters in ((axes.xaxis, read), (axes.yaxis, written)):
            axis.set_ticks(range(len(letters)), _shown(letters), color=INK, fontsize=12)
        axes.set_xlabel("letters read", color=FAINT)
        axes.set_ylabel("letters written", color=FAINT)
        axes.set_title(f"{question} = {written.strip()}", color=INK, fontsize=12)
    return Path(path)


def _shown(letters: Sequence[str]) -> list[str]:
    return ["␣" if letter == " " else letter for letter in letters]
