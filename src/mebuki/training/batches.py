"""Which windows of the text are learned from, and in which order: a pure function of seed and step.

Shapes: B batch, T window.

The text is cut into windows of T letters; an epoch visits each window once, in an order that is a keyed permutation
(a small Feistel network), so that a text of a billion letters is shuffled without a list of its windows. Where the
cuts fall moves from epoch to epoch. Nothing is remembered between steps, so a stopped training goes on exactly.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from ..errors import TextError
from ..text.ids import Readable


def derive(*parts: object) -> int:
    """A 63-bit seed from any parts, the same on every machine.

    >>> derive(0, "dropout", 7) == derive(0, "dropout", 7) != derive(0, "dropout", 8)
    True
    """
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "little") >> 1


def permute(indices: NDArray[np.int64], size: int, key: int) -> NDArray[np.int64]:
    """Where a keyed permutation of 0 … size - 1 sends `indices`: a Feistel network of four rounds, walked until it
    lands inside (Black & Rogaway 2002).

    >>> sorted(permute(np.arange(10), 10, key=3).tolist()) == list(range(10))
    True
    """
    half = max(1, (max(2, size) - 1).bit_length() + 1 >> 1)
    mask = np.uint64((1 << half) - 1)
    keys = np.random.default_rng(key).integers(1 << 32, size=4, dtype=np.uint64)
    places = indices.astype(np.uint64)
    outside = np.ones(len(places), dtype=bool)
    while outside.any():
        left, right = places[outside] >> np.uint64(half), places[outside] & mask
        for round_key in keys:
            mixed = (right + round_key) * np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
            left, right = right, left ^ ((mixed >> np.uint64(32)) & mask)
        places[outside] = (left << np.uint64(half)) | right
        outside = places >= np.uint64(size)
    return places.astype(np.int64)


class Batches:
    """Batches of windows and their next letters.

    Args:
        ids: the training split.
        context: T.
        batch: B.
        seed: of the order.

    Raises:
        TextError: fewer than T + 1 ids.
    """

    def __init__(self, ids: Readable, context: int, batch: int, seed: int) -> None:
        if len(ids) < context + 1:
            raise TextError(
                f"the text to learn from has {len(ids)} tokens, one window needs {context + 1}",
                allowed=f"a text longer than one window, or a window of at most {max(1, len(ids) - 1)}",
                hint=f"--context {max(1, (len(ids) - 1) // 4)}, or a longer text",
            )
        self.ids, self.context, self.batch, self.seed = ids, context, batch, seed
        self.per_epoch = max(1, (len(ids) - context) // context)  # an offset below T leaves so many whole windows

    def starts(self, number: int) -> NDArray[np.int64]:
        """Where the windows of batch `number` begin, [B]."""
        places = np.arange(number * self.batch, (number + 1) * self.batch)
        epochs, within = np.divmod(places, self.per_epoch)
        starts = np.empty_like(places)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            offset = derive(self.seed, "offset", int(epoch)) % min(self.context, len(self.ids) - self.context)
            order = permute(within[here], self.per_epoch, derive(self.seed, "order", int(epoch)))
            starts[here] = offset + order * self.context
        return starts

    def __call__(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Batch `number` (from 0): inputs [B, T] and what follows each of them [B, T]."""
        window = self.ids.windows(self.starts(number), self.context + 1)
        return window[:, :-1], window[:, 1:]
