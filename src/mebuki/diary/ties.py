"""Which words a word is tied to: counted, tested against chance, with the days that prove it.

Evidence for a tie is of two kinds, and adds up. First, the two stand in the same entries more often than chance would have it. Chance is
what the entries around say that are without the word: for each entry with it, how often the other stands in those, so that words that
were both popular in one spring are not tied by it. Second, in the entries that hold both they stand closer, in one sentence or in
neighbours, than their places would have it. Both are likelihood ratios (Dunning 1993), and their sum is the strength.

A tie is claimed where three entries or more hold both, three times as many as by chance, and both kinds have a probability (of Poisson
counts in both kinds of entries; of the ratio; together as in Fisher 1925) that lets one in a hundred of all claims be wrong at most (`chance.share_wrong_in_reach`).

Shapes: V words, E entries that hold the word, C words looked at closely.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from .chance import Floats, Ints, of_a_ratio, ratio_of_two, share_wrong_in_reach, so_many, together
from .index import Index
from .periods import faded

WRONG = 0.01  # share of claims that may be
TOGETHER = 2  # entries that must hold both, for a tie to be shown
CANDIDATES = 400  # words looked at closely
AROUND = 20  # entries on each side, in which the rate of a word is taken
WHOLE = 20  # entries that the rate in the whole diary counts for beside those
CLAIMED = 3  # entries that must hold both, for a tie to be claimed
TIMES = 3.0  # as many of them as by chance


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


@dataclass(frozen=True)
class Asked:
    """Where the word stands that ties are asked for.

    Attributes:
        entry, sentence: of each time that it stands there, by entry.
        own: words that it is itself, which are tied to it by no news.
    """

    entry: Ints
    sentence: Ints
    own: tuple[int, ...] = ()


def ties(index: Index, word: int, first: int = 0, last: int | None = None) -> list[Tie]:
    """Words tied to a word of the index, the strongest first.

    Args:
        first, last: entries to look at, from the first up to before the last; all, if they are not given.
    """
    return ties_of(index, asked_for(index, word), first, last)


def asked_for(index: Index, word: int) -> Asked:
    """Where a word of the index stands."""
    at, _ = index.occurrences_in(index.entries_with(word))
    at = at[index.word[at] == word]
    return Asked(index.entry[at], index.sentence[at], (word,))


def ties_of(index: Index, asked: Asked, first: int = 0, last: int | None = None) -> list[Tie]:
    """Words tied to anything that stands in entries, the strongest first."""
    last = len(index) if last is None else last
    inside = (asked.entry >= first) & (asked.entry < last)
    asked = replace(asked, entry=asked.entry[inside], sentence=asked.sentence[inside])
    entries = np.unique(asked.entry)
    if not len(entries) or len(entries) == last - first:
        return []  # what stands in all entries is tied to none of the others more than to the rest
    both = index.words_in(entries)
    in_all = index.entries_of if (first, last) == (0, len(index)) else index.words_between(first, last)
    other, share = _without(index, entries, in_all - both, first, last)
    meeting = ratio_of_two(both.astype(float), other, share)
    meeting[list(asked.own)] = 0
    meeting[both < TOGETHER] = 0
    looked = np.argsort(-meeting, kind="stable")[:CANDIDATES]
    looked = looked[meeting[looked] > 0]
    if not len(looked):
        return []
    close = _closeness(index, asked, looked, entries)
    strength = meeting[looked] + close
    p = together(so_many(both[looked], other[looked], share), of_a_ratio(close))
    p[both[looked] < CLAIMED] = 1.0
    q = share_wrong_in_reach(p, (both + np.round(other)).astype(np.int64), share, CLAIMED)
    times = both[looked] * (1 - share) / (np.maximum(other[looked], 0.5) * share)
    claimed = (q <= WRONG) & (both[looked] >= CLAIMED) & (times >= TIMES)
    found = []
    for place in np.argsort(-strength, kind="stable").tolist():
        tied = int(looked[place])
        shared = np.intersect1d(entries, index.entries_with(tied), assume_unique=True)
        found.append(Tie(tied, float(strength[place]), float(q[place]), bool(claimed[place]), shared))
    return found


def _without(index: Index, entries: Ints, alone: Ints, first: int, last: int) -> tuple[Floats, float]:
    """In how many entries without the word each of the others stands, [V], and the share of those with it among both.

    An entry counts for more where it is near those with the word: as in a mean over these, of the rate in the entries around each. All
    others count for `WHOLE` more. What is returned is scaled to as many entries as weigh as much when all weigh the same.
    """
    size = len(entries)
    low, high = np.maximum(entries - AROUND, first), np.minimum(entries + AROUND + 1, last)
    free = high - low - (np.searchsorted(entries, high) - np.searchsorted(entries, low))
    part = 1.0 / (free + WHOLE)
    steps = np.bincount(low, part, len(index) + 1) - np.bincount(high, part, len(index) + 1)
    near = np.maximum(np.cumsum(steps)[:-1], 0.0)
    near[entries] = 0.0
    others = last - first - size
    anywhere = WHOLE * part.sum() / others
    rate = (index.weighed(near) + anywhere * alone) / size
    squares = (near**2).sum() + 2 * anywhere * near.sum() + others * anywhere**2
    weight = size**2 / squares
    return rate * weight, size / (size + weight)


def _closeness(index: Index, asked: Asked, others: Ints, entries: Ints) -> Floats:
    """[C], twice the log likelihood ratio of how often each stands beside the word, in the entries that hold both."""
    at, entry = index.occurrences_in(entries)
    sentence, words = index.sentence[at], index.word[at]
    counts = np.zeros(len(entries), np.int64)
    np.maximum.at(counts, entry, sentence + 1)
    begins = np.cumsum(counts + 2) - counts - 1  # one free place on each side of an entry
    sentence = begins[entry] + sentence
    beside = np.zeros(int((counts + 2).sum()), bool)
    own = begins[np.searchsorted(entries, asked.entry)] + asked.sentence
    for step in (-1, 0, 1):
        beside[own + step] = True
    total = np.concatenate([[0], np.cumsum(beside)])
    share = (total[begins + counts] - total[begins]) / counts

    place = np.full(len(index.keys), -1)
    place[others] = np.arange(len(others))
    who = place[words]
    known = who >= 0
    codes = np.unique(who[known] * len(beside) + sentence[known])
    who, stands = codes // len(beside), codes % len(beside)
    holder = np.searchsorted(begins, stands, "right") - 1
    starts = np.flatnonzero(np.diff(who * len(entries) + holder, prepend=-1))
    times = np.diff(starts, append=len(codes))
    touches = np.logical_or.reduceat(beside[stands], starts)
    who, holder = who[starts], holder[starts]
    size = len(others)
    common = np.maximum(np.bincount(who, minlength=size), 1)
    near = np.bincount(who, touches, size)
    by_chance = np.bincount(who, 1 - (1 - share[holder]) ** times, size)
    expected, seen = np.clip(by_chance / common, 1e-6, 1 - 1e-6), near / common
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(near > 0, near * np.log(seen / expected), 0)
        no = np.where(common > near, (common - near) * np.log((1 - seen) / (1 - expected)), 0)
    return np.where(seen > expected, 2 * (yes + no), 0.0)


def period(index: Index, entries: Ints) -> tuple[date, date, bool]:
    """The first and the last day of a tie, and whether it has faded by the diary's end (`periods.faded`)."""
    days = [index.days[entry] for entry in entries.tolist()]
    return days[0], days[-1], faded(days, index.days[-1])
