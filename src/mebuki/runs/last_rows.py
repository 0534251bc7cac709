"""The last rows of a file of records, read from its end: cheap however long it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

PART = 1 << 16


def last_row(path: Path, event: str = "") -> dict[str, Any] | None:
    """The last whole row, or the last one of an event; None if there is none."""
    try:
        with path.open("rb") as file:
            end, tail = file.seek(0, os.SEEK_END), b""
            while end > 0:
                begin = max(0, end - PART)
                file.seek(begin)
                lines = (file.read(end - begin) + tail).split(b"\n")
                for line in reversed(lines[begin > 0 :]):
                    if (row := _row(line)) and event in ("", row["event"]):
                        return row
                tail, end = lines[0], begin
    except OSError:
        pass
    return None


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("event"), str) else None
