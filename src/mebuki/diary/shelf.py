"""What a diary keeps beside its database, and could make anew: its model, its counts. One file for each name, whole or not there at all.

    kept/model.safetensors
    kept/index.bin

Where the diary is encrypted, so is each of them (`seal`).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from ..errors import StorageError
from ..text.files import new_binary_file
from .entries import DiaryError

Seal = Callable[[str, bytes], bytes]  # the name of a thing and its content, plain or sealed, to the other
NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
PLACE = "kept"
INDEX = "index.bin"  # see `kept_index`


def _plain(name: str, content: bytes) -> bytes:
    return content


def locked(name: str, content: bytes) -> bytes:
    raise DiaryError("the diary is locked", hint="opening it again, with its passphrase")


class Shelf:
    """Things with names, each one file.

    Args:
        folder: where they lie; it is made with the first of them.
        seal: what is done with a content before it is written.
        unseal: and after it was read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     shelf = Shelf(Path(home, "kept"))
    ...     shelf.write("counts.bin", b"123")
    ...     shelf.read("counts.bin"), shelf.read("model.bin"), shelf.names()
    (b'123', None, ['counts.bin'])
    """

    def __init__(self, folder: Path, seal: Seal = _plain, unseal: Seal = _plain) -> None:
        self.folder = folder
        self._seal, self._unseal = seal, unseal

    def _path(self, name: str) -> Path:
        assert NAME.fullmatch(name), name
        return self.folder / name

    def read(self, name: str) -> bytes | None:
        """What was written under the name last; None: nothing.

        Raises:
            StorageError: it cannot be read.
            DiaryError: it was sealed with another key, or is damaged.
        """
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = error.strerror or error
            raise StorageError(f"{self._path(name)} cannot be read: {reason}", hint="mebuki diary check") from error
        return self._unseal(name, content)

    def write(self, name: str, content: bytes) -> None:
        """Keep a content under a name; when this returns, it is on the disk.

        Raises:
            StorageError: it cannot be written; what was there stays.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise StorageError(f"{self.folder} cannot be made: {reason}", hint="making room") from error
        with new_binary_file(self._path(name), private=True) as file:
            file.write(self._seal(name, content))

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self._path(name).unlink()

    def names(self) -> list[str]:
        """All names, in order."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if NAME.fullmatch(path.name))
