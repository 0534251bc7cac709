"""Months, quarters, years: every day is in one of them."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from mebuki.diary.periods import BY, by_length, cut, faded
from mebuki.errors import RecipeError


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("first", [date(2023, 12, 31), date(2024, 2, 29), date(1, 1, 1)])
def test_every_day_is_in_one_period(by: str, first: date) -> None:
    days = [first + timedelta(n) for n in range(800)]
    found = cut(days[0], days[-1], by)
    for day in days:
        assert sum(period.start <= day <= period.end for period in found) == 1
    assert all(b.start - a.end == timedelta(1) for a, b in itertools.pairwise(found))
    assert found[0].end >= first
    assert found[-1].start <= days[-1]
    assert {period.start.month for period in found} <= set(range(1, 13, {"month": 1, "quarter": 3, "year": 12}[by]))
    assert [period.name for period in found] == sorted({period.name for period in found})


def test_the_last_day_there_is() -> None:
    assert [cut(date(9999, 12, 1), date.max, by)[-1].end for by in BY] == [date.max] * 3


def test_longer_diaries_have_longer_periods() -> None:
    first = date(2024, 1, 1)
    units = [by_length(first, first + timedelta(days)) for days in range(0, 4000, 20)]
    assert [BY.index(unit) for unit in units] == sorted(BY.index(unit) for unit in units)
    assert set(units) == set(BY)


def test_another_unit() -> None:
    with pytest.raises(RecipeError, match="month, quarter, year"):
        cut(date(2024, 1, 1), date(2024, 1, 2), "week")


def test_what_fades_stays_faded() -> None:
    days = [date(2024, 1, 1) + timedelta(n) for n in (0, 30, 100)]
    over = [faded(days, days[-1] + timedelta(n)) for n in range(400)]
    assert over == sorted(over)
    assert over.index(True) == 141  # more than twice the longest pause, 70 days
