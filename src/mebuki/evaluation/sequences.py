"""How well counted sequences foretell a text: the losses of n-grams of two to six tokens. NumPy only.

The probability of a token after its last n - 1 is (count - d + d · kinds · shorter) / total, where `count` is how often it
followed them, `kinds` how many different tokens did, `total` how often they came, `shorter` the probability after one
token fewer, and d = 0.8: absolute discounting (Ney, Essen & Kneser 1994). Sequences are told apart by a hash of 64 bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import TextError
from ..text.ids import Readable

LONGEST = 6
DISCOUNT = 0.8
MOST, MOST_READ = 2_000_000, 200_000  # tokens counted, and foretold; about five seconds

Hashes = NDArray[np.uint64]


def by_sequences(train: Readable, validation: Readable, vocabulary: int) -> list[float]:
    """The losses in nats a token on the validation split, of sequences of 2, 3 … 6 tokens.

    Args:
        train: what is counted, its first 2,000,000 tokens.
        validation: what is foretold, its first 200,000.

    Raises:
        TextError: fewer than two tokens in one of them.

    >>> text = np.arange(1000) % 7
    >>> max(by_sequences(text, text, 7)) < 0.01
    True
    """
    if min(len(train), len(validation)) < 2:
        raise TextError("there is nothing to count", allowed="at least 2 tokens to learn from, and 2 to test on")
    seen, read = (np.asarray(ids[: min(len(ids), most)]) for ids, most in ((train, MOST), (validation, MOST_READ)))
    single = np.bincount(seen, minlength=vocabulary) + 1.0
    probability = (single / single.sum())[read[1:]]
    losses = []
    for length in range(2, LONGEST + 1):
        probability = _longer(_hashes(seen, length), _hashes(read, length), probability)
        losses.append(-float(np.log(probability).mean()))
    return losses


def _longer(
    seen: tuple[Hashes, Hashes], read: tuple[Hashes, Hashes], shorter: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The probability of what came, after one token more."""
    (before, whole), (read_before, read_whole) = seen, read
    sequences, first, counts = np.unique(whole, return_index=True, return_counts=True)
    count = _count(sequences, counts, read_whole)
    total = _count(*np.unique(before, return_counts=True), read_before)
    kinds = _count(*np.unique(before[first], return_counts=True), read_before)
    known = (np.maximum(count - DISCOUNT, 0) + DISCOUNT * kinds * shorter) / np.maximum(total, 1)
    return np.where(total > 0, known, shorter)


def _hashes(ids: NDArray[np.integer], length: int) -> tuple[Hashes, Hashes]:
    """Of each token from the second on: the sequence before it, and the one that ends with it; shorter at the beginning."""
    padded = np.concatenate([np.zeros(length - 2, np.uint64), ids.astype(np.uint64) + np.uint64(1)])
    before = np.zeros(len(ids) - 1, np.uint64)
    for place in range(length - 1):
        before = _mix(before, padded[place : place + len(before)])
    return before, _mix(before, padded[length - 1 :])


def _mix(hashes: Hashes, ids: Hashes) -> Hashes:
    mixed = (hashes ^ ids) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(29))


def _count(known: Hashes, counts: NDArray[np.integer], wanted: Hashes) -> NDArray[np.integer]:
    """The counts of the wanted hashes, 0 for those that are not known."""
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[places] == wanted, counts[places], 0)
