"""On how many days, in how many entries and how often each word stands, in all entries or in some of them.

A day counts a word once, however often it stands there: one long entry is no more than one day of a life.

Shapes: V words, D days with an entry, P pairs of a day and a word on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import unknown
from .chance import Ints
from .common_words import says_little
from .entries import DiaryError
from .index import Index
from .rows import chosen

EVERYDAY = 0.3  # share of days: a word on more of them is set apart from lists of words
FEW = 10  # days, up to which none is
PARTS = 12  # of the time, in the course of a word
PERIODS = ("month", "quarter", "year")


def chosen_entries(
    index: Index,
    start: date | None = None,
    end: date | None = None,
    *,
    tag: str | None = None,
    star: bool | None = None,
    moods: Sequence[int] | None = None,
) -> Ints | None:
    """The entries that are meant, by number in the index; None: all.

    Args:
        start, end, tag, star, moods: as `Journal.entries` takes them.

    Raises:
        DiaryError: there are none.
    """
    if start is end is tag is star is moods is None:
        return None
    terms, values = chosen(start, end, tag, star, moods, trash=False)
    rows = index.journal.database.execute(f"SELECT number FROM entries WHERE {terms}", values)
    found = np.isin(index.numbers, [number for (number,) in rows])
    if not found.any():
        raise DiaryError("there are no entries like that", hint="mebuki diary list")
    return np.flatnonzero(found)


@dataclass(frozen=True)
class Counts:
    """The words of entries, by day.

    Attributes:
        index: what they were counted in.
        days: [D], in order.
        entries, times: [V], in how many entries each word stands, and how often.
        day, word: [P], each pair of a day and a word once, by day.
    """

    index: Index
    days: list[date]
    entries: Ints
    times: Ints
    day: Ints
    word: Ints

    @classmethod
    def of(cls, index: Index, entries: Ints | None = None) -> Counts:
        """Count these entries, or all."""
        size = max(1, len(index.keys))
        numbers = np.arange(len(index)) if entries is None else entries
        days = sorted({index.days[number] for number in numbers.tolist()})
        place = {day: number for number, day in enumerate(days)}
        day_of = np.full(len(index), -1)
        day_of[numbers] = [place[index.days[number]] for number in numbers.tolist()]
        day = day_of[index.entry]
        kept = day >= 0
        pairs = np.unique(day[kept] * size + index.word[kept])
        times = np.bincount(index.word[kept], minlength=len(index.keys))
        return cls(index, days, index.words_in(numbers), times, pairs // size, pairs % size)

    @cached_property
    def on_days(self) -> Ints:
        """[V], on how many days each word stands."""
        return np.bincount(self.word, minlength=len(self.index.keys))

    @cached_property
    def words_of_day(self) -> Ints:
        """[D], how many different words stand on each day."""
        return np.bincount(self.day, minlength=len(self.days))

    def days_with(self, word: int) -> Ints:
        """The days that a word stands on, by number, in order."""
        return self.day[self.word == word]

    def course(self, word: int) -> tuple[float, ...]:
        """On what share of the days a word stands, in each of twelve equal parts of the time."""
        part, sizes = self._parts
        return tuple((np.bincount(part[self.days_with(word)], minlength=PARTS) / np.maximum(sizes, 1)).tolist())

    @cached_property
    def _parts(self) -> tuple[Ints, Ints]:
        """Which part of the time each day is in, [D], and how many days each has."""
        first = self.days[0].toordinal()
        span = self.days[-1].toordinal() - first + 1
        part = np.array([(day.toordinal() - first) * PARTS // span for day in self.days])
        return part, np.bincount(part, minlength=PARTS)

    def periods(self, by: str) -> dict[str, tuple[int, int]]:
        """The periods that have a day, each with the first of its days by number and the one behind its last.

        Raises:
            RecipeError: no such period.
        """
        found: dict[str, tuple[int, int]] = {}
        for number, day in enumerate(self.days):
            name = period_of(day, by)
            found[name] = found.get(name, (number, 0))[0], number + 1
        return found


def period_of(day: date, by: str) -> str:
    """The month, quarter or year of a day.

    Raises:
        RecipeError: no such period.

    >>> [period_of(date(2026, 11, 21), by) for by in PERIODS]
    ['2026-11', '2026-Q4', '2026']
    """
    if by == "month":
        return day.isoformat()[:7]
    if by == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    if by == "year":
        return f"{day.year:04d}"
    raise unknown("period", by, PERIODS)


def everyday(counts: Counts) -> NDArray[np.bool_]:
    """[V], whether a word stands on more than three days of ten; in a diary of ten days at most, none does."""
    return counts.on_days > max(FEW, EVERYDAY * len(counts.days))


def telling(index: Index) -> NDArray[np.bool_]:
    """[V], whether a word says something by itself (`common_words`)."""
    return np.array([not says_little(keys) for keys in index.keys], bool)
