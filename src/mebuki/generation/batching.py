"""Texts that one model writes at once: they join and leave between two steps, and none depends on the others.

Shapes: V vocabulary.

    batch = TextBatch(decoder, tokenizer, seats=64)
    batch.join(text := Text(batch, Wanted(ids, tokens=100)))
    while batch.texts:
        for text, event in batch.turn():        # Scored, Piece or Ended
            ...
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..text.tokenizer import Tokenizer
from .choosing import Chooser, choose_each
from .generate import Steps, Stream, Wrapped, never_drawn
from .sampler import Sampling
from .seats import seats_of

SCORED = 64  # tokens of a prompt that are scored in one call
IMPOSSIBLE = -9999.0  # the log-probability of what a model cannot write


@dataclass(frozen=True)
class Wanted:
    """One text, as it is asked for.

    Attributes:
        ids: of the prompt, at least one.
        tokens: most tokens to draw.
        stream: which of several texts of one seed.
        bias, frequency, presence: as for `Chooser`.
        top: tell the log-probability of each token, and so many of the likeliest, by the model at temperature 1; None: none.
        scored: tell those of the prompt, too.
    """

    ids: Sequence[int]
    tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    stream: int = 0
    stop: tuple[str, ...] = ()
    bias: Mapping[int, float] = field(default_factory=dict)
    frequency: float = 0.0
    presence: float = 0.0
    top: int | None = None
    scored: bool = False


@dataclass(frozen=True)
class Token:
    """A token with its log-probability, in nats.

    Attributes:
        place: of its first letter, in the text that is written.
        top: the likeliest tokens at its place with theirs, the best first.
    """

    id: int
    logprob: float
    top: tuple[tuple[int, float], ...]
    place: int = 0


@dataclass(frozen=True)
class Scored:
    """The next tokens of a prompt; nothing foretells its first."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Piece:
    """What is written next: whole letters, which no stop string can swallow any more; tokens if log-probabilities are wanted."""

    text: str
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Ended:
    """The last of a text. Why: `stop`, `length`, or the error that the model broke with. `tokens` were drawn."""

    why: str
    tokens: int
    error: Exception | None = None


Event = Scored | Piece | Ended


@dataclass(eq=False)
class Text:
    """A text that is wanted from a batch.

    Attributes:
        receiver: takes what becomes of it, in the thread that writes.
        left: set when nobody wants it any more.
    """

    batch: Batch
    wanted: Any
    receiver: Any = None
    left: bool = False


class Batch(Protocol):
    """One model's texts; all methods are called from one thread.

    Attributes:
        texts: those that are being written.
    """

    @property
    def texts(self) -> Sequence[Text]: ...
    @property
    def free(self) -> int:
        """How many may join."""
        ...

    def join(self, text: Text) -> None: ...
    def leave(self, text: Text) -> None: ...
    def turn(self) -> list[tuple[Text, Event]]:
        """A step for everyone, and some reading for those that have just joined."""
        ...


class TextBatch:
    """Texts that go on from prompts.

    Args:
        seats: how many at once.
        context: tokens that the model looks back on; 0: all.
        stop: strings that end every text.
    """

    def __init__(
        self,
        model: Steps | Wrapped,
        tokenizer: Tokenizer,
        *,
        seats: int = 64,
        context: int = 0,
        stop: tuple[str, ...] = (),
    ) -> None:
        steps = model.arrays() if isinstance(model, Wrapped) else model
        self.tokenizer, self.vocabulary, self.context, self.stop = tokenizer, model.vocabulary, context, stop
        self.seats = seats_of(steps, seats)
        self._never = never_drawn(tokenizer, model.vocabulary)
        self._empty = list(range(seats))  # a heap: low seats first, so that memory grows with what is used
        self._joining: deque[_Writing] = deque()
        self._going: list[_Writing] = []

    @property
    def texts(self) -> list[Text]:
        return [one.text for one in (*self._joining, *self._going)]

    @property
    def free(self) -> int:
        return len(self._empty)

    def join(self, text: Text) -> None:
        self._joining.append(_Writing(text, heapq.heappop(self._empty), self))

    def leave(self, text: Text) -> None:
        for one in (*self._joining, *self._going):
            if one.text is text:
                self._release(one)
                return

    def turn(self) -> list[tuple[Text, Event]]:
        told: list[tuple[Text, Event]] = []
        self._read(told)
        if going := list(self._going):
            rows = self.seats.step([one.seat for one in going], [one.next for one in going])
            tokens = choose_each([one.chooser for one in going], rows)
            for one, token, logits_V in zip(going, tokens, rows, strict=True):
                self._tell(one, one.take(token, logits_V), told)
        return told

    def _read(self, told: list[tuple[Text, Event]]) -> None:
        left = self.seats.portion
        while self._joining and left > 0:
            one = self._joining[0]
            every = one.wanted.scored
            part = one.unread[one.read : one.read + min(left, SCORED if every else self.seats.portion)]
            rows = self.seats.read(one.seat, part, every=every) if part else np.empty((0, 0), np.float32)
            left -= max(1, len(part))
            one.read += len(part)
            if every and (tokens := one.score(rows)):
                told.append((one.text, Scored(tokens)))
            if one.read < len(one.unread):
                self._joining.rotate(-1)
            else:
                self._joining.popleft()
                self._going.append(one)
                self._tell(one, one.begin(rows[-1] if len(rows) else None), told)

    def _tell(self, one: _Writing, events: list[Event], told: list[tuple[Text, Event]]) -> None:
        told += [(one.text, event) for event in events]
        if events and isinstance(events[-1], Ended):
            self._release(one)

    def _release(self, one: _Writing) -> None:
        if one in self._going:
            self._going.remove(one)
        else:
            self._joining.remove(one)
        self.seats.leave(one.seat)
        heapq.heappush(self._empty, one.seat)


class _Writing:
    """Where one text stands."""

    def __init__(self, text: Text, seat: int, batch: TextBatch) -> None:
        wanted: Wanted = text.wanted
        self.text, self.wanted, self.seat = text, wanted, seat
        if wanted.scored:
            self.unread = list(wanted.ids)
        else:
            self.unread = list(wanted.ids[-batch.seats.reach :]) if wanted.tokens else []
            if self.unread:
                batch.seats.skip(seat, len(wanted.ids) - len(self.unread))
        self.read = self.next = self.drawn = self.shown = 0
        self.before: NDArray[np.float32] | None = None  # logits of the next token of a prompt that is scored
        self.stream = Stream(batch.tokenizer.stream(), (*wanted.stop, *batch.stop))
        self.pending: list[Token] = []
        self.chooser = Chooser(
            wanted.sampling,
            batch.vocabulary,
            wanted.ids,
            never=batch._never,
            seed=wanted.seed,
            stream=wanted.stream,
            bias=wanted.bias,
            frequency=wanted.frequency,
            presence=wanted.presence,
        )

    def score(self, rows: NDArray[np.float32]) -> tuple[Token, ...]:
        """The tokens of the prompt that were read last, by the logits before each."""
        ids = self.unread[self.read - len(rows) : self.read]
        before = [self.before, *rows[:-1]] if len(rows) else []
        if len(rows):
            self.before = rows[-1]
        top = self.wanted.top or 0
        return tuple(token_of(id, row, top) for id, row in zip(ids, before, strict=True) if row is not None)

    def begin(self, logits_V: NDArray[np.float32] | None) -> list[Event]:
        """The first token, after the last of the prompt."""
        if logits_V is None or self.wanted.tokens == 0:
            return [Ended("length", 0)]
        return self.take(self.chooser(logits_V), logits_V)

    def take(self, token: int, logits_V: NDArray[np.float32]) -> list[Event]:
        """What can be shown now, with one token more."""
        place = self.shown + len(self.stream.held)
        self.next = token
        if self.wanted.top is not None:
            self.pending.append(token_of(self.next, logits_V, self.wanted.top, place))
        self.drawn += 1
        text = self.stream.push(self.next)
        why = "stop" if self.stream.done else "length" if self.drawn == self.wanted.tokens else ""
        if why:
            text += self.stream.finish()
        self.shown += len(text)
        ripe = [token for token in self.pending if token.place < self.shown or why == "length"]
        self.pending = self.pending[len(ripe) :]
        events: list[Event] = [Piece(text, tuple(ripe))] if text or ripe else []
        return [*events, Ended(why, self.drawn)] if why else events


def token_of(id: int, logits_V: NDArray[np.float32], top: int, place: int = 0) -> Token:
    """A token with its log-probability and those of the likeliest.

    >>> token_of(1, np.log(np.array([0.5, 0.25, 0.25], np.float32)), 1)
    Token(id=1, logprob=-1.386294..., top=((0, -0.693147...),), place=0)
    """
    z = logits_V.astype(np.float64)
    z -= z.max()
    z -= np.log(np.exp(z).sum())
    z = np.nan_to_num(np.maximum(z, IMPOSSIBLE), nan=IMPOSSIBLE)
    best = np.argpartition(-z, min(top, len(z)) - 1)[:top] if 0 < top < len(z) else np.arange(len(z) if top else 0)
    best = best[np.lexsort((best, -z[best]))]
    return Token(int(id), float(z[id]), tuple((int(i), float(z[i])) for i in best), place)
