"""What all pictures of runs share: which files they may be, the paper they are drawn on, and writing them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError, StorageError
from ..figures import FAINT, PAPER, faces

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png", ".pdf")


def check_picture(path: str | os.PathLike[str], x: str = "step", axes: Iterable[str] = ("step",)) -> None:
    """Refuse an ending or an axis that is not known, before anything is done for it.

    Raises:
        RecipeError: it is not known.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        ending = path.suffix or "nothing"
        raise RecipeError(f"{path} ends in {ending}", allowed=", ".join(FORMATS), hint=f"{path.stem}.svg")
    if x not in axes:
        raise RecipeError(f"the axis {x!r} is unknown", allowed=", ".join(axes))


@contextlib.contextmanager
def picture(path: str | os.PathLike[str], size: tuple[float, float]) -> Iterator[Figure]:
    """An empty figure on paper, written to `path` when the block ends; the same picture gives the same file.

    Raises:
        StorageError: it cannot be written.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    path = Path(path)
    settings: Any = {"font.family": faces(), "svg.fonttype": "none", "axes.unicode_minus": False}
    with matplotlib.rc_context(settings | {"svg.hashsalt": "mebuki"}):
        figure = Figure(figsize=size, dpi=150, facecolor=PAPER, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
        try:
            figure.savefig(path, metadata=metadata)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror or error}", hint="another folder") from error


def dress(axes: Axes) -> None:
    """Paper, and no more lines than needed."""
    axes.set_facecolor(PAPER)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=FAINT, length=0, labelsize=9)
    axes.set_axisbelow(True)
