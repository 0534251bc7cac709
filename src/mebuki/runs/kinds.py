"""What kind of run a folder holds, told without opening it: on text, of a calculator, of addition."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import RunError
from .presence import read_json
from .settings_file import NAME

KINDS = ("text", "calculator", "addition")


def kind_of(folder: str | os.PathLike[str]) -> str:
    """text, calculator or addition.

    Raises:
        RunError: the folder is missing, or is no run.
    """
    folder = Path(folder)
    if (folder / "recipe.toml").is_file():
        return "text"
    kind = read_json(folder / NAME).get("kind")
    if kind in KINDS:
        return kind
    if not folder.exists():
        raise RunError(f"there is no run {folder}", allowed="the folder of a run", hint="mebuki runs")
    raise RunError(f"{folder} is no run", allowed="the folder of a run", hint="mebuki runs")
