"""The losses a model must beat: choosing blindly, by frequency, and by counted pairs. NumPy only."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from ..text.ids import Readable

CHUNK = 1 << 22
MOST = 50_000_000  # tokens counted; a longer text is known well enough by its first part
TABLE = 1 << 24  # entries of the table of pairs


@dataclass(frozen=True)
class Baselines:
    """Losses in nats a token on the validation split.

    Attributes:
        uniform: ln V, every token of the text as likely as any other; V counts the different tokens seen.
        unigram: by how often each was counted.
        bigram: by how often each followed the one before; None where the table would be too large.
    """

    uniform: float
    unigram: float
    bigram: float | None

    def to_dict(self) -> dict[str, float | None]:
        return asdict(self)


def baselines(train: Readable, validation: Readable, vocabulary: int) -> Baselines:
    """Count the training split and foretell the validation split.

    Unigrams add one to every count. A pair's probability is (count + a · unigram) / (count of the first + a), with
    a = 1: the smoothing of MacKay & Peto (1995).
    """
    single = np.ones(vocabulary)
    pairs = np.zeros(vocabulary**2, dtype=np.int32) if vocabulary**2 <= TABLE else None
    seen = np.zeros(vocabulary, dtype=bool)
    for first, second in _pairs(train):
        single += np.bincount(second, minlength=vocabulary)
        seen[second] = True
        if pairs is not None:
            keys, counts = np.unique(first * vocabulary + second, return_counts=True)
            pairs[keys] += counts.astype(np.int32)
    unigram = single / single.sum()
    before = pairs.reshape(vocabulary, vocabulary).sum(1) if pairs is not None else None
    by_one = by_two = tokens = 0.0
    for first, second in _pairs(validation):
        seen[second] = True
        tokens += len(second)
        by_one -= np.log(unigram[second]).sum()
        if pairs is not None and before is not None:
            p = (pairs[first * vocabulary + second] + unigram[second]) / (before[first] + 1)
            by_two -= np.log(p).sum()
    bigram = float(by_two / tokens) if pairs is not None else None
    return Baselines(math.log(max(1, int(seen.sum()))), float(by_one / tokens), bigram)


def _pairs(ids: Readable):
    """Each token with the next, in chunks."""
    size = min(len(ids), MOST)
    for start in range(0, size - 1, CHUNK):
        part = np.asarray(ids[start : min(size, start + CHUNK + 1)], dtype=np.int64)
        yield part[:-1], part[1:]
