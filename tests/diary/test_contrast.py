"""Log-odds: what Monroe's formula gives, what stays the same, and what noise gives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mebuki.diary.contrast import of_groups

COUNTS = np.random.default_rng(0).integers(0, 40, (4, 9))


def test_the_formula() -> None:
    """Equations 15, 16, 18 and 22 of Monroe, Colaresi and Quinn, for one word of one group, with numbers alone."""
    prior = np.linspace(0.5, 4, 9)
    y, n, a, a0 = COUNTS[2, 5], COUNTS[2].sum(), prior[5], prior.sum()
    rest, m = COUNTS[:, 5].sum() - y, COUNTS.sum() - n
    delta = math.log((y + a) / (n + a0 - y - a)) - math.log((rest + a) / (m + a0 - rest - a))
    expected = delta / math.sqrt(1 / (y + a) + 1 / (rest + a))
    assert of_groups(COUNTS, prior)[2, 5] == pytest.approx(expected)


def test_two_groups_mirror_each_other() -> None:
    one, other = of_groups(COUNTS[:2])
    assert one == pytest.approx(-other)
    assert np.abs(one).max() > 1


def test_the_order_of_words_and_groups_is_all_the_same() -> None:
    rng = np.random.default_rng(1)
    rows, columns = rng.permutation(4), rng.permutation(9)
    assert of_groups(COUNTS[rows][:, columns]) == pytest.approx(of_groups(COUNTS)[rows][:, columns])


def test_equal_shares_mark_nothing() -> None:
    counts = np.outer([1, 2, 5], [3, 10, 40])
    assert of_groups(counts) == pytest.approx(np.zeros((3, 3)), abs=1e-12)


def test_the_more_texts_are_lent_the_less_is_said() -> None:
    by_loan = [np.abs(of_groups(COUNTS, COUNTS.sum(0) * loan)).sum() for loan in (0.01, 0.1, 1, 10)]
    assert by_loan == sorted(by_loan, reverse=True)


def test_what_stands_nowhere_has_none() -> None:
    counts = COUNTS.copy()
    counts[:, 3] = 0
    assert (of_groups(counts)[:, 3] == 0).all()
    assert (of_groups(np.zeros((3, 2))) == 0).all()
    assert of_groups(np.zeros((2, 0))).shape == (2, 0)


def test_noise_marks_few_words_out() -> None:
    """Of words drawn alike in all groups, fewer than the normal distribution's 1 in 40 are above 1.96."""
    rng = np.random.default_rng(2)
    shares = rng.dirichlet(np.full(300, 0.3))
    z = of_groups(rng.multinomial(2000, shares, 8))
    assert (z > 1.96).mean() < 0.025
    assert z.std() < 1
