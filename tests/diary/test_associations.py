"""What a diary answers when it is given a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from benchmarks.planted import plant
from mebuki.diary.associations import Associations
from mebuki.diary.entries import DiaryError, Entry
from mebuki.diary.journal import Journal
from mebuki.diary.ties import asked_for, ties_of

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


def test_every_word_that_is_shown_can_be_asked_for(journal: Journal) -> None:
    planted = plant("ja", entries=250, targets=2, triples=1, seed=4)
    journal.add([Entry(str(place), day, None, text) for place, (day, text) in enumerate(planted.entries)])
    associations = Associations(journal)
    shown = [associations.spelled(word) for word in range(len(associations.index.keys))]
    found = [associations.spelled(associations.find(spelled)) for spelled in shown]
    assert sum(one == other for one, other in zip(shown, found, strict=True)) >= 0.97 * len(shown)  # 早く alone is 早い
