"""One word in a diary: how often, from when to when, how it is spelled, with which tags, and in what mood."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .associations import Associations
from .chance import Ints
from .counts import Counts
from .entries import DiaryError
from .index import Index


@dataclass(frozen=True)
class Mood:
    """The mood of the days that a word stands on, against that of all days; 1, bad, to 5, good.

    Attributes:
        mean, days: of the days with the word that have a mood, and how many these are.
        of_all, all_days: of all days that have one.
        chance: how probable it is that so many days taken at random differ as much from all (normal approximation to the permutations).
    """

    mean: float
    days: int
    of_all: float
    all_days: int
    chance: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "mean": round(self.mean, 3),
            "days": self.days,
            "of_all": round(self.of_all, 3),
            "all_days": self.all_days,
            "chance": self.chance,
        }


@dataclass(frozen=True)
class Usage:
    """What is known of a word.

    Attributes:
        word: as its writer spells it most.
        days, entries, times: on so many days, in so many entries, so often altogether.
        of_days: how many days have an entry.
        first, last: days.
        periods: of each month, or quarter or year, that has an entry: on how many days it stands, of how many.
        spellings: all that it comes in, the commonest first, and how often.
        tags: of its entries, the commonest first: on how many of them, of how many that have the tag.
        mood: of its days; None: none of them has one.
    """

    word: str
    days: int
    entries: int
    times: int
    of_days: int
    first: date
    last: date
    periods: dict[str, tuple[int, int]]
    spellings: dict[str, int]
    tags: dict[str, tuple[int, int]]
    mood: Mood | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "days": self.days,
            "entries": self.entries,
            "times": self.times,
            "of_days": self.of_days,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "periods": {name: {"days": days, "of": of} for name, (days, of) in self.periods.items()},
            "spellings": self.spellings,
            "tags": {tag: {"entries": entries, "of": of} for tag, (entries, of) in self.tags.items()},
            "mood": self.mood and self.mood.to_dict(),
        }


def usage(associations: Associations, word: str, entries: Ints | None = None, *, by: str = "month") -> Usage:
    """What is known of a word.

    Args:
        word: in any spelling, or a name of several words.
        entries: to look at, by number in the index; None: all.
        by: "month", "quarter" or "year".

    Raises:
        DiaryError: it does not stand in the diary, or in none of these entries.
        RecipeError: no such period.
    """
    index, number = associations.index, associations.find(word)
    counts = Counts.of(index, entries)
    days = counts.days_with(number)
    if not len(days):
        raise DiaryError(f"{word!r} stands in none of these entries", hint=f"mebuki diary words {word}")
    stands = np.zeros(len(counts.days), bool)
    stands[days] = True
    periods = {name: (int(stands[a:b].sum()), b - a) for name, (a, b) in counts.periods(by).items()}
    these = np.arange(len(index)) if entries is None else entries
    holding = np.intersect1d(index.entries_with(number), these)
    return Usage(
        index.spelled(number),
        len(days),
        len(holding),
        int(counts.times[number]),
        len(counts.days),
        counts.days[days[0]],
        counts.days[days[-1]],
        periods,
        dict(index.spellings(number, len(index.word)).most_common()),
        _tags(index, holding, these),
        _mood(index, holding, these),
    )


def _tags(index: Index, holding: Ints, these: Ints) -> dict[str, tuple[int, int]]:
    held, every = (
        {index.numbers[entry] for entry in holding.tolist()},
        {index.numbers[entry] for entry in these.tolist()},
    )
    of, on = Counter[str](), Counter[str]()
    for number, tag in index.journal.database.execute("SELECT entry, tag FROM tags ORDER BY entry, tag"):
        of[tag] += number in every
        on[tag] += number in held
    return {tag: (count, of[tag]) for tag, count in on.most_common() if count}


def _mood(index: Index, holding: Ints, these: Ints) -> Mood | None:
    """By days: of several entries of a day, the mean counts."""
    moods = dict(index.journal.database.execute("SELECT number, mood FROM entries WHERE mood IS NOT NULL").fetchall())
    of_day: dict[date, list[int]] = {}
    for entry in these.tolist():
        if index.numbers[entry] in moods:
            of_day.setdefault(index.days[entry], []).append(moods[index.numbers[entry]])
    means = {day: sum(all) / len(all) for day, all in of_day.items()}
    with_it = [means[day] for day in sorted({index.days[entry] for entry in holding.tolist()}) if day in means]
    if not with_it:
        return None
    every = np.array(list(means.values()))
    mean, n, size = sum(with_it) / len(with_it), len(with_it), len(every)
    deviation = every.std() * math.sqrt((size - n) / (n * max(1, size - 1)))
    chance = math.erfc(abs(mean - every.mean()) / deviation / math.sqrt(2)) if deviation > 0 else 1.0
    return Mood(mean, n, float(every.mean()), size, chance)
