"""Counted sequences: as counted by hand, letter by letter, in dictionaries."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from mebuki.errors import TextError
from mebuki.evaluation.sequences import DISCOUNT, LONGEST, by_sequences


def by_hand(train: list[int], validation: list[int], vocabulary: int) -> list[float]:
    """The same formula, one token at a time."""
    single = Counter(train)
    follow: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for end in range(1, len(train)):
        for length in range(1, LONGEST):
            past = ([-1] * LONGEST + train[:end])[-length:]
            follow[tuple(past)][train[end]] += 1
    losses = []
    for longest in range(2, LONGEST + 1):
        surprise = 0.0
        for end in range(1, len(validation)):
            p = (single[validation[end]] + 1) / (len(train) + vocabulary)
            for length in range(1, longest):
                counts = follow.get(tuple(([-1] * LONGEST + validation[:end])[-length:]))
                if counts:
                    kinds, count = len(counts), counts[validation[end]]
                    p = (max(count - DISCOUNT, 0) + DISCOUNT * kinds * p) / counts.total()
            surprise -= math.log(p)
        losses.append(surprise / (len(validation) - 1))
    return losses


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_counting_by_hand_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = np.cumsum(rng.integers(0, 3, size=400)) % 6
    found = by_sequences(text[:300], text[300:], 8)
    assert found == pytest.approx(by_hand(text[:300].tolist(), text[300:].tolist(), 8), abs=1e-9)


def test_probabilities_of_all_that_may_come_add_up_to_one() -> None:
    """Each token in turn after the same past: the surprises of a distribution."""
    train = np.random.default_rng(0).integers(0, 5, size=200)
    for length in range(LONGEST - 1):
        pasts = [np.append(train[:4], token) for token in range(5)]
        last = [4 * by_sequences(train, past, 5)[length] for past in pasts]
        before = 3 * by_sequences(train, train[:4], 5)[length]
        assert sum(math.exp(before - surprise) for surprise in last) == pytest.approx(1)


def test_one_token_is_nothing_to_count() -> None:
    with pytest.raises(TextError, match="nothing to count"):
        by_sequences(np.arange(9), np.arange(1), 9)
