"""What chance gives: the probability of a count, and how many of many claims it makes.

Shapes: W words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .phrases import Ints

Floats = NDArray[np.float64]


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
