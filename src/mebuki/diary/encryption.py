"""A plain diary becomes an encrypted one, and the other way, and is whole and readable at every instant between.

    shown = encrypt(folder, "four words that nobody would guess").recovery_key
    with Journal(folder, passphrase="four words that nobody would guess") as journal: ...

How the database begins says which it is; what lies beside it follows. First the keys are written; then an encrypted copy of the database
is made, read back, compared row by row, and takes the name of the plain one: that is the moment. Then the backups and all else are
encrypted, one by one. Who dies on the way leaves a whole diary of either kind, and whoever opens an encrypted one next ends the work.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ..errors import StorageError
from ..text.files import new_binary_file
from . import driver, keyring, shelf, store
from .entries import DiaryError
from .gate import NAME as GATE
from .gate import gate
from .sealing import TURNING, is_sealed, put_in_place, seal, shred, unseal
from .unlocking import Folder, plain, unlock
from .vault import COST, Cost, Keys, Vault

OWN = {store.NAME, *(f"{store.NAME}-{end}" for end in ("wal", "shm", "journal")), keyring.NAME, GATE}
Watch = Callable[[int, int], None]  # is told how many files are done, and of how many


@dataclass(frozen=True)
class Encrypted:
    """What became of a diary.

    Attributes:
        recovery_key: opens it where the passphrase is forgotten; it is kept nowhere.
        strangers: files in its folder that are none of its own, and were left as they are.
        gone: backups that were damaged, and are taken away.
    """

    recovery_key: str
    strangers: tuple[Path, ...]
    gone: tuple[Path, ...]


def encrypt(folder: Folder, passphrase: str, *, cost: Cost = COST, watch: Watch = lambda done, all: None) -> Encrypted:
    """Encrypt a diary that no program has open; one that does not exist is made.

    Args:
        passphrase: 8 letters or more.
        cost: of trying one.

    Raises:
        DiaryError: it is encrypted already, or damaged, or the passphrase is too short, or a package is not installed.
        StorageError: another program has it open, or there is no room for a second copy; it is as it was.
    """
    path = Path(folder, store.NAME)
    folder = path.parent
    driver.sqlcipher()
    vault, keys, shown = Vault.new(passphrase, cost)
    store.place(path, create=True)
    with gate(folder, alone=True):
        if store.is_encrypted(path):
            raise already(folder)
        if foreign := [backup for backup in store.backups(folder) if not driver.is_plain(backup)]:
            raise DiaryError(
                f"{foreign[0]} is encrypted with keys that would be lost", hint=f"moving it and its {keyring.NAME} away"
            )
        with alone(path) as database:
            if (found := store.check(database)) != "ok":
                raise DiaryError(f"{path} is damaged: {found}", hint="mebuki diary check")
        for left in _turning(folder):
            shred(left)
        keyring.write(folder, vault)
        _turn(path, None, keys.database)
        gone = _seal_rest(folder, keys, watch)
    return Encrypted(shown, strangers(folder), gone)


def decrypt(
    folder: Folder,
    passphrase: str | None = None,
    keys: Keys | None = None,
    *,
    watch: Watch = lambda done, all: None,
) -> tuple[Path, ...]:
    """Make an encrypted diary plain that no program has open. What is given back could not be read, and stays as it is.

    Args:
        passphrase, keys: one of them.

    Raises:
        LockedError: it is another passphrase.
        DiaryError: it is plain, or damaged.
        StorageError: another program has it open, or there is no room for a second copy; it is still encrypted.
    """
    path, left = Path(folder, store.NAME), list[Path]()
    folder = path.parent
    store.place(path, create=False)
    with gate(folder, alone=True):
        if not (found := unlock(folder, passphrase, keys)):
            raise plain(folder)
        with alone(path, found.database):
            pass
        waiting = [file for file in store.backups(folder) if not driver.is_plain(file)]
        waiting += [file for file in _files(folder / shelf.PLACE) if is_sealed(file)]
        for done, file in enumerate(waiting):
            watch(done, len(waiting) + 1)
            try:
                if file.parent.name == store.BACKUPS:
                    _turn(file, found.database, None)
                else:
                    _write(file, unseal(found.files, file.name, file.read_bytes()))
            except DiaryError:
                left.append(file)
        _turn(path, found.database, None)
        if not left:  # or else they could never be read
            keyring.remove(folder)
        watch(len(waiting) + 1, len(waiting) + 1)
    return tuple(left)


def finish(folder: Path, keys: Keys | None) -> None:
    """End what a killed program has begun: beside an encrypted database nothing is plain, and its keys have their copy.

    Args:
        keys: of the diary, which the caller has open; None: it is plain.
    """
    whole = not keys or (keyring.is_whole(folder) and not any(_plain_files(folder)))
    if whole and not any(_turning(folder)) and not any(_journals(folder)):
        return
    with gate(folder, alone=True):
        for left in _turning(folder):
            shred(left)
        for left in _journals(folder):
            _settle(left, keys)
        vault = keyring.read(folder) if keys else None
        if keys and vault and vault.id == keys.id:
            keyring.write(folder, vault)
            _seal_rest(folder, keys)


@contextlib.contextmanager
def alone(path: Path, key: str | None = None) -> Iterator[sqlite3.Connection]:
    """A diary's database, which no other program has open; it is one file, without a log beside it.

    Raises:
        StorageError: another program has it open.
    """
    database = store.connect(path, key)
    try:
        store.leave_log(database, path)
        yield database
    finally:
        database.close()


def already(folder: Path) -> DiaryError:
    return DiaryError(f"the diary in {folder} is encrypted already", hint="mebuki diary passphrase")


def strangers(folder: Path) -> tuple[Path, ...]:
    """Files in a diary's folder that the diary has not made."""
    known = {folder / name for name in OWN} | {*store.backups(folder), *keyring.paths(folder)}
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path not in known)
    return tuple(path for path in found if path.parent.name != shelf.PLACE)


def _seal_rest(folder: Path, keys: Keys, watch: Watch = lambda done, all: None) -> tuple[Path, ...]:
    """All beside the database, encrypted; backups that were damaged, and are taken away."""
    gone, waiting = list[Path](), list(_plain_files(folder))
    for done, file in enumerate(waiting, 1):
        watch(done, len(waiting) + 1)
        if file.name.startswith("."):
            shred(file)  # what a killed program has not ended
        elif file.parent.name == shelf.PLACE:
            _write(file, seal(keys.files, file.name, file.read_bytes()))
        else:
            try:
                _turn(file, None, keys.database)
            except DiaryError:
                shred(file)
                gone.append(file)
    watch(len(waiting) + 1, len(waiting) + 1)
    return tuple(gone)


def _plain_files(folder: Path) -> Iterator[Path]:
    """Files of the diary beside its database that anybody can read."""
    for file in _files(folder / store.BACKUPS):
        if file.stat().st_size and driver.is_plain(file):
            yield file
    for file in _files(folder / shelf.PLACE):
        if file.stat().st_size and not is_sealed(file):
            yield file


def _turning(folder: Path) -> Iterator[Path]:
    """Copies that were never whole; whoever is alone in the folder may take them away."""
    for home in (folder, folder / store.BACKUPS, folder / shelf.PLACE):
        yield from home.glob(f".*{TURNING}*")


def _journals(folder: Path) -> Iterator[Path]:
    """What a killed program has left beside a database: as it was before a change, to go back to it."""
    for home in (folder, folder / store.BACKUPS):
        yield from home.glob("*.sqlite-journal")


def _settle(journal: Path, keys: Keys | None) -> None:
    """Go back to what a database was, if its change was not ended, and leave no page of that."""
    path = journal.with_name(journal.name.removesuffix("-journal"))
    if path.exists() and path.name != store.NAME:  # whoever opened that one went back
        with contextlib.suppress(*driver.errors()):
            database = driver.opened(path, keys.database if keys and not driver.is_plain(path) else None)
            try:
                database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            finally:
                database.close()
    shred(journal)


def _files(home: Path) -> list[Path]:
    return (
        sorted(path for path in home.glob("*") if path.is_file() and path.name != keyring.NAME) if home.is_dir() else []
    )


def _write(file: Path, content: bytes) -> None:
    """Another content for a file; the one before is written over."""
    unfinished = file.with_name(f".{file.name}{TURNING}")
    with new_binary_file(unfinished, private=True) as new:
        new.write(content)
    put_in_place(unfinished, file)


def _turn(path: Path, of: str | None, to: str | None) -> None:
    """A database with another key in its place; None: plain.

    Raises:
        DiaryError: it is damaged.
        StorageError: there is no room; it is as it was.
    """
    unfinished = path.with_name(f".{path.name}{TURNING}")
    try:
        shred(unfinished)
        unfinished.touch(mode=0o600)
        _copy(path, unfinished, of, to)
        store.flush(unfinished)
        put_in_place(unfinished, path)
        shred(path.with_name(f"{path.name}-journal"))  # it was read
    except driver.errors() as error:
        raise store.told(error, path) from error
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", hint="making room") from error
    finally:
        with contextlib.suppress(OSError):
            shred(unfinished)


def _copy(source: Path, target: Path, of: str | None, to: str | None) -> None:
    """All of a database, with another key; read back and compared."""
    there = driver.opened(source, of, cipher=True)
    try:
        there.execute("ATTACH DATABASE ? AS other KEY ?", (str(target), f"x'{to}'" if to else ""))
        there.execute("PRAGMA other.journal_mode = OFF")  # it counts only when it is whole
        there.execute("PRAGMA other.synchronous = OFF")
        there.execute("SELECT sqlcipher_export('other')")
        (version,) = there.execute("PRAGMA main.user_version").fetchone()
        there.execute(f"PRAGMA other.user_version = {version}")
        there.execute("DETACH DATABASE other")
        here = driver.opened(target, to)
        try:
            found = store.check(here)
            if found != "ok" or not _same(there, here):
                raise StorageError(f"a copy of {source} is not what it was made of: {found}", hint="mebuki diary check")
        finally:
            here.close()
    finally:
        there.close()


def _same(one: sqlite3.Connection, other: sqlite3.Connection) -> bool:
    """Whether two databases hold the same rows."""
    names = "SELECT name, sql FROM sqlite_schema ORDER BY name"
    tables = one.execute(names).fetchall()
    if tables != other.execute(names).fetchall():
        return False
    for name, said in tables:
        if (said or "").startswith("CREATE TABLE"):
            rows = (database.execute(f'SELECT * FROM "{name}"') for database in (one, other))
            if any(here != there for here, there in zip_longest(*rows)):
                return False
    return True
