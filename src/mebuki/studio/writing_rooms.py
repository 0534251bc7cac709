"""The diaries of a studio: the reader's own, and the samples; what the pages are told of them without asking."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request

from ..diary.importing import import_into
from ..diary.journal import Journal
from ..samples import diary
from ..text.files import new_file
from .place import Place
from .problems import Problem
from .writing_growing import Growth
from .writing_room import Room

NAME = "diaries"
LOOK = 2.0  # seconds between looks at the clock
LOCK_AFTER = 15  # minutes
LONGEST = 24 * 60


class Diaries:
    """All of them, by name: "" is the reader's own.

    Attributes:
        lock_after: minutes without a request, after which an encrypted diary locks itself; 0: never.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._rooms, self._gate = dict[str, Room](), threading.Lock()
        self.growths = dict[str, Growth]()
        self._kept = place.data / "lock-after"
        self.lock_after = self._read()
        self._touched = time.time()
        self._end = threading.Event()
        threading.Thread(target=self._watch, name="diary-lock", daemon=True).start()

    def room(self, name: str = "") -> Room:
        with self._gate:
            if name not in self._rooms:
                self._rooms[name] = self._sample(name) if name else Room(self._place.diary)
            return self._rooms[name]

    def growth(self, name: str = "") -> Growth:
        room = self.room(name)
        return self.growths.setdefault(name, Growth(room.folder, lambda: room.keys))

    def touch(self) -> None:
        """Somebody is there."""
        self._lock_if_left()
        self._touched = time.time()

    def state(self, name: str) -> dict[str, Any]:
        """What pages are told of a diary; nothing that stands in it."""
        room = self.room(name)
        return {
            "locked": room.locked,
            "revision": room.revision,
            "reading": room.reading,
            "growing": self.growth(name).state(),
        }

    def keep_lock_after(self, minutes: int) -> None:
        with new_file(self._kept) as file:
            file.write(str(minutes))
        self.lock_after = minutes

    def close(self) -> None:
        self._end.set()
        for growth in self.growths.values():
            growth.stop()
        for room in self._rooms.values():
            room.close()

    def _read(self) -> int:
        try:
            return max(0, min(LONGEST, int(self._kept.read_text(encoding="ascii"))))
        except (OSError, ValueError):
            return LOCK_AFTER

    def _watch(self) -> None:
        while not self._end.wait(LOOK):
            self._lock_if_left()

    def _lock_if_left(self) -> None:
        """By the clock on the wall, so that a computer that slept has been away too."""
        own = self._rooms.get("")
        if own and own.keys and self.lock_after and time.time() - self._touched > 60 * self.lock_after:
            own.lock()

    def _sample(self, language: str) -> Room:
        folder = self._place.data / "samples" / language

        def begin() -> None:
            with Journal(folder) as journal:
                import_into(journal, diary(language))

        return Room(Path(folder), begin=begin, read_only=True)


def diaries_of(request: Request) -> Diaries:
    return request.app.state.studio.rooms[NAME]


Of = Annotated[Literal["", "ja", "en"], Query(description="a sample, by its language; empty: the reader's own diary")]


async def _room(request: Request, of: Of = "") -> Room:
    found = diaries_of(request)
    if not of:
        found.touch()
    room = found.room(of)
    if room.locked:
        raise Problem("locked", 423)
    return room


Here = Annotated[Room, Depends(_room)]
