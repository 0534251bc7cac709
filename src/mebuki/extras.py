"""What can be installed in addition, and the command that adds it to the Mebuki that runs.

An extra is a group of packages in `pyproject.toml`. A Mebuki of its own (pipx, uv) is not reached by a plain `pip install`.
pipx is given the packages themselves: older ones (1.7.1 of Debian 13) refuse to inject a package into itself.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import requires
from pathlib import Path


def _keeper(place: Path) -> str:
    """Whose environment it is: pipx, uv or pip."""
    marks = {"pipx": "pipx_metadata.json", "uv": "uv-receipt.toml"}
    return next((keeper for keeper, mark in marks.items() if (place / mark).is_file()), "pip")


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
    keeper = _keeper(place)
    if keeper == "pipx":
        return f"pipx inject {place.name} {' '.join(packages(extra))}"
    return f'{"uv tool" if keeper == "uv" else "pip"} install "mebuki[{extra}]"'


def packages(extra: str) -> list[str]:
    """The packages of an extra, as this Mebuki was installed with it.

    >>> packages("ja")
    ['sudachidict-core', 'sudachipy']
    """
    own = [line for line in requires("mebuki") or () if f"extra == '{extra}'" in line]
    return sorted(re.split(r"[^\w.-]", line)[0] for line in own)


def upgrade(place: Path | None = None) -> str:
    """The command that brings a newer Mebuki.

    >>> upgrade(Path("somewhere"))
    'pip install --upgrade mebuki'
    """
    place = Path(sys.prefix) if place is None else place
    commands = {"pipx": f"pipx upgrade {place.name}", "uv": "uv tool upgrade mebuki"}
    return commands.get(_keeper(place), "pip install --upgrade mebuki")
