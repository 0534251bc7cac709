"""Search: whatever stands in an entry is found, in any language, whatever else it is part of; and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.diary import search
from mebuki.diary.journal import Journal
from mebuki.diary.search import folded

DAY = date(2026, 11, 21)
letters = st.sampled_from("abcAB éß 1２日記会社株がｶﾞカー・。、_-%'\"*(#\n🎉🦣\u2028𠮷𰻝")
texts = st.lists(st.text(letters, min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=6)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        yield made


@settings(deadline=None, max_examples=150)
@given(texts, st.data())
def test_every_substring_is_found_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, written: list[str], data: st.DataObject
) -> None:
    with Journal(tmp_path_factory.mktemp("diary")) as journal:
        for text in written:
            journal.write(text, DAY)
        if data.draw(st.booleans()):
            first = next(journal.entries())
            journal.edit(first.id, text=data.draw(texts)[0])
        kept = [entry.text for entry in journal.entries()]
        whole = data.draw(st.sampled_from(kept))
        start = data.draw(st.integers(0, len(whole) - 1))
        part = data.draw(
            st.sampled_from([whole[start : start + n] for n in (1, 2, 3, 7)]) | st.text(letters, max_size=3)
        )
        wanted = folded(part.strip())
        found = journal.search(part)
        assert sorted(m.entry.text for m in found) == sorted(t for t in kept if wanted and wanted in folded(t))
        for match in found:
            assert match.places or "ﾞ" in part or "\u3099" in part
            assert all(folded(match.entry.text[a:b]) == wanted for a, b in match.places if "ﾞ" not in match.entry.text)


def test_what_is_common_comes_latest_first(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COMMON", 3)
    for number in range(5):
        journal.write("rain " * (5 - number), DAY + timedelta(number), tags=["odd"] if number % 2 else [])
    assert [match.entry.date for match in journal.search("rain", limit=2)] == [DAY + timedelta(4), DAY + timedelta(3)]
    assert len(journal.search("rain", tag="odd")) == 2


def test_with_few_words_known(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of more words than are asked for is looked for in the texts themselves."""
    monkeypatch.setattr(search, "MANY", 2)
    for word in ("rainy", "rain", "train", "brain", "dry"):
        journal.write(f"{word} day", DAY)
    assert len(journal.search("rain")) == 4
    assert len(journal.search("rain day")) == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("会", 2),
        ("会社", 1),
        ("社", 1),
        ("ﾈｺ", 1),
        ("ねこ", 0),
        ("CAT", 1),
        ("at s", 1),
        ("𠮷", 1),
        ("🎉", 1),
        ("。", 1),
        ("%", 1),
    ],
)
def test_small_things(journal: Journal, query: str, found: int) -> None:
    for text in ("会社へ。", "国会で", "ネコ", "the cat sat", "𠮷野家 🎉", "100%"):
        journal.write(text, DAY)
    assert len(journal.search(query)) == found


def test_order_limits_and_passages(journal: Journal) -> None:
    journal.write("rain " + "and more " * 20, DAY)
    journal.write("rain, rain, rain", DAY - timedelta(1), tags=["x"], star=True, mood=3)
    journal.write("no drops\nat all; rain was far away, somewhere else", DAY)
    found = journal.search("rain")
    assert found[0].entry.star
    assert len(found[0].places) == 3
    assert [len(journal.search("rain", **chosen)) for chosen in ({"tag": "x"}, {"star": True}, {"moods": [3, 4]})] == [
        1,
        1,
        1,
    ]
    assert len(journal.search("rain", DAY)) == 2
    assert len(journal.search("rain", limit=1)) == 1
    (far,) = journal.search("rain was")
    assert far.passage(5) == ("…all; ", "rain was", " far …")


def test_the_index_keeps_step(journal: Journal) -> None:
    one, other = journal.write("rain 会社", DAY), journal.write("rain", DAY)
    journal.edit(one.id, text="sun 学校")
    assert [match.entry.id for match in journal.search("rain")] == [other.id]
    assert not journal.search("会社")
    journal.delete(one.id)
    assert not journal.search("sun")
    journal.restore(one.id)
    assert len(journal.search("学校")) == 1
    journal.delete(one.id)
    journal.empty_trash()
    search_again = journal.write("sun", DAY)
    assert [match.entry.id for match in journal.search("sun")] == [search_again.id]
    journal.database.execute("BEGIN")
    search.rebuild(journal.database)
    journal.database.execute("COMMIT")
    assert [match.entry.id for match in journal.search("sun")] == [search_again.id]
