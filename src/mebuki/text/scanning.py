"""The first reading of a text: which letters it holds, how many, and where validation begins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mebuki.errors import TextError
from mebuki.text.characters import code_points
from mebuki.text.documents import Joiner, read_documents
from mebuki.text.settings import TextSettings
from mebuki.text.sources import Source

TRAIN, VALIDATION = 0, 1
_PIECE = 1 << 18  # letters looked at together: large enough to be fast, small enough for the cache


@dataclass(frozen=True)
class Scan:
    """What a text holds.

    Attributes:
        letters: the different letters of both parts, in the order of their code points.
        characters: letters in the train part and in the validation part.
        documents: how many there are.
        dates: the first day and the last, None if no document is dated.
        sha256: of the text as UTF-8; with `split_date`, of the two digests of its parts.
    """

    letters: str
    characters: tuple[int, int]
    documents: int
    dates: tuple[str, str] | None
    sha256: str


def scan(sources: Sequence[Source], settings: TextSettings) -> Scan:
    """Read the whole text once, and decide where validation begins.

    Raises:
        TextError: a file cannot be read; an entry has no date although `split_date` is set; a part would be empty.
    """
    reader = Reader(sources, settings, verify=False)
    seen = _Letters()
    letters, digests = [0, 0], [hashlib.sha256(), hashlib.sha256()]
    for part, text in reader:
        data = _utf8(text)
        seen.add(text, data)
        letters[part] += len(text)
        digests[part].update(data)
    if reader.undated and settings.split_date:
        raise TextError(
            f"{reader.undated:,} of {reader.documents:,} documents have no date, so that split_date cannot place them",
            allowed='.jsonl files with a "date" on each line',
            hint="--split 0.9",
        )
    if not any(letters):
        raise empty(sources)
    if settings.split_date:
        digest = hashlib.sha256(digests[0].digest() + digests[1].digest())
        train, validation = letters
    else:
        digest = digests[0]
        train = settings.split_at or int(letters[0] * settings.split)
        validation = letters[0] - train
    if train < 1 or validation < 1:
        raise _one_sided(sum(letters), settings, reader.dates, "to learn from" if train < 1 else "for validation")
    return Scan(seen.text(), (train, validation), reader.documents, reader.dates, digest.hexdigest())


def empty(sources: Sequence[Source]) -> TextError:
    """The error of files that hold no letter, perhaps only the mark of an encoding."""
    names = ", ".join(str(source.path) for source in sources[:3]) + (", …" if len(sources) > 3 else "")
    return TextError(f"the text of {names} is empty", hint="a text of a few thousand letters at least")


def parts(sources: Sequence[Source], settings: TextSettings, train: int) -> Iterator[tuple[int, str]]:
    """The text once more, each piece with the part it belongs to: (TRAIN or VALIDATION, text).

    Args:
        train: letters in the train part, as `scan` found.
    """
    reader = Reader(sources, settings)
    if settings.split_date:
        yield from reader
        return
    for _, text in reader:
        if train > 0:
            yield TRAIN, text[:train]
        if len(text) > train:
            yield VALIDATION, text[max(0, train) :]
        train -= len(text)


class Reader:
    """Reads all documents; iterating gives (part, text) in pieces of about 262,144 letters.

    The part is always TRAIN, but with `split_date` that of the document's date; each part is joined by itself.

    Attributes:
        documents: documents read so far.
        undated: documents without a date among them.
        dates: the first day and the last among them.
    """

    def __init__(self, sources: Iterable[Source], settings: TextSettings, *, verify: bool = True) -> None:
        self._sources, self._settings, self._verify = sources, settings, verify
        self.documents = self.undated = 0
        self.dates: tuple[str, str] | None = None

    def __iter__(self) -> Iterator[tuple[int, str]]:
        buffers: tuple[list[str], list[str]] = [], []
        sizes = [0, 0]
        for part, text in self._pieces():
            buffers[part].append(text)
            sizes[part] += len(text)
            if sizes[part] >= _PIECE:
                yield from ((part, piece) for piece in self._flush(buffers[part]))
                sizes[part] = 0
        for part, buffer in enumerate(buffers):
            yield from ((part, piece) for piece in self._flush(buffer))

    def _flush(self, buffer: list[str]) -> list[str]:
        text = "".join(buffer)
        buffer.clear()
        if self._settings.line_ends == "space":
            text = text.replace("\n", " ")
        return [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]

    def _pieces(self) -> Iterator[tuple[int, str]]:
        joiners = Joiner(), Joiner()
        border = self._settings.split_date
        for source in self._sources:
            for document in read_documents(source, verify=self._verify):
                self._count(document.date)
                part = VALIDATION if border and document.date and document.date >= border else TRAIN
                joiners[part].begin()
                for chunk in document.chunks:
                    yield part, joiners[part].push(chunk)
        yield from ((part, joiner.finish()) for part, joiner in enumerate(joiners))

    def _count(self, date: str | None) -> None:
        self.documents += 1
        if date is None:
            self.undated += 1
        else:
            first, last = self.dates or (date, date)
            self.dates = min(first, date), max(last, date)


class _Letters:
    """The different letters of a text."""

    def __init__(self) -> None:
        self._seen = np.zeros(0x110000, dtype=bool)
        self._ascii = b""

    def add(self, text: str, data: bytes) -> None:
        """Add the letters of a text; data is its UTF-8."""
        if text.isascii():  # the usual case, nothing new, takes one quick pass
            if new := data.translate(None, self._ascii):
                self._ascii += bytes(set(new))
        else:
            counts = np.bincount(code_points(text))
            self._seen[: len(counts)] |= counts > 0

    def text(self) -> str:
        self._seen[list(self._ascii)] = True
        return "".join(map(chr, np.flatnonzero(self._seen).tolist()))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # some rare encodings, as utf-7, can write such
        raise TextError(
            "the text holds halves of surrogate pairs, which are no letters", hint="--encoding utf-8"
        ) from None


def _one_sided(letters: int, settings: TextSettings, dates: tuple[str, str] | None, which: str) -> TextError:
    if settings.split_date:
        given, (first, last) = f"split_date = {settings.split_date}", dates or ("", "")
        return TextError(f"{given} leaves nothing {which}", allowed=f"a day after {first}, not after {last}")
    given = f"split_at = {settings.split_at:,}" if settings.split_at else f"split = {settings.split}"
    return TextError(
        f"{given} leaves nothing {which}: the text has {letters:,} letters",
        allowed=f"split_at from 1 to {max(1, letters - 1):,}",
        hint="a longer text" if letters < 100 else "--split 0.9",
    )
