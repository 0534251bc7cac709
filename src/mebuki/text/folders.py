"""A folder that appears whole or not at all: written under another name, flushed to the disk, renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from mebuki.errors import StorageError

LOCK = ".being-written"


@contextlib.contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary folder beside `folder` to write into; it takes that name when the block ends without an error.

    Whoever writes holds a lock in it, which ends with the process: what a killed one left is removed the next time.

    Raises:
        StorageError: the folder holds something already, may not be written, or the disk is full. Nothing is left.

    >>> with tempfile.TemporaryDirectory() as home:
    ...     with new_folder(Path(home, "run")) as unfinished:
    ...         _ = (unfinished / "note.txt").write_text("done", encoding="utf-8")
    ...     os.listdir(home)
    ['run']
    """
    import filelock

    folder = Path(folder)
    unfinished = folder.parent / f".{folder.name}-{os.urandom(4).hex()}"
    lock = filelock.FileLock(unfinished / LOCK)
    made: list[Path] = []
    try:
        exists = folder.is_dir() and not any(folder.iterdir())
        if folder.exists() and not exists:
            raise StorageError(f"{folder} exists already", allowed="a new or an empty folder", hint=f"{folder}-2")
        made += [parent for parent in folder.parents if not parent.exists()]
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        unfinished.mkdir()
        lock.acquire(timeout=0)
        yield unfinished
        lock.release()
        (unfinished / LOCK).unlink(missing_ok=True)
        for file in sorted(unfinished.rglob("*")):
            _flush(file)
        _flush(unfinished)
        if exists:
            folder.rmdir()
        unfinished.rename(folder)
        made.clear()
        _flush(folder.parent)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror or error}",
            hint=_advice(error),
        ) from error
    finally:
        lock.release()
        shutil.rmtree(unfinished, ignore_errors=True)
        with contextlib.suppress(OSError):
            for parent in made:
                parent.rmdir()


def _advice(error: OSError) -> str:
    """What to try when a folder cannot be written."""
    match errno.errorcode.get(error.errno or 0):
        case "ENOSPC" | "EDQUOT" | "EFBIG":
            return "free some space on the disk"
        case "ENAMETOOLONG":
            return "a shorter name"
        case "ENOTDIR" | "EEXIST":
            return "a place where no file stands in the way"
        case "EACCES" | "EPERM" | "EROFS":
            return "a folder that you may write"
    return "another folder"


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed left of writing this folder: nobody holds the lock in it any more."""
    import filelock

    for left in folder.parent.glob(".*"):
        if re.fullmatch(rf"\.{re.escape(folder.name)}-[0-9a-f]{{8}}", left.name) and (left / LOCK).exists():
            lock = filelock.FileLock(left / LOCK)
            try:
                lock.acquire(timeout=0)
            except (filelock.Timeout, OSError):
                continue  # somebody writes
            lock.release()
            shutil.rmtree(left, ignore_errors=True)


class TemporaryFolder:
    """A folder that is removed when the last one who holds this object lets go of it, or at exit.

    Raises:
        StorageError: no folder for temporary files can be written.
    """

    def __init__(self) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix="mebuki-"))
        except OSError as error:
            raise StorageError(
                f"no temporary folder can be made: {error.strerror or error}", hint="set TMPDIR"
            ) from error
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _flush(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
