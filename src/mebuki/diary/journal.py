"""A diary: entries are written, changed, found by day, thrown away and fetched back; nothing acknowledged is ever lost.

with Journal("my-diary") as journal:
    entry = journal.write("Rain again.", "2026-11-21", tags=["garden"])
    journal.edit(entry.id, text="Rain again, and the model learned to carry.")
    for old in journal.on_this_day(date(2027, 11, 21)):
        print(old.date, old.text)
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from . import driver, search, store
from .days import read_day, read_time
from .entries import DiaryError, Entry, checked, now
from .opening import Opened
from .rows import COLUMNS, chosen, columns_of, entry_of, instant, row_of
from .search import Match
from .shelf import INDEX
from .statistics import Statistics, statistics

UNCHANGED: Any = object()


class Journal(Opened):
    """A diary in a folder of its own; it is made there if there is none.

    What it is opened with, and what is done to all of it, stands at `Opened`.

    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> journal = Journal(folder.name)
    >>> entry = journal.write("Rain again.", "2026-11-21", tags=["garden"])
    >>> [found.text for found in journal.entries(tag="garden")]
    ['Rain again.']
    >>> journal.close(); folder.cleanup()
    """

    def write(
        self,
        text: str,
        day: date | str = "today",
        at: time | str | None = None,
        *,
        tags: Iterable[str] = (),
        star: bool = False,
        mood: int | None = None,
        id: str | None = None,
    ) -> Entry:
        """A new entry; when this returns, it is on the disk.

        Raises:
            DiaryError: nothing was written, the id is taken, or something is out of range.
            DayError: there is no such day or time.
            StorageError: the disk is full, or cannot be written.
        """
        day = read_day(day) if isinstance(day, str) else day
        at = read_time(at) if isinstance(at, str) else at
        if id is None:
            id = f"{day.isoformat()}-{secrets.token_hex(4)}"
        entry = Entry(id, day, at, text, tuple(tags), star, mood, now())
        return self.add([entry])[0]

    def add(self, entries: Iterable[Entry]) -> list[Entry]:
        """New entries, all of them or none.

        Raises:
            DiaryError: one of them cannot be as it is, or its id is taken.
        """
        found = [checked(entry) for entry in entries]
        with store.transaction(self.database, self.path):
            for entry in found:
                try:
                    row = self.database.execute(
                        f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row_of(entry)
                    )
                except driver.errors("IntegrityError"):
                    raise DiaryError(f"there is an entry {entry.id} already", hint="another id, or none") from None
                self._tag(entry)
                search.index(self.database, row.lastrowid or 0, entry.text)
        return found

    def edit(
        self,
        id: str,
        *,
        text: str = UNCHANGED,
        day: date | str = UNCHANGED,
        at: time | str | None = UNCHANGED,
        tags: Iterable[str] = UNCHANGED,
        star: bool = UNCHANGED,
        mood: int | None = UNCHANGED,
    ) -> Entry:
        """Change what is named; what it was before is kept in its history.

        Raises:
            DiaryError: there is no such entry, or a value is out of range.
        """
        changes: dict[str, Any] = {"text": text, "tags": tags, "star": star, "mood": mood}
        changes["date"] = read_day(day) if isinstance(day, str) else day
        changes["time"] = read_time(at) if isinstance(at, str) else at
        changes = {name: value for name, value in changes.items() if value is not UNCHANGED}
        with store.transaction(self.database, self.path):
            before = self.entry(id)
            after = checked(replace(before, **changes))
            if after != before:
                after = self._change(before, replace(after, edited=now()))
        return after

    def _change(self, before: Entry, after: Entry) -> Entry:
        """Within a transaction: the entry anew, and the old one into its history."""
        row = row_of(after)
        number = self._number(before.id)
        names = COLUMNS.split(", ")
        self.database.execute(
            "INSERT INTO versions (entry, until, content) VALUES (?, ?, ?)",
            (number, instant(after.edited or now()), json.dumps(columns_of(before), ensure_ascii=False)),
        )
        self.database.execute(
            f"UPDATE entries SET {', '.join(f'{name} = ?' for name in names)} WHERE number = ?", (*row, number)
        )
        self._tag(after)
        if after.text != before.text:
            self.database.execute("DELETE FROM pieces WHERE entry = ?", (number,))
            search.unindex(self.database, number, before.text)
            search.index(self.database, number, after.text)
        return after

    def _tag(self, entry: Entry) -> None:
        number = self._number(entry.id)
        self.database.execute("DELETE FROM tags WHERE entry = ?", (number,))
        self.database.executemany("INSERT INTO tags (entry, tag) VALUES (?, ?)", [(number, tag) for tag in entry.tags])

    def _number(self, id: str) -> int:
        found = self.database.execute("SELECT number FROM entries WHERE id = ?", (id,)).fetchone()
        if not found:
            raise DiaryError(f"there is no entry {id[:80]!r}", hint="mebuki diary list")
        return found[0]

    def entry(self, id: str) -> Entry:
        """The entry of that id, also out of the trash.

        Raises:
            DiaryError: there is none.
        """
        found = self.database.execute(f"SELECT {COLUMNS} FROM entries WHERE id = ?", (id,)).fetchone()
        if not found:
            raise DiaryError(f"there is no entry {id[:80]!r}", hint="mebuki diary list")
        return entry_of(found)

    def here(self, id: str) -> tuple[Entry | None, str]:
        """The entry of that id, also out of the trash, and what `remember` was told of it last."""
        found = self.database.execute(f"SELECT {COLUMNS}, source FROM entries WHERE id = ?", (id,)).fetchone()
        return (entry_of(found[:-1]), found[-1] or "") if found else (None, "")

    def remember(self, id: str, source: str) -> None:
        """Keep a mark of what the entry was when it was imported."""
        with store.transaction(self.database, self.path):
            self.database.execute("UPDATE entries SET source = ? WHERE id = ?", (source, id))

    def beginning(self, id: str) -> list[Entry]:
        """Entries, in the trash or not, whose ids begin so."""
        rows = self.database.execute(
            f"SELECT {COLUMNS} FROM entries WHERE substr(id, 1, ?) = ? ORDER BY number LIMIT 20", (len(id), id)
        )
        return [entry_of(row) for row in rows] if id else []

    def history(self, id: str) -> list[Entry]:
        """What the entry was before each change, oldest first."""
        rows = self.database.execute(
            "SELECT content FROM versions WHERE entry = ? ORDER BY number", (self._number(id),)
        )
        return [entry_of(json.loads(content).values()) for (content,) in rows]

    def entries(
        self,
        start: date | None = None,
        end: date | None = None,
        *,
        tag: str | None = None,
        star: bool | None = None,
        moods: Sequence[int] | None = None,
        newest: bool = False,
        limit: int | None = None,
        trash: bool = False,
    ) -> Iterator[Entry]:
        """Entries in the order of their days, times and writing.

        Args:
            start, end: the first and the last day.
            tag: with this tag.
            star: marked, or not marked.
            moods: with one of these.
            newest: the latest first.
            limit: at most so many.
            trash: those in the trash instead.
        """
        terms, values = chosen(start, end, tag, star, moods, trash)
        order = "DESC" if newest else "ASC"
        rows = self.database.execute(
            f"SELECT {COLUMNS} FROM entries WHERE {terms} ORDER BY date {order}, "
            f"time IS NULL {'ASC' if newest else 'DESC'}, time {order}, number {order} LIMIT ?",
            (*values, -1 if limit is None else limit),
        )
        return map(entry_of, rows)

    def search(
        self,
        query: str,
        start: date | None = None,
        end: date | None = None,
        *,
        tag: str | None = None,
        star: bool | None = None,
        moods: Sequence[int] | None = None,
        limit: int = 50,
    ) -> list[Match]:
        """Entries that hold the query anywhere in their text, the best first; as to how, see `mebuki.diary.search`.

        Args:
            query: one letter or more, as they stand in the text.
            start, end, tag, star, moods: as in `entries`.
            limit: at most so many.
        """
        terms, values = chosen(start, end, tag, star, moods, trash=False)
        read: Any = lambda rows: map(entry_of, rows)  # noqa: E731
        return search.matches(self.database, query, read, COLUMNS, terms, tuple(values), limit)

    def day(self, day: date) -> list[Entry]:
        """The entries of a day."""
        return list(self.entries(day, day))

    def on_this_day(self, day: date) -> list[Entry]:
        """The entries of this day of the year in other years, oldest first; on the last of February also those of a 29th."""
        days = [day.strftime("%m-%d")]
        if days == ["02-28"] and (day + timedelta(1)).month == 3:
            days.append("02-29")
        rows = self.database.execute(
            f"SELECT {COLUMNS} FROM entries WHERE substr(date, 6) IN ({', '.join('?' * len(days))}) "
            "AND substr(date, 1, 4) <> ? AND trashed IS NULL ORDER BY date, time, number",
            (*days, f"{day.year:04d}"),
        )
        return [entry_of(row) for row in rows]

    def delete(self, *ids: str) -> list[Entry]:
        """Put entries into the trash; `restore` fetches them back."""
        return self._move(ids, now())

    def restore(self, *ids: str) -> list[Entry]:
        """Fetch entries back from the trash."""
        return self._move(ids, None)

    def _move(self, ids: Iterable[str], trashed: datetime | None) -> list[Entry]:
        found = []
        with store.transaction(self.database, self.path):
            for id in ids:
                entry = replace(self.entry(id), trashed=trashed)
                self.database.execute("UPDATE entries SET trashed = ? WHERE id = ?", (trashed and instant(trashed), id))
                found.append(entry)
        return found

    def empty_trash(self, before: datetime | None = None) -> int:
        """Delete for ever what is in the trash, with its history; how many entries that were.

        Args:
            before: only what was put there earlier.
        """
        with store.transaction(self.database, self.path):
            limit = instant(before or datetime.max.replace(tzinfo=UTC))
            for number, text in self.database.execute("SELECT number, text FROM entries WHERE trashed < ?", (limit,)):
                search.unindex(self.database, number, text)
            gone = self.database.execute("DELETE FROM entries WHERE trashed < ?", (limit,)).rowcount
            if gone:
                search.forget(self.database)
                self.shelf.remove(INDEX)
                self.database.execute("DELETE FROM pieces")
                self.database.execute("DELETE FROM keys")  # words of theirs; those of the others are found anew
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def tags(self) -> dict[str, int]:
        """Tags outside the trash, and how many entries have each; the commonest first."""
        rows = self.database.execute(
            "SELECT tag, count(*) FROM tags JOIN entries ON entry = number WHERE trashed IS NULL "
            "GROUP BY tag ORDER BY count(*) DESC, tag"
        )
        return dict(rows.fetchall())

    def statistics(self, today: date | None = None) -> Statistics:
        """How much was written."""
        return statistics(self.database, today or date.today())
