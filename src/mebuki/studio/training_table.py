"""Which runs there are: ids of the pages are looked up here, and never become paths themselves."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..errors import RunError, StorageError
from ..runs.curve_index import CurveIndex
from ..runs.overview import overview
from ..runs.starting import free_run
from ..runs.stopping import TRASH, delete
from ..runs.titles import about, rename
from .problems import Problem

KEPT = 24  # curves whose columns stay in memory


class Table:
    """The runs of a folder by their ids.

    Args:
        runs: the folder.
    """

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self._folders: dict[str, Path] = {}
        self._indexes: OrderedDict[Path, tuple[CurveIndex, threading.Lock]] = OrderedDict()
        self._lock = threading.Lock()

    def overview(self) -> list[dict[str, Any]]:
        """All runs, the latest first."""
        rows = overview(self.runs)
        self._folders = {row["id"]: self.runs / row["id"] for row in rows}
        return rows

    def folder(self, name: str) -> Path:
        """The folder of a run that the overview knows.

        Raises:
            Problem: run_missing.
        """
        folder = self._folders.get(name)
        if folder is None:
            self.overview()
            folder = self._folders.get(name)
        if folder is None:
            raise Problem("run_missing", 404, name=name)
        return folder

    def is_there(self, name: str) -> bool:
        """Whether there still is a run of this id."""
        return any(row["id"] == name for row in self.overview())

    def topic(self, name: str) -> Path:
        """The same for a topic, in which the id stands as in an address.

        Raises:
            RunError: there is no such run.
        """
        try:
            return self.folder(unquote(name))
        except Problem as problem:
            raise RunError(f"there is no run {name}") from problem

    def index(self, folder: Path) -> tuple[CurveIndex, threading.Lock]:
        """The columns of a run's curve, kept so that only what is new is read; to be used under its lock."""
        with self._lock:
            found = self._indexes.pop(folder, None) or (CurveIndex(folder), threading.Lock())
            self._indexes[folder] = found
            while len(self._indexes) > KEPT:
                self._indexes.popitem(last=False)
            return found

    def throw_away(self, folder: Path) -> str:
        """Move a run into the trash; what `bring_back` takes, empty if there was nothing to keep.

        Raises:
            RunError, StorageError: as for `mebuki.runs.stopping.delete`.
        """
        if folder.is_dir() and (title := about(folder)["title"]):
            rename(folder, title)  # it may stand beside the run only
        moved = delete(folder)
        with self._lock:
            self._indexes.pop(folder, None)
        self._folders.clear()
        return moved.relative_to(self.runs).as_posix() if moved else ""

    def bring_back(self, trash: str) -> Path:
        """Take a run out of the trash again, under another name if its own was taken meanwhile; its folder.

        Raises:
            Problem: run_missing.
            StorageError: it cannot be moved.
        """
        places = (self.runs.glob(f"{above}{TRASH}/*") for above in ("", "*/"))
        kept = {path.relative_to(self.runs).as_posix(): path for found in places for path in found}
        if trash not in kept or not (name := re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}-(.+)", kept[trash].name)):
            raise Problem("run_missing", 404, name=trash)
        home = kept[trash].parent.parent
        folder = home / name[1]
        if folder.exists():
            folder = free_run(home, name[1])
        try:
            kept[trash].rename(folder)
        except OSError as error:
            raise StorageError(f"{folder} cannot be moved back: {error.strerror or error}") from error
        return folder
