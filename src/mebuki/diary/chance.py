"""What chance gives: likelihood ratios, probabilities of counts, and how many of all claims may be wrong.

A word that stands in k entries of one kind and in a of another is compared by the share of the first kind, s = n / (n + m): by chance, k
of k + a are drawn with that share.

Shapes: W words, T thresholds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEW = 80  # occurrences up to which counts are gone through one by one; beyond, a probability is as good as continuous


def likelihood_ratio(count: Floats, expected: Floats) -> Floats:
    """2 ln λ of counts against what chance gives, as Poisson counts (Dunning 1993); 0 where there are fewer than that.

    >>> likelihood_ratio(np.array([8.0, 1.0]), np.array([1.0, 2.0])).round(2).tolist()
    [19.27, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2 * (count * np.log(count / expected) - (count - expected))
    return np.where(count > expected, found, 0.0)


def ratio_of_two(count: Floats, other: Floats, share: float) -> Floats:
    """2 ln λ of counts in two kinds of entries against one rate for both; 0 where the first has no higher one.

    >>> ratio_of_two(np.array([8.0, 1.0]), np.array([0.0, 30.0]), 0.5).round(2).tolist()
    [11.09, 0.0]
    """
    both = count + other
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.where(count > 0, count * np.log(count / (both * share)), 0.0)
        two = np.where(other > 0, other * np.log(other / (both * (1 - share))), 0.0)
    return np.where(count > both * share, 2 * (one + two), 0.0)


def so_many(count: Ints, other: Floats, share: float) -> Floats:
    """The probability that `count` or more of all occurrences are of the first kind; 1 where that is not more than their share.

    The tail of the binomial distribution, as that of the negative one, which holds for parts of an occurrence too; for a share above a
    half, parts are rounded up. It is summed itself: 1 minus all else would be rounded away.

    >>> so_many(np.array([3, 1, 8]), np.array([0.0, 5.0, 0.0]), 0.5).tolist()
    [0.125, 1.0, 0.00390625]
    """
    more = count > (count + other) * share
    total = _above(count, other, share, more) if share <= 0.5 else _below(count, np.ceil(other - 1e-9), share, more)
    return np.where(more, np.minimum(total, 1.0), 1.0)


def _ways(count: Floats, other: Floats) -> Floats:
    """Logarithms of how many orders so many of each can come in."""
    pairs = zip(count.tolist(), other.tolist(), strict=True)
    return np.array([math.lgamma(k + a + 1) - math.lgamma(a + 1) - math.lgamma(k + 1) for k, a in pairs])


def _above(count: Ints, other: Floats, share: float, more: NDArray[np.bool_]) -> Floats:
    n = count.astype(float)
    term = np.where(more, np.exp(_ways(n, other) + n * math.log(share) + (other + 1) * math.log1p(-share)), 0.0)
    total = term
    while (term > 1e-16 * total).any():
        term = term * share * (n + other + 1) / (n + 1)
        n, total = n + 1, total + term
    return total


def _below(count: Ints, other: Floats, share: float, more: NDArray[np.bool_]) -> Floats:
    """For a large share, where the tail is long but there are few of the other kind: over how many of these there are."""
    term = np.where(more, np.exp((count + other) * math.log(share)), 0.0)
    total, n = term, 0
    while n < other[more].max(initial=0.0):
        term = np.where(n < other, term * (count + other - n) / (n + 1) * (1 - share) / share, 0.0)
        n, total = n + 1, total + term
    return total


def at_least(found: Ints, of: Ints, share: float) -> Floats:
    """The probability that so many or more of so many fall into a part that each falls into with this probability, by itself.

    Of two Poisson rates that are alike, seen for times in the proportion share : 1 - share, this is the exact test on the first count,
    the sum of both given (Przyborowski & Wilenski 1940).

    Args:
        found, of: [W], 0 <= found <= of.
        share: between 0 and 1.

    >>> at_least(np.array([3, 2, 0]), np.array([3, 3, 3]), 0.5).round(4).tolist()
    [0.125, 0.5, 1.0]
    """
    if not len(of) or share <= 0 or share >= 1:
        return np.where((found <= 0) | (share >= 1), 1.0, 0.0)
    factorial = np.cumsum(np.log(np.maximum(np.arange(int(of.max()) + 1), 1)))  # logs
    result = np.empty(len(of))
    order = np.argsort(of, kind="stable")
    sizes, first = np.unique(of[order], return_index=True)
    for size, these in zip(sizes.tolist(), np.split(order, first[1:]), strict=True):
        n = np.arange(size + 1)
        logs = factorial[size] - factorial[: size + 1] - factorial[size::-1]
        each = np.exp(logs + n * np.log(share) + (size - n) * np.log1p(-share))
        tail = np.cumsum(each[::-1])[::-1]  # from the small ones on, which would be rounded away
        result[these] = np.minimum(tail[found[these]], 1.0)
    return result


def of_a_ratio(ratio: Floats) -> Floats:
    """The probability of a likelihood ratio so large or larger, of one degree of freedom in one direction; 1 where it is 0.

    >>> of_a_ratio(np.array([0.0, 2.706])).round(3).tolist()
    [1.0, 0.05]
    """
    found = np.array([math.erfc(math.sqrt(max(0.0, one) / 2)) / 2 for one in ratio.tolist()])
    return np.where(ratio > 0, found, 1.0)


def share_wrong(p: Floats, tried: int = 0) -> Floats:
    """q-values: the share of wrong ones among all claims that are as sure as each (Benjamini and Hochberg 1995).

    Args:
        p: [W], their probabilities by chance.
        tried: how many were tried, if these are only the likeliest of them.

    >>> share_wrong(np.array([0.001, 0.04, 0.02]), 10).round(3).tolist()
    [0.01, 0.133, 0.1]
    """
    order = np.argsort(p, kind="stable")
    q = p[order] * max(tried, len(p)) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, np.minimum.accumulate(q[::-1])[::-1])
    return found


def together(one: Floats, other: Floats) -> Floats:
    """The probability of two independent findings at once (Fisher 1925).

    >>> together(np.array([0.01, 1.0]), np.array([0.01, 0.05])).round(5).tolist()
    [0.00102, 0.19979]
    """
    product = np.maximum(one * other, 1e-300)
    return np.minimum(1.0, product * (1 - np.log(product)))


def _product(p: Floats) -> Floats:
    """The product of two findings that has the probability p `together`: the inverse of p = x (1 − ln x)."""
    low, high = np.full_like(p, -700.0), np.zeros_like(p)
    for _ in range(60):
        middle = (low + high) / 2
        less = np.exp(middle) * (1 - middle) < p
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.exp(low)


def by_chance(p: Floats, occurrences: Ints, share: float, least: int) -> Floats:
    """How many words would come to a probability of p or less by chance alone, [T].

    A word that is rare can hardly come to a small one: counts are whole numbers, and fewer than `least` are no finding. Each word adds
    the probability that is in its reach (Heyse 2011), where the classic bound has p for all of them.

    Args:
        p: [T], thresholds, of two findings `together`: a count, and one that is continuous where it says anything.
        occurrences: [W], of each word in both kinds of entries.
        share: of the first kind.
        least: the smallest count that is a finding.

    >>> by_chance(np.array([1e-4]), np.array([5] * 1000), 0.05, 3).round(4).tolist(), 1000 * 1e-4
    ([0.0157], 0.1)
    """
    many = int((occurrences > _FEW).sum())
    words = np.bincount(occurrences[occurrences <= _FEW], minlength=_FEW + 1).astype(float)
    of, counts = np.arange(_FEW + 1)[:, None], np.arange(_FEW + 1)
    ways = _FACTORIALS[of] - _FACTORIALS[counts] - _FACTORIALS[np.abs(of - counts)]
    drawn = np.where(counts <= of, np.exp(ways + counts * math.log(share) + (of - counts) * math.log1p(-share)), 0.0)
    tails = np.maximum(np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1], 1e-300)
    drawn, tails = (drawn * words[:, None])[:, least:].ravel(), tails[:, least:].ravel()
    kept = drawn > 0
    reach = _product(p)[:, None] / tails[kept]  # what the other finding has to come to
    return np.where(reach >= 1, 1.0, np.minimum(reach, 0.5)) @ drawn[kept] + many * p


_FACTORIALS = np.array([math.lgamma(n + 1) for n in range(_FEW + 1)])


def share_wrong_in_reach(p: Floats, occurrences: Ints, share: float, least: int) -> Floats:
    """The share of wrong ones among all claims as sure as each, where counts can come to some probabilities only: `by_chance` by what was found.

    Args:
        p: [T], of the words looked at.
        occurrences, share, least: of all words, as in `by_chance`.

    >>> share_wrong_in_reach(np.array([1e-9, 0.4, 1e-4]), np.full(200, 10), 0.05, 3).round(4).tolist()
    [0.0, 1.0, 0.0025]
    """
    order = np.argsort(p, kind="stable")
    q, small = np.ones(len(p)), p[order] < 0.1
    q[small] = by_chance(p[order][small], occurrences, share, least) / (np.flatnonzero(small) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, np.minimum.accumulate(q[::-1])[::-1])
    return found
