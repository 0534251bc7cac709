"""The journal: what is written comes back letter for letter, changes keep their history, nothing acknowledged is lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time as clock
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.diary import store
from mebuki.diary.days import DayError, find_day, read_day
from mebuki.diary.entries import DiaryError, Entry, id_of
from mebuki.diary.journal import Journal
from mebuki.errors import MebukiError, StorageError

TODAY = date(2026, 11, 21)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        yield made


@settings(deadline=None, max_examples=40)
@given(
    texts,
    st.dates(),
    st.none() | st.times().map(lambda at: at.replace(microsecond=0)),
    st.lists(st.text("abc日記 ", min_size=1).filter(str.strip), max_size=3),
    st.booleans(),
    st.none() | st.integers(1, 5),
)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    day: date,
    at: time | None,
    tags: list[str],
    star: bool,
    mood: int | None,
) -> None:
    folder = tmp_path_factory.mktemp("diary")
    with Journal(folder) as journal:
        written = journal.write(text, day, at, tags=tags, star=star, mood=mood)
    with Journal(folder) as journal:
        assert journal.entry(written.id) == written
        assert journal.day(day) == [written]
    assert (written.text, written.date, written.time, written.star, written.mood) == (text, day, at, star, mood)
    assert written.tags == tuple(dict.fromkeys(tag.strip() for tag in tags))


def test_every_change_is_kept(journal: Journal) -> None:
    first = journal.write("one", TODAY, tags=["a"])
    second = journal.edit(first.id, text="two", mood=4)
    third = journal.edit(first.id, day="2026-11-20", tags=["b"], star=True)
    assert journal.edit(first.id, text="two") == third  # nothing changes, so nothing is kept
    assert journal.entry(first.id) == third
    assert journal.history(first.id) == [first, second]
    assert (third.text, third.mood, third.tags, third.date) == ("two", 4, ("b",), date(2026, 11, 20))
    assert third.edited
    assert list(journal.entries(tag="b")) == [third]
    assert not list(journal.entries(tag="a"))


def test_the_trash_gives_back(journal: Journal) -> None:
    kept, gone = journal.write("kept", TODAY), journal.write("gone", TODAY, tags=["t"])
    journal.delete(gone.id)
    assert journal.day(TODAY) == [kept]
    assert [entry.id for entry in journal.entries(trash=True)] == [gone.id]
    assert journal.tags() == {}
    journal.restore(gone.id)
    assert journal.day(TODAY) == [kept, gone]
    journal.delete(gone.id)
    assert journal.empty_trash(before=datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert journal.empty_trash() == 1
    with pytest.raises(DiaryError, match="no entry"):
        journal.restore(gone.id)
    assert b"gone" not in journal.path.read_bytes()


def test_days_are_in_order_and_chosen(journal: Journal) -> None:
    late = journal.write("late", TODAY, "22:00")
    early = journal.write("early", TODAY, "6:05 AM", star=True)
    whole = journal.write("sometime", TODAY, mood=2)
    before = journal.write("before", TODAY - timedelta(1), tags=["x y"])
    assert list(journal.entries()) == [before, whole, early, late]
    assert list(journal.entries(newest=True)) == [late, early, whole, before]
    assert list(journal.entries(TODAY)) == [whole, early, late]
    assert list(journal.entries(end=TODAY - timedelta(1))) == [before]
    assert list(journal.entries(star=True)) == [early]
    assert list(journal.entries(moods=[1, 2])) == [whole]
    assert list(journal.entries(tag="#x y")) == [before]
    assert list(journal.entries(limit=2, newest=True)) == [late, early]
    assert journal.tags() == {"x y": 1}


def test_on_this_day(journal: Journal) -> None:
    old = journal.write("leap", date(2024, 2, 29))
    older = journal.write("long ago", date(1999, 2, 28))
    journal.write("this year", date(2026, 2, 28))
    assert journal.on_this_day(date(2026, 2, 28)) == [older, old]
    assert journal.on_this_day(date(2028, 2, 28)) == [older, journal.day(date(2026, 2, 28))[0]]
    assert journal.on_this_day(date(2028, 2, 29)) == [old]


def test_statistics(journal: Journal) -> None:
    assert journal.statistics().first is None
    for days_ago in (0, 1, 2, 10, 11, 12, 13, 40):
        journal.write("a b\n  c", TODAY - timedelta(days_ago))
    journal.write("again", TODAY)
    found = journal.statistics(TODAY)
    assert (found.entries, found.days, found.letters) == (9, 8, 8 * 3 + 5)
    assert (found.streak, found.longest) == (3, (4, TODAY - timedelta(13)))
    assert found.by_month == {"2026-10": 1, "2026-11": 8}
    assert journal.statistics(TODAY + timedelta(1)).streak == 3
    assert journal.statistics(TODAY + timedelta(2)).streak == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": " \n"}, "nothing was written"),
        ({"text": "half \ud83d"}, "half a letter"),
        ({"mood": 6}, "mood"),
        ({"tags": ["#"]}, "tag"),
        ({"tags": ["a\nb"]}, "tag"),
        ({"id": "a\x00"}, "cannot name"),
        ({"id": "taken"}, "already"),
        ({"day": "2026-02-30"}, "2026-02-30"),
        ({"at": "25:00"}, "25:00"),
    ],
)
def test_what_cannot_be_changes_nothing(journal: Journal, changes: dict, told: str) -> None:
    journal.write("here", TODAY, id="taken")
    with pytest.raises(MebukiError, match=told):
        journal.write(**{"text": "fine", "day": TODAY, **changes})
    assert [entry.id for entry in journal.entries()] == ["taken"]


def test_all_or_none(journal: Journal) -> None:
    new = Entry("a", TODAY, None, "new")
    with pytest.raises(DiaryError, match="already"):
        journal.add([new, Entry("b", TODAY, None, "new"), Entry("a", TODAY, None, "again")])
    assert not list(journal.entries())


def test_equal_entries_get_equal_ids() -> None:
    assert id_of(TODAY, None, "a\n") == id_of(TODAY, None, "a") != id_of(TODAY, time(8), "a")


def test_two_programs_at_once(journal: Journal) -> None:
    with Journal(journal.folder) as other:
        for number in range(20):
            (journal if number % 2 else other).write(str(number), TODAY)
        assert list(other.entries()) == list(journal.entries())
        assert len(journal.day(TODAY)) == 20


def test_a_program_that_does_not_let_go(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with Journal(journal.folder) as other:
        journal.database.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program"):
            other.write("late", TODAY)
        journal.database.execute("ROLLBACK")
        other.write("in time", TODAY)


def test_backups_are_whole_and_thirty(journal: Journal) -> None:
    journal.write("kept twice", TODAY)
    made = [journal.back_up(TODAY + timedelta(day)) for day in range(33)][-1]
    found = store.backups(journal.folder)
    assert (len(found), found[-1]) == (store.KEPT, made)
    assert sorted(made.parent.iterdir()) == found
    copy = sqlite3.connect(made)
    assert copy.execute("SELECT text FROM entries").fetchall() == [("kept twice",)]
    copy.close()


def test_damaged_foreign_and_newer_files(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.write("whole", TODAY)
        backup = journal.back_up(TODAY)
        journal.database.execute("PRAGMA user_version = 99")
    with pytest.raises(DiaryError, match="newer version"):
        Journal(tmp_path)
    for damaged in (b"no database at all" * 100, (tmp_path / store.NAME).read_bytes()[:1000] + b"\xff" * 3096):
        (tmp_path / store.NAME).write_bytes(damaged)
        with pytest.raises(DiaryError, match="damaged") as told:
            Journal(tmp_path)
        assert backup.name in str(told.value)
    with pytest.raises(DiaryError, match="there is no diary"):
        Journal(tmp_path / "nowhere", create=False)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be opened"):
        Journal(tmp_path / "file" / "diary")


WRITER = """
import sys
from mebuki.diary.journal import Journal
with Journal(sys.argv[1]) as journal:
    for number in range(100000):
        entry = journal.write(f"entry {number}", "2026-11-21")
        if number % 3 == 2:
            journal.edit(entry.id, text=f"entry {number}, changed")
        print(number, flush=True)
"""


def killed_while_writing(folder: Path, seconds: float) -> None:
    """Kill a writing program, and look whether all is there that it had acknowledged."""
    with Journal(folder) as journal:
        before = sum(1 for _ in journal.entries())
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    clock.sleep(seconds)
    process.kill()
    acknowledged = 1 + len(process.communicate()[0].split())
    with Journal(folder) as journal:
        assert journal.check() == "ok"
        found = [entry.text for entry in journal.entries()][before:]
    numbers = [f"entry {n}" + (", changed" if n % 3 == 2 else "") for n in range(acknowledged)]
    assert found[:acknowledged] == numbers
    assert len(found) <= acknowledged + 1


def test_killed_while_writing(tmp_path: Path) -> None:
    for seconds in (0.0, 0.05, 0.11):
        killed_while_writing(tmp_path, seconds)


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("2026-11-21 rain", TODAY, " rain"),
        ("2026/11/21(土)晴れ", TODAY, "晴れ"),
        ("２０２６年１１月２１日　土曜日　晴れ", TODAY, "　晴れ"),
        ("令和8年11月21日(土)", TODAY, ""),
        ("R8.11.21", TODAY, ""),
        ("平成元年1月8日", date(1989, 1, 8), ""),
        ("11/21/2026 Sat", TODAY, ""),
        ("21/11/2026", TODAY, ""),
        ("21st of November, 2026", TODAY, ""),
        ("Saturday, Nov. 21, 2026", TODAY, ""),
        ("Sat 21 nov 2026: rain", TODAY, ": rain"),
        ("1066", None, None),
        ("2026-11-2111", None, None),
        ("rain on 2026-11-21", None, None),
    ],
)
def test_days_as_people_write_them(text: str, day: date | None, rest: str | None) -> None:
    found = find_day(text)
    assert (found and found[0]) == day
    if found:
        assert text[found[1] :] == rest


@given(st.dates())
def test_days_there_and_back(day: date) -> None:
    for form in ("{0.year:04d}-{0.month:02d}-{0.day:02d}", "{0.year:04d}年{0.month}月{0.day}日"):
        assert read_day(form.format(day)) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2025年2月29日", "2026-11-21 rain"])
def test_no_days(text: str) -> None:
    with pytest.raises(DayError):
        read_day(text)
