"""A part of a diary, from one day to another: its entries, its words, and how much was written up to each of them.

Shapes: N entries of the part, V words of the whole diary's index.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .counts import telling
from .entries import DiaryError
from .index import Index
from .phrases import Ints

FEW = 20  # entries, below which nothing can be told
LEAST = 5  # entries that must hold a word, for it to be looked at
MOST = 0.3  # share of all entries that may
WORDS = 2_000  # at most, those in most entries

Day = tuple[date, str]  # with the id of the entry


class Part:
    """What was written from one day to another.

    Args:
        start, end: the first and the last day; None: the diary's.

    Attributes:
        entries: [N], by number in the index.
        days: [N], their days.
        entries_of: [V], in how many of these entries each word stands.
        words: those that say something, and can be told something about, by number, those in the most entries first.

    Raises:
        DiaryError: there are fewer than 20 entries.
    """

    def __init__(self, index: Index, start: date | None = None, end: date | None = None) -> None:
        self.index = index
        days = index.days
        whole = start is None and end is None
        kept = [n for n, day in enumerate(days) if (not start or day >= start) and (not end or day <= end)]
        if len(kept) < FEW:
            what = "the diary is empty" if not days else f"{len(kept)} entries are too few to tell what they are about"
            wider = bool(days) and not whole and len(days) >= FEW
            raise DiaryError(
                what,
                allowed=f"{FEW} entries or more",
                hint="a longer time" if wider else "mebuki diary write, or mebuki diary import",
            )
        self.entries: Ints = np.array(kept, np.int64)
        self.span = (kept[0], kept[-1] + 1)
        self.days = [days[n] for n in kept]
        self.entries_of: Ints = index.entries_of if whole else index.words_in(self.entries)
        often = (self.entries_of >= LEAST) & (self.entries_of <= MOST * len(kept))
        known = np.flatnonzero(often & telling(index))
        order = sorted(known.tolist(), key=lambda word: (-self.entries_of[word], index.keys[word]))
        self.words: list[int] = order[:WORDS]

    def __len__(self) -> int:
        return len(self.entries)

    def entries_with(self, word: int) -> Ints:
        """Where a word stands, as places within the part, in order."""
        found = self.index.entries_with(word) - self.entries[0]
        return found[(found >= 0) & (found < len(self))]

    @cached_property
    def written(self) -> NDArray[np.float64]:
        """[N + 1], how many different words the entries before each one hold, all together; at last, all entries."""
        index = self.index
        size = max(1, len(index.keys))
        low, high = np.searchsorted(index.entry, [self.entries[0], self.entries[-1] + 1])
        pairs = np.unique((index.entry[low:high] - self.entries[0]) * size + index.word[low:high])
        return np.concatenate([[0.0], np.cumsum(np.bincount(pairs // size, minlength=len(self)))])

    def day(self, place: int) -> Day:
        """The day and the id of an entry, by its place within the part."""
        return self.days[place], self.index.ids[int(self.entries[place])]

    def spelled(self, word: int) -> str:
        """A word as it is shown (`Index.spelled`)."""
        return self.index.spelled(word)
