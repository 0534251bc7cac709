"""How much was written, and how regularly."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Statistics:
    """How much was written.

    Attributes:
        entries, days: outside the trash.
        letters: without spaces and line ends.
        first, last: days; None for an empty diary.
        streak: days in a row with an entry, up to today or yesterday.
        longest: the longest such row, and the day on which it began.
        by_month: entries of each month, "2026-11", in order.
    """

    entries: int
    days: int
    letters: int
    first: date | None
    last: date | None
    streak: int
    longest: tuple[int, date | None]
    by_month: dict[str, int]


def statistics(database: sqlite3.Connection, today: date) -> Statistics:
    """Count the entries outside the trash."""
    counts: dict[str, int] = {}
    letters = entries = 0
    for day, text in database.execute("SELECT date, text FROM entries WHERE trashed IS NULL ORDER BY date"):
        counts[day] = counts.get(day, 0) + 1
        letters += len("".join(text.split()))
        entries += 1
    days = [date.fromisoformat(day) for day in counts]
    by_month: dict[str, int] = {}
    for day, count in counts.items():
        by_month[day[:7]] = by_month.get(day[:7], 0) + count
    longest, streak = _streaks(days, today)
    ends = (days[0], days[-1]) if days else (None, None)
    return Statistics(entries, len(days), letters, *ends, streak, longest, by_month)


def _streaks(days: list[date], today: date) -> tuple[tuple[int, date | None], int]:
    """The longest row of days and its first, and the row that lasts."""
    longest: tuple[int, date | None] = (0, None)
    row = 0
    for place, day in enumerate(days):
        row = row + 1 if place and day - days[place - 1] == timedelta(1) else 1
        if row > longest[0]:
            longest = row, day - timedelta(row - 1)
    lasts = days and timedelta(0) <= today - days[-1] <= timedelta(1)
    return longest, row if lasts else 0
