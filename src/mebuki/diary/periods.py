"""The time of a diary, cut into months, quarters or years; and when something in it has faded."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ..errors import unknown

BY = ("month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
FORGOTTEN = 90  # days without it, at least, before a thing has faded


@dataclass(frozen=True)
class Period:
    """A month, a quarter or a year.

    Attributes:
        name: "2026-11", "2026-Q4" or "2026".
        start, end: its first and its last day.
    """

    name: str
    start: date
    end: date


def by_length(first: date, last: date) -> str:
    """The unit to look at a diary in: months up to thirteen of them, quarters up to five years, years.

    >>> by_length(date(2026, 1, 1), date(2026, 12, 31)), by_length(date(2015, 1, 1), date(2026, 12, 31))
    ('month', 'year')
    """
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return "month" if months <= 13 else "quarter" if months <= 60 else "year"


def cut(first: date, last: date, by: str) -> list[Period]:
    """The periods from that of the first day to that of the last.

    Raises:
        RecipeError: `by` is no unit.

    >>> [period.name for period in cut(date(2025, 11, 21), date(2026, 4, 1), "quarter")]
    ['2025-Q4', '2026-Q1', '2026-Q2']
    """
    if by not in BY:
        raise unknown("period", by, BY)
    step = _MONTHS[by]
    month = first.year * 12 + (first.month - 1) // step * step
    found: list[Period] = []
    while month <= last.year * 12 + last.month - 1:
        start = date(month // 12, month % 12 + 1, 1)
        number, month = start.month, month + step
        end = date(month // 12, month % 12 + 1, 1) - timedelta(1) if month // 12 <= date.max.year else date.max
        name = f"{start.year:04d}" + {"month": f"-{number:02d}", "quarter": f"-Q{number // 3 + 1}", "year": ""}[by]
        found.append(Period(name, start, end))
    return found


def faded(days: Sequence[date], end: date) -> bool:
    """Whether something that stands on these days is over: there is nothing for much longer than it ever paused, up to the end.

    >>> faded([date(2026, 1, 1), date(2026, 1, 9)], date(2026, 3, 1)), faded([date(2026, 1, 1)], date(2026, 12, 1))
    (False, True)
    """
    pauses = [(after - before).days for before, after in itertools.pairwise(days)]
    return (end - days[-1]).days > max(FORGOTTEN, 2 * max(pauses, default=FORGOTTEN))
