"""Writing by a model that is told places: many questions at once, each letter the likeliest, in machine code where it can be had.

Shapes: n letters read at once, F features, D width, V vocabulary.

    writer = Writer(weights, shape)
    writer.write(["21+3="], feeds)      # ["51\\n"]

Nothing here knows what the letters mean: a text is read, a letter is written and read again, until the end or a limit. Streams that
have ended give their place to the next question.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..kernels import address, load
from ..kernels.decoding_plan import FIELDS
from ..shapes import TransformerShape
from .compiled_transformer import TOGETHER, TransformerDecoder

if TYPE_CHECKING:
    from ..models.placed import PlacedTransformer

STREAMS = 16  # questions at once, of one thread
FEW = 8  # questions that are quicker answered without machine code than after waiting for it


class Feed(Protocol):
    """Turns one text, letter by letter, into ids: those of the model's tables."""

    def read(self, letter: str) -> tuple[int, ...]: ...


class _Streams:
    """One thread's decoder: its streams stand at positions of their own."""

    def __init__(self, weights: dict[str, NDArray[Any]], shape: TransformerShape, vocabulary: int) -> None:
        self.decoder = TransformerDecoder(weights, shape, vocabulary)
        self.table = np.ascontiguousarray(weights["embedding.weight"], np.float32)
        self.state = self.decoder._state(STREAMS, max(STREAMS, TOGETHER))
        self.decoder._turns(self.state, shape.context)
        self.order = np.arange(max(STREAMS, TOGETHER), dtype=np.int64)

    def read(
        self, ids_nF: Sequence[tuple[int, ...]], positions: Sequence[int], streams: Sequence[int], kept: int
    ) -> NDArray[np.float32]:
        """Logits [n - kept, V] of what follows the letters from `kept` on; they last until the next call."""
        x_nD = self.table[np.asarray(ids_nF)].sum(1)
        self.state.plan[FIELDS.index("embedding")] = address(x_nD)
        n = len(x_nD)
        self.decoder._run(self.state, self.order[:n].copy(), np.array([positions, streams], np.int64), kept)
        return self.decoder._logits(self.state)[: n - kept]

    def begin(self, ids: list[tuple[int, ...]], stream: int) -> NDArray[np.float32]:
        """Read a question into a stream: logits [V] of the first letter after it."""
        logits_V = np.empty(0, np.float32)
        for first in range(0, len(ids), TOGETHER):
            part = ids[first : first + TOGETHER]
            last = first + TOGETHER >= len(ids)
            places = range(first, first + len(part))
            rows = self.read(part, places, [stream] * len(part), len(part) - last)
            logits_V = rows[0] if last else logits_V
        return logits_V


class Reading(ABC):
    """One text as it is read, letter by letter.

    Attributes:
        logits_V: of the letter that follows; they last until the next `read`.
    """

    logits_V: NDArray[np.float32]

    @abstractmethod
    def read(self, letter: str) -> None:
        """Read one letter more. The text must have room for it in the context."""


class _CompiledReading(Reading):
    def __init__(self, streams: _Streams, feed: Feed, text: str) -> None:
        self.streams, self.feed, self.position = streams, feed, len(text)
        self.logits_V = streams.begin([feed.read(letter) for letter in text], 0)

    def read(self, letter: str) -> None:
        self.logits_V = self.streams.read([self.feed.read(letter)], [self.position], [0], 0)[0]
        self.position += 1


class _PlainReading(Reading):
    """Without kernels: the model of PyTorch."""

    def __init__(self, model: PlacedTransformer, feed: Feed, text: str) -> None:
        self.steps, self.feed = model.arrays(), feed
        logits_BV, self.state = self.steps.start(np.array([[feed.read(letter) for letter in text]]))
        self.logits_V = logits_BV[0]

    def read(self, letter: str) -> None:
        logits_BV, self.state = self.steps.step(np.array([self.feed.read(letter)]), self.state)
        self.logits_V = logits_BV[0]


class Writer:
    """Greedy writing with given weights.

    Args:
        weights: of a `PlacedTransformer`, by name.
        shape: of the model; texts are at most `shape.context` letters long.
        alphabet: the letter of each id that is written.
        end: the letter that ends a text.
        feed: makes what turns a text into ids.
        compiled: whether machine code is used where it can be had; without it, PyTorch writes one text after another.
    """

    def __init__(
        self,
        weights: dict[str, NDArray[Any]],
        shape: TransformerShape,
        *,
        alphabet: str,
        end: str,
        feed: Callable[[], Feed],
        compiled: bool = True,
    ) -> None:
        self.weights, self.shape, self.alphabet, self.end, self.feed = weights, shape, alphabet, end, feed
        self.compiled = compiled
        self._idle: list[_Streams] = []

    def write(
        self, questions: Sequence[str], *, threads: int | None = None, told: Callable[[int], None] = lambda done: None
    ) -> list[str]:
        """What the model writes after each question, its end included if it came to it within the context; after a question that
        fills the context, nothing.

        Args:
            threads: of the processor; None: as many as there are, for more than a few questions.
            told: is called with the number of questions that are done.
        """
        if not self._ready(wait=len(questions) > FEW):
            return ["".join(self.stream(question)) for question in questions]
        count = min(threads or os.cpu_count() or 1, max(1, len(questions) // STREAMS))
        fits = (i for i, question in enumerate(questions) if len(question) < self.shape.context)
        order = sorted(fits, key=lambda i: len(questions[i]))  # like lengths end together
        written = [""] * len(questions)
        waiting, done = iter(order), [0]

        def work(streams: _Streams) -> None:
            for place, text in self._many(streams, questions, waiting):
                written[place] = text
                done[0] += 1
                told(done[0])

        while len(self._idle) < count:
            self._idle.append(_Streams(self.weights, self.shape, len(self.alphabet)))
        mine, self._idle = self._idle[:count], self._idle[count:]
        try:
            if count == 1:
                work(mine[0])
            else:
                with ThreadPoolExecutor(count) as pool:
                    list(pool.map(work, mine))
        finally:
            self._idle += mine
        return written

    def stream(self, question: str) -> Iterator[str]:
        """The same for one question, letter by letter."""
        if len(question) >= self.shape.context:
            return
        with self.reading(question) as reading:
            for _ in range(len(question), self.shape.context):
                letter = self.alphabet[int(reading.logits_V.argmax())]
                yield letter
                if letter == self.end:
                    return
                reading.read(letter)

    @contextmanager
    def reading(self, text: str) -> Iterator[Reading]:
        """Read a text of at least one letter, within a `with`, and go on letter by letter.

        with writer.reading("21+3=") as reading:
            letter = writer.alphabet[reading.logits_V.argmax()]
            reading.read(letter)
        """
        if not self._ready(wait=False):
            yield _PlainReading(self.model, self.feed(), text)
            return
        streams = self._idle.pop() if self._idle else _Streams(self.weights, self.shape, len(self.alphabet))
        try:
            yield _CompiledReading(streams, self.feed(), text)
        finally:
            self._idle.append(streams)

    @cached_property
    def model(self) -> PlacedTransformer:
        """The model in PyTorch."""
        import torch

        from ..models.placed import PlacedTransformer
        from ..models.weights import load_weights

        model = PlacedTransformer(len(self.alphabet), (len(self.weights["embedding.weight"]),), self.shape)
        load_weights(model, {name: torch.from_numpy(np.array(value)) for name, value in self.weights.items()})
        return model.eval()

    def _many(self, streams: _Streams, questions: Sequence[str], waiting: Iterator[int]) -> Iterator[tuple[int, str]]:
        """Questions from `waiting` until there are none, with what was written."""
        at: dict[int, tuple[int, Feed, list[str], int]] = {}  # stream: question, feed, letters, position
        free = list(range(STREAMS))
        while True:
            while free and (place := next(waiting, None)) is not None:
                feed, question = self.feed(), questions[place]
                stream = free.pop()
                id = streams.begin([feed.read(letter) for letter in question], stream).argmax()
                at[stream] = place, feed, [self.alphabet[id]], len(question)
            if not at:
                return
            for stream, (place, _, letters, position) in list(at.items()):
                if letters[-1] == self.end or position >= self.shape.context:
                    yield place, "".join(letters)
                    del at[stream]
                    free.append(stream)
            if at:
                ids = [feed.read(letters[-1]) for _, feed, letters, _ in at.values()]
                found = streams.read(ids, [position for *_, position in at.values()], list(at), 0).argmax(-1)
                for (stream, (place, feed, letters, position)), id in zip(list(at.items()), found, strict=True):
                    letters.append(self.alphabet[id])
                    at[stream] = place, feed, letters, position + 1

    def _ready(self, *, wait: bool) -> bool:
        """Whether there is machine code. The first time on a machine it is made in the background; a few questions need not wait."""
        return self.compiled and load("decoding", wait=wait) is not None
