"""Ids on disk, read as if they were an array.

Only what is asked for is read. A memory map would be the usual way, but then the system counts the pages around each
place that was touched, up to a megabyte, as memory of this process: reading at random soon has the whole file in there.
"""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mebuki.errors import RunError, TextError


class Readable(Protocol):
    """A long row of ids, wherever it lies: what is asked of a text that is learned from, counted or foretold."""

    def __len__(self) -> int: ...
    def __getitem__(self, where: slice, /) -> NDArray[np.int64]: ...
    def windows(self, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]: ...


class Ids:
    """The ids of a text in a raw little-endian file.

    No file stays open between two calls, so that the file may be moved or deleted when nothing is read any more.

    Args:
        path: the file, `len(ids) * dtype.itemsize` bytes.
        dtype: uint16 or uint32.
        owner: anything that must live as long as this does (the temporary folder that holds the file).

    Raises:
        RunError: the file is missing, empty, or no whole number of ids; later, it has been cut or deleted.

    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "train.bin"); np.arange(10, dtype="<u2").tofile(path)
    >>> ids = Ids(path, np.uint16)
    >>> len(ids), ids[2:5].tolist(), ids.windows(np.array([0, 7]), 3).tolist()
    (10, [2, 3, 4], [[0, 1, 2], [7, 8, 9]])
    >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str], dtype: Any, owner: object = None) -> None:
        self.path = Path(path)
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self._owner = owner
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise RunError(f"the ids {self.path} cannot be read: {error.strerror or error}") from error
        if size == 0 or size % self.dtype.itemsize:
            raise RunError(f"the ids {self.path} are damaged: {size} bytes hold no whole number of {self.dtype.name}")
        self._length = size // self.dtype.itemsize

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, where: slice) -> np.ndarray:
        """A copy of a part: one dimension, int64."""
        if not isinstance(where, slice):
            raise TypeError(f"ids are read by slices, as ids[0:64], or by windows; got ids[{where!r}]")
        places = range(self._length)[where]
        if not places:
            return np.empty(0, dtype=np.int64)
        start, end = min(places[0], places[-1]), max(places[0], places[-1]) + 1
        part = self._read([start], end - start)[0]
        return part[:: places.step] if places.step != 1 else part

    def windows(self, starts: np.ndarray, length: int) -> np.ndarray:
        """Many parts at once.

        Args:
            starts: shape [B], each from 0 to `len(ids) - length`.
            length: ids in each window, T, 1 or more.

        Returns:
            shape [B, T], int64; row b is `ids[starts[b] : starts[b] + length]`.

        Raises:
            TextError: a window reaches beyond the text.
        """
        starts = np.asarray(starts, dtype=np.int64)
        if length < 1 or (starts.size and (starts.min() < 0 or starts.max() > self._length - length)):
            raise TextError(
                f"a window of {length:,} ids reaches beyond the text, which has {self._length:,}",
                allowed=f"windows of 1 to {self._length:,} ids that end within the text",
                hint="a longer text or a shorter context",
            )
        return self._read(starts.tolist(), length)

    def _read(self, starts: list[int], length: int) -> np.ndarray:
        rows = np.empty((len(starts), length), dtype=self.dtype)
        try:
            with self.path.open("rb", buffering=0) as file:
                for row, start in zip(rows, starts, strict=True):
                    file.seek(start * self.dtype.itemsize)
                    self._fill(file, row.data.cast("B"))
        except OSError as error:
            raise RunError(f"the ids {self.path} cannot be read any more: {error.strerror or error}") from error
        return rows.astype(np.int64)

    def _fill(self, file: FileIO, buffer: memoryview) -> None:
        while len(buffer):
            count = file.readinto(buffer)
            if not count:
                raise RunError(f"the ids {self.path} have been cut since they were opened")
            buffer = buffer[count:]
