"""What a tuning has found: as JSON, as pictures, and the winner as a recipe."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..recipes import Recipe
from ..text.files import new_file
from .tuning_events import Tried
from .tuning_space import Space, setting


def report(
    study: str,
    recipe: Recipe,
    tried: list[Tried],
    space: Space,
    importance: dict[str, float],
    budget: int,
    seeds: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """All that is known of a study, as JSON holds it.

    Args:
        importance: the share of each setting in what tells good trials from others; empty: not known.
        seeds: what further seeds say, as `Seeds.report` has it; None: nothing yet.
    """
    from .tuning_study import best_of

    best, start = best_of(tried), next((trial for trial in tried if trial.start), None)
    return {
        "study": study,
        "model": recipe.model,
        "length": {
            name: value for name in ("steps", "minutes") if (value := getattr(recipe.training, name)) is not None
        },
        "budget": budget,
        "search": {name: str(search) for name, search in space.items()},
        "best": best and _row(best),
        "default": start and _row(start),
        "seeds": seeds,
        "settings": {
            name: {"default": setting(recipe, name), "best": best.settings[name] if best else None} for name in space
        },
        "importance": dict(sorted(importance.items(), key=lambda item: -item[1])),
        "trials": [_row(trial) for trial in tried],
    }


def _row(trial: Tried) -> dict[str, Any]:
    perplexity = None if trial.loss is None else math.exp(min(trial.loss, 700))
    curve = {str(percent): loss for percent, loss in trial.curve.items()}
    return {**asdict(trial), "perplexity": perplexity, "curve": curve}


def write(folder: Path, found: dict[str, Any], winner: Recipe) -> list[Path]:
    """Write recipe.toml, report.json and the pictures; their paths.

    Raises:
        StorageError: the folder cannot be written.
    """
    from .tuning_plot import draw

    winner.save(folder / "recipe.toml")
    with new_file(folder / "report.json") as file:
        file.write(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    return [folder / "recipe.toml", folder / "report.json", *draw(folder, found)]
