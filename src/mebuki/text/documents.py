"""Sources to documents to one long text, streaming: at no time is more than about a megabyte in memory.

A plain file is one document; so is each line of a .jsonl file, `{"date": "2026-11-21", "text": "Rain again."}`.
Line ends become `\\n` whatever they were. Documents are joined by one blank line.
"""

from __future__ import annotations

import codecs
import datetime
import hashlib
import io
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mebuki.errors import TextError
from mebuki.text.encodings import display_name, plain_ends, read_chunks, without_surrogates
from mebuki.text.sources import Source, cannot_read

JOINT = "\n\n"
_WANTED = '{"date": "2026-11-21", "text": "Rain again."} on one line; the date may be left out'


@dataclass(frozen=True)
class Document:
    """A text of its own: a file, or an entry of a diary.

    Attributes:
        date: the day it was written, `YYYY-MM-DD`, or None.
        chunks: its text in pieces, to be read once and before the next document.
    """

    date: str | None
    chunks: Iterable[str]


def read_documents(source: Source, *, verify: bool = True) -> Iterator[Document]:
    """The documents of a file.

    Args:
        verify: at the end, compare the sha256 of what was read with that of the source.

    Raises:
        TextError: the file cannot be read or decoded, has changed since it was examined, or a line of a .jsonl file is
            not as it should be (the message names file and line).
    """
    if source.path.suffix.lower() == ".jsonl":
        yield from _entries(source, verify)
    else:
        yield Document(None, _decoded(source, verify))


def join(documents: Iterable[Document]) -> Iterator[str]:
    """The text of all documents with one blank line between two.

    The line ends that close a document are dropped before the blank line; the last document keeps its own, so that one
    file alone is kept exactly as it is. Documents of line ends only are passed over.

    >>> "".join(join([Document(None, ["one\\n", "\\n"]), Document(None, ["\\n"]), Document(None, ["two\\n"])]))
    'one\\n\\ntwo\\n'
    """
    joiner = Joiner()
    for document in documents:
        joiner.begin()
        for chunk in document.chunks:
            yield joiner.push(chunk)
    yield joiner.finish()


class Joiner:
    """The rule of `join`, one chunk at a time."""

    def __init__(self) -> None:
        self._first = self._inside = True  # nothing written at all; something of this document written
        self._held = self._leading = 0  # line ends held back: after the text so far; before this document's

    def begin(self) -> None:
        """A document begins."""
        self._inside, self._leading = False, 0

    def push(self, chunk: str) -> str:
        """A chunk of the document; what is certain by now."""
        body = chunk.rstrip("\n")
        ends = len(chunk) - len(body)
        if not body:
            if self._inside:
                self._held += ends
            else:
                self._leading += ends
            return ""
        before = "\n" * self._held if self._inside else ("" if self._first else JOINT) + "\n" * self._leading
        self._first, self._inside, self._held = False, True, ends
        return before + body

    def finish(self) -> str:
        """The line ends of the last document."""
        return "\n" * (self._leading if self._first else self._held)


def _decoded(source: Source, verify: bool) -> Iterator[str]:
    """The text of a file in chunks, line ends made one, without a mark at the head."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(source.encoding)()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    translate = source.encoding != "utf-8"  # in UTF-8, a look at the bytes tells whether there is anything to translate
    first, position, held = True, 0, 0
    try:
        for data in itertools.chain(read_chunks(source.path), [b""]):
            if verify:
                digest.update(data)
            held = len(decoder.getstate()[0])
            chunk = decoder.decode(data, not data)
            translate = translate or b"\r" in data
            if translate:
                chunk = newlines.decode(chunk, not data)
            if chunk:
                yield chunk.removeprefix("\ufeff") if first else chunk
                first = False
            position += len(data)
    except OSError as error:
        raise cannot_read(source.path, error) from error
    except UnicodeError as error:
        where = f"at byte {position - held + error.start:,}" if isinstance(error, UnicodeDecodeError) else str(error)
        raise TextError(
            f"{source.path} is not in the encoding {display_name(source.encoding)}: {where}",
            hint="--encoding auto, or the name of its real encoding",
        ) from error
    if verify and digest.hexdigest() != source.sha256:
        raise TextError(f"{source.path} has changed while it was read", hint="begin again when nothing writes to it")


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    """Lines, cut at `\\n` only: U+2028 and U+0085 may stand inside a text."""
    held: list[str] = []
    for chunk in chunks:
        first, *others = chunk.split("\n")
        held.append(first)
        for line in others:
            yield "".join(held)
            held = [line]
    yield "".join(held)


def _entries(source: Source, verify: bool) -> Iterator[Document]:
    for number, line in enumerate(_lines(_decoded(source, verify)), 1):
        if line.strip():
            date, text = _entry(source.path, number, line)
            yield Document(date, [text])


def _entry(path: Path, number: int, line: str) -> tuple[str | None, str]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad_line(path, number, f"is not JSON ({error})") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise _bad_line(path, number, 'has no "text"')
    text = plain_ends(entry["text"])
    if "\\u" in line:  # JSON may spell half a surrogate pair, which is no letter
        text = without_surrogates(text)
    date = entry.get("date")
    if date is None:
        return None, text
    try:
        if isinstance(date, str):
            return datetime.date.fromisoformat(date[:10]).isoformat(), text
    except ValueError:
        pass
    raise _bad_line(path, number, f'has a "date" that is no day: {date!r}')


def _bad_line(path: Path, number: int, what: str) -> TextError:
    return TextError(f"{path}, line {number} {what}", allowed=_WANTED, hint="mend or delete the line")
