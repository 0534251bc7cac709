"""Counts of words, and what marks a period, and all that is known of one word, against counting by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from mebuki.diary.associations import Associations
from mebuki.diary.common_words import CALENDAR, ENGLISH, JAPANESE
from mebuki.diary.contrast import log_odds, prior
from mebuki.diary.counts import Counts, chosen_entries, period_of
from mebuki.diary.english import NUMBERS, STOP, lemma
from mebuki.diary.entries import DiaryError
from mebuki.diary.frequencies import everyday_words, frequencies
from mebuki.diary.index import Index
from mebuki.diary.japanese import STOP as JAPANESE_STOP
from mebuki.diary.journal import Journal
from mebuki.diary.marks import marks
from mebuki.diary.usage import usage
from mebuki.diary.words import CONTENT, pieces
from mebuki.errors import RecipeError

DAY = date(2025, 12, 20)
WORDS = ["grebe", "pond", "heron", "telescope", "猫", "池", "灯台", "将棋"]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Both languages, two entries on some days, moods on some."""
    rng = np.random.default_rng(1)
    with Journal(tmp_path / "diary") as made:
        for place in range(60):
            said = rng.choice(WORDS, rng.integers(1, 6), p=[0.3, 0.2, 0.1, 0.05, 0.15, 0.1, 0.05, 0.05])
            made.write(
                "。".join(said) + "。",
                DAY + timedelta(int(place * 0.8)),
                tags=["garden"] if place % 3 == 0 else [],
                star=place % 5 == 0,
                mood=1 + int(rng.integers(5)) if place % 2 else None,
            )
        yield made


def by_hand(journal: Journal, **choice: object) -> dict[str, tuple[int, int, int]]:
    """Of each word, days, entries and times."""
    days: dict[str, set[date]] = {}
    entries, times = Counter[str](), Counter[str]()
    for entry in journal.entries(**choice):  # pyright: ignore[reportArgumentType]
        said = entry.text.strip("。").split("。")
        for word in set(said):
            days.setdefault(word, set()).add(entry.date)
        entries.update(set(said))
        times.update(said)
    return {word: (len(days[word]), entries[word], times[word]) for word in days}


@pytest.mark.parametrize(
    "choice",
    [{}, {"tag": "garden"}, {"star": True}, {"moods": [1, 5]}, {"start": date(2026, 1, 1), "end": date(2026, 1, 20)}],
)
def test_frequencies_are_what_is_counted_by_hand(journal: Journal, choice: dict) -> None:
    index = Index(journal)
    entries = chosen_entries(index, **choice)
    found = frequencies(index, entries, everything=True)
    wanted = by_hand(journal, **choice)
    assert {one.word: (one.days, one.entries, one.times) for one in found} == wanted
    assert [(-one.days, -one.times) for one in found] == sorted((-one.days, -one.times) for one in found)
    assert frequencies(index, entries, limit=2, everything=True) == found[:2]
    days = {entry.date for entry in journal.entries(**choice)}
    assert all(one.share == pytest.approx(one.days / len(days)) for one in found)


def test_counts_sum(journal: Journal) -> None:
    counts = Counts.of(Index(journal))
    assert counts.on_days.sum() == counts.words_of_day.sum() == len(counts.day)
    assert counts.times.sum() == len(counts.index.word)
    for word in range(len(counts.index.keys)):
        assert len(counts.days_with(word)) == counts.on_days[word] <= counts.entries[word] <= counts.times[word]
        for by in ("month", "quarter", "year"):
            periods = counts.periods(by)
            days = counts.days_with(word)
            assert sum(((days >= a) & (days < b)).sum() for a, b in periods.values()) == len(days)
            assert sum(b - a for a, b in periods.values()) == len(counts.days)
            for name, (a, b) in periods.items():
                assert {period_of(day, by) for day in counts.days[a:b]} == {name}


def test_words_of_every_day_stand_apart(journal: Journal) -> None:
    index = Index(journal)
    every, rest = everyday_words(index), frequencies(index)
    assert every
    assert all(one.share > 0.3 for one in every)
    assert all(one.share <= 0.3 for one in rest)
    both = {one.word for one in every} | {one.word for one in rest}
    assert both == {one.word for one in frequencies(index, everything=True)}
    january = chosen_entries(index, date(2026, 1, 1), date(2026, 1, 6))
    assert {one.word for one in everyday_words(index, january)} <= {one.word for one in every}


def test_words_that_say_little_are_left_out_unless_asked_for(journal: Journal) -> None:
    for place, text in enumerate(["Coming home.", "He asked four people.", "三つの話を聞いて、後ろに立つ。"]):
        journal.write(text, DAY + timedelta(100 + place))
    index = Index(journal)
    shown, all = ({one.word for one in frequencies(index, everything=asked)} for asked in (False, True))
    assert {"home"} <= shown
    assert {"asked", "Coming", "話", "立つ", "後ろ"} <= all - shown


def test_names_of_days_and_phrases_of_common_words_are_left_out_of_lists(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        for place in range(40):
            said = ["Rain fell on roofs.", "At half past five on Thursday, in June: 木曜に将棋。"][place % 8 == 0]
            journal.write(said, DAY + timedelta(place))
        index = Index(journal)
        shown, all = ({one.word for one in frequencies(index, everything=asked)} for asked in (False, True))
        assert {"Thursday", "June", "木曜", "half past five"} <= all - shown
        assert "将棋" in shown
        tied = {tie.word for tie in Associations(journal).of("将棋") if tie.claimed}
        assert {"木曜", "Thursday"} <= tied


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("そのうちそんなことは、いつもそのままにしておく。", []),
        ("さっき自分で全部やってしまったところ、時々いちばん上だった。", []),
        ("あさってまでに二人とも池に行くつもりだ。", ["二人", "池"]),
        ("Forty-one, seven or 38 steps; the 4th at half-past 5pm, 10km.", ["step"]),
    ],
)
def test_words_that_only_hold_a_sentence_together_are_none(text: str, words: list[str]) -> None:
    assert [piece.key for sentence in pieces(text) for piece in sentence if piece.kind >= CONTENT] == words


def test_common_words_are_keys_and_each_stands_once() -> None:
    assert {word for word in ENGLISH if lemma(word) != word} == set()
    assert all(not (word.isascii() or " " in word) for word in JAPANESE | JAPANESE_STOP)
    assert set() == JAPANESE & JAPANESE_STOP == ENGLISH & (NUMBERS | CALENDAR) == STOP & NUMBERS


def test_what_marks_a_month(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    with Journal(tmp_path / "diary") as journal:
        for place in range(365):
            day = date(2025, 1, 1) + timedelta(place)
            said = [f"filler{rng.integers(150)}" for _ in range(8)]
            said += ["telescope"] * (day.month == 4 and rng.random() < 0.4) + ["pond"] * (rng.random() < 0.3)
            said += ["灯台"] * (rng.random() < (0.4 if day.month in (7, 8, 9) else 0.03))
            journal.write("。".join(said), day)
        index = Index(journal)
        by = {(name, period.name): period for name in ("month", "quarter", "year") for period in marks(index, name)}
        april = chosen_entries(index, date(2025, 4, 1), date(2025, 4, 30))
        assert frequencies(index, april)[0].word == "telescope"  # common in these days, but not in all
        assert frequencies(index, april)[0].share > 0.3
        counts, total = Counts.of(index), Counts.of(index).on_days
        here = Counts.of(index, april).on_days
        odds, z = log_odds(here, total - here, prior(total, len(counts.day) / 12))
        number = Associations(index.journal).find("telescope")
    first = by["month", "2025-04"].marks[0]
    assert (first.log_odds, first.z) == (pytest.approx(odds[number]), pytest.approx(z[number]))
    assert any(not mark.claimed for period in by.values() for mark in period.marks)
    assert [(mark.word, mark.claimed) for mark in by["month", "2025-04"].marks[:1]] == [("telescope", True)]
    assert [(mark.word, mark.claimed) for mark in by["quarter", "2025-Q3"].marks[:1]] == [("灯台", True)]
    assert by["year", "2025"].marks == ()
    claimed = [(name, mark.word) for name, period in by.items() for mark in period.marks if mark.claimed]
    assert {word for _, word in claimed} == {"telescope", "灯台"}
    for period in by.values():
        assert [mark.z for mark in period.marks] == sorted((mark.z for mark in period.marks), reverse=True)
        assert all(2 <= mark.days <= period.days and mark.log_odds > 0 for mark in period.marks)
    assert sum(period.days for (name, _), period in by.items() if name == "month") == 365


def test_what_is_known_of_a_word(journal: Journal) -> None:
    journal.write("Grebes! GREBE. grebe.", "2026-03-01", tags=["birds", "garden"])
    found = usage(Associations(journal), "grebes")
    with_it = [entry for entry in journal.entries() if "grebe" in entry.text.lower()]
    assert found.entries == len(with_it)
    assert found.times == sum(entry.text.lower().count("grebe") for entry in with_it)
    assert found.days == len({entry.date for entry in with_it})
    assert (found.first, found.last) == (with_it[0].date, with_it[-1].date)
    assert found.of_days == sum(of for _, of in found.periods.values())
    assert found.days == sum(days for days, _ in found.periods.values())
    assert found.spellings == {"grebe": found.times - 2, "Grebes": 1, "GREBE": 1}
    for tag, (entries, of) in found.tags.items():
        assert entries == sum(tag in entry.tags for entry in with_it)
        assert of == journal.tags()[tag]
    assert set(found.tags) == {"garden", "birds"}
    days: dict[date, list[int]] = {}
    for entry in journal.entries():
        if entry.mood:
            days.setdefault(entry.date, []).append(entry.mood)
    means = {day: sum(moods) / len(moods) for day, moods in days.items()}
    these = [means[day] for day in {entry.date for entry in with_it} if day in means]
    assert found.mood
    assert (found.mood.mean, found.mood.days) == (pytest.approx(np.mean(these)), len(these))
    assert (found.mood.of_all, found.mood.all_days) == (pytest.approx(np.mean(list(means.values()))), len(means))


def test_the_mood_of_a_word_against_chance(tmp_path: Path) -> None:
    """As often as a shuffle of the moods gives a mean as far off."""
    rng = np.random.default_rng(0)
    moods = rng.integers(1, 6, 80)
    for word, better in (("grebe", 0.0), ("pond", 0.7)):
        with Journal(tmp_path / word) as journal:
            with_it = rng.random(80) < np.where(moods >= 4, 0.3 + better, 0.3)
            for place in range(80):
                journal.write(word if with_it[place] else "rain", DAY + timedelta(place), mood=int(moods[place]))
            found = usage(Associations(journal), word).mood
        assert found
        off = abs(moods[with_it].mean() - moods.mean())
        shuffles = [abs(rng.permutation(moods)[with_it].mean() - moods.mean()) >= off - 1e-9 for _ in range(4000)]
        assert found.chance == pytest.approx(np.mean(shuffles), abs=0.06)
        assert (found.chance < 0.001) == bool(better)


def test_moods_that_are_missing_or_all_alike(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        journal.write("grebe", DAY)
        journal.write("pond", DAY + timedelta(1), mood=3)
        associations = Associations(journal)
        assert usage(associations, "grebe").mood is None
        mood = usage(associations, "pond").mood
        assert mood
        assert (mood.mean, mood.of_all, mood.chance) == (3, 3, 1)


def test_an_empty_diary_and_one_of_one_entry(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        index = Index(journal)
        assert frequencies(index) == everyday_words(index) == marks(index, "month") == []
        with pytest.raises(DiaryError, match="no word of this diary"):
            usage(Associations(journal), "grebe")
        journal.write("The grebe and the pond, the grebe.", DAY)
        index = Index(journal)
        assert [(one.word, one.days, one.times, one.share) for one in frequencies(index)] == [
            ("grebe", 1, 2, 1.0),
            ("pond", 1, 1, 1.0),
        ]
        assert [period.marks for period in marks(index, "month")] == [()]
        assert usage(Associations(journal), "grebe").periods == {"2025-12": (1, 1)}


def test_what_cannot_be(journal: Journal) -> None:
    index = Index(journal)
    with pytest.raises(DiaryError, match="no entries like that"):
        chosen_entries(index, tag="nothing")
    with pytest.raises(RecipeError, match="week"):
        marks(index, "week")
    with pytest.raises(DiaryError, match="none of these entries"):
        usage(Associations(journal), "telescope", np.array([0]) if "telescope" not in index.text(0) else np.array([1]))
