"""One text is written at a time; who asks meanwhile stands in a line, and is told how many are before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST = 8  # that wait


class Full(Exception):
    """So many wait already that nobody else may."""


class Left(Exception):
    """Who asked has gone."""


class Line:
    """First come, first served.

    >>> line = Line()
    >>> with line.turn(threading.Event()):
    ...     line.waiting
    0
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self.longest = longest
        self._changed = threading.Condition()
        self._tickets: list[object] = []  # the first is being served

    @property
    def waiting(self) -> int:
        """How many wait."""
        return max(0, len(self._tickets) - 1)

    @property
    def full(self) -> bool:
        """Whether nobody else may wait."""
        return len(self._tickets) > self.longest

    @contextmanager
    def turn(self, left: threading.Event, told: Callable[[int], None] = lambda before: None) -> Iterator[None]:
        """Wait for one's turn, and have it within the `with`.

        Args:
            left: set when whoever asked has gone.
            told: called with the number of those before, whenever it changes.

        Raises:
            Full: the line is as long as it may be.
            Left: who asked has gone while it waited.
        """
        ticket, said = object(), 0
        with self._changed:
            if self.full:
                raise Full
            self._tickets.append(ticket)
            try:
                while (before := self._tickets.index(ticket)) and not left.is_set():
                    if before != said:
                        said = before
                        told(before)
                    self._changed.wait(0.2)
                if left.is_set():
                    raise Left
            except BaseException:
                self._leave(ticket)
                raise
        try:
            yield
        finally:
            with self._changed:
                self._leave(ticket)

    def _leave(self, ticket: object) -> None:
        self._tickets.remove(ticket)
        self._changed.notify_all()
