"""The words that mark out each month, quarter or year against all the rest of a diary.

They are put in order by log-odds with an informative prior (`contrast`), which begins each period with as many words as a usual one has. A
word is claimed to mark a period where chance, which lets each of its days fall on each word written alike, would put it there so often
(`chance`) in no more than one claim of twenty, among all words and periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .chance import Floats, Ints, at_least, share_wrong
from .contrast import log_odds, prior
from .counts import Counts, telling
from .index import Index

WRONG = 0.05  # share of claims that may be
LEAST = 1.96  # z of a mark
TWICE = 2  # days of the period that a mark stands on, at least


@dataclass(frozen=True)
class Mark:
    """A word that marks a period.

    Attributes:
        word: as its writer spells it most.
        days: of the period, that it stands on.
        log_odds: how much likelier it is there than in all the rest, in nats.
        z: the same in standard deviations.
        q: the share of wrong ones among claims as sure as this.
        claimed: whether the program asserts it.
    """

    word: str
    days: int
    log_odds: float
    z: float
    q: float
    claimed: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "days": self.days,
            "log_odds": round(self.log_odds, 3),
            "z": round(self.z, 2),
            "q": self.q,
            "claimed": self.claimed,
        }


@dataclass(frozen=True)
class Period:
    """A month, quarter or year with an entry, and the words that mark it, the clearest first.

    Attributes:
        name: 2026-11, 2026-Q4 or 2026.
        first, last: of its days that have an entry.
        days: how many have one.
    """

    name: str
    first: date
    last: date
    days: int
    marks: tuple[Mark, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "period": self.name,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "days": self.days,
            "words": [mark.to_dict() for mark in self.marks],
        }


def marks(index: Index, by: str, entries: Ints | None = None, *, limit: int = 5) -> list[Period]:
    """The periods of a diary, and what marks each.

    Args:
        by: "month", "quarter" or "year".
        entries: to look at, by number; None: all.
        limit: words of each period, at most.

    Raises:
        RecipeError: no such period.
    """
    counts = Counts.of(index, entries)
    periods = counts.periods(by)
    if not periods:
        return []
    total, size = counts.on_days, len(counts.day)
    before = prior(total, size / len(periods))
    tried = np.flatnonzero(telling(index) & (total >= TWICE))
    first = np.searchsorted(counts.day, np.arange(len(counts.days) + 1))
    chance: list[Floats] = []
    found: list[list[tuple[int, int, float, float]]] = []
    for start, end in periods.values():
        words = counts.word[first[start] : first[end]]
        here = np.bincount(words, minlength=len(index.keys))
        ratio, z = log_odds(here, total - here, before)
        some = tried[(here[tried] >= TWICE) & (z[tried] >= LEAST)]
        best = some[np.argsort(-z[some], kind="stable")]
        chance.append(at_least(here[best], total[best], len(words) / max(1, size)))
        found.append([(word, int(here[word]), float(ratio[word]), float(z[word])) for word in best.tolist()])
    q = share_wrong(np.concatenate(chance), len(tried) * len(periods))
    ends = np.cumsum([len(words) for words in found])
    return [
        Period(
            name,
            counts.days[start],
            counts.days[end - 1],
            end - start,
            tuple(
                Mark(index.spelled(word), days, ratio, z, float(sure), bool(sure <= WRONG))
                for (word, days, ratio, z), sure in zip(words[: max(0, limit)], sures.tolist(), strict=False)
            ),
        )
        for (name, (start, end)), words, sures in zip(periods.items(), found, np.split(q, ends[:-1]), strict=True)
    ]
