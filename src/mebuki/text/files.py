"""A file that appears whole or not at all: written under another name, flushed to the disk, renamed."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from mebuki.errors import StorageError


@contextlib.contextmanager
def new_binary_file(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write into; it stands at `path`, in the place of one before, when the block ends without an error.

    Args:
        private: nobody else may read it.

    Raises:
        StorageError: it cannot be written, or the disk is full. Nothing is left, and one before stays as it was.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}-{os.urandom(4).hex()}")
    try:
        descriptor = os.open(
            unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600 if private else 0o666
        )
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}", hint="another place") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """See to it that names that were given or taken away in a folder are on the disk."""
    if os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network disks cannot
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def new_file(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[TextIO]:
    """The same for text, in UTF-8.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with new_file(Path(home, "note.txt")) as file:
    ...         _ = file.write("done")
    ...     os.listdir(home)
    ['note.txt']
    """
    with new_binary_file(path, private=private) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        yield text
        text.flush()
        text.detach()
