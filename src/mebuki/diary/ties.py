"""Which words a word is tied to: counted, tested against chance, with the days that prove it.

Evidence for a tie is of two kinds, and adds up. First, the two stand in the same entries more often than chance would have it. Chance is
taken day by day: for each entry with the one, how often the other stands in the entries around it, that entry left out, so that words that
were both popular in one spring are not tied by it. Second, in the entries that hold both they stand closer, in one sentence or in
neighbours, than their places would have it. Both are likelihood ratios (Dunning 1993), and their sum is the strength.

A tie is claimed where both kinds have a probability (of Poisson counts; of the ratio; together as in Fisher 1925) that, among all words
tried, lets one claim in a hundred be wrong at most (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .index import Index
from .phrases import Ints, likelihood_ratio

WRONG = 0.01  # share of claims that may be
TOGETHER = 2  # entries that must hold both, for a tie to be shown
CANDIDATES = 400  # words looked at closely
AROUND = 20  # entries on each side, in which the rate of a word is taken
WHOLE = 20  # entries that the rate in the whole diary counts for beside those
CLAIMED = 3  # entries that must hold both, for a tie to be claimed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tie:
    """A word tied to another.

    Attributes:
        word: its number in the index.
        strength: twice the log likelihood ratio, in nats.
        q: the share of wrong ones among all claims that are as sure as this one.
        claimed: whether the program says that they are tied.
        entries: those that hold both, by number in the index.
    """

    word: int
    strength: float
    q: float
    claimed: bool
    entries: Ints


def ties(index: Index, word: int, chosen: Ints | None = None) -> list[Tie]:
    """Words tied to a word, the strongest first.

    Args:
        chosen: entries to look at, by number; None: all.
    """
    with_it = index.entries_with(word)
    if chosen is not None:
        with_it = np.intersect1d(with_it, chosen)
    if not len(with_it):
        return []
    both = index.words_in(with_it).astype(float)
    size = len(index) if chosen is None else len(chosen)
    of_all = index.entries_of if chosen is None else index.words_in(chosen)
    meeting = likelihood_ratio(both, np.maximum(len(with_it) * of_all / size, 1e-9))
    meeting[word] = 0
    meeting[both < TOGETHER] = 0
    looked = np.argsort(-meeting, kind="stable")[:CANDIDATES]
    looked = looked[meeting[looked] > 0]
    if not len(looked):
        return []
    expected = np.array([_expected(index, with_it, int(other)) for other in looked])
    close = _closeness(index, word, looked, with_it)
    strength = likelihood_ratio(both[looked], expected) + close
    often = [_chance(mean, int(both[other])) for mean, other in zip(expected, looked, strict=True)]
    p = np.array([_together(one, math.erfc(math.sqrt(ratio / 2)) / 2) for one, ratio in zip(often, close, strict=True)])
    q = _share_wrong(p, int((both > 0).sum()))
    order = np.argsort(-strength, kind="stable")
    found = []
    for place in order.tolist():
        other = int(looked[place])
        entries = np.intersect1d(with_it, index.entries_with(other), assume_unique=True)
        claimed = bool(q[place] <= WRONG and both[other] >= CLAIMED)
        found.append(Tie(other, float(strength[place]), float(q[place]), claimed, entries))
    return found


def _expected(index: Index, entries: Ints, other: int) -> float:
    """In how many of these entries a word would stand by chance, as it stands in those around each."""
    holds = index.entries_with(other)
    low, high = np.maximum(entries - AROUND, 0), np.minimum(entries + AROUND + 1, len(index))
    itself = np.isin(entries, holds, assume_unique=True)
    near = np.searchsorted(holds, high) - np.searchsorted(holds, low) - itself
    rate = (len(holds) - itself) / max(1, len(index) - 1)
    return float(max(1e-9, ((near + WHOLE * rate) / (high - low - 1 + WHOLE)).sum()))


def _closeness(index: Index, word: int, others: Ints, entries: Ints) -> Floats:
    """Twice the log likelihood ratio of how often each of the others stands beside the word, in the entries that hold both."""
    place = np.full(len(index.keys), -1)
    place[others] = np.arange(len(others))
    near, chance, together = (np.zeros(len(others)) for _ in range(3))
    for entry in entries.tolist():
        at = slice(index.first[entry], index.first[entry + 1])
        words, sentences = index.word[at], index.sentence[at]
        count = int(sentences.max()) + 1
        beside = np.zeros(count + 2, bool)
        for sentence in np.unique(sentences[words == word]).tolist():
            beside[max(0, sentence - 1) : sentence + 2] = True
        share = beside[:count].mean()
        known = place[words] >= 0
        pairs = np.unique(place[words[known]] * count + sentences[known])
        who, where = pairs // count, pairs % count
        times = np.bincount(who, minlength=len(others))
        stands = np.bincount(who[beside[where]], minlength=len(others)) > 0
        there = times > 0
        together[there] += 1
        near[there] += stands[there]
        chance[there] += 1 - (1 - share) ** times[there]
    together = np.maximum(together, 1)
    expected = np.clip(chance / together, 1e-6, 1 - 1e-6)
    seen = near / together
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(near > 0, near * np.log(seen / expected), 0)
        no = np.where(together > near, (together - near) * np.log((1 - seen) / (1 - expected)), 0)
    return np.where(seen > expected, 2 * (yes + no), 0.0)


def _chance(mean: float, count: int) -> float:
    """The probability of so many or more, of Poisson counts.

    >>> round(_chance(1.0, 2), 4), _chance(1.0, 0)
    (0.2642, 1.0)
    """

    def of(n: int) -> float:
        return math.exp(n * math.log(mean) - mean - math.lgamma(n + 1))

    if count <= mean:
        return max(0.0, 1.0 - sum(map(of, range(count))))
    total, n = 0.0, count  # the tail itself: 1 minus all else would be rounded away
    while (term := of(n)) > 1e-18 * total:
        total, n = total + term, n + 1
    return total


def _together(one: float, other: float) -> float:
    """The probability of two independent findings at once (Fisher 1925); a finding that says nothing has 1/2 and counts as 1.

    >>> round(_together(0.01, 0.01), 5), round(_together(0.01, 0.5), 4)
    (0.00102, 0.0561)
    """
    other = 1.0 if other >= 0.5 else other
    product = max(one * other, 1e-300)
    return min(1.0, product * (1 - math.log(product)))


def _share_wrong(p: Floats, tried: int) -> Floats:
    """q-values (Benjamini and Hochberg 1995) of these, among so many that were tried.

    >>> _share_wrong(np.array([0.001, 0.04, 0.02]), 10).round(3).tolist()
    [0.01, 0.133, 0.1]
    """
    order = np.argsort(p)
    q = p[order] * max(tried, len(p)) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, np.minimum.accumulate(q[::-1])[::-1])
    return found


def period(index: Index, entries: Ints) -> tuple[date, date, bool]:
    """The first and the last day of a tie, and whether it has faded: nothing for much longer than it ever paused, up to the diary's end."""
    days = [index.days[entry] for entry in entries.tolist()]
    pauses = [(b - a).days for a, b in itertools.pairwise(days)]
    since_last = (index.days[-1] - days[-1]).days
    return days[0], days[-1], since_last > max(90, 2 * max(pauses, default=90))
