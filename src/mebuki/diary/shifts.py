"""Words that stand more often towards the end of a diary than before, or less often.

The last half, quarter, eighth … of the days is held against all days before it. If a word's rate did not change, each of the days it stands on
fell into that part with a probability of the part's share of all that was written, so that longer entries make no word rise: the exact test of
two Poisson rates (`chance.at_least`). The part that says most is taken, with its probability times the number of parts tried.

But words come in clumps: a week by the sea is one event and not seven. How much more a word's days vary over a week than if each stood
by itself, at the rate of the ten weeks around, is taken from their covariances (as Newey & West 1987 do), and from those of all words where
it has few days itself; as many times fewer events are counted (`clumping`). A change is claimed where among all words tried no more than
one claim in twenty is wrong (Benjamini and Hochberg 1995). What is shown is the day that divides the word's days best.

Shapes: V words, D days, P pairs of a day and a word on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .chance import Floats, Ints, at_least, share_wrong
from .counts import Counts, telling
from .index import Index

WRONG = 0.05  # share of claims that may be
SHOWN = 0.5  # share of wrong ones among those as sure, up to which one that is not claimed is shown
LEAST = 5  # days that a word stands on, to be looked at
SHORTEST = 28  # days of the part that is held against the rest, unless it is half of them
CLUMP = 7  # days over which a word's days may hang together
AROUND = 35  # days on each side, at whose rate it is expected
LIKE_ALL = 10  # days that the clumping of all words counts for beside a word's own
SAMPLE = 400  # words that tell the clumping of all


@dataclass(frozen=True)
class Shift:
    """A word whose rate changed.

    Attributes:
        word: as its writer spells it most.
        since: the day from which the rates before and after are likeliest to be two.
        after, of_after: days that it stands on since then, of so many.
        before, of_before: and before.
        q: the share of wrong ones among claims as sure as this, by the parts that were tried.
        claimed: whether the program asserts it.
        course: on what share of the days it stands, in each twelfth of the time.
    """

    word: str
    since: date
    after: int
    of_after: int
    before: int
    of_before: int
    q: float
    claimed: bool
    course: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "since": self.since.isoformat(),
            "after": {"days": self.after, "of": self.of_after},
            "before": {"days": self.before, "of": self.of_before},
            "q": self.q,
            "claimed": self.claimed,
            "course": [round(share, 4) for share in self.course],
        }


def rising(index: Index, entries: Ints | None = None, *, limit: int = 15) -> list[Shift]:
    """Words that stand more often towards the end, the surest first; those that may be chance are not claimed.

    Args:
        entries: to look at, by number; None: all.
        limit: at most so many.
    """
    return _shifts(index, entries, True, limit)


def fading(index: Index, entries: Ints | None = None, *, limit: int = 15) -> list[Shift]:
    """Words that stand less often towards the end; as `rising`."""
    return _shifts(index, entries, False, limit)


def _shifts(index: Index, entries: Ints | None, more: bool, limit: int) -> list[Shift]:
    counts = Counts.of(index, entries)
    words = np.flatnonzero(telling(index) & (counts.on_days >= LEAST))
    p = changed(counts.day, counts.word, counts.words_of_day, len(index.keys), more=more)[words]
    q = share_wrong(p)
    found = []
    for place in np.argsort(p, kind="stable").tolist():
        if q[place] > SHOWN:
            break
        word = int(words[place])
        days = counts.days_with(word)
        since = divided(days, counts.words_of_day, more=more)
        found.append((word, days, since, float(q[place])))
    return [
        Shift(
            index.spelled(word),
            counts.days[since],
            int((days >= since).sum()),
            len(counts.days) - since,
            int((days < since).sum()),
            since,
            sure,
            sure <= WRONG,
            counts.course(word),
        )
        for word, days, since, sure in found[: max(0, limit)]
    ]


def parts(days: int) -> list[int]:
    """The first day of each part that is held against the days before it, by number; none in one day.

    >>> parts(350), parts(20), parts(1)
    ([175, 263, 307], [10], [])
    """
    found, size = [], days // 2
    while size >= (SHORTEST if found else 1):
        found.append(days - size)
        size //= 2
    return found


def changed(day: Ints, word: Ints, words_of_day: Ints, words: int, *, more: bool = True) -> Floats:
    """[V], the probability that chance lets a word stand so much more often, or less, in the last part of the days.

    Args:
        day, word: [P], each pair of a day and a word on it once.
        words_of_day: [D], how many words stand on each day: what each day is worth.
        words: V.
        more: whether to look for more, or for less.
    """
    total, worth = np.bincount(word, minlength=words), words_of_day / max(1, words_of_day.sum())
    best, cut, after = np.ones(words), np.zeros(words, np.int64), np.zeros(words, np.int64)
    tried = parts(len(worth))
    for since in tried:
        there = np.bincount(word[day >= since], minlength=words)
        p = _chance(there, total, float(worth[since:].sum()), more)
        better = p < best
        best[better], cut[better], after[better] = p[better], since, there[better]
    looked = np.flatnonzero((best * len(tried) < WRONG) & (total >= LEAST))
    days_of = _by_word(day, word, words)
    likely = np.flatnonzero(total >= LEAST)
    sample = likely[:: max(1, -(-len(likely) // SAMPLE))]
    of_all = np.sum([_varying(days_of(one), worth) for one in sample.tolist()] or [(1.0, 1.0)], axis=0)
    result = np.ones(words)
    for one in looked.tolist():
        since = int(cut[one])
        fewer = clumping(_varying(days_of(one), worth), int(total[one]), tuple(of_all))
        counted = _events(int(after[one]), int(total[one] - after[one]), fewer, more)
        result[one] = _chance(*counted, float(worth[since:].sum()), more)[0]
    return np.minimum(1.0, result * max(1, len(tried)))


def _by_word(day: Ints, word: Ints, words: int) -> Callable[[int], Ints]:
    """Gives the days of each word."""
    order = np.argsort(word, kind="stable")
    ends = np.searchsorted(word[order], np.arange(words + 1))
    return lambda one: day[order[ends[one] : ends[one + 1]]]


def _chance(after: Ints, total: Ints, share: float, more: bool) -> Floats:
    return at_least(after, total, share) if more else at_least(total - after, total, 1 - share)


def _events(after: int, before: int, fewer: float, more: bool) -> tuple[Ints, Ints]:
    """So many times fewer of the days after and before, rounded towards no change; those after, and all."""
    one, other = (after, before) if more else (before, after)
    grown, left = int(one / fewer + 1e-9), math.ceil(other / fewer - 1e-9)
    return np.array([grown if more else left]), np.array([grown + left])


def _varying(days: Ints, worth: Floats) -> tuple[float, float]:
    """The variance of a word's days by themselves, and over a week, summed over all days; the rate of each is that of the days around."""
    stands, number = np.zeros(len(worth)), np.arange(len(worth))
    stands[days] = 1
    low, high = np.maximum(number - AROUND, 0), np.minimum(number + AROUND + 1, len(worth))
    times, said = (np.concatenate([[0.0], np.cumsum(column)]) for column in (stands, worth))
    rest = stands - worth * (times[high] - times[low]) / np.maximum(said[high] - said[low], 1e-12)
    alone = float(rest @ rest)
    return alone, alone + 2 * sum(float(rest[:-lag] @ rest[lag:]) for lag in range(1, min(CLUMP + 1, len(rest))))


def clumping(own: tuple[float, float], days: int, of_all: tuple[float, float]) -> float:
    """How many days of a word make one event, 1 or more.

    Args:
        own: variance of its days by themselves, and over a week.
        days: how many it has.
        of_all: the variances of many words, summed.

    >>> clumping((5.0, 25.0), 5, (1000.0, 1100.0)), clumping((90.0, 81.0), 90, (1000.0, 1100.0))
    (2.4, 1.0)
    """
    mine, others = (week / alone if alone > 0 else 1.0 for alone, week in (own, of_all))
    return max(1.0, (days * mine + LIKE_ALL * others) / (days + LIKE_ALL))


def divided(days: Ints, words_of_day: Ints, *, more: bool = True) -> int:
    """The day, by number, from which on a word's rate is likeliest to be another, higher or lower.

    Args:
        days: that the word stands on, by number, in order.
        words_of_day: [D], what each day is worth.
        more: whether it is to be higher, or lower.

    >>> divided(np.array([3, 11, 12, 14, 15, 17, 18]), np.full(20, 30))
    10
    """
    size = len(words_of_day)
    shortest = min(SHORTEST, max(1, size // 2))
    cuts = np.arange(shortest if not more else 1, size - shortest + 1 if more else size)
    worth = np.cumsum(words_of_day[::-1])[::-1][cuts] / words_of_day.sum()
    after = len(days) - np.searchsorted(days, cuts)
    before = len(days) - after
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.where(after > 0, after * np.log(after / (len(days) * worth)), 0.0)
        other = np.where(before > 0, before * np.log(before / (len(days) * (1 - worth))), 0.0)
    right = after > len(days) * worth if more else after < len(days) * worth
    return int(cuts[np.argmax(np.where(right, one + other, -1.0))])
