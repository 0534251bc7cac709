"""Which library opens a database: Python's own, or, where it is encrypted, SQLCipher's, which is used in the same way.

Its errors are classes of its own: `except errors() as error` catches both.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

from .entries import DiaryError

PLAIN = b"SQLite format 3\x00"  # how files of SQLite begin; encrypted ones begin with chance
INSTALL = 'pip install "mebuki[encrypted]"'


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
    if key is None and not cipher:
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    else:
        connection = sqlcipher().connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA cipher_log_level = NONE")  # errors are told by exceptions alone
        if key is not None:
            connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute(
        "PRAGMA temp_store = MEMORY"
    )  # nothing that was written goes into a file that is not the diary's
    return connection


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
    return DiaryError("encryption needs two packages that are not installed", hint=INSTALL)


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
    """Whether anybody can read a database; an empty file is one. False also for what is no database at all."""
    with path.open("rb") as file:
        begins = file.read(len(PLAIN))
    return begins in (b"", PLAIN)
