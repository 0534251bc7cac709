"""The index on the shelf is the one that would be made anew, whatever happens to the diary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.planted import plant
from mebuki.diary.entries import Entry
from mebuki.diary.index import Index
from mebuki.diary.journal import Journal
from mebuki.diary.own_words import add_alias, add_stops, remove_alias
from mebuki.diary.shelf import INDEX

DAY = date(2026, 11, 21)
COLUMNS = ("entry", "sentence", "word", "start", "end", "spelling")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        planted = plant("en", entries=120, targets=2, triples=1)
        made.add([Entry(str(place), day, None, text) for place, (day, text) in enumerate(planted.entries)])
        yield made


def state(index: Index) -> list[object]:
    arrays = [getattr(index, name).tolist() for name in COLUMNS]
    spelled = [index.spelled(word) for word in range(len(index.keys))]
    return [index.ids, index.days, index.numbers, index.keys, spelled, *arrays]


CHANGES: dict[str, Callable[[Journal], object]] = {
    "nothing": lambda journal: None,
    "write": lambda journal: journal.write("A heron, and a grebe.", DAY),
    "edit": lambda journal: journal.edit("5", text="A heron on the roof."),
    "day": lambda journal: journal.edit("5", day=DAY + timedelta(9)),
    "delete": lambda journal: journal.delete("5", "6"),
    "trash": lambda journal: (journal.delete("7"), journal.empty_trash()),
    "alias": lambda journal: add_alias(journal, "window", "glass"),
    "stop": lambda journal: add_stops(journal, ["window"]),
    "no alias": lambda journal: (
        add_alias(journal, "window", "glass"),
        Index(journal),
        remove_alias(journal, "window"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_as_if_made_anew(journal: Journal, change: Callable[[Journal], object]) -> None:
    Index(journal)
    change(journal)
    first, again = state(Index(journal)), state(Index(journal))
    journal.shelf.remove(INDEX)
    assert first == again == state(Index(journal))


def test_it_is_read_and_not_made(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    made = state(Index(journal))
    monkeypatch.setattr(Index, "_read", None)
    assert state(Index(journal)) == made
    with Journal(journal.folder) as other:
        assert state(Index(other)) == made


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"[1]\n", b"nonsense"])
def test_a_damaged_one_is_made_anew(journal: Journal, damage: bytes) -> None:
    made = state(Index(journal))
    whole = journal.shelf.read(INDEX) or b""
    for content in (damage, whole[: len(whole) // 2]):
        journal.shelf.write(INDEX, content)
        assert state(Index(journal)) == made


def test_words_deleted_for_ever_are_not_left_in_it(journal: Journal) -> None:
    journal.write("The quokkaquokka came.", DAY)
    journal.delete(Index(journal).ids[-1])
    assert "quokkaquokka" in (journal.shelf.read(INDEX) or b"").decode(errors="ignore")
    journal.empty_trash()
    assert journal.shelf.read(INDEX) is None


def test_arrays_are_whole_numbers(journal: Journal) -> None:
    Index(journal)
    assert all(getattr(Index(journal), name).dtype == np.int64 for name in COLUMNS)
