"""What kind of run a folder holds, told without opening it: on text, of a calculator, of addition."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ..errors import RunError
from .presence import read_json
from .settings_file import NAME

KINDS = ("text", "calculator", "addition")
DEEP = 2  # levels below a folder, in which runs are found


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


def runs_in(folder: str | os.PathLike[str], deep: int = DEEP) -> dict[Path, str]:
    """The runs in a folder and the level below it, with their kinds; none where it is missing. Hidden folders are passed over, and what
    lies within a run is a part of it."""
    found: dict[Path, str] = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_dir():
                continue
            path = Path(entry.path)
            try:
                found[path] = kind_of(path)
            except RunError:
                found |= runs_in(path, deep - 1) if deep > 1 else {}
    return found
