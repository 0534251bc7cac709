"""What can be installed in addition, and the command that adds it to the Mebuki that runs.

An extra is a group of packages in `pyproject.toml`. A Mebuki of its own (pipx, uv) is not reached by a plain `pip install`.
"""

from __future__ import annotations

import sys
from pathlib import Path


def _keeper(place: Path) -> str:
    """Whose environment it is: pipx, uv or pip."""
    return "pipx" if (place / "pipx_metadata.json").is_file() else "uv" if (place / "uv-receipt.toml").is_file() else "pip"


def install(extra: str, place: Path | None = None) -> str:
    """The command that adds an extra.

    Double quotes, since the shells of Windows know no others.

    Args:
        extra: ja, export, tune, encrypted or lessons.
        place: the environment in which Mebuki runs; None: this one.

    >>> install("tune", Path("somewhere"))
    'pip install "mebuki[tune]"'
    """
    place = Path(sys.prefix) if place is None else place
    wanted = f'"mebuki[{extra}]"'
    commands = {"pipx": f"pipx inject {place.name} {wanted}", "uv": f"uv tool install {wanted}"}
    return commands.get(_keeper(place), f"pip install {wanted}")


def upgrade(place: Path | None = None) -> str:
    """The command that brings a newer Mebuki.

    >>> upgrade(Path("somewhere"))
    'pip install --upgrade mebuki'
    """
    place = Path(sys.prefix) if place is None else place
    commands = {"pipx": f"pipx upgrade {place.name}", "uv": "uv tool upgrade mebuki"}
    return commands.get(_keeper(place), "pip install --upgrade mebuki")
