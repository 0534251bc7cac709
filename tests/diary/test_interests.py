"""Interests over time: what was planted is found, edges go forward, and every day shown holds what it is shown for."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from mebuki.diary.entries import DiaryError, Entry
from mebuki.diary.importing import import_into
from mebuki.diary.index import Index, catch_up
from mebuki.diary.interests import first_meeting, interests
from mebuki.diary.journal import Journal
from mebuki.diary.part import FEW
from mebuki.diary.report import Interests
from mebuki.errors import RecipeError
from mebuki.samples import diary

DAY = date(2024, 1, 1)
FILLER = ["".join(letters) for letters in itertools.product("bdgkmprt", "aeiou", "ln", ("ado", "uku"))]
Opened = Callable[..., Index]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    journals: list[Journal] = []

    def make(*batches: list[Entry]) -> Index:
        journals.append(Journal(tmp_path / f"diary{len(journals)}").__enter__())
        for entries in batches:
            journals[-1].add(entries)
            catch_up(journals[-1])
        return Index(journals[-1])

    yield make
    for journal in journals:
        journal.__exit__(None, None, None)


def story(seed: int = 0, days: int = 360) -> list[Entry]:
    """Telescopes from the second week on; out of them, from day 120, comets, and out of these, from day 220, a club; pottery for five weeks."""
    rng = np.random.default_rng(seed)
    entries = []
    for n in range(days):
        parts = ["The {} and the {} were here.".format(*rng.choice(FILLER, 2)) for _ in range(3)]
        telescope = n >= 12 and rng.random() < 0.2
        comet = n >= 120 and rng.random() < (0.7 if telescope else 0.02)
        club = n >= 220 and rng.random() < (0.8 if comet else 0.01)
        seen = [
            word for word, so in (("telescope", telescope), ("comet", comet), ("astronomers", club)) if so or n == 300
        ]
        if seen:
            parts.insert(int(rng.integers(4)), f"Today {' with '.join(seen)} again.")
        if 60 <= n < 95 and rng.random() < 0.5:
            parts.append("Pottery in the evening.")
        entries.append(Entry(f"id{n}", DAY + timedelta(n), None, " ".join(parts)))
    return entries


@pytest.mark.parametrize("seed", range(3))
def test_what_led_to_what_is_found(opened: Opened, seed: int) -> None:
    found = interests(opened(story(seed)))
    by_word = {one.word.lower(): one for one in found.interests}
    assert by_word["comet"].source == "telescope"
    assert by_word["astronomers"].source in ("comet", "telescope")
    assert by_word["telescope"].source is None
    (burst,) = by_word["pottery"].bursts
    assert burst.claimed
    assert DAY + timedelta(60) <= burst.since < burst.until < DAY + timedelta(95)
    assert by_word["pottery"].faded
    assert not by_word["telescope"].faded
    assert not [one.word for one in found.interests if one.word in FILLER and any(b.claimed for b in one.bursts)]
    (month,) = (period for period in found.periods if period.period.name == "2024-03")
    assert "Pottery" in [mark.word for mark in month.marks[:2]]


def test_a_lead_goes_forward_only(opened: Opened) -> None:
    """The same diary, its last day first: nothing leads to the telescope, which is now the youngest but one."""
    entries = story()
    backwards = [
        Entry(one.id, other.date, None, one.text) for one, other in zip(entries, reversed(entries), strict=True)
    ]
    found = interests(opened(backwards))
    assert ("telescope", "comet") not in [(lead.source, lead.word) for lead in found.leads]
    forward(found)


def forward(found: Interests) -> None:
    by_word = {one.word: one for one in found.interests}
    assert len(by_word) == len(found.interests)
    assert [one.born for one in found.interests] == sorted(one.born for one in found.interests)
    assert {one.source for one in found.interests} - {None} <= set(by_word)
    for lead in found.leads:
        source, word = by_word[lead.source], by_word[lead.word]
        assert source.born < word.born <= lead.met[0]
        assert lead.first_days
        assert set(lead.first_days) <= set(lead.days) == set(source.days) & set(word.days)
        assert lead.met == min(lead.days, key=lambda day: day[0])
        assert lead.p <= 0.05
        assert lead.q <= 0.01
    for one in found.interests:
        leads = [lead.source for lead in found.leads if lead.word == one.word]
        assert one.source == (leads[0] if leads else None)
        assert one.source or one.bursts or one.word in [lead.source for lead in found.leads]


@pytest.fixture(scope="module", params=["ja", "en"])
def sample(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Index, Interests]]:
    with Journal(tmp_path_factory.mktemp("sample") / "diary") as journal:
        import_into(journal, diary(request.param))
        index = Index(journal)
        yield index, interests(index, end=date(2024, 3, 31), by="quarter")


def test_every_day_holds_what_it_is_shown_for(sample: tuple[Index, Interests]) -> None:
    index, found = sample
    holds: dict[str, set[str]] = {}
    for word in range(len(index.keys)):
        if index.entries_of[word] >= 3:
            holds.setdefault(index.spelled(word), set()).update(index.ids[entry] for entry in index.entries_with(word))
    date_of = dict(zip(index.ids, index.days, strict=True))
    shown = 0
    for period in found.periods:
        said = [((mark.word,), mark.days) for mark in period.marks]
        said += [((burst.word,), burst.days) for burst in period.bursts]
        said += [(tie.words, tie.days) for tie in (*period.new, *period.kept, *period.faded)]
        for words, days in said:
            for day, entry in days:
                shown += 1
                assert date_of[entry] == day
                assert all(entry in holds[word.split(" (")[0]] for word in words)
        assert all(period.period.start <= day <= period.period.end for mark in period.marks for day, _ in mark.days)
    assert shown > 150
    assert found.leads
    forward(found)


def test_ties_over_time(sample: tuple[Index, Interests]) -> None:
    """A tie is new once, kept in every later period that holds it, and faded once at most, in the last of these."""
    _, found = sample
    every = {tie.words: tie for period in found.periods for tie in period.new}
    assert len(every) == sum(len(period.new) for period in found.periods) > 3
    for words, tie in every.items():
        held = [
            period
            for period in found.periods
            if any(period.period.start <= day <= period.period.end for day, _ in tie.days)
        ]
        assert words in [one.words for one in held[0].new]
        for period in found.periods:
            assert (words in [one.words for one in period.kept]) == (period in held[1:])
            assert (words in [one.words for one in period.faded]) == (tie.faded and period is held[-1])
        assert tie.met == tie.days[0]
        assert tie.until == tie.days[-1][0]


def test_the_periods_hold_all_entries(sample: tuple[Index, Interests]) -> None:
    _, found = sample
    assert sum(period.entries for period in found.periods) == found.entries
    assert all(sum(one.by_period) == len(one.days) for one in found.interests)
    assert max(day for one in found.interests for day, _ in one.days) <= date(2024, 3, 31)


def test_the_same_diary_tells_the_same(opened: Opened) -> None:
    """Also where its entries were taken in in another order, which gives its words other numbers."""
    entries = story()
    first, second = opened(entries), opened(entries[180:], entries[:180])
    assert first.keys != second.keys
    one, other = interests(first), interests(second)
    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())


def test_longer_entries_are_no_burst(opened: Opened) -> None:
    """In one month all entries are ten times as long, so that every word stands in more of them."""
    rng = np.random.default_rng(1)
    entries = []
    for n in range(300):
        words = rng.choice(FILLER, 40 if 100 <= n < 130 else 5)
        entries.append(Entry(str(n), DAY + timedelta(n), None, " ".join(f"The {word} was here." for word in words)))
    index = opened(entries)
    inside = [np.isin(index.entries_with(word), range(100, 130)).mean() for word in range(len(index.keys))]
    assert np.median(inside) > 0.3
    assert not [burst.word for period in interests(index).periods for burst in period.bursts if burst.claimed]


def test_few_entries_tell_nothing(opened: Opened) -> None:
    with pytest.raises(DiaryError, match="empty"):
        interests(opened([]))
    few = opened(story(days=FEW - 1))
    with pytest.raises(DiaryError, match=f"{FEW - 1} entries are too few"):
        interests(few)
    found = interests(opened(story(days=FEW)))
    assert (found.entries, found.leads) == (FEW, [])
    long = opened(story())
    with pytest.raises(DiaryError, match="longer time"):
        interests(long, start=DAY + timedelta(355))
    with pytest.raises(RecipeError, match="week"):
        interests(long, by="week")


def test_a_part_is_a_diary_of_its_own(opened: Opened) -> None:
    """What is told of a time is what would be told of a diary that has that time alone, but for ties, which know the days around."""
    entries = story()
    start, end = DAY + timedelta(40), DAY + timedelta(250)
    one = interests(opened(entries), start, end)
    other = interests(opened([entry for entry in entries if start <= entry.date <= end]))
    assert (one.start, one.end, one.entries) == (start, end, 211)
    for period, same in itertools.zip_longest(one.periods, other.periods):
        assert (period.period, period.entries) == (same.period, same.entries)
        assert {mark.word for mark in period.marks} == {mark.word for mark in same.marks}
        assert [(b.word, b.days) for b in period.bursts] == [(b.word, b.days) for b in same.bursts]


def test_as_many_as_asked_for(opened: Opened) -> None:
    index = opened(story())
    for most in (1, 2, 3):
        found = interests(index, most=most)
        assert 1 <= len(found.interests) <= most
        forward(found)


def test_the_first_meeting(opened: Opened) -> None:
    entries = story()
    index = opened(entries)
    word = {index.spelled(number): number for number in range(len(index.keys))}
    expected = next(entry for entry in entries if "telescope" in entry.text and "comet" in entry.text)
    assert first_meeting(index, word["telescope"], word["comet"]) == (expected.date, expected.id)
    assert first_meeting(index, word["telescope"], word["telescope"])
    lonely = opened([Entry("a", DAY, None, "Rain."), Entry("b", DAY, None, "Snow.")])
    assert first_meeting(lonely, 0, 1) is None


def test_progress_is_told(opened: Opened) -> None:
    told: list[tuple[int, int]] = []
    interests(opened(story()), watch=lambda done, all: told.append((done, all)))
    assert [done for done, _ in told] == list(range(told[0][1] + 1))
