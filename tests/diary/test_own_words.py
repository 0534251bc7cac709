"""Aliases and stop words: they make one word of several, or none, and what is taken back leaves no trace."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mebuki.diary import store
from mebuki.diary.associations import Associations
from mebuki.diary.entries import DiaryError
from mebuki.diary.index import Index
from mebuki.diary.joining import joined
from mebuki.diary.journal import Journal
from mebuki.diary.own_words import (
    add_alias,
    add_stops,
    aliases,
    remove_alias,
    remove_stops,
    settings_of,
    stops,
    take_settings,
)
from mebuki.diary.phrases import Pieces
from mebuki.diary.words import BREAK, CONTENT

DAY = date(2026, 1, 1)
TEXTS = [
    "スマホを買った。猫が見ていた。",
    "スマートフォンをなくした。",
    "猫とスマホ。Had black tea at the pond.",
    "紅茶を飲む。The grebe and the pond.",
    "スマートフォンとスマホ。携帯も。",
    "Black tea again, then Blue Note night.",
    "彼と池まで歩いた。健吾は速い。",
]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        for place, text in enumerate(TEXTS * 3):
            made.write(text, DAY + timedelta(place))
        yield made


def holding(journal: Journal, word: str) -> set[int]:
    found = Associations(journal)
    return set(found.index.entries_with(found.find(word)).tolist())


def contents(index: Index) -> list[object]:
    columns = [index.entry, index.sentence, index.word, index.start, index.end, index.spelling, index.entries_of]
    return [index.keys, *(column.tolist() for column in columns)]


@pytest.mark.parametrize(("name", "word"), [("スマホ", "スマートフォン"), ("black tea", "紅茶"), ("pond", "池")])
def test_an_alias_holds_the_entries_of_both_and_goes_without_a_trace(journal: Journal, name: str, word: str) -> None:
    before = contents(Index(journal))
    both = holding(journal, name) | holding(journal, word)
    times = sum(len(np.flatnonzero(Index(journal).word == Associations(journal).find(one))) for one in (name, word))
    assert add_alias(journal, name, word)
    found = Associations(journal)
    number = found.find(name)
    assert number == found.find(word) == found.find(name.upper())
    assert set(found.index.entries_with(number).tolist()) == both
    assert (found.index.word == number).sum() == times
    assert found.index.spelled(number) == found.spelled(number) == word
    assert len(found.index.keys) == len(before[0]) - 1
    assert remove_alias(journal, name.upper()) == word
    assert contents(Index(journal)) == before


def test_a_name_of_several_words_needs_no_statistics(tmp_path: Path) -> None:
    """Also with a little word in it, and with pieces that are a phrase; not across a sentence, and not inside a longer name."""
    with Journal(tmp_path / "diary") as journal:
        texts = [
            "Blue Note night.",
            "Met Anna of the hill. A blue note.",
            "Night. Blue Note. Night.",
            "梅の湯まで。",
            "梅。の湯。",
        ]
        for place, text in enumerate(
            [*texts, *["The Blue Note was full."] * 4, *["Rain fell on roofs, gardens, hills."] * 9]
        ):
            journal.write(text, DAY + timedelta(place))
        assert ("blue", "note") in Index(journal).keys
        for name in ("Blue Note night", "Anna of the hill", "梅の湯", "of the hill"):
            add_alias(journal, name, "place " + name)
        assert holding(journal, "Blue Note night") == {0}
        assert holding(journal, "anna of the hill") == {1}
        assert holding(journal, "梅の湯") == {3}
        assert holding(journal, "Blue Note") == {1, 2, 5, 6, 7, 8}
        assert [Index(journal).spelled(word) for word in range(len(Index(journal).keys))].count(
            "place Blue Note night"
        ) == 1
        with pytest.raises(DiaryError, match="no word of this diary"):
            holding(journal, "of the hill")


def test_a_name_with_a_capital_is_meant_as_it_stands_in_a_sentence(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        for place, text in enumerate(
            ["Met old Woods there.", "A walk in the wood.", "The woods are dark.", "Old friends saw Woods."]
        ):
            journal.write(text, DAY + timedelta(place))
        add_alias(journal, "Woods", "the keeper")
        assert holding(journal, "Woods") == holding(journal, "the keeper") == {0, 3}
        assert holding(journal, "wood") == {1, 2}
        add_stops(journal, ["woods"])
        assert holding(journal, "Woods") == {0, 3}
        with pytest.raises(DiaryError, match="stop words"):
            holding(journal, "wood")


def test_chains_and_circles(journal: Journal) -> None:
    every = holding(journal, "スマホ") | holding(journal, "スマートフォン") | holding(journal, "携帯")
    add_alias(journal, "スマホ", "携帯")
    add_alias(journal, "携帯", "スマートフォン")
    for name in ("スマホ", "携帯", "スマートフォン"):
        assert holding(journal, name) == every
        assert Associations(journal).spelled(Associations(journal).find(name)) == "スマートフォン"
    for name, word in (("スマートフォン", "スマホ"), ("スマートフォン", "携帯")):
        with pytest.raises(DiaryError, match="circle"):
            add_alias(journal, name, word)
    with pytest.raises(DiaryError, match="counts as 携帯"):
        add_alias(journal, "スマホ", "猫")
    with pytest.raises(DiaryError, match="one word already"):
        add_alias(journal, "猫", "ネコ")
    assert not add_alias(journal, "スマホ", "携帯")
    remove_alias(journal, "携帯")
    assert holding(journal, "スマホ") == holding(journal, "携帯") < every
    with pytest.raises(DiaryError, match="no other word"):
        remove_alias(journal, "携帯")
    journal.database.execute("INSERT INTO aliases VALUES ('携帯', 'スマホ')")  # as no command makes it
    with pytest.raises(DiaryError, match="circle"):
        Index(journal)
    remove_alias(journal, "携帯")
    assert holding(journal, "スマホ")


def test_a_little_word_that_the_writer_names_counts(journal: Journal) -> None:
    with pytest.raises(DiaryError):
        holding(journal, "彼")
    add_alias(journal, "彼", "健吾")
    assert holding(journal, "彼") == holding(journal, "健吾") == {6, 13, 20}
    assert Associations(journal).index.spellings(Associations(journal).find("彼")) == {"彼": 3, "健吾": 3}


def test_stop_words_are_left_out(journal: Journal) -> None:
    before = contents(Index(journal))
    assert add_stops(journal, ["ネコ", "black tea", "猫"]) == ["ネコ", "black tea"]
    index = Index(journal)
    assert {("猫",), ("black", "tea")} & set(index.keys) == set()
    assert len(index.keys) == len(before[0]) - 2
    with pytest.raises(DiaryError, match="one of your stop words"):
        Associations(journal).find("猫")
    assert "猫" not in {tie.word for tie in Associations(journal).of("スマホ", limit=100)}
    with pytest.raises(DiaryError, match="none of your"):
        remove_stops(journal, ["猫", "池"])
    assert stops(journal) == ["black tea", "ネコ"]
    assert remove_stops(journal, ["猫", "Black Tea"]) == ["ネコ", "black tea"]
    assert contents(Index(journal)) == before


def test_to_stop_one_of_several_names_stops_all(journal: Journal) -> None:
    add_alias(journal, "スマホ", "スマートフォン")
    add_stops(journal, ["スマホ"])
    for name in ("スマホ", "スマートフォン"):
        with pytest.raises(DiaryError, match="stop words"):
            holding(journal, name)


@pytest.mark.parametrize("name", ["", " ", "!", "One. Two", "two\nlines", "x" * 101, "half \ud800"])
def test_what_is_no_name(journal: Journal, name: str) -> None:
    for asked in (lambda: add_alias(journal, name, "猫"), lambda: add_alias(journal, "猫", name)):
        with pytest.raises(DiaryError, match="is no word"):
            asked()
    with pytest.raises(DiaryError, match="is no word"):
        add_stops(journal, ["池", name])
    assert not settings_of(journal)


def test_settings_go_to_another_diary(journal: Journal, tmp_path: Path) -> None:
    add_alias(journal, "black tea", "紅茶")
    add_alias(journal, "スマホ", "携帯")
    add_stops(journal, ["猫"])
    lines = [json.dumps(row) for row in settings_of(journal)]
    with Journal(tmp_path / "other") as other:
        assert take_settings(other, [*lines, ""]) == 3
        assert take_settings(other, lines) == 0
        assert settings_of(other) == settings_of(journal)
        for wrong in (
            "x",
            "[]",
            '{"stop": 3}',
            '{"alias": "a"}',
            '{"stop": "a", "word": "b"}',
            '{"alias": "携帯", "word": "スマホ"}',
        ):
            with pytest.raises(DiaryError, match="line 2"):
                take_settings(other, ['{"stop": "池"}', wrong])
        assert settings_of(other) == settings_of(journal)


def test_a_diary_of_the_first_form_is_brought_up(tmp_path: Path) -> None:
    folder = tmp_path / "diary"
    folder.mkdir()
    old = sqlite3.connect(folder / store.NAME)
    old.executescript(store.SCHEMA[0])
    old.execute(
        "INSERT INTO entries (id, date, text, created) VALUES ('a', '2026-01-01', 'スマホと猫。', '2026-01-01T00:00:00Z')"
    )
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    with Journal(folder) as journal:
        assert journal.database.execute("PRAGMA user_version").fetchone()[0] == len(store.SCHEMA) >= 2
        assert [entry.text for entry in journal.entries()] == ["スマホと猫。"]
        assert add_alias(journal, "スマホ", "携帯")
        assert holding(journal, "携帯") == {0}
        assert journal.check() == "ok"
    with Journal(folder) as journal:
        assert aliases(journal) == {"スマホ": "携帯"}


letters = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), min_size=1, max_size=6)
names_of_letters = st.sets(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3).map(tuple), min_size=1, max_size=4)


@settings(deadline=None, max_examples=80)
@given(letters, names_of_letters)
@example([["a", "a", "a", "a", "a"]], {("a", "a")})
@example([["a", "b", "a", "b", "c"]], {("a", "b", "a"), ("b", "c"), ("a", "b")})
def test_joining_keeps_all_in_order_and_leaves_no_name(texts: list[list[str]], names: set[tuple[str, ...]]) -> None:
    rows = [
        ("abcd".index(letter), BREAK if letter == "d" else CONTENT, entry, place // 7, 2 * place, 2 * place + 1, 0)
        for entry, text in enumerate(texts)
        for place, letter in enumerate(text)
    ]
    before = Pieces(*np.array(rows, np.int64).T, keys=[(letter,) for letter in "abcd"])
    numbers = {keys: number for number, keys in enumerate(before.keys)}
    after = joined(before, sorted(names), numbers)
    assert [letter for key in after.key for letter in after.keys[key]] == [letter for text in texts for letter in text]
    assert (after.end - after.start == [2 * len(after.keys[key]) - 1 for key in after.key]).all()
    assert names <= set(numbers)
    said = [after.keys[key] for key in after.key]
    assert set(said) <= names | {(letter,) for letter in "abcd"}
    for name in names - {(letter,) for letter in "abcd"}:
        for place in range(len(after) - len(name) + 1):
            here = slice(place, place + len(name))
            together = len({*zip(after.entry[here], after.sentence[here], strict=True)}) == 1
            assert not (together and said[here] == [(letter,) for letter in name])
