"""What a token costs as width, depth, context, corpus and the length of the run grow: training, and generation.

    python -m benchmarks.scaling --keep      # docs/scaling.svg is drawn from benchmarks/results/scaling.json
    python -m benchmarks.scaling --draw

A small Transformer (width 128, 4 layers, context 64, batches of 2,048 tokens); one number at a time is changed. All values
of an axis stand ready in one process and take turns, round after round. `corpus` is a file of random ids, in tokens; `run` is the
real loop of a training of a tiny model, everything counted but evaluations and saving, around each step number. Times are of steps alone, in microseconds a token; generation is one stream.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, report, spread
from benchmarks.ours import folder, run_of, stepping
from mebuki import Recipe, recipes
from mebuki.samples import diary

PICTURE = Path(__file__).parents[1] / "docs" / "scaling.svg"
TOKENS = 2048  # in a step
AXES: dict[str, list[int]] = {
    "width": [64, 128, 256, 512],
    "layers": [1, 2, 4, 8, 16],
    "context": [32, 64, 128, 256, 512],
    "corpus": [10**6, 10**7, 10**8, 10**9],  # bytes
    "run": [10, 100, 1_000, 10_000],
}


def recipe_of(axis: str, value: int, threads: int) -> Recipe:
    changes: dict[str, Any] = {axis: value} if axis in ("width", "layers", "context") else {}
    if axis == "width":
        changes["heads"] = value // 32
    batch = max(1, TOKENS // changes.get("context", 64))
    return recipes.transformer(diary("en"), batch=batch, threads=threads, **changes)


def trained(axis: str, value: int, threads: int) -> Callable[[], float]:
    """Microseconds a token of two steps."""
    recipe = recipe_of(axis, value, threads)
    if axis == "corpus":
        path, piece = folder() / "text.txt", diary("en").read_bytes()
        with path.open("wb") as file:
            for _ in range(round(value / len(piece))):
                file.write(piece)
        recipe = recipe.change(sources=str(path))
    step = stepping(recipe)
    step()
    tokens = recipe.training.batch * recipe.shape.context

    def once() -> float:
        start = time.perf_counter()
        step()
        step()
        return 1e6 * (time.perf_counter() - start) / (2 * tokens)

    return once


def written(axis: str, value: int, threads: int, tokens: int) -> Callable[[], float]:
    """Microseconds a token of one stream, from an empty prompt."""
    run = run_of(recipe_of(axis, value, threads))

    def once() -> float:
        start = time.perf_counter()
        for _ in run.generate("", tokens=tokens, seed=0):
            pass
        return 1e6 * (time.perf_counter() - start) / tokens

    return once


def along_a_run(numbers: list[int], threads: int) -> dict[int, list[float]]:
    """Microseconds a token around some steps of one run, everything in its loop counted but evaluations and saving."""
    recipe = recipes.transformer(diary("en"), size="tiny", width=32, layers=1, heads=1, batch=4, threads=threads)
    step, tokens = stepping(recipe), 4 * recipe.shape.context
    spent: dict[int, list[float]] = {number: [] for number in numbers}
    for number in range(1, numbers[-1] + numbers[-1] // 4):
        start = time.perf_counter()
        step()
        seconds = time.perf_counter() - start
        for middle in numbers:
            if abs(number - middle) <= middle // 4:
                spent[middle].append(1e6 * seconds / tokens)
    return spent


def measure(given: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for axis in given.axes:
        values = AXES[axis][: given.first or None]
        if axis == "run":
            rows = along_a_run(values, given.threads)
            found[axis] = {"training": {str(n): spread(times) for n, times in rows.items()}}
            continue
        kinds = {"training": {value: trained(axis, value, given.threads) for value in values}}
        if axis != "corpus":
            kinds["generation"] = {v: written(axis, v, given.threads, given.tokens) for v in values}
        found[axis] = {}
        for kind, turns in kinds.items():
            times = {value: [] for value in values}
            for number in range(given.rounds + 1):
                for value, once in turns.items():
                    microseconds = once()
                    if number:  # the first round warms up
                        times[value].append(microseconds)
            found[axis][kind] = {str(value): spread(row) for value, row in times.items()}
            print(table({axis: found[axis]}), file=sys.stderr, flush=True)
    return found


def table(found: dict[str, Any]) -> str:
    """Medians in microseconds a token, in Markdown."""
    lines = ["| | | microseconds a token |", "|---|---|---|"]
    for axis, kinds in found.items():
        for kind, rows in kinds.items():
            told = ", ".join(f"{_short(int(value))}: {row['median']:g}" for value, row in rows.items())
            lines.append(f"| {axis} | {kind} | {told} |")
    return "\n".join(lines)


def draw(found: dict[str, Any], path: Path) -> None:
    """One panel an axis: microseconds a token, both scales logarithmic."""
    from matplotlib.ticker import LogLocator

    from mebuki.figures import COLOURS, DASHES, FAINT, GRID, INK, MARKS
    from mebuki.runs.pictures import dress, picture

    names = {"run": "step of a run", "corpus": "bytes of text"}
    with picture(path, (9.6, 2.9)) as figure:
        panels = figure.subplots(1, len(found), sharey=True, squeeze=False)[0]
        for axes, (axis, kinds) in zip(panels, found.items(), strict=True):
            dress(axes)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.grid(axis="y", color=GRID, linewidth=0.8)
            for number, (kind, rows) in enumerate(kinds.items()):
                values = [int(value) for value in rows]
                look: dict[str, Any] = {"color": COLOURS[number], "linestyle": DASHES[number], "marker": MARKS[number]}
                axes.plot(
                    values, [row["median"] for row in rows.values()], label=kind, linewidth=1.9, markersize=4, **look
                )
                low, high = ([row[name] for row in rows.values()] for name in ("low", "high"))
                axes.fill_between(values, low, high, color=COLOURS[number], alpha=0.15, linewidth=0)
            values = [int(value) for value in next(iter(kinds.values()))]
            shown = values if len(values) < 4 else values[::2] if len(values) > 4 else [values[0], values[-1]]
            axes.set_xticks(shown, [_short(value) for value in shown])
            axes.minorticks_off()
            axes.set_title(names.get(axis, axis), color=INK, fontsize=10)
        panels[0].set_ylabel("microseconds a token", color=FAINT)
        panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panels[0].yaxis.set_major_formatter("{x:g}")
        panels[0].legend(frameon=False, fontsize=8, labelcolor=INK, handlelength=2.8)


def _short(number: int) -> str:
    for size, name in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if number >= size:
            return f"{number / size:g}{name}"
    return str(number)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--axes", nargs="+", choices=list(AXES), default=list(AXES))
    p.add_argument("--first", type=int, help="only the first values of each")
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--tokens", type=int, default=200, help="written in a turn")
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--keep", action="store_true", help="write benchmarks/results/scaling.json, and draw it")
    p.add_argument("--draw", nargs="?", const=PICTURE, type=Path, metavar="FILE", help="only draw what was kept")
    given = p.parse_args()
    if not given.draw:
        found = measure(given)
        report("scaling", {"microseconds_a_token": found}, keep=given.keep)
        print(table(found))
    if given.draw or given.keep:
        kept = json.loads((RESULTS / "scaling.json").read_text(encoding="utf-8"))
        draw(kept["microseconds_a_token"], given.draw or PICTURE)


if __name__ == "__main__":
    main()
