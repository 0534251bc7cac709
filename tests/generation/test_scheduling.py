"""Everyone gets a turn, nobody waits for those that have gone, and a model that breaks takes nobody with it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from mebuki.generation.batching import Ended, Event, Piece, Text
from mebuki.generation.scheduling import Closed, Full, Scheduler


class Counting:
    """A batch that counts each text up to what it wants; its steps wait for `go`."""

    def __init__(self, seats: int = 2, breaks: bool = False) -> None:
        self.seats, self.breaks, self.go = seats, breaks, threading.Semaphore(0)
        self.counts: dict[Text, int] = {}
        self.joined: list[Text] = []

    @property
    def texts(self) -> Sequence[Text]:
        return list(self.counts)

    @property
    def free(self) -> int:
        return self.seats - len(self.counts)

    def join(self, text: Text) -> None:
        self.counts[text] = 0
        self.joined.append(text)

    def leave(self, text: Text) -> None:
        self.counts.pop(text, None)

    def turn(self) -> list[tuple[Text, Event]]:
        self.go.acquire()
        if self.breaks:
            raise RuntimeError("broken")
        told: list[tuple[Text, Event]] = []
        for text in list(self.counts):
            self.counts[text] += 1
            told.append((text, Piece(str(self.counts[text]))))
            if self.counts[text] == text.wanted:
                told.append((text, Ended("length", text.wanted)))
                self.leave(text)
        return told


class Hearing:
    """A receiver."""

    def __init__(self) -> None:
        self.told: list[tuple[Text, Event]] = []
        self.changed = threading.Condition()

    def __call__(self, told: list[tuple[Text, Event]]) -> None:
        with self.changed:
            self.told += told
            self.changed.notify_all()

    def ends(self, count: int) -> list[Ended]:
        """Wait for so many."""

        def found() -> list[Ended]:
            return [event for _, event in self.told if isinstance(event, Ended)]

        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) >= count, 60)
            return found()


@pytest.fixture
def scheduler() -> Any:
    made = Scheduler(waiting=8)
    yield made
    made.close()


def test_requests_take_turns(scheduler) -> None:
    batch, hearing = Counting(1), Hearing()
    many = [Text(batch, 1, hearing) for _ in range(5)]
    few = [Text(batch, 1, hearing)]
    scheduler.submit(many)
    scheduler.submit(few)
    for _ in range(6):
        batch.go.release()
    hearing.ends(6)
    assert batch.joined.index(few[0]) <= 2


def test_a_full_line_says_so_and_takes_nothing(scheduler) -> None:
    batch, hearing = Counting(1), Hearing()
    scheduler.submit([Text(batch, 1, hearing) for _ in range(6)])
    with pytest.raises(Full):
        scheduler.submit([Text(batch, 1, hearing) for _ in range(9)])
    for _ in range(6):
        batch.go.release()
    assert len(hearing.ends(6)) == 6


def test_who_has_left_is_not_written_for(scheduler) -> None:
    batch, gone, here = Counting(1), Hearing(), Hearing()
    left = [Text(batch, 10**9, gone) for _ in range(4)]
    scheduler.submit(left)
    scheduler.submit([Text(batch, 3, here)])
    batch.go.release()
    scheduler.leave(left)
    for _ in range(5):
        batch.go.release()
    assert here.ends(1) == [Ended("length", 3)]
    assert not any(isinstance(event, Ended) for _, event in gone.told)


def test_pieces_come_whole_and_in_order(scheduler) -> None:
    batch, hearing = Counting(), Hearing()
    scheduler.submit([Text(batch, 50, hearing)])
    for _ in range(50):
        batch.go.release()
    hearing.ends(1)
    assert [event.text for _, event in hearing.told[:-1]] == [str(n) for n in range(1, 51)]


def test_a_model_that_breaks_leaves_nobody_waiting(scheduler) -> None:
    broken, sound = Counting(2, breaks=True), Counting(2)
    hearing, other = Hearing(), Hearing()
    scheduler.submit([Text(broken, 9, hearing), Text(broken, 9, hearing)])
    scheduler.submit([Text(sound, 2, other)])
    broken.go.release()
    for _ in range(2):
        sound.go.release()
    assert {(end.why, str(end.error)) for end in hearing.ends(2)} == {("error", "broken")}
    assert other.ends(1) == [Ended("length", 2)]


def test_the_end_is_told_to_all(scheduler) -> None:
    batch, hearing = Counting(1), Hearing()
    scheduler.submit([Text(batch, 9, hearing) for _ in range(3)])
    scheduler.stop()  # before the step under way ends, or another would begin
    batch.go.release()
    scheduler.close()
    assert all(isinstance(end.error, Closed) for end in hearing.ends(3))
    with pytest.raises(Closed):
        scheduler.submit([Text(batch, 1, hearing)])
