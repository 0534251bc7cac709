"""Probabilities of counts, shares of wrong claims, log-odds: against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.diary.chance import at_least, share_wrong
from mebuki.diary.contrast import log_odds, prior


@pytest.mark.parametrize("share", [0.01, 0.125, 0.5, 0.9])
def test_so_many_or_more_by_the_definition(share: float) -> None:
    of = np.repeat(np.arange(0, 13), 13)
    found = np.minimum(np.tile(np.arange(0, 13), 13), of)
    wanted = [
        sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(x, n + 1))
        for x, n in zip(found.tolist(), of.tolist(), strict=True)
    ]
    assert at_least(found, of, share) == pytest.approx(wanted, rel=1e-9)


def test_what_is_hardly_possible_is_not_rounded_away() -> None:
    assert at_least(np.array([300]), np.array([300]), 0.01)[0] == pytest.approx(0.0, abs=1e-250)
    assert at_least(np.array([40, 0]), np.array([40, 40]), 0.01) == pytest.approx([1e-80, 1.0], rel=1e-9)
    assert at_least(np.array([1, 0]), np.array([2, 2]), 0.0).tolist() == [0.0, 1.0]
    assert at_least(np.array([2, 0]), np.array([2, 2]), 1.0).tolist() == [1.0, 1.0]
    assert at_least(np.array([10]), np.array([5000]), 0.5) == pytest.approx(
        [1.0]
    )  # its first terms are no numbers above 0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 50), st.floats(0.001, 0.999))
def test_claims_up_to_a_q_are_those_of_the_procedure(p: list[float], more: int, level: float) -> None:
    """Benjamini and Hochberg claim the k likeliest, k the largest with p(k) <= k/m level."""
    tried, given_p = len(p) + more, np.array(p)
    ordered = sorted(p)
    largest = max((k for k in range(1, len(p) + 1) if ordered[k - 1] * tried / k <= level), default=0)
    q = share_wrong(given_p, tried)
    assert (q >= given_p * (1 - 1e-12)).all()
    assert (np.diff(q[np.argsort(given_p, kind="stable")]) >= 0).all()
    assert (q <= level).sum() == sum(one <= ordered[largest - 1] for one in p) if largest else not (q <= level).any()


counts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.01, 20)), min_size=2, max_size=12)


@settings(deadline=None)
@given(counts)
def test_log_odds_change_their_sign_with_the_sides(rows: list[tuple[int, int, float]]) -> None:
    one, other, before = (np.array(column, float) for column in zip(*rows, strict=True))
    ratio, z = log_odds(one, other, before)
    assert [-part for part in log_odds(other, one, before)] == [pytest.approx(ratio), pytest.approx(z)]
    assert log_odds(one, one, before)[0] == pytest.approx(np.zeros(len(rows)))
    assert (np.sign(ratio) == np.sign(z)).all()


def test_log_odds_by_the_formula() -> None:
    one, other, before = np.array([12, 3, 40]), np.array([4, 9, 51]), np.array([2.0, 1.0, 6.0])
    ratio, z = log_odds(one, other, before)
    for w in range(3):
        mine = (one[w] + before[w]) / (one.sum() + before.sum() - one[w] - before[w])
        yours = (other[w] + before[w]) / (other.sum() + before.sum() - other[w] - before[w])
        assert ratio[w] == pytest.approx(math.log(mine) - math.log(yours))
        assert z[w] == pytest.approx(ratio[w] / math.sqrt(1 / (one[w] + before[w]) + 1 / (other[w] + before[w])))


def test_a_prior_is_in_proportion_and_draws_to_nought() -> None:
    every = np.array([60, 30, 10, 0])
    assert prior(every, 20.0) == pytest.approx([12, 6, 2, 0])
    one, other = np.array([3, 1, 1, 0]), np.array([10, 12, 1, 0])
    sizes = [np.abs(log_odds(one, other, prior(every, weight))[0]).sum() for weight in (1, 10, 100, 1000)]
    assert sizes == sorted(sizes, reverse=True)
    assert log_odds(one, other, prior(every, 10.0))[1][3] == 0
    assert prior(np.zeros(3), 5.0).tolist() == [0, 0, 0]
