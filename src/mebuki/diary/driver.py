"""Which library opens a database: Python's own, or, where it is encrypted, SQLCipher's, which is used in the same way.

Its errors are classes of its own: `except errors() as error` catches both.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

from ..extras import install
from .entries import DiaryError

PLAIN = b"SQLite format 3\x00"  # how files of SQLite begin; encrypted ones begin with chance


_gate = threading.RLock()
_held: dict[str, list[bool]] = {}  # files that this program has open, and for each time whether as a plain one


def opened(path: Path, key: str | None = None, patience: float = 0.0, *, cipher: bool = False) -> sqlite3.Connection:
    """A connection that begins and ends its own transactions.

    Args:
        key: of an encrypted one, 64 hexadecimal digits; None: it is plain.
        patience: seconds to wait for another program.
        cipher: by SQLCipher, also a plain one.

    Raises:
        DiaryError: it is encrypted, and what opens such is not installed.
        sqlite3.OperationalError: it cannot be opened.
    """
    library: Any = sqlcipher() if cipher or key is not None else sqlite3
    with _gate:
        connection = library.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False, factory=_class(library.Connection)
        )
        connection.hold(path, key is None)
    if library is not sqlite3:
        connection.execute("PRAGMA cipher_log_level = NONE")  # errors are told by exceptions alone
    if key is not None:
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute("PRAGMA temp_store = MEMORY")  # what was written goes into no file but the diary's
    return connection


@cache
def _class(of: type[Any]) -> Any:
    """Connections that are known here as long as they are open (see `is_plain`)."""

    class Held(of):
        held: tuple[str, bool] | None = None

        def hold(self, path: Path, plain: bool) -> None:
            self.held = os.path.realpath(path), plain
            _held.setdefault(self.held[0], []).append(plain)

        def close(self) -> None:
            with _gate:
                super().close()
                if self.held:
                    path, plain = self.held
                    self.held = None
                    _held[path].remove(plain)
                    if not _held[path]:
                        del _held[path]

        def __del__(self) -> None:
            self.close()

    return Held


def sqlcipher() -> Any:
    """SQLCipher's module.

    Raises:
        DiaryError: it is not installed.
    """
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        raise missing() from None
    return dbapi2


def missing() -> DiaryError:
    return DiaryError("encryption needs two packages that are not installed", hint=install("encrypted"))


def errors(name: str = "DatabaseError") -> tuple[type[Exception], ...]:
    """The errors of that name, of all libraries that are in use.

    >>> sqlite3.OperationalError in errors("OperationalError")
    True
    """
    found = [getattr(sqlite3, name)]
    if other := sys.modules.get("sqlcipher3.dbapi2"):
        found.append(getattr(other, name))
    return tuple(found)


def is_plain(path: Path) -> bool:
    """Whether anybody can read a database; an empty file is one. False also for what is no database at all.

    A file that this program has open as a database is not looked into: closing it then would end SQLite's locks on it, as POSIX has it.
    """
    with _gate:
        if held := _held.get(os.path.realpath(path)):
            return held[0]
        with path.open("rb") as file:
            return file.read(len(PLAIN)) in (b"", PLAIN)
