"""The database of a diary: one file of SQLite, opened so that what was acknowledged is never lost.

    diary.sqlite         everything that was written
    backups/             copies that were read back and found whole, one a day, the last thirty
    kept/                what was grown or counted from it (see `shelf`)
    keys.json            of an encrypted one (see `keyring`); then all the others are encrypted too

Write-ahead logging with synchronous=FULL: a transaction is on the disk before it is acknowledged. Several programs may have a diary
open at once; they wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ..errors import StorageError
from ..extras import upgrade
from ..text.files import flush_folder
from . import driver, keyring, search
from .entries import DiaryError

NAME = "diary.sqlite"
BACKUPS = "backups"
UNFINISHED = ".unfinished"
KEPT = 30
PATIENCE = 20.0  # seconds to wait for another program
SCHEMA = (  # one script for each version, from 1
    """
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        date TEXT NOT NULL,
        time TEXT,
        text TEXT NOT NULL,
        tags TEXT NOT NULL DEFAULT '[]',
        star INTEGER NOT NULL DEFAULT 0,
        mood INTEGER,
        created TEXT NOT NULL,
        edited TEXT,
        trashed TEXT,
        source TEXT
    );
    CREATE INDEX entries_by_date ON entries (date, time, number);
    CREATE INDEX entries_by_day_of_year ON entries (substr(date, 6));
    CREATE TABLE versions (
        number INTEGER PRIMARY KEY,
        entry INTEGER NOT NULL REFERENCES entries (number) ON DELETE CASCADE,
        until TEXT NOT NULL,
        content TEXT NOT NULL
    );
    CREATE INDEX versions_by_entry ON versions (entry);
    CREATE TABLE tags (
        entry INTEGER NOT NULL REFERENCES entries (number) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (tag, entry)
    ) WITHOUT ROWID;
    CREATE INDEX tags_by_entry ON tags (entry);
    CREATE TABLE keys (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
    CREATE TABLE pieces (
        entry INTEGER PRIMARY KEY REFERENCES entries (number) ON DELETE CASCADE, form INTEGER NOT NULL, found BLOB NOT NULL
    );
    """
    + search.SCHEMA,
    """
    CREATE TABLE aliases (name TEXT PRIMARY KEY, word TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE stops (word TEXT PRIMARY KEY) WITHOUT ROWID;
    """,
    # waiting: entries whose words are to be read; changes: how often anything changed that the words of the whole diary hang on
    """
    CREATE TABLE waiting (entry INTEGER PRIMARY KEY);
    INSERT INTO waiting SELECT number FROM entries;
    CREATE TABLE changes (count INTEGER NOT NULL, form INTEGER NOT NULL);
    INSERT INTO changes VALUES (0, 0);
    CREATE TRIGGER entry_written AFTER INSERT ON entries BEGIN INSERT INTO waiting VALUES (NEW.number); UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER entry_changed AFTER UPDATE OF date, time, text, trashed ON entries BEGIN UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER entry_deleted AFTER DELETE ON entries BEGIN DELETE FROM waiting WHERE entry = OLD.number; UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER words_deleted AFTER DELETE ON pieces BEGIN INSERT OR IGNORE INTO waiting SELECT number FROM entries WHERE number = OLD.entry; UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER alias_added AFTER INSERT ON aliases BEGIN UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER alias_deleted AFTER DELETE ON aliases BEGIN UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER stop_added AFTER INSERT ON stops BEGIN UPDATE changes SET count = count + 1; END;
    CREATE TRIGGER stop_deleted AFTER DELETE ON stops BEGIN UPDATE changes SET count = count + 1; END;
    """,
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
)


def place(path: Path, *, create: bool) -> None:
    """See that there is a folder and a file to open.

    Raises:
        DiaryError: there is no diary, and none may be made, or it is gone or empty while its backups or keys are there.
        StorageError: the folder cannot be made.
    """
    try:
        empty = not path.exists() or path.stat().st_size == 0
        last = latest_backup(path.parent)
        if empty and (last or keyring.exists(path.parent)):
            raise DiaryError(
                f"{path} is {'empty' if path.exists() else 'missing'}, though a diary was there",
                allowed="another folder, to begin anew: --diary DIR",
                hint=f"copying its last backup to it: {last}" if last else "a copy of it",
            )
        if not create and not path.exists():
            raise DiaryError(f"there is no diary in {path.parent}", hint="mebuki diary write")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise _unopened(path, error) from error


def is_encrypted(path: Path) -> bool:
    """Whether the database that is there is encrypted. What is damaged and has no keys counts as plain.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return path.exists() and not driver.is_plain(path) and keyring.exists(path.parent)
    except OSError as error:
        raise _unopened(path, error) from error


def connect(path: Path, key: str | None = None) -> sqlite3.Connection:
    """Open a diary's database, and bring it to the present form.

    Args:
        key: of an encrypted one.

    Raises:
        DiaryError: the file is no diary, is damaged, has another key, or was written by a newer version.
        StorageError: it cannot be written.
    """
    try:
        connection = driver.opened(path, key, PATIENCE)
    except driver.errors("OperationalError") as error:
        raise _unopened(path, error) from error
    try:
        begin_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        _migrate(connection, path)
    except driver.errors() as error:
        connection.close()
        raise told(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def begin_log(connection: sqlite3.Connection) -> None:
    """Write ahead into a log, so that those who read and the one who writes do not wait for each other."""
    connection.execute("PRAGMA journal_mode = WAL")


def leave_log(connection: sqlite3.Connection, path: Path) -> None:
    """Bring all into the one file, and take the log away; `connect` begins it again.

    Raises:
        StorageError: another program has the diary open.
    """
    try:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except driver.errors() as error:
        problem = told(error, path)
        if isinstance(problem, StorageError):
            raise StorageError(
                f"another program has the diary in {path.parent} open", hint="ending that program first"
            ) from error
        raise problem from error


def _unopened(path: Path, error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or error
    return StorageError(f"{path} cannot be opened: {reason}", hint="another folder: --diary DIR")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(SCHEMA):
        raise DiaryError(
            f"{path} was written by a newer version of this program (form {version})",
            allowed=f"forms up to {len(SCHEMA)}",
            hint=upgrade(),
        )
    if version == len(SCHEMA):
        return
    with transaction(connection, path):
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another program may have been faster
        for number in range(version, len(SCHEMA)):
            for statement in SCHEMA[number].split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All of it, or nothing; when the block is left, it is on the disk.

    Raises:
        StorageError: the disk is full or cannot be written, or another program holds the diary for too long.
        DiaryError: the database is damaged.
    """
    if connection.in_transaction:
        yield  # part of one that was begun outside
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except driver.errors() as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise told(error, path) from error


def told(error: Exception, path: Path) -> DiaryError | StorageError:
    """What SQLite says, for people."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(
            f"{path} has been held by another program for {PATIENCE:.0f} seconds", hint="ending that program first"
        )
    if code == sqlite3.SQLITE_FULL:
        return StorageError(f"the disk is full: nothing was changed in {path}", hint="making room")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
        return StorageError(f"{path} cannot be written: {error}", hint="another folder: --diary DIR")
    last = latest_backup(path.parent)
    hint = f"mebuki diary check; the last backup is {last}" if last else "a copy of it"
    if code == sqlite3.SQLITE_NOTADB and keyring.exists(path.parent):
        return DiaryError(f"{path} is damaged, or was encrypted with other keys than those beside it", hint=hint)
    if code == sqlite3.SQLITE_NOTADB:
        return DiaryError(
            f"{path} is no diary, or is damaged, or is encrypted and its {keyring.NAME} is lost: {error}", hint=hint
        )
    if "closed database" in str(error):
        return DiaryError(f"the diary in {path.parent} was closed, or locked", hint="opening it again")
    return DiaryError(f"{path} is damaged: {error}", hint=hint)


def check(connection: sqlite3.Connection) -> str:
    """ "ok", or what SQLite, and for an encrypted one SQLCipher, finds wrong."""
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        if found == ["ok"]:  # of a plain one, the other finds nothing
            found = [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")] or found
        return "; ".join(found[:5])
    except driver.errors() as error:
        return str(error)


def backups(folder: Path) -> list[Path]:
    """The backups in a diary's folder, oldest first."""
    return sorted((folder / BACKUPS).glob("diary-????-??-??.sqlite"))


def latest_backup(folder: Path) -> Path | None:
    found = backups(folder)
    return found[-1] if found else None


def back_up(connection: sqlite3.Connection, folder: Path, day: date, key: str | None = None) -> Path:
    """Copy the diary, read the copy back, and only then let it stand for the day; the oldest beyond `KEPT` goes.

    Args:
        key: of an encrypted diary; its backups are encrypted with it.

    Raises:
        StorageError: there is no room for it, or the copy is not whole.
    """
    home = folder / BACKUPS
    _sweep(home)
    target = home / f"diary-{day.isoformat()}.sqlite"
    unfinished = home / f".{os.getpid()}-{time.monotonic_ns()}{UNFINISHED}"
    try:
        home.mkdir(exist_ok=True)
        unfinished.touch(mode=0o600)
        copy = driver.opened(unfinished, key)
        try:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            found = check(copy)
        finally:
            copy.close()
        if found != "ok":
            raise StorageError(f"the backup of {folder} is not whole: {found}", hint="mebuki diary check")
        flush(unfinished)
        os.replace(unfinished, target)
        flush_folder(home)
    except (OSError, *driver.errors("Error")) as error:
        raise StorageError(f"no backup could be made in {home}: {error}", hint="making room") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    for old in backups(folder)[:-KEPT]:
        with contextlib.suppress(OSError):
            old.unlink(missing_ok=True)
    return target


def flush(path: Path) -> None:
    """See to it that a file is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(home: Path) -> None:
    """Take away what killed programs left, once it is an hour old."""
    for left in home.glob(f".*{UNFINISHED}"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 3600:
                left.unlink()
