"""Words that stand more often towards the end of a diary than before, or less often.

The last half, quarter, eighth … of the days is held against all days before it. If a word's rate did not change, each of the days it stands on
fell into that part with a probability of the part's share of all that was written, so that longer entries make no word rise: the exact test of
two Poisson rates (`chance.at_least`). The part that says most is taken, with its probability times the number of parts tried. A change is
claimed where among all words tried no more than one claim in twenty is wrong (Benjamini and Hochberg 1995), and where the word came up in
three different weeks, so that a week away is no new life. What is shown is the day that divides the word's days best.

Shapes: V words, D days, P pairs of a day and a word on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .chance import Floats, at_least, share_wrong
from .counts import Counts, telling
from .index import Index
from .phrases import Ints

WRONG = 0.05  # share of claims that may be
SHOWN = 0.5  # share of wrong ones among those as sure, up to which one that is not claimed is shown
LEAST = 5  # days that a word stands on, to be looked at
SHORTEST = 28  # days of the part that is held against the rest, unless it is half of them
WEEKS = 3  # in which the word stands where it stands more often


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
        there = days[days >= since] if more else days[days < since]
        weeks = {counts.days[day].toordinal() // 7 for day in there.tolist()}
        found.append((word, days, since, float(q[place]), bool(q[place] <= WRONG and len(weeks) >= WEEKS)))
    found.sort(key=lambda one: not one[-1])
    return [
        Shift(
            index.spelled(word),
            counts.days[since],
            int((days >= since).sum()),
            len(counts.days) - since,
            int((days < since).sum()),
            since,
            sure,
            claimed,
            counts.course(word),
        )
        for word, days, since, sure, claimed in found[: max(0, limit)]
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
    total, best = np.bincount(word, minlength=words), np.ones(words)
    tried = parts(len(words_of_day))
    for since in tried:
        after = np.bincount(word[day >= since], minlength=words)
        share = float(words_of_day[since:].sum() / max(1, words_of_day.sum()))
        p = at_least(after, total, share) if more else at_least(total - after, total, 1 - share)
        best = np.minimum(best, p)
    return np.minimum(1.0, best * max(1, len(tried)))


def divided(days: Ints, words_of_day: Ints, *, more: bool = True) -> int:
    """The day, by number, from which on a word's rate is likeliest to be another, higher or lower.

    Args:
        days: that the word stands on, by number, in order.
        words_of_day: [D], what each day is worth.
        more: whether it is to be higher, or lower.

    >>> divided(np.array([3, 11, 12, 14, 15, 17, 18]), np.full(20, 30))
    11
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
