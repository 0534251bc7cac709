"""The look of every figure: colours of Okabe and Ito on paper, dashes beside the hues, calm axes, and Japanese letters.

matplotlib is loaded on first use only.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 2)))
MARKS = ("o", "s", "^", "D", "v", "P")  # of the first six curves, the next six, …
PAPER, INK, FAINT, GRID = "#fbf9f4", "#2b2a27", "#77736a", "#e4dfd3"
LATIN = "DejaVu Sans"  # comes with matplotlib, and has the signs of formulas
JAPANESE = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
)  # the first that is there is used


def faces() -> list[str]:
    """Names of the fonts to draw with: each letter is taken from the first one that has it.

    The second one has Japanese letters: one that is installed, else the one that the package `matplotlib-fontja`
    carries. Where neither is there, the list has one name only.

    >>> faces()[0]
    'DejaVu Sans'
    """
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in JAPANESE:
        if name in known:
            return [LATIN, name]
    carried = _carried()
    if carried is None:
        return [LATIN]
    font_manager.fontManager.addfont(str(carried))
    return [LATIN, font_manager.get_font(str(carried)).family_name]


def use() -> None:
    """Draw every figure from now on in the style of the house: sets matplotlib's rcParams.

    The axes have lines across only; above a picture (`imshow`) they are put out by `axes.grid(False)`.

    Warns:
        UserWarning: no font with Japanese letters is there.
    """
    import matplotlib
    from cycler import cycler

    fonts = faces()
    if len(fonts) == 1:
        warnings.warn(
            "no font with Japanese letters was found, so figures will show boxes in their place; "
            "try: pip install matplotlib-fontja",
            stacklevel=2,
        )
    matplotlib.rcParams.update(
        {
            "font.family": fonts,
            "font.size": 10,
            "axes.unicode_minus": True,  # the first font has the long minus sign
            "figure.figsize": (7.0, 3.8),
            "figure.dpi": 120,
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": PAPER,
            "svg.fonttype": "path",
            "text.color": INK,
            "axes.facecolor": PAPER,
            "axes.edgecolor": FAINT,
            "axes.labelcolor": FAINT,
            "axes.titlecolor": INK,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.left": False,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=DASHES),
            "grid.color": GRID,
            "grid.linewidth": 0.8,
            "lines.linewidth": 1.9,
            "lines.markersize": 4,
            "xtick.color": FAINT,
            "ytick.color": FAINT,
            "xtick.major.size": 0,
            "xtick.minor.size": 0,
            "ytick.major.size": 0,
            "ytick.minor.size": 0,
            "legend.frameon": False,
            "legend.handlelength": 2.8,
            "image.cmap": "Blues",
        }
    )


def _carried() -> Path | None:
    """The font inside the package `matplotlib-fontja`, which is not imported: importing it changes matplotlib."""
    found = find_spec("matplotlib_fontja")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for path in sorted(Path(folder).rglob("*.ttf")):
            return path
    return None
