"""What a diary answers when it is given a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from benchmarks.planted import plant
from mebuki.diary.associations import Associations
from mebuki.diary.chains import chain
from mebuki.diary.entries import DiaryError, Entry
from mebuki.diary.frequencies import frequencies
from mebuki.diary.importing import import_into
from mebuki.diary.interests import interests
from mebuki.diary.journal import Journal
from mebuki.diary.marks import marks
from mebuki.diary.shifts import fading, rising
from mebuki.diary.ties import asked_for, ties_of
from mebuki.samples import diary

DAY = date(2024, 1, 1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        yield made


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_day_that_is_shown_holds_both_words(journal: Journal, language: str) -> None:
    planted = plant(language, entries=700, targets=4, triples=3, seed=5)
    journal.add([Entry(str(place), day, None, text) for place, (day, text) in enumerate(planted.entries)])
    associations = Associations(journal)
    shown = 0
    for target in planted.ties:
        for found in associations.of(target, limit=4):
            for day, id in found.days:
                entry = journal.entry(id)
                assert entry.date == day
                assert target.lower() in entry.text.lower()
                if found.word in planted.planted:
                    shown += 1
                    assert found.word.lower() in entry.text.lower()
            assert (found.since, found.until) == (found.days[0][0], found.days[-1][0])
    assert shown > 30


def test_words_joined_through_a_third(journal: Journal) -> None:
    planted = plant("en", entries=900, targets=2, triples=4, seed=1)
    journal.add([Entry(str(place), day, None, text) for place, (day, text) in enumerate(planted.entries)])
    associations = Associations(journal)
    found = 0
    for a, b, c in planted.joined:
        through = {one.word.lower(): one.via for one in associations.of(a, hops=2)}
        assert c.lower() not in {one.word.lower() for one in associations.of(a) if one.claimed}
        found += through.get(c.lower(), ("",))[0].lower() == b.lower()
    assert found >= 3


def test_any_spelling_of_a_word_is_understood(journal: Journal) -> None:
    for place in range(8):
        text = "こどもと猫。Walking by the Blue Note." if place % 2 else "子供とネコ。She walks."
        journal.write(text, DAY + timedelta(place))
    associations = Associations(journal)
    assert associations.find("子ども") == associations.find("こども")
    assert associations.find("walked") == associations.find("Walks")
    assert associations.known("walked") == associations.find("walks")
    assert associations.known("telescope") is None
    with pytest.raises(DiaryError, match="no word of this diary"):
        associations.find("telescope")


def test_a_stretch_of_time(journal: Journal) -> None:
    for place in range(300):
        filler = f"word{place % 17} and word{place % 23}."
        with_it = " Grebe and pond." if place % 10 == 0 and place < 150 else " Grebe." if place % 10 == 0 else ""
        journal.write(filler + with_it, DAY + timedelta(place))
    associations = Associations(journal)
    early = associations.of("grebe", end=DAY + timedelta(149))
    assert early[0].word.lower() == "pond"
    assert early[0].claimed
    whole = associations.of("grebe")[0]
    assert (whole.since, whole.until, whole.faded) == (DAY, DAY + timedelta(140), True)
    assert "pond" not in {one.word.lower() for one in associations.of("grebe", DAY + timedelta(150))}
    with pytest.raises(DiaryError, match="no entries in that time"):
        associations.of("grebe", date(2030, 1, 1))


def test_anything_that_stands_in_entries_has_ties(journal: Journal) -> None:
    """A part of names, and a string across words: no words by themselves."""
    for place in range(120):
        pond = f"{'鏡ヶ池' if place % 2 else '緑ヶ池'}で白鳥を見た。" if place % 5 == 0 else "晴れ。"
        journal.write(f"{pond}電車{place % 7}番。", DAY + timedelta(place))
    associations = Associations(journal)
    found = {one.word: one for one in associations.of("ヶ池")}
    assert found["白鳥"].claimed
    assert len(found["白鳥"].days) == 24
    assert not any("池" in word for word in found)
    through = associations.of("池で", hops=2)
    assert all(one.via for one in through)
    with pytest.raises(DiaryError, match="no word of this diary"):
        associations.of("ヶ池と")


def test_asking_for_a_string_that_is_a_word_is_asking_for_the_word(journal: Journal) -> None:
    planted = plant("en", entries=300, targets=2, triples=1, seed=2)
    journal.add([Entry(str(place), day, None, text) for place, (day, text) in enumerate(planted.entries)])
    associations = Associations(journal)
    target = next(iter(planted.strangers.values()))[0]
    as_word = ties_of(associations.index, asked_for(associations.index, associations.find(target)))
    as_string = ties_of(associations.index, associations._anywhere(target))
    assert [(tie.word, round(tie.strength, 6)) for tie in as_word[:5]] == [
        (tie.word, round(tie.strength, 6)) for tie in as_string[:5]
    ]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_word_that_is_shown_can_be_asked_for_and_is_that_word(tmp_path: Path, language: str) -> None:
    with Journal(tmp_path / "diary") as journal:
        import_into(journal, diary(language))
        associations = Associations(journal)
        index = associations.index
        shown = [index.spelled(word) for word in range(len(index.keys))]
        assert [associations.find(word) for word in shown] == list(range(len(shown)))
        told = {one.word for one in frequencies(index, limit=50)}
        told |= {mark.word for period in marks(index, "quarter") for mark in period.marks}
        told |= {one.word for one in rising(index)} | {one.word for one in fading(index)}
        found = interests(index)
        told |= {one.word for one in found.interests} | {one.word for one in found.leads}
        told |= {word for period in found.periods for tie in period.new for word in tie.words}
        told |= {mark.word for period in found.periods for mark in period.marks}
        for word in ("真帆", "灯台") if language == "ja" else ("Maho", "ferry"):
            told |= {tie.word for tie in associations.of(word, limit=50)}
            told |= {link.word for link in chain(journal, word, seed=1)}
        assert len(told) > 100
        assert told <= set(shown)


def test_two_words_that_are_spelled_alike(journal: Journal) -> None:
    """The wood behind the house is written Woods here, and the family is that by name: the rarer says which it is."""
    for day in range(1, 25):
        journal.write("Woods. Rain." if day % 3 else "Tea with the Woods.", f"2026-11-{day:02}")
    associations = Associations(journal)
    commoner, rarer = associations.find("Woods"), associations.find("Woods (woods)")
    assert commoner != rarer
    assert (associations.spelled(commoner), associations.spelled(rarer)) == ("Woods", "Woods (woods)")
    assert [len(associations.index.entries_with(word)) for word in (commoner, rarer)] == [16, 8]
    assert associations.find("wood") == associations.find("woods") == commoner
    assert associations.index.written(rarer) == "Woods"
