"""What a model of a diary learns from: each entry behind the line of its day, as ids; and some entries kept aside.

    ␞2026-11-21 Sat⏎Rain again.␞2026-11-22 Sun⏎The kettle sang.

␞ (U+001E, the record separator of ASCII) stands where an entry begins. The letters of the day are read and never foretold: they are
given, not learned. Letters that stand once only are spelt in their bytes, so that a model learns to read those it has never seen.

Shapes: N entries, T ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..text.characters import Characters, code_points
from ..text.tokenizer import Tokenizer
from ..training.batches import derive
from .journal import Journal

Ids = NDArray[np.int32]

BEGIN = "\x1e"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEAD = 16  # letters of a day with what stands around them
NEEDED = BEGIN + "\n -0123456789" + "".join(WEEKDAYS)  # letters of heads, which are never spelt
OFTEN = 2  # times that a letter stands in the entries, to be one
ASIDE = 0.1  # share of the entries kept aside
ENOUGH = 60_000  # letters kept aside that tell how good a model is: of a long diary a smaller share


@dataclass(frozen=True)
class Page:
    """An entry as a model is told it."""

    id: str
    day: date
    text: str

    @cached_property
    def name(self) -> int:
        """Stands for the id, 64 bits."""
        return name_of(self.id)

    @cached_property
    def said(self) -> int:
        """Stands for what the entry says, 64 bits."""
        return _digest(f"{self.id}\n{self.day}\n{self.text}")

    @property
    def whole(self) -> str:
        """The day's line and the text."""
        return head(self.day) + self.text.replace(BEGIN, " ").strip()


def name_of(id: str) -> int:
    """64 bits that stand for an entry's id."""
    return _digest(id)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def head(day: date) -> str:
    """What an entry of a day begins with.

    >>> head(date(2026, 11, 21))
    '\\x1e2026-11-21 Sat\\n'
    """
    return f"{BEGIN}{day.isoformat()} {WEEKDAYS[day.weekday()]}\n"


def pages(journal: Journal) -> list[Page]:
    """The entries outside the trash, in the order of their days."""
    rows = journal.database.execute(
        "SELECT id, date, text FROM entries WHERE trashed IS NULL ORDER BY date, time IS NULL DESC, time, number"
    )
    return [Page(id, date.fromisoformat(day), text) for id, day, text in rows]


def limit_of(found: Sequence[Page], seed: int) -> int:
    """Entries whose `lot` is below this are kept aside: about a tenth, of a long diary less, and two at least."""
    letters = sum(len(page.text) for page in found)
    share = min(ASIDE, ENOUGH / max(1, letters))
    lots = sorted(lot(page.id, seed) for page in found)
    return max(int(share * 2**63), lots[min(1, len(lots) - 1)] + 1) if lots else 0


def lot(id: str, seed: int) -> int:
    """A number of 63 bits that an entry draws, once for ever."""
    return derive(seed, "aside", id)


def alphabet(texts: Iterable[str], before: str = "") -> Characters:
    """The letters that stand in the texts twice or more, and those that a model knows already.

    >>> "x" in alphabet(["axis, axe"]).alphabet, "s" in alphabet(["axis, axe"]).alphabet
    (True, False)
    """
    counts = np.bincount(code_points("".join(texts)))
    return Characters("".join(map(chr, np.flatnonzero(counts >= OFTEN).tolist())) + NEEDED + before)


class Stream:
    """Entries one behind another, as ids; those of the days are kept as -1 - id.

    >>> pages = [Page("1", date(2026, 11, 21), "Rain.")]
    >>> stream = Stream(pages, Characters(NEEDED + "Rain."))
    >>> len(stream), stream.letters
    (21, 6)
    """

    def __init__(self, found: Sequence[Page], tokenizer: Tokenizer) -> None:
        texts = [page.whole for page in found]
        self.ids: Ids = tokenizer.encode("".join(texts)).astype(np.int32)
        self.letters = sum(map(len, texts)) - (HEAD - 1) * len(texts)
        begins = np.flatnonzero(self.ids == int(tokenizer.encode(BEGIN)[0]))
        heads = (begins[:, None] + np.arange(1, HEAD)).ravel()
        self.ids[heads] = -1 - self.ids[heads]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, where: slice) -> NDArray[np.int64]:
        return self.ids[where].astype(np.int64)

    def windows(self, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        """[B, length], from each start."""
        return self.ids[starts[:, None] + np.arange(length)].astype(np.int64)

    @property
    def foretold(self) -> Ids:
        """The ids without those of the days."""
        return self.ids[self.ids >= 0]


def split(window: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What is read, [B, T], and what follows each of it, [B, T], below 0 where that is a letter of a day."""
    given, next = window[:, :-1], window[:, 1:]
    return np.where(given < 0, -1 - given, given), np.where(next < 0, -1, next)
