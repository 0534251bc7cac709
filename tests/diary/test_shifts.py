"""Rising and fading words: planted ones are found, steady ones are claimed no more often than was promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from mebuki.diary.chance import share_wrong
from mebuki.diary.index import Index
from mebuki.diary.journal import Journal
from mebuki.diary.shifts import LEAST, WRONG, changed, divided, fading, rising

DAY = date(2024, 1, 1)
DAYS, STEADY, PLANTED = 360, 150, 4
LATE = DAYS - 80


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        yield made


def diary(seed: int, planted: float, clumps: float = 0.0, growth: bool = False) -> np.ndarray:
    """[words, days]: which stand where; the first words stand more often in the last days."""
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.uniform(np.log(0.015), np.log(0.3), STEADY + PLANTED))[:, None] / (1 + 1.6 * clumps)
    chance = np.repeat(rate, DAYS, 1) * (np.linspace(0.3, 1.7, DAYS) if growth else 1.0)
    if planted:
        chance[:PLANTED, :LATE], chance[:PLANTED, LATE:] = 0.01, planted
    first = rng.random(chance.shape) < chance
    stands = first.copy()
    for later in range(1, 6 if clumps else 1):
        stands[:, later:] |= (rng.random((len(rate), DAYS - later)) < clumps) & first[:, :-later]
    return stands


def claims(stands: np.ndarray, *, more: bool = True) -> np.ndarray:
    day, word = np.nonzero(stands.T)
    p = changed(day, word, np.bincount(day, minlength=DAYS), len(stands), more=more)
    tried = np.flatnonzero(stands.sum(1) >= LEAST)
    return tried[share_wrong(p[tried]) <= WRONG]


@pytest.mark.parametrize(("clumps", "growth", "power"), [(0.0, False, 0.75), (0.4, False, 0.5), (0.0, True, 0.4)])
def test_no_more_claims_are_wrong_than_was_promised(clumps: float, growth: bool, power: float) -> None:
    wrong, right, seeds = 0.0, 0.0, 30
    for seed in range(seeds):
        found = claims(diary(seed, 0.2, clumps, growth))
        wrong += (found >= PLANTED).sum() / max(1, len(found)) / seeds
        right += (found < PLANTED).sum() / PLANTED / seeds
    assert wrong <= WRONG
    assert right >= power


@pytest.mark.parametrize("clumps", [0.0, 0.6])
def test_where_nothing_changes_nothing_is_claimed(clumps: float) -> None:
    seeds = 30
    assert sum(len(claims(diary(seed, 0.0, clumps))) > 0 for seed in range(seeds)) <= 2 * WRONG * seeds


def test_fading_is_rising_of_what_was_left_out() -> None:
    stands = diary(3, 0.0)
    stands[:PLANTED, :LATE] |= np.random.default_rng(0).random((PLANTED, LATE)) < 0.25
    stands[:PLANTED, LATE:] = False
    assert claims(stands, more=False).tolist() == list(range(PLANTED))
    assert not len(claims(stands))


def test_the_day_from_which_it_rose_or_faded() -> None:
    worth = np.full(100, 20)
    late = np.array([3, 60, 62, 63, 66, 70, 77, 81, 82, 90, 95])
    assert divided(late, worth) == 60
    assert divided(99 - late[::-1], worth, more=False) == 99 - 60 + 1
    both = np.array([*range(0, 30, 2), 72, 74, 75, 78, 80, 83, 85, 88, 92, 95])  # falls far, and rises a little
    assert divided(both, worth) == 72
    assert divided(both, worth, more=False) == 29


def test_in_a_diary(journal: Journal) -> None:
    rng = np.random.default_rng(5)
    for place in range(240):
        said = [f"filler{rng.integers(40)}." for _ in range(6)]
        said += ["The grebe is here."] * (place >= 180 and rng.random() < 0.5)
        said += ["Telescope."] * (place < 150 and rng.random() < 0.4) + ["Pond."] * (rng.random() < 0.3)
        said += ["Lighthouse."] * (200 <= place < 206)
        journal.write(" ".join(said), DAY + timedelta(place))
    index = Index(journal)
    up, down = rising(index), fading(index)
    assert [shift.word for shift in up if shift.claimed] == ["grebe"]
    assert [shift.word for shift in down if shift.claimed] == ["Telescope"]
    one = up[0]
    days = [entry.date for entry in journal.entries() if "grebe" in entry.text]
    assert one.after + one.before == len(days)
    assert one.after == sum(day >= one.since for day in days)
    assert one.of_after + one.of_before == 240
    assert one.since == days[0]
    assert abs(down[0].since - (DAY + timedelta(150))) < timedelta(20)
    assert down[0].after <= 1
    assert all(0 < max(shift.course) <= 1 and len(shift.course) == 12 for shift in up + down)
    assert rising(index, limit=0) == []


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_in_a_small_diary_nothing_is_claimed(journal: Journal, count: int) -> None:
    for place in range(count):
        journal.write("Rain, and the grebe." if place else "Pond.", DAY + timedelta(place))
    index = Index(journal)
    assert not any(shift.claimed for shift in rising(index) + fading(index))
