"""A diary's folder, opened: its database, what lies beside it, and what is done to all of it at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from . import driver, encryption, forgetting, shelf, store
from .days import read_day
from .forgetting import Forgotten, Plan, Wanted, Way
from .gate import gate
from .sealing import seal, unseal
from .shelf import Shelf
from .unlocking import unlock
from .vault import Keys


class Opened:
    """A diary that is open; it is made if there is none.

    Args:
        folder: its folder.
        create: whether it may be made.
        passphrase: of an encrypted one.
        keys: in its place, from `unlock`.

    Attributes:
        path: of the database.
        database: the connection to it.
        shelf: what was grown or counted, and could be anew.

    Raises:
        LockedError: it is encrypted, and there is no passphrase, or another one.
        DiaryError: it is damaged, was written by a newer version, or is missing and may not be made; or there is a passphrase, and
            it is not encrypted.
        StorageError: the folder cannot be written.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        create: bool = True,
        passphrase: str | None = None,
        keys: Keys | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.path = self.folder / store.NAME
        if passphrase is not None or keys is not None:
            create = False  # what is made is plain, and that was not meant
        store.place(self.path, create=create)
        with gate(self.folder):
            self._keys = unlock(self.folder, passphrase, keys)
            self.database = store.connect(self.path, self._key)
        self.shelf = Shelf(self.folder / shelf.PLACE)
        if self._keys:
            files = self._keys.files
            self.shelf = Shelf(self.folder / shelf.PLACE, partial(seal, files), partial(unseal, files))
        try:
            encryption.finish(self.folder, self._keys)
            forgetting.finish(self.database, self.path)
        except driver.errors() as error:
            self.close()
            raise store.told(error, self.path) from error
        except BaseException:
            self.close()
            raise

    @property
    def encrypted(self) -> bool:
        """Whether it lies encrypted on the disk."""
        return self._keys is not None

    @property
    def _key(self) -> str | None:
        """Of the database and its backups."""
        return self._keys.database if self._keys else None

    def close(self) -> None:
        self.database.close()

    def lock(self) -> None:
        """Close it, and forget the keys of an encrypted one; it is opened again with the passphrase."""
        self.close()
        if self._keys:
            self._keys, self.shelf = None, Shelf(self.folder / shelf.PLACE, shelf.locked, shelf.locked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r})"

    def would_forget(self, word: str = "", *, day: date | str | None = None, way: Way = "sentences") -> Plan:
        """What `forget` would take away."""
        return forgetting.look(self.database, self.path, _wanted(word, day, way), self._key)

    def forget(
        self,
        word: str = "",
        *,
        day: date | str | None = None,
        way: Way = "sentences",
        watch: Callable[[int, int], None] = lambda done, all: None,
    ) -> Forgotten:
        """Let a word, a name, or a day be as if it had never been written, in history, trash and backups too; nothing brings it back.

        Args:
            word: it stands as a word in what goes.
            day: all that was written of it, instead.
            way: "sentences" takes out those that hold the word, "word" puts ＿ in its place, "entries" deletes whole ones.
            watch: is told how many backups are done, and how many there are.

        Raises:
            StorageError: another program has the diary open.
        """
        return forgetting.forget(self.database, self.path, _wanted(word, day, way), self._key, watch)

    def back_up(self, day: date | None = None) -> Path:
        """A copy in the folder's backups, read back and found whole.

        Raises:
            StorageError: there is no room for it.
        """
        return store.back_up(self.database, self.folder, day or date.today(), self._key)

    def back_up_daily(self) -> Path | None:
        """A copy, as `back_up` makes it, if this day has none; None: it has.

        Raises:
            StorageError: there is no room for it.
        """
        last, today = store.latest_backup(self.folder), date.today()
        return None if last and last.stem.removeprefix("diary-") == today.isoformat() else self.back_up(today)

    def check(self) -> str:
        """ "ok", or what is wrong with the database."""
        return store.check(self.database)


def _wanted(word: str, day: date | str | None, way: Way) -> Wanted:
    return Wanted(word, read_day(day) if isinstance(day, str) else day, way)
