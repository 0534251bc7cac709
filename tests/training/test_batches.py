"""Which windows are learned from: a pure function of seed and number, each window once in an epoch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mebuki.errors import TextError
from mebuki.training.batches import Batches, derive, permute


class Numbers:
    """A text whose ids are their own places."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def windows(self, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        assert starts.min() >= 0
        assert starts.max() + length <= self.size, "a window reaches beyond the text"
        return starts[:, None] + np.arange(length)


@settings(max_examples=100, deadline=None)
@given(size=st.integers(1, 3000), key=st.integers(0, 2**63 - 1))
def test_permute_is_a_permutation(size: int, key: int) -> None:
    assert np.array_equal(np.sort(permute(np.arange(size), size, key)), np.arange(size))


@given(size=st.integers(1, 2**40), key=st.integers(0, 2**63 - 1), places=st.lists(st.integers(0, 2**40), max_size=20))
@settings(max_examples=50, deadline=None)
def test_permute_stays_inside_large_sizes(size: int, key: int, places: list[int]) -> None:
    """A billion windows need no list: places are sent one by one, different ones to different places."""
    inside = np.unique(np.array([place % size for place in places], dtype=np.int64))
    sent = permute(inside, size, key)
    assert ((sent >= 0) & (sent < size)).all()
    assert len(np.unique(sent)) == len(inside)


def test_permute_mixes() -> None:
    """Different keys give different orders, and none leaves neighbours together."""
    one, two = (permute(np.arange(1000), 1000, key) for key in (1, 2))
    assert (one == two).mean() < 0.02
    assert (np.abs(np.diff(one)) == 1).mean() < 0.02


@settings(max_examples=60, deadline=None)
@given(size=st.integers(2, 200), context=st.integers(1, 20), batch=st.integers(1, 9), seed=st.integers(0, 2**62))
def test_an_epoch_visits_each_window_once(size: int, context: int, batch: int, seed: int) -> None:
    """The windows of one epoch do not overlap, and there are as many as the text holds, wherever the cuts fall."""
    if size < context + 1:
        return
    batches = Batches(Numbers(size), context, batch, seed)
    windows = batches.per_epoch
    assert windows == max(1, (size - context) // context)
    starts = np.concatenate([batches.starts(number) for number in range(-(-3 * windows // batch))])
    for epoch in range(3):
        here = np.sort(starts[epoch * windows : (epoch + 1) * windows])
        assert (np.diff(here) == context).all()
        assert 0 <= here[0] < context


@settings(max_examples=30, deadline=None)
@given(number=st.integers(0, 10**9), seed=st.integers(0, 2**62))
def test_a_batch_depends_on_seed_and_number_alone(number: int, seed: int) -> None:
    asked_before, fresh = (Batches(Numbers(500), 7, 4, seed) for _ in range(2))
    for other in range(5):
        asked_before(other)
    for mine, expected in zip(asked_before(number), fresh(number), strict=True):
        assert np.array_equal(mine, expected)


def test_a_batch_holds_inputs_and_what_follows_them() -> None:
    x, y = Batches(Numbers(100), 9, 5, seed=0)(3)
    assert tuple(x.shape) == tuple(y.shape) == (5, 9)
    assert (y == x + 1).all()
    assert (x[:, 1:] == y[:, :-1]).all()


def test_other_seeds_give_other_orders() -> None:
    """Not only other cuts."""
    one, two = (Batches(Numbers(1000), 10, 99, seed).starts(0) for seed in (0, 1))
    assert ((one - one.min() == two - two.min()).mean()) < 0.1


def test_cuts_move_from_epoch_to_epoch() -> None:
    batches = Batches(Numbers(1000), 10, 1, seed=0)
    offsets = {int(batches.starts(epoch * batches.per_epoch)[0]) % 10 for epoch in range(30)}
    assert len(offsets) > 5


def test_large_batches_are_two_small_ones() -> None:
    """So that accumulation learns from the same windows as one batch would."""
    small, large = (Batches(Numbers(300), 7, batch, seed=4) for batch in (3, 6))
    assert np.array_equal(np.concatenate([small.starts(10), small.starts(11)]), large.starts(5))


@pytest.mark.parametrize("size", [1, 5, 10])
def test_a_text_shorter_than_a_window_is_refused(size: int) -> None:
    with pytest.raises(TextError, match=f"has {size} tokens, one window needs 11(.|\n)*--context"):
        Batches(Numbers(size), 10, 2, 0)


def test_a_text_of_one_window_is_enough() -> None:
    x, y = Batches(Numbers(11), 10, 3, 0)(7)
    assert x[0].tolist() == list(range(10))
    assert y[0].tolist() == list(range(1, 11))


def test_derived_seeds_fit_everywhere_and_differ() -> None:
    seeds = [derive(0, "dropout", step) for step in range(1000)] + [derive(1, "dropout", 0), derive(0, "order", 0)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derive(0, "weights") == 2934036865011653446  # the same on every machine, so that runs stay the same
