"""Runs beside each other: the settings that differ, and the curve of each."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import RunError
from .curve import curve
from .kinds import kind_of
from .overview import glance
from .presence import read_json
from .settings_file import NAME as SETTINGS


def compare(
    folders: Sequence[str | os.PathLike[str]],
    runs: str | os.PathLike[str],
    *,
    buckets: int = 300,
    axis: str = "step",
) -> dict[str, Any]:
    """What differs between runs, and how each went.

    Args:
        folders: of the runs, of any kinds.
        runs: the folder in which they lie.
        buckets, axis: of the curves.

    Returns:
        runs: as `glance` tells of each, with its `curve`;
        fields: those settings that are not the same in all: name ("training.steps"), and values, one for each run, None
            where a run has no such setting.

    Raises:
        RunError: one of them is no run.
        RecipeError: as for `curve`.
    """
    settings = [settings_of(folder) for folder in folders]
    names = [name for one in settings for name in one]
    fields = [{"name": name, "values": [one.get(name) for one in settings]} for name in dict.fromkeys(names)]
    told = [{**glance(folder, runs), "curve": curve(folder, buckets, axis)} for folder in folders]
    return {
        "runs": told,
        "fields": [field for field in fields if any(v != field["values"][0] for v in field["values"])],
    }


def settings_of(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """All settings of a run, flat: {"seed": 0, "model.width": 64, …} on text, {"width": 128, …} else.

    Raises:
        RunError: there is no run, or its settings are damaged.
    """
    folder = Path(folder)
    if kind_of(folder) != "text":
        return {name: value for name, value in read_json(folder / SETTINGS).items() if name != "kind"}
    try:
        content = tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder / 'recipe.toml'} is damaged: {error}", hint="a copy of the run") from error
    flat: dict[str, Any] = {}
    for section, values in content.items():
        flat |= {f"{section}.{n}": v for n, v in values.items()} if isinstance(values, dict) else {section: values}
    return flat
