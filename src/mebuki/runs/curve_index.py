"""The columns of a metrics.jsonl that curves are drawn from, kept beside it, so that a million rows open at once.

`.curve` is one line of JSON (how far metrics.jsonl was read, and what stood there, so that another file is noticed) and a
NumPy array. It is made again whenever it does not fit, and replaced whole; short files do without it.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .records import counts

NAME = ".curve"
PART = 1 << 20  # bytes of metrics.jsonl read at once
WORTH = 2 << 20  # bytes read anew, from which on the index is written again
MARK = 256  # bytes before the place read to, by which the file is known again
TRAIN, MEASURED = 0, 1
COLUMNS = ("at", "kind", "step", "seconds", "tokens", "loss")
MEASURING = ("evaluation", "examination")


class CurveIndex:
    """The rows of a run that count, as columns; what was taken back is not among them.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "metrics.jsonl").write_text('{"event": "train", "step": 2, "loss": 1.5}\\n')
    ...     index = CurveIndex(folder)
    ...     index.catch_up()
    ...     index.columns["step"].tolist()
    [2.0]

    Args:
        folder: of the run.

    Attributes:
        offset: bytes of metrics.jsonl that were read.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.path = Path(folder) / "metrics.jsonl"
        self.offset, self._saved, self._count = 0, 0, 0
        self._table = np.empty((len(COLUMNS), 1024))
        self._load()

    @property
    def columns(self) -> dict[str, NDArray[np.float64]]:
        """at (the row's first byte), kind, step, seconds, tokens, loss; NaN where a row does not say."""
        return dict(zip(COLUMNS, self._table[:, : self._count], strict=True))

    def catch_up(self) -> None:
        """Read all that was written since; the same as going through `catching_up`."""
        for _ in self.catching_up():
            pass

    def catching_up(self) -> Iterator[float]:
        """The same in parts of milliseconds: the share of the file that was read, after each part."""
        try:
            file = self.path.open("rb")
        except OSError:
            self._forget()
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            if size < self.offset:
                self._forget()
            while self.offset < size:
                file.seek(self.offset)
                content = file.read(PART)
                if b"\n" not in content and len(content) == PART:
                    content += file.readline()
                whole = content[: content.rfind(b"\n") + 1]
                if not whole:
                    break
                self._take(whole)
                self.offset += len(whole)
                yield min(1.0, self.offset / size)
        if self.offset - self._saved > WORTH:
            self._save()

    def measured(self, which: NDArray[np.intp]) -> list[dict[str, Any]]:
        """The whole rows of some evaluations or examinations, by their place in the columns."""
        found: list[dict[str, Any]] = []
        with contextlib.suppress(OSError), self.path.open("rb") as file:
            for at in self.columns["at"][which].tolist():
                file.seek(int(at))
                with contextlib.suppress(ValueError):
                    found.append(json.loads(file.readline()))
        return found

    def _take(self, whole: bytes) -> None:
        """Add lines, the first of which stands at `offset`."""
        at, batch = self.offset, list[tuple[Any, ...]]()
        for line in whole.splitlines(keepends=True):
            place, at = at, at + len(line)
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if not counts(row):
                continue
            event = row["event"]
            if event == "resume":
                self._add(batch)
                batch = []
                self._count = int(np.searchsorted(self.columns["step"], row["step"], side="right"))
            elif event == "train" or event in MEASURING or (event == "end" and "loss" in row):
                loss = row.get("loss" if event == "train" else "learning")
                kind = TRAIN if event == "train" else MEASURED
                facts = (row["step"], row.get("seconds"), row.get("tokens"), loss)
                batch.append((place, kind, *(_number(fact) for fact in facts)))
        self._add(batch)

    def _add(self, batch: list[tuple[Any, ...]]) -> None:
        if not batch:
            return
        count = self._count + len(batch)
        if count > self._table.shape[1] or not self._table.flags.writeable:
            larger = np.empty((len(COLUMNS), max(1024, 2 * count)))
            larger[:, : self._count] = self._table[:, : self._count]
            self._table = larger
        self._table[:, self._count : count] = np.array(batch).T
        self._count = count

    # The file.

    def _mark(self, offset: int) -> int:
        """A sum over the first bytes and those before a place."""
        with self.path.open("rb") as file:
            first = file.read(MARK)
            file.seek(max(0, offset - MARK))
            return zlib.crc32(first + file.read(min(MARK, offset)))

    def _load(self) -> None:
        try:
            content = self.path.with_name(NAME).read_bytes()
            end = content.index(b"\n", 0, 1000) + 1
            about = json.loads(content[:end])
            table = np.frombuffer(content, "<f8", offset=end).reshape(len(COLUMNS), about["rows"])
            if about["format"] != 1 or about["mark"] != self._mark(about["offset"]):
                return
            if self.path.stat().st_size < about["offset"]:
                return
        except (OSError, ValueError, KeyError, TypeError):
            return
        self._table, self._count = table, about["rows"]
        self.offset = self._saved = about["offset"]

    def _save(self) -> None:
        """Keep what was read; a disk that is full only makes the next opening slower."""
        unfinished = self.path.with_name(f"{NAME}-{os.urandom(4).hex()}")
        try:
            about = {"format": 1, "offset": self.offset, "rows": self._count, "mark": self._mark(self.offset)}
            with unfinished.open("wb") as file:
                line = json.dumps(about).encode()
                file.write(line + b" " * (-len(line) - 1 & 7) + b"\n")  # numbers begin at a multiple of 8
                file.write(np.ascontiguousarray(self._table[:, : self._count], "<f8").data)
            unfinished.replace(self.path.with_name(NAME))
            self._saved = self.offset
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _forget(self) -> None:
        self.offset = self._saved = self._count = 0


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) else np.nan
