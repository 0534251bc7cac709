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
from mebuki.diary.chance import by_chance, so_many, together
from mebuki.diary.entries import Entry
from mebuki.diary.index import Index
from mebuki.diary.journal import Journal
from mebuki.diary.ties import AROUND, WHOLE, _without, ties

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
            found[index.spelled(word).lower()] = word
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
    assert len(np.intersect1d(index.entries_with(words["telescope"]), index.entries_with(words["pottery"]))) > 8
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


def test_all_is_cut_again_when_sudachi_comes_or_goes(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words cut roughly and finely would be counted as different ones."""
    journal.write("銀行まで歩いていった。", DAY)
    monkeypatch.setattr(indexing, "finely", lambda: False)
    assert indexing.catch_up(journal) == 1
    monkeypatch.setattr(indexing, "finely", lambda: True)
    assert [indexing.catch_up(journal) for _ in range(2)] == [1, 0]


def by_all(index: Index) -> list[str]:
    return [index.spelled(word) for word in range(len(index.keys))]


def test_an_empty_diary(journal: Journal) -> None:
    index = Index(journal)
    assert (len(index), index.keys) == (0, [])


@pytest.mark.parametrize(("size", "share"), [(8, 0.5), (30, 0.1), (60, 0.7), (90, 0.999)])
def test_the_probability_of_so_many_or_more(size: int, share: float) -> None:
    below = 0.0
    for count in range(size + 1):
        found = so_many(np.array([count]), np.array([float(size - count)]), share)[0]
        assert found == (pytest.approx(1 - below, abs=1e-12) if count > size * share else 1.0)
        below += math.comb(size, count) * share**count * (1 - share) ** (size - count)
    assert so_many(np.array([40]), np.array([0.5]), 0.01)[0] < 1e-70


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_chance_comes_to_a_probability_as_often_as_is_said(share: float) -> None:
    """Words that are tied to nothing, drawn half a million times."""
    rng = np.random.default_rng(0)
    occurrences = rng.choice([4, 9, 25, 70], 500_000)
    counts = rng.binomial(occurrences, share)
    other = rng.random(len(counts))
    other[other >= 0.5] = 1.0
    p = together(so_many(counts, (occurrences - counts).astype(float), share), other)
    p[counts < 3] = 1.0
    thresholds = np.array([0.05, 0.01, 0.001])
    promised = by_chance(thresholds, occurrences, share, 3)
    came = np.array([(p <= t).sum() for t in thresholds])
    assert (came < promised * 1.1 + 20).all()
    assert (came > promised * 0.5 - 20).all()


def test_the_rate_of_a_word_is_that_of_the_entries_around_without_the_other(journal: Journal) -> None:
    rng = np.random.default_rng(2)
    for place in range(90):
        words = [word for word, often in (("heron", 0.2), ("pond", 0.3), ("lake", 0.1)) if rng.random() < often]
        journal.write(f"Day of {' and '.join([*words, 'nothing'])}.", DAY + timedelta(place))
    index = Index(journal)
    words = by_spelling(index)
    entries, pond = index.entries_with(words["heron"]), index.entries_with(words["pond"])
    weights = np.zeros(90)  # of each entry without, by the rule itself
    for entry in entries.tolist():
        near = [one for one in range(max(0, entry - AROUND), min(90, entry + AROUND + 1)) if one not in entries]
        for one in range(90):
            if one not in entries:
                weights[one] += ((one in near) + WHOLE / (90 - len(entries))) / (len(near) + WHOLE)
    assert weights.sum() == pytest.approx(len(entries))
    size = weights.sum() ** 2 / (weights**2).sum()
    other, share = _without(index, entries, index.entries_of - index.words_in(entries), 0, 90)
    assert share == pytest.approx(len(entries) / (len(entries) + size))
    assert other[words["pond"]] == pytest.approx(weights[pond].sum() / len(entries) * size)


def test_what_stands_in_all_entries_or_all_but_one_is_answered(journal: Journal) -> None:
    for place in range(60):
        journal.write("Rain and a pond." if place != 30 else "A pond and wind.", DAY + timedelta(place))
    index = Index(journal)
    words = by_all(index)
    assert ties(index, words.index("pond")) == []
    assert not any(tie.claimed for tie in ties(index, words.index("Rain")))


def test_words_tied_to_nothing_are_not_claimed(journal: Journal) -> None:
    """Entries of words thrown together: one claim in a hundred may be, and here none is right."""
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, 401)
    names = ["x".join((a, b, c)) for a in "abcdefghij" for b in "klmnopqrst" for c in "uvwy"]
    for place in range(600):
        words = rng.choice(400, 30, p=share / share.sum())
        text = ". ".join(" ".join(names[word] for word in some) for some in np.split(words, 5))
        journal.write(text, DAY + timedelta(place))
    index = Index(journal)
    asked = [word for word in range(len(index.keys)) if index.entries_of[word] >= 10]
    claims = [tie.word for word in asked for tie in ties(index, word) if tie.claimed]
    assert len(asked) > 100
    assert len(claims) <= 0.02 * len(asked)
