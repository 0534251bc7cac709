"""Ties: planted ones are found, what chance gives is not claimed, and every day shown holds both words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.planted import Planted, plant
from mebuki.diary import index as indexing
from mebuki.diary.entries import Entry
from mebuki.diary.index import Index
from mebuki.diary.journal import Journal
from mebuki.diary.ties import _chance, ties

DAY = date(2026, 11, 21)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        yield made


def written(journal: Journal, planted: Planted) -> Index:
    journal.add([Entry(str(place), day, None, text) for place, (day, text) in enumerate(planted.entries)])
    return Index(journal)


def by_spelling(index: Index) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in np.argsort(index.entries_of).tolist():
        if index.entries_of[word] >= 2:
            found[index.spelled(word, 8).lower()] = word
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
def test_planted_ties_are_found(journal: Journal, language: str) -> None:
    planted = plant(language, entries=900, targets=6, triples=2, seed=3)
    index = written(journal, planted)
    words = by_spelling(index)
    names = {word: spelling for spelling, word in words.items()}
    found = wanted = 0
    for target, tied in planted.ties.items():
        if target.lower() not in words:
            continue
        best = ties(index, words[target.lower()])
        top = [names.get(tie.word) for tie in best[:10]]
        wanted += len(tied)
        found += sum(other.lower() in top for other in tied)
        claimed = {names.get(tie.word) for tie in best if tie.claimed}
        assert not claimed & {stranger.lower() for stranger in planted.strangers[target]}
        for tie in best[:10]:
            for entry in tie.entries.tolist():
                text = index.text(entry)
                for word in (words[target.lower()], tie.word):
                    at = np.flatnonzero((index.entry == entry) & (index.word == word))
                    assert len(at)
                    assert all(text[index.start[o] : index.end[o]] for o in at)
    assert wanted >= 16
    assert found >= 0.85 * wanted


def test_popular_in_the_same_weeks_is_no_tie(journal: Journal) -> None:
    """Two words that come and go together, each by itself from day to day."""
    rng = np.random.default_rng(0)
    texts = []
    for place in range(400):
        season = 100 <= place < 180
        parts = [f"filler{rng.integers(50)} filler{rng.integers(50)} was here."]
        parts += [f"The {word} was good." for word in ("telescope", "pottery") if season and rng.random() < 0.45]
        texts.append(" ".join(parts))
    journal.add([Entry(str(n), DAY + timedelta(n), None, text) for n, text in enumerate(texts)])
    index = Index(journal)
    words = by_spelling(index)
    found = {tie.word: tie for tie in ties(index, words["telescope"])}
    assert len(np.intersect1d(*(index.entries_with(words[w]) for w in ("telescope", "pottery")))) > 8
    assert words["pottery"] not in found or not found[words["pottery"]].claimed


def test_new_and_changed_entries_are_cut_again(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    one = journal.write("The grebe and the pond.", DAY)
    journal.write("猫とこたつ。", DAY)
    assert {"grebe", "pond", "猫"} <= set(by_all(Index(journal)))
    journal.edit(one.id, text="The heron and the lake.")
    assert {"heron", "lake"} <= (found := set(by_all(Index(journal))))
    assert "grebe" not in found
    journal.delete(one.id)
    assert "heron" not in by_all(Index(journal))
    assert indexing.catch_up(journal) == 0
    monkeypatch.setattr(indexing, "FORM", 99)
    assert indexing.catch_up(journal) == 2


def by_all(index: Index) -> list[str]:
    return [index.spelled(word) for word in range(len(index.keys))]


def test_an_empty_diary(journal: Journal) -> None:
    index = Index(journal)
    assert (len(index), index.keys) == (0, [])


@pytest.mark.parametrize("mean", [1e-6, 0.3, 4.0, 60.0])
def test_the_probability_of_so_many_or_more(mean: float) -> None:
    below = 0.0
    for count in range(12):
        assert _chance(mean, count) == pytest.approx(1 - below, abs=1e-12)
        below += math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    assert 0 < _chance(0.5, 30) < 1e-30
