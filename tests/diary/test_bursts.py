"""Bursts: the cheapest way is found, planted ones are found where they are, and a steady word has them as seldom as is said."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from mebuki.diary.bursts import STEPS, _states, bursts

WHOLE = 1000.0


def steady(seed: int, n: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).uniform(0, WHOLE, n))


def planted(seed: int, around: int, inside: int, start: float, width: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.sort(np.concatenate([rng.uniform(0, WHOLE, around), rng.uniform(start, start + width, inside)]))


@pytest.mark.parametrize("cost", [0.0, 0.3, 2.0])
def test_the_cheapest_way_is_found(cost: float) -> None:
    """Against all ways through four steps, one after another."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        length, gaps = rng.exponential(20, 4) * rng.choice([0.2, 1], 4), rng.integers(1, 4, 4)
        found = _states(length, gaps, 1 / 20, 2.0, cost)
        rates = 2.0 ** np.arange(8) / 20

        def price(way: tuple[int, ...], length=length, gaps=gaps, rates=rates) -> float:
            emitted = sum(rates[i] * x - k * math.log(rates[i]) for i, x, k in zip(way, length, gaps, strict=True))
            return emitted + cost * sum(max(0, b - a) for a, b in itertools.pairwise((0, *way)))

        states = range(min(8, int(found.max()) + 2))
        best = min(price(way) for way in itertools.product(states, repeat=4))
        assert price(tuple(found.tolist())) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("around", "inside"), [(20, 14), (5, 8), (STEPS * 2, 120)])
def test_a_planted_burst_is_found_where_it_is(seed: int, around: int, inside: int) -> None:
    at = planted(seed, around, inside, 430, 40)
    best = min(bursts(at, WHOLE), key=lambda burst: burst.p)
    assert best.p < 1e-3
    low, high = at[best.first], at[best.last]
    within = ((at >= low) & (at <= high) & (at >= 430) & (at <= 470)).sum()
    assert within >= 0.8 * ((at >= 430) & (at <= 470)).sum()
    assert 340 < low < 440 < 445 < high < 520  # a stray one nearby may belong to it


@pytest.mark.parametrize("n", [4, 8, 25, 80])
def test_a_steady_word_has_none(n: int) -> None:
    """The bound holds: p or less in at most a share p of diaries."""
    trials = 400
    best = np.array([min((burst.p for burst in bursts(steady(seed, n), WHOLE)), default=1.0) for seed in range(trials)])
    for p in (0.3, 0.1, 0.03, 0.01):
        allowed = p * trials + 2.5 * math.sqrt(p * trials)
        assert (best <= p).sum() <= allowed
    assert (best <= 1e-4).sum() == 0


def test_the_unit_is_all_the_same() -> None:
    at = planted(3, 20, 14, 430, 40)
    found, scaled = bursts(at, WHOLE), bursts(at * 7, WHOLE * 7)
    assert found
    assert [(one.first, one.last, one.level) for one in found] == [(one.first, one.last, one.level) for one in scaled]
    assert [one.p for one in found] == pytest.approx([one.p for one in scaled])


def test_dearer_rises_make_fewer_bursts() -> None:
    at = planted(5, 60, 25, 700, 60)
    counts = [len(bursts(at, WHOLE, cost=cost)) for cost in (0.05, 0.3, 1, 4)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2] == 1


def test_too_few_for_a_burst() -> None:
    assert bursts(np.array([]), WHOLE) == bursts(np.array([4.0, 5]), WHOLE) == []
    assert len(bursts(np.array([4.0, 4, 4]), WHOLE)) == 1  # of one place, where an entry holds next to nothing
