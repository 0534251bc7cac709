"""A folder that appears whole or not at all: written under another name, flushed to the disk, renamed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from mebuki.errors import StorageError


@contextlib.contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary folder beside `folder` to write into; it takes that name when the block ends without an error.

    Raises:
        StorageError: the folder holds something already, may not be written, or the disk is full. Nothing is left.

    >>> with tempfile.TemporaryDirectory() as home:
    ...     with new_folder(Path(home, "run")) as unfinished:
    ...         _ = (unfinished / "note.txt").write_text("done", encoding="utf-8")
    ...     os.listdir(home)
    ['run']
    """
    folder = Path(folder)
    unfinished = folder.parent / f".{folder.name}-{os.urandom(4).hex()}"
    try:
        exists = folder.is_dir() and not any(folder.iterdir())
        if folder.exists() and not exists:
            raise StorageError(f"{folder} exists already", allowed="a new or an empty folder", hint=f"{folder}-2")
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir()
        yield unfinished
        for file in sorted(unfinished.rglob("*")):
            _flush(file)
        _flush(unfinished)
        if exists:
            folder.rmdir()
        unfinished.rename(folder)
        _flush(folder.parent)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror or error}",
            hint="free some space on the disk, or choose a folder that you may write",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


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
