"""Drafts: what is written is there, what stood there is never gone, and the history holds what would be missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebuki.diary import drafts
from mebuki.diary.drafts import Drafts, letters_taken, missed, text_mark
from mebuki.diary.entries import DiaryError
from mebuki.diary.journal import Journal

DAY, ID = date(2026, 11, 21), "2026-11-21-00000001"


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path) as opened:
        yield opened


def texts(journal: Journal) -> list[str]:
    return [entry.text for entry in journal.day(DAY)]


def test_twice_sent_is_once_kept(journal) -> None:
    kept = Drafts()
    for _ in range(2):
        kept.keep(journal, ID, "Rain", DAY, base="", writer="one", turn=1)
    assert texts(journal) == ["Rain"]


def test_a_draft_goes_on_from_what_it_began_from(journal) -> None:
    kept = Drafts()
    kept.keep(journal, ID, "Rain", DAY, base="", writer="one", turn=1)
    found = Drafts().keep(
        journal, ID, "Rain again", DAY, base=text_mark("Rain"), writer="two", turn=1
    )  # after a restart
    assert found.beside is None
    assert texts(journal) == ["Rain again"]


def test_both_are_kept_where_two_write(journal) -> None:
    kept = Drafts()
    kept.keep(journal, ID, "Rain", DAY, base="", writer="one", turn=1)
    base = text_mark("Rain")
    kept.keep(journal, ID, "Rain here", DAY, base=base, writer="one", turn=2)
    for turn, text in enumerate(["Rain th", "Rain there", "Rain there."], 1):
        found = kept.keep(journal, ID, text, DAY, base=base, writer="two", turn=turn)
        assert found.beside
        assert found.beside.text == "Rain here"
    kept.keep(journal, ID, "Rain elsewhere", DAY, base=base, writer="three", turn=1)
    assert sorted(texts(journal)) == ["Rain elsewhere", "Rain here", "Rain there."]


def test_nobody_is_in_his_own_way(journal) -> None:
    """Two drafts of one window are under way at once, and come in any order."""
    kept = Drafts()
    kept.keep(journal, ID, "Rain", DAY, base="", writer="one", turn=1)
    base = text_mark("Rain")
    kept.keep(journal, ID, "Rain again.", DAY, base=base, writer="one", turn=3)
    late = kept.keep(journal, ID, "Rain again", DAY, base=base, writer="one", turn=2)
    assert late.entry.text == "Rain again."
    assert late.beside is None
    assert texts(journal) == ["Rain again."]


def test_a_draft_of_what_was_thrown_away_is_an_entry_of_its_own(journal) -> None:
    kept = Drafts()
    kept.keep(journal, ID, "Rain", DAY, base="", writer="one", turn=1)
    journal.delete(ID)
    kept.keep(journal, ID, "Rain again", DAY, base=text_mark("Rain"), writer="one", turn=2)
    assert texts(journal) == ["Rain again"]
    assert journal.entry(ID).trashed


def test_nothing_is_no_draft(journal) -> None:
    with pytest.raises(DiaryError, match="nothing was written"):
        Drafts().keep(journal, ID, " \n", DAY, base="", writer="one", turn=1)


def test_history_keeps_what_would_be_missed_and_no_more(journal, monkeypatch) -> None:
    clock = datetime(2026, 11, 21, 8, tzinfo=UTC)
    monkeypatch.setattr(drafts, "now", lambda: clock)
    monkeypatch.setattr("mebuki.diary.journal.now", lambda: clock)
    kept, said = Drafts(), ""
    for turn, letter in enumerate("The kettle sang before the rain came. " * 4, 1):
        before, said = said, said + letter
        if said.strip():
            kept.keep(journal, ID, said, DAY, base=text_mark(before) if before else "", writer="one", turn=turn)
        clock += timedelta(seconds=1)
    assert journal.history(ID) == []
    kept.keep(journal, ID, "Gone", DAY, base=text_mark(said), writer="one", turn=999)
    assert [entry.text for entry in journal.history(ID)] == [said]


@given(st.text(alphabet="ab", max_size=8), st.text(alphabet="ab", max_size=8))
def test_letters_taken_are_those_of_the_smallest_cut(before: str, after: str) -> None:
    taken = letters_taken(before, after)
    ways = [
        end - start
        for start in range(len(before) + 1)
        for end in range(start, len(before) + 1)
        if after.startswith(before[:start]) and after[start:].endswith(before[end:])
    ]
    assert taken == min(ways)


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_what_is_only_added_to_is_not_missed_at_once(before: str, added: str) -> None:
    then = datetime(2026, 11, 21)
    assert not missed(before, before + added, then, then + timedelta(minutes=9))
    assert missed(before, before + added, then, then + timedelta(minutes=10))
