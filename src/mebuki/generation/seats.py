"""Several texts through one model at once, each at a place of its own: one takes a seat, is read, goes on, and leaves.

Shapes: n seats that go on together, T tokens of one text, V vocabulary.

    seats = seats_of(decoder, 8)
    logits_1V = seats.read(3, [1, 4, 1])        # a prompt, in portions or at once
    logits_nV = seats.step([0, 3], [5, 9])      # a token more for two texts
    seats.leave(3)

What a text's logits are does not depend on who sits beside it: sums are formed in the same order for any n.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .compiled import aligned, checked

if TYPE_CHECKING:
    from .compiled_recurrent import RecurrentDecoder
    from .compiled_transformer import TransformerDecoder
    from .generate import Steps

Logits = NDArray[np.float32]
WHOLE = 1 << 30  # tokens


class Seats(Protocol):
    """Places for texts in one model.

    Attributes:
        count: how many there are, numbered from 0.
        portion: the most tokens of a prompt worth reading in one call.
        reach: only the last so many tokens of a prompt can make a difference.
    """

    count: int
    portion: int
    reach: int

    def read(self, seat: int, ids: Sequence[int], *, every: bool = False) -> Logits:
        """Read ids after those that the seat has read: logits [1, V] of what follows the last, or with `every` [T, V] after each.

        RecipeError: an id outside the vocabulary, or none.
        """
        ...

    def step(self, seats: Sequence[int], ids: Sequence[int]) -> Logits:
        """Read one id in each of several seats: logits [n, V]. They last until the next call."""
        ...

    def skip(self, seat: int, count: int) -> None:
        """Leave out ids that stand before the seat's `reach`: what it reads then has its place after them."""
        ...

    def leave(self, seat: int) -> None:
        """Forget what the seat has read."""
        ...


def seats_of(steps: Steps, count: int) -> Seats:
    """Seats for a model: in one pass of the kernel where there is one, else one after another."""
    from .compiled_recurrent import RecurrentDecoder
    from .compiled_transformer import TransformerDecoder

    if isinstance(steps, TransformerDecoder):
        return TransformerSeats(steps, count)
    if isinstance(steps, RecurrentDecoder):
        return RecurrentSeats(steps, count)
    return PlainSeats(steps, count)


class TransformerSeats:
    """Streams of one cache of keys and values, each at its own position."""

    def __init__(self, decoder: TransformerDecoder, count: int) -> None:
        from .compiled_transformer import TOGETHER

        shape = decoder.shape
        self.decoder, self.count, self.portion = decoder, count, 4 * TOGETHER
        self.reach = max(shape.layers * (shape.context - 1) + 1, shape.context)
        self._together = TOGETHER
        self._state = decoder._state(count, max(count, TOGETHER))
        self._positions = [0] * count
        self._turned = 0  # positions whose rotation is known

    def read(self, seat: int, ids: Sequence[int], *, every: bool = False) -> Logits:
        given = np.array(ids, np.int64)
        checked(given, self.decoder.vocabulary)
        part = min(self.count, self._together) if every else self._together
        found: list[Logits] = []
        for begin in range(0, len(given), part):
            some = given[begin : begin + part]
            n, last = len(some), begin + part >= len(given)
            first = self._positions[seat]
            rows = self._run(some, [*range(first, first + n)], [seat] * n, 0 if every else n - last)
            self._positions[seat] += n
            if every or last:
                found.append(rows.copy())
        return np.concatenate(found)

    def step(self, seats: Sequence[int], ids: Sequence[int]) -> Logits:
        given = np.array(ids, np.int64)
        checked(given, self.decoder.vocabulary)
        rows = self._run(given, [self._positions[seat] for seat in seats], seats, 0)
        for seat in seats:
            self._positions[seat] += 1
        return rows

    def skip(self, seat: int, count: int) -> None:
        self._positions[seat] += count

    def leave(self, seat: int) -> None:
        self._positions[seat] = 0

    def _run(self, ids_n: NDArray[np.int64], positions: Sequence[int], seats: Sequence[int], kept: int) -> Logits:
        end = max(positions) + 1
        if end > self._turned:
            self._turned = max(2 * self._turned, end)
            self.decoder._turns(self._state, self._turned)
        self.decoder._run(self._state, ids_n, np.array([positions, seats], np.int64), kept)
        return self.decoder._logits(self._state)[: len(ids_n) - kept]


class RecurrentSeats:
    """Rows of hidden states; those that go on together are laid side by side for the step."""

    def __init__(self, decoder: RecurrentDecoder, count: int) -> None:
        self.decoder, self.count, self.portion, self.reach = decoder, count, 256, WHOLE
        size = 4 * decoder._layers * decoder._parts * decoder._width
        self._rows = np.zeros((count, size), np.uint8)
        self._together, self._work = aligned(count * size), aligned(4 * count * decoder._work)

    def read(self, seat: int, ids: Sequence[int], *, every: bool = False) -> Logits:
        given = np.array(ids, np.int64)
        checked(given, self.decoder.vocabulary)
        if every:
            return np.concatenate([self._read([seat], given[i : i + 1, None]) for i in range(len(given))])
        return self._read([seat], given[None])

    def step(self, seats: Sequence[int], ids: Sequence[int]) -> Logits:
        given = np.array(ids, np.int64)
        checked(given, self.decoder.vocabulary)
        return self._read(seats, given[:, None])

    def skip(self, seat: int, count: int) -> None:
        """Never needed: all that was ever read makes a difference."""

    def leave(self, seat: int) -> None:
        self._rows[seat] = 0

    def _read(self, seats: Sequence[int], ids_nT: NDArray[np.int64]) -> Logits:
        from .compiled_recurrent import State

        n, size = len(seats), self._rows.shape[1]
        beside = self._together[: n * size]
        beside.reshape(n, size)[:] = self._rows[seats]
        logits_nV = self.decoder._read(ids_nT, State(beside, self._work))
        self._rows[seats] = beside.reshape(n, size)
        return logits_nV


class PlainSeats:
    """Without kernels: each text has a state of its own, and they go on one after another."""

    def __init__(self, steps: Steps, count: int) -> None:
        self.steps, self.count, self.portion, self.reach = steps, count, WHOLE, WHOLE
        self._states: dict[int, Any] = {}

    def read(self, seat: int, ids: Sequence[int], *, every: bool = False) -> Logits:
        given = [int(id) for id in ids]
        checked(np.array(given), self.steps.vocabulary)
        found = []
        if seat not in self._states:
            first = given[:1] if every else given
            logits_BV, self._states[seat] = self.steps.start(np.array([first]))
            found, given = [np.asarray(logits_BV, np.float32)], given[len(first) :]
        for id in given:
            found.append(self.step([seat], [id]))
        return np.concatenate(found if every else found[-1:])

    def step(self, seats: Sequence[int], ids: Sequence[int]) -> Logits:
        rows = []
        for seat, id in zip(seats, ids, strict=True):
            logits_BV, self._states[seat] = self.steps.step(np.array([id]), self._states[seat])
            rows.append(np.asarray(logits_BV, np.float32))
        return np.concatenate(rows)

    def skip(self, seat: int, count: int) -> None:
        """Never needed: the model leaves out by itself what does not reach."""

    def leave(self, seat: int) -> None:
        self._states.pop(seat, None)
