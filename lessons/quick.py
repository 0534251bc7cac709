"""Runs a lesson as plain Python, without Jupyter: in seconds, with small numbers, warnings as errors.

    python lessons/quick.py 03                          # the quick form, in English
    python lessons/quick.py 03 --language ja --full     # with the reader's numbers
    python lessons/quick.py 03 --full --pictures /tmp/x # keep the figures as 01.png, 02.png, …

After each cell its figures are drawn, so that a letter without a glyph is found; every pair of axes must have a title
and both labels, or be switched off.
"""

from __future__ import annotations

import argparse
import ast
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from build import HOME, LANGUAGES, lesson, setup, sources
from build import full as full_form
from build import quick as quick_form


def code_cells(path: Path, language: str, form: str) -> list[tuple[str, int]]:
    """The code of each cell, with its first line in the source."""
    change = quick_form if form == "quick" else full_form
    own = [(change(cell.source), cell.line) for cell in lesson(path, language) if not cell.text]
    return [(setup(language), 1), *own]


def strict() -> None:
    """Every warning is an error; deprecations only where the lesson's own lines cause them."""
    warnings.simplefilter("error")
    for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.filterwarnings("ignore", category=category)
        warnings.filterwarnings("error", category=category, module="__main__")
    logging.getLogger("matplotlib").addHandler(_Refusing(logging.WARNING))  # it logs that a font has no bold letters


class _Refusing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise UserWarning(record.getMessage())


def unlabelled(figure: Any) -> list[str]:
    """What is missing at the axes of a figure. A label may stand at axes that share the side, or at the figure."""
    missing: list[str] = []
    for axes in figure.axes:
        if not axes.axison or axes.get_label() == "<colorbar>" or not axes.has_data():
            continue
        across = [neighbour.get_xlabel() for neighbour in axes.get_shared_x_axes().get_siblings(axes)]
        up = [neighbour.get_ylabel() for neighbour in axes.get_shared_y_axes().get_siblings(axes)]
        titles = [axes.get_title(loc=place) for place in ("left", "center", "right")]
        words = {
            "a label of x": [figure.get_supxlabel(), *across],
            "a label of y": [figure.get_supylabel(), *up],
            "a title": [figure.get_suptitle(), *titles],
        }
        missing += [what for what, found in words.items() if not any(found)]
    return missing


def draw(place: str, pictures: Path | None) -> None:
    """Draw and close all open figures."""
    import matplotlib.pyplot as plt

    for number in plt.get_fignums():
        figure = plt.figure(number)
        figure.canvas.draw()
        if missing := unlabelled(figure):
            raise ValueError(f"{place}: the figure lacks {', '.join(missing)}")
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            figure.savefig(pictures / f"{len(list(pictures.glob('*.png'))) + 1:02}.png", bbox_inches="tight")
    plt.close("all")


def run(path: Path, language: str, form: str, pictures: Path | None = None) -> None:
    """Run all code cells of a lesson in one namespace; a traceback shows the lines of the source."""
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {"__name__": "__main__"}
    for code, line in code_cells(path, language, form):
        place = f"{path}:{line}"
        plt.show = lambda *_, place=place, **__: draw(place, pictures)
        tree = ast.increment_lineno(ast.parse(code), line - 1)
        exec(compile(tree, str(path), "exec"), names)
        draw(place, pictures)


def main() -> None:
    p = argparse.ArgumentParser(description="Run a lesson as plain Python.")
    p.add_argument("lesson", help="a number, as 03")
    p.add_argument("--language", choices=LANGUAGES, default="en")
    p.add_argument("--full", action="store_true", help="with the reader's numbers")
    p.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep the figures there")
    given = p.parse_args()
    os.environ["MPLBACKEND"] = "Agg"
    strict()
    for path in sources(HOME):
        if path.stem.startswith(given.lesson):
            start = time.perf_counter()
            run(path, given.language, "full" if given.full else "quick", given.pictures)
            print(f"{path.stem} {given.language}: {time.perf_counter() - start:.1f} s")
            return
    sys.exit(f"there is no lesson {given.lesson}")


if __name__ == "__main__":
    main()
