"""How much was written on each day, as a calendar shows it.

for day in written(journal, date(2026, 11, 1), date(2026, 11, 30)):
    print(day.date, day.entries, "≡" * day.lines)
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import date

from .journal import Journal

LINES = (0.5, 1.0, 1.6)  # of the letters of a usual day: from each on, a line more


@dataclass(frozen=True)
class Written:
    """A day with entries.

    Attributes:
        letters: of all its entries, spaces included.
        lines: 1 to 4, against what is usual in this diary.
        star: whether one of them is marked.
    """

    date: date
    entries: int
    letters: int
    lines: int
    star: bool


def written(journal: Journal, start: date, end: date) -> list[Written]:
    """The days from one to another that have entries outside the trash, in order."""
    usual = (
        journal.database.execute(
            "SELECT avg(letters) FROM (SELECT sum(length(text)) AS letters FROM entries WHERE trashed IS NULL GROUP BY date)"
        ).fetchone()[0]
        or 1.0
    )
    rows = journal.database.execute(
        "SELECT date, count(*), sum(length(text)), max(star) FROM entries "
        "WHERE trashed IS NULL AND date BETWEEN ? AND ? GROUP BY date ORDER BY date",
        (start.isoformat(), end.isoformat()),
    )
    return [
        Written(date.fromisoformat(day), count, letters, 1 + bisect.bisect_right(LINES, letters / usual), bool(star))
        for day, count, letters, star in rows
    ]


def ends(journal: Journal) -> tuple[date | None, date | None, int]:
    """The first and the last day with an entry outside the trash, and how many days have one."""
    first, last, days = journal.database.execute(
        "SELECT min(date), max(date), count(DISTINCT date) FROM entries WHERE trashed IS NULL"
    ).fetchone()
    return first and date.fromisoformat(first), last and date.fromisoformat(last), days
