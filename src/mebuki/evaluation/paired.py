"""Two ways of doing something, each tried with the same seeds: by how much the second is lower, and how sure that is.

Differences are taken seed by seed. Their mean has the interval of Student (1908), "The probable error of a mean":
mean ± t · deviation / √n, with t of n - 1 degrees of freedom.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Paired:
    """What pairs of losses say.

    Attributes:
        pairs: how many there are.
        first, second: mean of each way.
        gain: by how much the second is lower, in the mean.
        deviation: of the differences, by n - 1; None: there is one pair.
        low, high: the gain lies between them with a confidence of 95%, if differences are spread as a bell is; None: one pair.
        better: in how many pairs the second is lower.
    """

    pairs: int
    first: float
    second: float
    gain: float
    deviation: float | None
    low: float | None
    high: float | None
    better: int


def paired(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Compare two ways, each of at least one finite number; those at one place belong together.

    >>> found = paired([1.50, 1.52, 1.51], [1.45, 1.48, 1.45])
    >>> round(found.gain, 3), round(found.low, 3), round(found.high, 3), found.better
    (0.05, 0.025, 0.075, 3)
    """
    differences = [one - two for one, two in zip(first, second, strict=True)]
    mean, number = statistics.fmean(differences), len(differences)
    deviation = half = None
    if number > 1:
        deviation = statistics.stdev(differences)
        half = student(number - 1) * deviation / math.sqrt(number)
    return Paired(
        pairs=number,
        first=statistics.fmean(first),
        second=statistics.fmean(second),
        gain=mean,
        deviation=deviation,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
        better=sum(difference > 0 for difference in differences),
    )


def student(freedom: int, inside: float = 0.95) -> float:
    """How many deviations to both sides hold a share of Student's distribution of 1, 2, … degrees of freedom.

    >>> [round(student(freedom), 3) for freedom in (1, 2, 3, 9, 100)]
    [12.706, 4.303, 3.182, 2.262, 1.984]
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _share(middle, freedom) < inside else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _share(angle: float, freedom: int) -> float:
    """The share between -t and t, where t = tan(angle) · √freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for power in range(1 + odd, freedom, 2):
        total += term
        term *= cosine**2 * power / (power + 1)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
