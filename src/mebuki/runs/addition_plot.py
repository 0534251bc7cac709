"""Two pictures of addition: how fast each variant learns it, and where the decoder looks while it writes a sum."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError, RunError, StorageError
from ..figures import COLOURS, DASHES, FAINT, GRID, INK, MARKS, PAPER, faces
from .plot import FORMATS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .addition import AdditionRun

AXES = {"step": "optimizer steps", "seconds": "seconds of training"}


def check_picture(path: str | os.PathLike[str], x: str = "step") -> None:
    """Refuse an ending or an axis that is not known, before anything is trained for it.

    Raises:
        RecipeError: it is not known.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        ending = path.suffix or "nothing"
        raise RecipeError(f"{path} ends in {ending}", allowed=", ".join(FORMATS), hint=f"{path.stem}.svg")
    if x not in AXES:
        raise RecipeError(f"the axis {x!r} is unknown", allowed=", ".join(AXES))


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
    check_picture(path, x)
    with _picture(path, (8.4, 4.6)) as figure:
        axes = figure.add_subplot()
        _dress(axes)
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
    with _picture(path, (0.62 * len(read) + 1.6, 0.62 * len(written) + 1.5)) as figure:
        from matplotlib.colors import LinearSegmentedColormap

        axes = figure.add_subplot()
        _dress(axes)
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


def _dress(axes: Any) -> None:
    axes.set_facecolor(PAPER)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=FAINT, length=0, labelsize=9)
    axes.set_axisbelow(True)


@contextlib.contextmanager
def _picture(path: str | os.PathLike[str], size: tuple[float, float]) -> Iterator[Figure]:
    """An empty figure on paper, written to `path` when the block ends; the same picture gives the same file."""
    path = Path(path)
    check_picture(path)
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: Any = {"font.family": faces(), "svg.fonttype": "none", "svg.hashsalt": "mebuki"}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=size, dpi=150, facecolor=PAPER, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
        try:
            figure.savefig(path, metadata=metadata)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror or error}", hint="another folder") from error
