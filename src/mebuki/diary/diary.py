"""The diary in a few words, for a prompt or a notebook.

with mebuki.Diary() as diary:
    diary.write("2026-11-21", "Rain again. Today the model learned to carry.")
    print(diary.associate("rain"))
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, time
from typing import Any

from .associations import Association, Associations
from .chains import Link, chain
from .days import read_day
from .entries import Entry
from .growing import Growth, grow
from .journal import Journal
from .place import home
from .search import Match


class Ties(tuple[Association, ...]):
    """Words tied to a word, the strongest first; printed, a line each, with the days that prove it."""

    def __str__(self) -> str:
        return "\n".join(map(_line, self)) or "nothing is tied to it yet"


def _line(tie: Association) -> str:
    days = " ".join(day.isoformat() for day, _ in tie.days[:5]) + (" …" if len(tie.days) > 5 else "")
    through = f"  through {tie.via[0]}" if tie.via else ""
    return f"{'❧' if tie.claimed else ' '} {tie.word}  {days}{through}"


class Diary:
    """A diary, opened; it is made if there is none.

    Args:
        folder: its folder; None: one's own, the one of `mebuki diary`.
        passphrase: of an encrypted one.

    Attributes:
        journal: all that can be done with entries.

    Raises:
        DiaryError: it is damaged, or was written by a newer version, or the passphrase is another.
        StorageError: the folder cannot be written.

    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> diary = Diary(folder.name)
    >>> for day in range(1, 29):
    ...     _ = diary.write(f"2026-11-{day:02}", "Rain at the pond." if day % 5 == 0 else "Bread.")
    >>> print(diary.associate("rain"))
    ❧ pond  2026-11-05 2026-11-10 2026-11-15 2026-11-20 2026-11-25
    >>> diary.close(); folder.cleanup()
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, passphrase: str | None = None) -> None:
        self.journal = Journal(folder or home(), passphrase=passphrase)

    def close(self) -> None:
        self.journal.close()

    def __enter__(self) -> Diary:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def write(
        self,
        day: date | str,
        text: str,
        *,
        at: time | str | None = None,
        tags: Iterable[str] = (),
        star: bool = False,
        mood: int | None = None,
    ) -> Entry:
        """Write an entry; when this returns, it is on the disk.

        Args:
            day: as `2026-11-21`, `yesterday`, `令和8年11月21日`.
            mood: 1, bad, to 5, good.

        Raises:
            DayError: it is no day.
            DiaryError: the text is empty, or a tag or the mood cannot be.
        """
        return self.journal.write(text, day, at, tags=tags, star=star, mood=mood)

    def search(self, text: str, limit: int = 50) -> list[Match]:
        """Entries that hold the text anywhere, the best first."""
        return self.journal.search(text, limit=limit)

    def on_this_day(self, day: date | str = "today") -> list[Entry]:
        """The entries of this day of the year in other years."""
        return self.journal.on_this_day(read_day(day) if isinstance(day, str) else day)

    def associate(
        self,
        word: str,
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        hops: int = 1,
        limit: int = 10,
    ) -> Ties:
        """Words tied to a word, as in `Associations.of`.

        Raises:
            DiaryError: it stands nowhere in the diary.
        """
        first, last = (read_day(said) if isinstance(said, str) else said for said in (start, end))
        return Ties(Associations(self.journal).of(word, first, last, hops=hops, limit=limit))

    def grow(self, **how: Any) -> Growth:
        """Grow a language model on the entries, or go on with the one that is there; see `mebuki.diary.growing.grow`."""
        return grow(self.journal, **how)

    def chain(self, word: str, **how: Any) -> list[Link]:
        """Walk from word to word along proven ties; see `mebuki.diary.chains.walk`."""
        return chain(self.journal, word, **how)
