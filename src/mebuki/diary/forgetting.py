"""A word, a name or a day is forgotten: nothing of it stays in the diary, its history, its trash, its index, its backups.

    journal.would_forget("Ann").days
    journal.forget("Ann")

The backups come first, then what was grown or counted, then the diary itself: who is stopped on the way finds the word still there, and
does it again. Afterwards the database is written anew, so that no page of it holds what was taken out.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from ..errors import StorageError
from . import driver, search, settings, shelf, store
from .entries import DiaryError
from .gate import gate
from .rows import instant
from .sealing import shred
from .sentences import Span, blanked, said, without

Way = Literal["sentences", "word", "entries"]
EXAMPLES = 5
OWN = {
    "entries",
    "versions",
    "tags",
    "keys",
    "pieces",
    "written",
    "settings",
}  # tables that are looked after one by one
CUT = "cut"  # what is unfinished while the database still holds pages with what was taken out


@dataclass(frozen=True)
class Wanted:
    """What is to be forgotten: a word or a day.

    Attributes:
        word: or a name of several.
        day: all that was written of it.
        way: what goes with the word: the sentences that hold it; the word alone, for which ＿ stands then; whole entries.
        chance: for ids that are made anew where they held the word.
    """

    word: str = ""
    day: date | None = None
    way: Way = "sentences"
    chance: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False, compare=False)

    def __post_init__(self) -> None:
        if bool(self.query) == bool(self.day):
            raise DiaryError("a word, or a day, is wanted", hint="mebuki diary forget Ann")

    @property
    def query(self) -> str:
        return search.folded(self.word.strip())


@dataclass
class Plan:
    """What goes, or went.

    Attributes:
        changed: entries that stay, without the word.
        deleted: entries that go.
        times: that the word stands in them.
        versions: of their history, that change or go.
        days: of all these entries, in order.
        backups: that hold it, or cannot be read; counted by `look` alone.
        examples: days, and what goes, of the first few entries.
    """

    changed: int = 0
    deleted: int = 0
    times: int = 0
    versions: int = 0
    days: list[str] = field(default_factory=list)
    backups: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changed or self.deleted or self.versions or self.backups)


@dataclass(frozen=True)
class Forgotten:
    """What was done.

    Attributes:
        plan: of the diary itself.
        backups: how many were written anew.
        removed: backups that were damaged, and are gone.
        kept: names of what was grown or counted, and is gone.
    """

    plan: Plan
    backups: int
    removed: tuple[Path, ...]
    kept: tuple[str, ...]


def look(database: sqlite3.Connection, path: Path, wanted: Wanted, key: str | None = None) -> Plan:
    """What would go; the arguments are those of `forget`."""
    plan = _plan(database, wanted)
    for backup in store.backups(path.parent):
        try:
            copy = driver.opened(backup, key)
            try:
                plan.backups += bool(_plan(copy, wanted))
            finally:
                copy.close()
        except driver.errors():
            plan.backups += 1
    return plan


def _plan(database: sqlite3.Connection, wanted: Wanted) -> Plan:
    plan = Plan()
    for _ in _changes(database, wanted, plan):
        pass
    return plan


def forget(
    database: sqlite3.Connection,
    path: Path,
    wanted: Wanted,
    key: str | None = None,
    watch: Callable[[int, int], None] = lambda done, all: None,
) -> Forgotten:
    """Forget it, while no other program has the diary open.

    Args:
        database, path: of the diary.
        key: of an encrypted one.
        watch: is told how many backups are done, and how many there are.

    Raises:
        StorageError: another program has it open, or the disk is full.
    """
    folder, backups, removed = path.parent, store.backups(path.parent), list[Path]()
    with gate(folder, alone=True):
        store.leave_log(database, path)
        try:
            for done, backup in enumerate(backups):
                watch(done, len(backups))
                if not _in_backup(backup, wanted, key):
                    shred(backup)
                    removed.append(backup)
            watch(len(backups), len(backups))
            for left in (folder / store.BACKUPS).glob(f".*{store.UNFINISHED}*"):
                shred(left)
            kept = sorted(file for file in (folder / shelf.PLACE).glob("*") if file.is_file())
            for file in kept:
                shred(file)
            with store.transaction(database, path):
                plan = _forget_in(database, wanted)
                settings.set_to(database, settings.REGROW, instant(datetime.now(UTC)))
                settings.set_to(database, settings.UNFINISHED, CUT)
            _cut(database, path)
        finally:
            store.begin_log(database)
    names = tuple(file.name for file in kept if shelf.NAME.fullmatch(file.name))
    return Forgotten(plan, len(backups) - len(removed), tuple(removed), names)


def finish(database: sqlite3.Connection, path: Path) -> None:
    """End what a killed program has begun, if no other has the diary open now."""
    if settings.setting(database, settings.UNFINISHED) != CUT:
        return
    with gate(path.parent, alone=True):
        try:
            store.leave_log(database, path)
        except StorageError:
            return
        try:
            _cut(database, path)
        finally:
            store.begin_log(database)


def _cut(database: sqlite3.Connection, path: Path) -> None:
    """Write the database anew, without empty pages or the leavings of what stood there."""
    try:
        database.execute("VACUUM")
    except driver.errors() as error:
        raise store.told(error, path) from error
    with store.transaction(database, path):
        settings.set_to(database, settings.UNFINISHED, None)


def _in_backup(path: Path, wanted: Wanted, key: str | None) -> bool:
    """Forget it in a backup; False: it cannot be read, or is not whole.

    Raises:
        StorageError: the disk is full.
    """
    try:
        copy = driver.opened(path, key)
        try:
            copy.execute("PRAGMA foreign_keys = ON")
            copy.execute("PRAGMA secure_delete = ON")
            with store.transaction(copy, path):
                _forget_in(copy, wanted)
            copy.execute("VACUUM")
            return store.check(copy) == "ok" and not _plan(copy, wanted)
        finally:
            copy.close()
    except DiaryError:
        return False
    except driver.errors() as error:
        problem = store.told(error, path)
        if isinstance(problem, StorageError):
            raise problem from error
        return False


def _forget_in(database: sqlite3.Connection, wanted: Wanted) -> Plan:
    """Within a transaction: out of the text and all that is made of it."""
    plan = Plan()
    for number, before, after in list(_changes(database, wanted, plan)):
        search.unindex(database, number, before["text"])
        database.execute("DELETE FROM tags WHERE entry = ?", (number,))
        if after is None:
            database.execute("DELETE FROM entries WHERE number = ?", (number,))
            continue
        search.index(database, number, after["text"])
        tags = json.loads(after["tags"])
        database.executemany("INSERT INTO tags (entry, tag) VALUES (?, ?)", [(number, tag) for tag in tags])
        database.execute(
            "UPDATE entries SET id = ?, text = ?, tags = ?, edited = ?, source = NULL WHERE number = ?",
            (after["id"], after["text"], after["tags"], instant(datetime.now(UTC)), number),
        )
    for number, content in list(_versions(database, wanted)):
        if content is None:
            database.execute("DELETE FROM versions WHERE number = ?", (number,))
        else:
            changed = json.dumps(content, ensure_ascii=False)
            database.execute("UPDATE versions SET content = ? WHERE number = ?", (changed, number))
    search.forget(database)
    database.execute("DELETE FROM pieces")
    database.execute("DELETE FROM keys")  # both are made anew from what is left
    if wanted.query:
        _elsewhere(database, wanted.query)
    return plan


Row = dict[str, Any]


def _changes(database: sqlite3.Connection, wanted: Wanted, plan: Plan) -> Iterator[tuple[int, Row, Row | None]]:
    """Entries that hold it, in the trash too, as they are and as they would be; None: gone. All of it is told to the plan."""
    names: list[str] = ["id", "date", "text", "tags"]
    for number, *values in database.execute(f"SELECT number, {', '.join(names)} FROM entries ORDER BY date, number"):
        before = dict(zip(names, values, strict=True))
        after = _after(before, wanted)
        if after == before:
            continue
        spans = said(before["text"], wanted.query) if wanted.query else ()
        plan.times += len(spans)
        if before["date"] not in plan.days[-1:]:
            plan.days.append(before["date"])
        plan.changed += after is not None
        plan.deleted += after is None
        if len(plan.examples) < EXAMPLES:
            plan.examples.append((before["date"], _lost(before["text"], spans, wanted.way)))
        yield number, before, after
    plan.versions = sum(1 for _ in _versions(database, wanted))


def _versions(database: sqlite3.Connection, wanted: Wanted) -> Iterator[tuple[int, Row | None]]:
    """What entries were, where that holds it, as it would be; None: gone."""
    for number, content in database.execute("SELECT number, content FROM versions ORDER BY number"):
        before = json.loads(content)
        after = _after(before, wanted)
        if after != before:
            yield number, after


def _after(row: Row, wanted: Wanted) -> Row | None:
    """What becomes of an entry."""
    if wanted.day:
        return None if row["date"] == wanted.day.isoformat() else row
    query, tags = wanted.query, json.loads(row["tags"])
    spans, left = said(row["text"], query), [tag for tag in tags if not said(tag, query)]
    named = bool(said(row["id"], query))
    if not spans and not named and left == tags:
        return row
    if wanted.way == "entries":
        return None
    text = blanked(row["text"], spans) if wanted.way == "word" else without(row["text"], spans)[0]
    if spans and not text.strip(" \n\t\u3000＿。、.,!?！？"):
        return None
    id = hashlib.blake2b(row["id"].encode(), key=wanted.chance, digest_size=8).hexdigest() if named else row["id"]
    return {**row, "id": id, "text": text, "tags": json.dumps(left, ensure_ascii=False)}


def _lost(text: str, spans: tuple[Span, ...], way: Way) -> str:
    """What goes of a text, in one line."""
    if way == "sentences" and spans:
        text = " … ".join(without(text, spans)[1])
    elif way == "word" and spans:
        text = text[text.rfind("\n", 0, spans[0][0]) + 1 :]
    return " ".join(text.split())


def _elsewhere(database: sqlite3.Connection, query: str) -> None:
    """Rows of all other tables that hold the word."""
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    for (table,) in database.execute(tables).fetchall():
        if table in OWN or table.startswith(("grams", "sqlite_")):
            continue
        rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
        columns = [column[1] for column in database.execute(f'PRAGMA table_info("{table}")')]
        for row in rows:
            if any(isinstance(value, str) and said(value, query) for value in row):
                terms = " AND ".join(f'"{column}" IS ?' for column in columns)
                database.execute(f'DELETE FROM "{table}" WHERE {terms}', row)
