"""A tuning as pictures: how the best came down, which settings mattered, and where the best one stands."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..figures import COLOURS, FAINT, GRID, INK, PAPER
from .pictures import dress, picture
from .tuning_seeds import lower_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN = COLOURS[0], COLOURS[1], COLOURS[2]
SIDES = ("default", "best")


def draw(folder: Path, found: dict[str, Any]) -> list[Path]:
    """Draw the report of a tuning into a folder: history.svg, settings.svg and, if they are known, importance.svg and seeds.svg.

    Raises:
        StorageError: they cannot be written.
    """
    names = ("history", "settings", "importance", "seeds")
    history, settings, importance, seeds = (folder / f"{name}.svg" for name in names)
    with picture(history, (8.4, 4.2)) as figure:
        _history(figure.add_subplot(), found)
    with picture(settings, (8.4, 0.9 + 0.62 * len(found["search"]))) as figure:
        _settings(figure.add_subplot(), found)
    drawn = [history, settings]
    if found["importance"]:
        with picture(importance, (8.4, 0.9 + 0.4 * len(found["importance"]))) as figure:
            _importance(figure.add_subplot(), found["importance"])
        drawn.append(importance)
    if found["seeds"] and found["seeds"]["gain"]:
        with picture(seeds, (8.4, 1.5 + 0.4 * len(found["seeds"]["rows"]))) as figure:
            _seeds(figure.add_subplot(), found["seeds"])
        drawn.append(seeds)
    return drawn


def _history(axes: Axes, found: dict[str, Any]) -> None:
    """Each trial by its loss, and the best so far as a line; the right scale tells perplexity."""
    dress(axes)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    known = [trial for trial in found["trials"] if trial["loss"] is not None]
    looks: dict[str, dict[str, Any]] = {
        "done": {"color": BLUE, "marker": "o", "label": "brought to its end"},
        "pruned": {"color": FAINT, "marker": "x", "label": "given up early"},
    }
    for state, look in looks.items():
        some = [trial for trial in known if trial["state"] == state]
        if some:
            x, y = [t["number"] for t in some], [t["loss"] for t in some]
            axes.plot(x, y, linestyle="none", markersize=5, **look)
    lowest, steps = math.inf, []
    for trial in known:
        if trial["state"] == "done" and trial["loss"] < lowest:
            lowest = trial["loss"]
        if lowest < math.inf:
            steps.append((trial["number"], lowest))
    axes.step(*zip(*steps, strict=True), where="post", color=GREEN, linewidth=1.9, label="best so far")
    if found["default"] and found["default"]["loss"] is not None:
        axes.axhline(
            found["default"]["loss"], color=INK, linewidth=0.8, linestyle=(0, (1, 3)), label="as the recipe was"
        )
    top = sorted(trial["loss"] for trial in known)[max(0, math.ceil(0.9 * len(known)) - 1)]
    spread = max(top - lowest, 1e-3)
    axes.set_ylim(lowest - 0.08 * spread, top + 0.15 * spread)  # the worst tenth may lie above
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("trial", color=FAINT)
    axes.set_ylabel("validation loss", color=FAINT)
    right = axes.secondary_yaxis("right", functions=(lambda y: y, lambda y: y))
    right.set_ylabel("perplexity", color=FAINT)
    right.tick_params(colors=FAINT, length=0, labelsize=9)
    right.yaxis.set_major_formatter(lambda y, _: f"{math.exp(min(y, 50)):.3g}")
    right.spines["right"].set_visible(False)
    _legend(axes)


def _importance(axes: Axes, importance: dict[str, float]) -> None:
    """Shares as bars, the largest on top."""
    dress(axes)
    names = list(reversed(importance))
    bars = axes.barh(names, [importance[name] for name in names], color=BLUE, height=0.62)
    axes.bar_label(bars, fmt=lambda share: f"{share:.0%}", color=INK, fontsize=9, padding=4)
    axes.set_xlim(0, max(importance.values()) * 1.12 or 1)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xlabel("share in what tells the good trials from the others", color=FAINT)


def _seeds(axes: Axes, seeds: dict[str, Any]) -> None:
    """A line for each further seed, from the recipe as it was to the best; below them the means, and by how much they differ."""
    dress(axes)
    rows = [row for row in seeds["rows"] if all(row[name] and row[name]["loss"] is not None for name in SIDES)]
    lines = [(f"seed {row['seed']}", *(row[name]["loss"] for name in SIDES)) for row in rows]
    lines.append(("mean", *(seeds[name]["loss"] for name in SIDES)))
    gain = seeds["gain"]
    span = [x for line in lines for x in line[1:]]
    low, wide = min(span), max(max(span) - min(span), 1e-3)
    for y, (name, default, best) in enumerate(reversed(lines)):
        mean = name == "mean"
        axes.plot([default, best], [y, y], color=GREEN if mean else GRID, linewidth=2.2 if mean else 1.6, zorder=1)
        looks: dict[str, dict[str, Any]] = {
            "as the recipe was": {"color": INK, "markerfacecolor": PAPER},
            "the best": {"color": ORANGE},
        }
        for x, (label, look) in zip((default, best), looks.items(), strict=True):
            size = 8 if mean else 6
            axes.plot(x, y, "D", markersize=size, label=label if mean else None, linestyle="none", **look)
        words = f"{default:.3f} → {best:.3f}"
        words += f"\n{lower_by(gain)}" if mean else ""
        axes.annotate(words, (low + 1.1 * wide, y), va="center", color=INK, fontsize=9)
    axes.set_xlim(low - 0.06 * wide, low + 1.6 * wide)
    axes.set_xticks([x for x in axes.get_xticks() if low - 0.06 * wide <= x <= low + 1.06 * wide])
    axes.spines["bottom"].set_bounds(low - 0.06 * wide, low + 1.06 * wide)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_ylim(-0.6, len(lines) - 0.4)
    axes.set_yticks(range(len(lines)), [line[0] for line in reversed(lines)])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xlabel("validation loss", color=FAINT, x=0.35)
    _legend(axes)


def _settings(axes: Axes, found: dict[str, Any]) -> None:
    """A line for each setting from its lowest value to its highest: all trials, the recipe's own, and the best."""
    dress(axes)
    names = list(reversed(found["search"]))
    done = [trial for trial in found["trials"] if trial["loss"] is not None]
    good = sorted(done, key=lambda trial: trial["loss"])[: max(1, len(done) // 4)]
    for row, name in enumerate(names):
        axes.plot([0, 1], [row, row], color=GRID, linewidth=1.2, zorder=0)
        place = _scale([trial["settings"][name] for trial in done] + [found["settings"][name]["default"]])
        for some, look in ((done, {"color": FAINT, "alpha": 0.35}), (good, {"color": BLUE, "alpha": 0.8})):
            x = [place(trial["settings"][name]) for trial in some]
            label = "all trials" if some is done else "the best quarter"
            axes.plot(x, [row] * len(x), "o", markersize=5, label=label if row == 0 else None, **look)
        pair = found["settings"][name]
        look: dict[str, Any] = {"linestyle": "none", "markersize": 10}
        axes.plot(
            place(pair["default"]), row, marker="D", color=INK, markerfacecolor="none", **look,
            label="as the recipe was" if row == 0 else None,
        )  # fmt: skip
        axes.plot(
            place(pair["best"]), row, marker="D", color=ORANGE, markeredgecolor=PAPER, **look,
            label="the best" if row == 0 else None,
        )  # fmt: skip
        same = pair["default"] == pair["best"]
        words = _shown(pair["best"]) if same else f"{_shown(pair['default'])} → {_shown(pair['best'])}"
        axes.annotate(words, (1.03, row), va="center", color=FAINT if same else INK, fontsize=9, annotation_clip=False)
    axes.set_xlim(-0.04, 1.25)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    _legend(axes)


def _legend(axes: Axes) -> None:
    """Above the picture, where it hides nothing."""
    axes.figure.legend(loc="outside upper left", ncols=4, frameon=False, fontsize=9, labelcolor=INK)


def _scale(values: list[Any]) -> Any:
    """Where a value stands between 0 and 1: by its size, by its power if the sizes are far apart, or by its place in a list."""
    numbers = [value for value in values if type(value) in (int, float)]
    if len(numbers) < len(values):
        different = sorted(set(map(str, values)))
        return lambda value: different.index(str(value)) / max(1, len(different) - 1)
    low, high = min(numbers), max(numbers)
    if low == high:
        return lambda value: 0.5
    if low > 0 and high / low > 8:
        return lambda value: math.log(value / low) / math.log(high / low)
    return lambda value: (value - low) / (high - low)


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
