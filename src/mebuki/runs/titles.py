"""What its owner calls a run, and notes of it: about.json in the run's folder. The folder keeps its name."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..errors import RunError
from ..text.files import new_file
from .kinds import kind_of
from .presence import read_json
from .starting import JOB, place_of

ABOUT = "about.json"
LONGEST = {"title": 200, "note": 20_000}


def about(folder: str | os.PathLike[str]) -> dict[str, str]:
    """Title and note of a run, empty where there is none; the title is that of its start until it is changed."""
    folder = Path(folder).absolute()
    found = {"title": read_json(place_of(folder) / JOB).get("title"), **read_json(folder / ABOUT)}
    return {name: value if isinstance(value := found.get(name), str) else "" for name in LONGEST}


def rename(folder: str | os.PathLike[str], title: str) -> dict[str, str]:
    """Give a run a title to be shown instead of its folder's name; an empty one takes it away.

    Raises:
        RunError: there is no run, or the title has more than 200 characters.
        StorageError: it cannot be written.
    """
    return _change(folder, "title", " ".join(title.split()))


def note(folder: str | os.PathLike[str], text: str) -> dict[str, str]:
    """Note something of a run, in the place of what was noted before.

    Raises:
        RunError: there is no run, or the text has more than 20,000 characters.
        StorageError: it cannot be written.
    """
    return _change(folder, "note", text.strip())


def _change(folder: str | os.PathLike[str], name: str, value: str) -> dict[str, str]:
    kind_of(folder)
    if len(value) > LONGEST[name]:
        raise RunError(f"a {name} of {len(value):,} characters", allowed=f"at most {LONGEST[name]:,}")
    content = {**about(folder), name: value}
    with new_file(Path(folder) / ABOUT) as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return content
