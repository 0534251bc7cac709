"""One thread writes the texts of everyone who asks: a step for each model in turn, requests one after another in a circle.

scheduler = Scheduler()
scheduler.submit([Text(batch, wanted, receiver)])
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from .batching import Batch, Ended, Event, Text

WAITING = 256  # texts that may wait for a seat
PAUSE = 0.02  # seconds of pieces that go to a receiver together, but for the first and the last
SHARE = 0.001  # so many for each receiver, if that is more: whoever sends pieces on takes time from who writes them

Told = list[tuple[Text, Event]]
Receiver = Callable[[Told], None]


class Full(Exception):
    """So many texts wait that no more may."""


class Closed(Exception):
    """No more are written."""


class Scheduler:
    """Texts of several batches, in one thread that is started with the first.

    Args:
        waiting: how many texts may wait for a seat.
    """

    def __init__(self, waiting: int = WAITING) -> None:
        self.longest = waiting
        self._changed = threading.Condition()
        self._requests: deque[deque[Text]] = deque()
        self._batches: list[Batch] = []  # in which something is written
        self._thread: threading.Thread | None = None
        self._closed = self._leaving = False
        self._kept: dict[Any, Told] = {}
        self._sent: dict[Any, float] = {}

    @property
    def waiting(self) -> int:
        return sum(map(len, self._requests))

    @property
    def writing(self) -> int:
        """How many texts have a seat."""
        return sum(len(batch.texts) for batch in self._batches)

    def submit(self, texts: Sequence[Text]) -> None:
        """Write these; each text's receiver is told what becomes of it, an `Ended` at last, unless it is left.

        Raises:
            Full: there are too many.
            Closed: no more are written.
        """
        with self._changed:
            if self._closed:
                raise Closed
            if self.waiting + len(texts) > self.longest:
                raise Full
            self._requests.append(deque(texts))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mebuki-scheduler", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def leave(self, texts: Sequence[Text]) -> None:
        """Nobody wants these any more: no step is done for them after the one under way."""
        with self._changed:
            for text in texts:
                text.left = True
            self._leaving = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Let the step under way be the last; waits for nothing, so that the handler of a signal may call it."""
        self._closed = True

    def close(self) -> None:
        """Stop. Texts that are not done end with `Closed`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(1)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._part()
                while not self._closed and not self._admit() and not self._batches:
                    self._changed.wait()
                    self._part()
                if self._closed:
                    break
            for batch in list(self._batches):
                try:
                    told = batch.turn()
                except Exception as error:  # a model that breaks leaves nobody waiting, and the others go on
                    told = [(text, Ended("error", 0, error)) for text in batch.texts]
                    for text, _ in told:
                        batch.leave(text)
                for text, event in told:
                    self._kept.setdefault(text.receiver, []).append((text, event))
                if not batch.texts:
                    self._batches.remove(batch)
            self._tell()
        rest = [text for request in self._requests for text in request]
        rest += [text for batch in self._batches for text in batch.texts]
        for text in rest:
            self._kept.setdefault(text.receiver, []).append((text, Ended("error", 0, Closed())))
        self._tell()

    def _part(self) -> None:
        """Take out whom nobody wants."""
        if not self._leaving:
            return
        self._leaving = False
        for request in self._requests:
            for text in [text for text in request if text.left]:
                request.remove(text)
        self._requests = deque(filter(None, self._requests))
        for batch in list(self._batches):
            for text in batch.texts:
                if text.left:
                    batch.leave(text)
                    self._kept.pop(text.receiver, None)
                    self._sent.pop(text.receiver, None)
            if not batch.texts:
                self._batches.remove(batch)

    def _admit(self) -> bool:
        """Give seats to those that wait: one to each request, then another, as long as there are some."""
        admitted, passed = False, 0
        while passed < len(self._requests):
            request = self._requests.popleft()
            batch = request[0].batch
            if batch.free:
                batch.join(request.popleft())
                if batch not in self._batches:
                    self._batches.append(batch)
                admitted, passed = True, 0
            else:
                passed += 1
            if request:
                self._requests.append(request)
        return admitted

    def _tell(self) -> None:
        now, pause = time.monotonic(), max(PAUSE, SHARE * len(self._sent))
        for receiver in list(self._kept):
            told = self._kept[receiver]
            ended = isinstance(told[-1][1], Ended)
            if ended or now - self._sent.get(receiver, 0.0) >= pause:
                self._sent[receiver] = now
                del self._kept[receiver]
                receiver(told)
            if ended:
                self._sent.pop(receiver, None)
