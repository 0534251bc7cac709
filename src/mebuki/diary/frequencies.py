"""The words that stand in a diary most often.

for found in frequencies(Index(journal)):
    print(found.word, found.days, found.times)

Words that say little (`common_words`) are left out. So are those on more than three days of ten: in one diary that is the writer's wife, in
another an adjective. They are asked for by themselves (`everyday_words`), or among the others (`everything`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chance import Ints
from .counts import Counts, everyday, telling
from .index import Index


@dataclass(frozen=True)
class Frequency:
    """How often a word stands.

    Attributes:
        word: as its writer spells it most.
        days, entries, times: on so many days, in so many entries, so often altogether.
        share: of the days that have an entry.
        course: the same in each twelfth of the time.
    """

    word: str
    days: int
    entries: int
    times: int
    share: float
    course: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "days": self.days,
            "entries": self.entries,
            "times": self.times,
            "share": round(self.share, 4),
            "course": [round(share, 4) for share in self.course],
        }


def frequencies(
    index: Index, entries: Ints | None = None, *, limit: int = 30, everything: bool = False
) -> list[Frequency]:
    """The words that stand on the most days, then the most often.

    Args:
        entries: to look at, by number; None: all.
        limit: at most so many.
        everything: also words that say little, and words of every day.
    """
    counts = Counts.of(index, entries)
    wanted = np.ones(len(index.keys), bool) if everything else telling(index) & ~_everyday(index, counts, entries)
    return _listed(counts, wanted, limit)


def everyday_words(index: Index, entries: Ints | None = None, *, limit: int = 30) -> list[Frequency]:
    """Words on more than three days of ten of the whole diary that say something, in the same order."""
    counts = Counts.of(index, entries)
    return _listed(counts, telling(index) & _everyday(index, counts, entries), limit)


def _everyday(index: Index, counts: Counts, entries: Ints | None) -> NDArray[np.bool_]:
    return everyday(counts if entries is None else Counts.of(index))


def _listed(counts: Counts, wanted: NDArray[np.bool_], limit: int) -> list[Frequency]:
    order = np.lexsort((-counts.times, -counts.on_days))
    order = order[wanted[order] & (counts.on_days[order] > 0)]
    return [
        Frequency(
            counts.index.spelled(word),
            int(counts.on_days[word]),
            int(counts.entries[word]),
            int(counts.times[word]),
            int(counts.on_days[word]) / len(counts.days),
            counts.course(word),
        )
        for word in order[: max(0, limit)].tolist()
    ]
