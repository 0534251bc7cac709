"""When a word was written of much more than else: bursts, by Kleinberg's automaton (2002), and how likely chance makes such a one.

Between two entries with a word lies a gap. Gaps are measured in what was written in them, not in days, so that neither a holiday without
entries nor a month of long ones is a burst. An automaton makes the gaps: in state i they have an exponential distribution whose rate is the
word's own rate over the whole diary times 2 to the power of i. Going up from state i to state j costs (j − i) ln n, for n entries with the
word; going down is free. The cheapest way through all gaps is found exactly, from the front to the back (Viterbi 1967). Where its state is
1 or more, there is a burst.

The automaton only says where one would be. What it is worth is another question: k of a word's n entries stand within a share w of all that
was written. For the n - 1 others behind the first of them, chance gives k - 1 or more a binomial probability; any of the n may be the first,
and k may be of any size, in about log₂ n steps that differ. So n log₂ n times that probability is a bound (Naus 1965 has the exact one for
one k): for a word at a steady rate, the bound is below p at most in a share p of diaries.

Shapes: n entries with a word, K states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chance import Floats, at_least

RATIO = 2.0  # of the rates of a state and the one below
COST = 1.0  # of going up by a state, times ln n
STATES = 8  # at most: 128 times the usual rate
STEPS = 256  # at most, of the way through a word's gaps: of a word with more of them, several count as one
LEAST = 3  # entries in a burst


@dataclass(frozen=True)
class Burst:
    """A part of the diary with much of a word.

    Attributes:
        first, last: the entries it goes from and to, as numbers among those that hold the word.
        level: the highest state in it: about how often the word's usual rate was doubled.
        p: a bound on the probability that a word at a steady rate has a burst as sure as this anywhere.
    """

    first: int
    last: int
    level: int
    p: float


def bursts(at: Floats, whole: float, *, ratio: float = RATIO, cost: float = COST) -> list[Burst]:
    """The bursts of a word, in the order of time.

    Args:
        at: [n], where it stands, ascending, from 0 to `whole`.
        whole: how long all of it is, in the same unit.
        ratio: of the rates of a state and the one below, above 1.
        cost: of going up by a state, times ln n; above 0.

    >>> [(burst.first, burst.last) for burst in bursts(np.array([5.0, 300, 302, 303, 305, 306, 640, 900]), 1000.0)]
    [(1, 5)]
    """
    n = len(at)
    if n < LEAST:
        return []
    together = max(1, math.ceil((n - 1) / STEPS))  # gaps that count as one
    ends = np.append(np.arange(0, n - 1, together), n - 1)
    states = _states(np.diff(at[ends]), np.diff(ends), n / whole, ratio, cost * math.log(n))
    up = np.flatnonzero(np.diff(np.concatenate([[0], states > 0, [0]])))
    found: list[Burst] = []
    for low, high in zip(up[::2].tolist(), up[1::2].tolist(), strict=True):
        first, last = int(ends[low]), int(ends[high])
        if last - first + 1 >= LEAST:
            p = _bound(last - first + 1, n, float(at[last] - at[first]) / whole)
            found.append(Burst(first, last, int(states[low:high].max()), p))
    return found


def _states(length: Floats, gaps: NDArray[np.int64], rate: float, ratio: float, cost: float) -> NDArray[np.int64]:
    """The cheapest way: of each step, its state.

    Args:
        length: of each step.
        gaps: of how many gaps each step is made.
        rate: of state 0.
    """
    densest = (gaps / np.maximum(length, 1e-12)).max()
    count = int(np.clip(math.ceil(math.log(max(densest / rate, 1.0)) / math.log(ratio)) + 1, 2, STATES))
    rates = rate * ratio ** np.arange(count)
    costs = np.outer(length, rates) - np.outer(gaps, np.log(rates))
    rise = cost * np.maximum(0, np.arange(count)[None, :] - np.arange(count)[:, None])
    best = rise[0] + costs[0]
    came_from = np.zeros((len(costs), count), np.int64)
    every = np.arange(count)
    for step in range(1, len(costs)):
        ways = best[:, None] + rise
        came_from[step] = ways.argmin(0)
        best = ways[came_from[step], every] + costs[step]
    states = np.zeros(len(costs), np.int64)
    states[-1] = best.argmin()
    for step in range(len(costs) - 1, 0, -1):
        states[step - 1] = came_from[step, states[step]]
    return states


def _bound(k: int, n: int, share: float) -> float:
    """Of n places, k within this share of the whole: a bound on how likely chance does that or better."""
    return min(1.0, n * math.log2(n) * float(at_least(np.array([k - 1]), np.array([n - 1]), share)[0]))
