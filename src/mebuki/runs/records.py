"""JSON lines that are only ever appended to, and survive a torn last line.

A run that goes on from a checkpoint writes `{"event": "resume", "step": s}`; whatever stands before it with a later
step was taken back, and is passed over when reading.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..errors import StorageError

WITH_A_STEP = ("train", "evaluation", "plan", "sample", "resume", "end")


class Records:
    """An open file of records.

    Args:
        path: of the file.
        again: the command that goes on once there is space on the disk; by default `mebuki train --resume`.

    Raises:
        StorageError: the file may not be written, or the disk is full.
    """

    def __init__(self, path: Path, again: str = "") -> None:
        self.path, self._again = path, again or f"mebuki train --resume {path.parent}"
        try:
            self._torn = path.exists() and path.stat().st_size > 0 and path.read_bytes()[-1:] != b"\n"
            self._file = path.open("ab", buffering=0)  # what could not be written is not kept for later
        except OSError as error:
            raise self._cannot_write(error) from error

    def add(self, record: dict[str, Any]) -> None:
        """Append one record; it reaches the system at once, the disk with `sync`."""
        line = b"\n" * self._torn + json.dumps(record, ensure_ascii=False).encode() + b"\n"
        try:
            while line:
                self._torn = True
                line = line[self._file.write(line) :]
            self._torn = False
        except OSError as error:
            raise self._cannot_write(error) from error

    def sync(self) -> None:
        """Make sure that everything is on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._cannot_write(error) from error

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} cannot be written: {error.strerror or error}",
            hint=f"free some space on the disk, then: {self._again}",
        )


def counts(record: Any) -> bool:
    """Whether a row is whole: an event, with a step where it must have one."""
    if not isinstance(record, dict) or not isinstance(event := record.get("event"), str):
        return False
    return type(record.get("step", None if event in WITH_A_STEP else 0)) is int


def all_records(path: Path) -> list[dict[str, Any]]:
    """All whole rows in the order in which they were written, those that were taken back included."""
    found: list[dict[str, Any]] = []
    try:
        content = path.read_bytes()
    except OSError:
        return found
    for line in content.split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if counts(record):
            found.append(record)
    return found


def read_records(path: Path) -> list[dict[str, Any]]:
    """All records that count, in order; a missing file has none, broken lines and rows are passed over."""
    records: list[dict[str, Any]] = []
    for record in all_records(path):
        if record["event"] == "resume":
            step = record["step"]
            records = [earlier for earlier in records if earlier.get("step", 0) <= step and earlier["event"] != "end"]
        records.append(record)
    return records
