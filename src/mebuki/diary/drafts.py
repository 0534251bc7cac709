"""Drafts: a text that is still being written is kept every moment, and never in the place of something that its writer has not seen.

Whoever writes says which text the writing began from (`text_mark`). Stands something else there by now, both are kept: what stands
there stays, and the draft becomes an entry beside it. Of the many states that a draft goes through, the history keeps those that matter.

    drafts = Drafts()
    kept = drafts.keep(journal, "2026-11-21-9f2c01ab", "Rain ag", date(2026, 11, 21), base="", writer="tab-1", turn=1)
    drafts.keep(journal, kept.entry.id, "Rain again.", date(2026, 11, 21), base=text_mark("Rain ag"), writer="tab-1", turn=2)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from . import store
from .entries import Entry, checked_text, id_of, now
from .journal import Journal
from .rows import moment_of

FEW = 20  # letters: when more are taken out at once, what they stood in is kept
TAKING = timedelta(seconds=30)  # between states that are kept while letters are taken out
ADDING = timedelta(minutes=10)  # and while they are only added


def text_mark(text: str) -> str:
    """A short mark of a text, to see whether it is still the same.

    >>> text_mark("Rain again.")
    '8b17dd01768c'
    """
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()


@dataclass(frozen=True)
class Kept:
    """What became of a draft.

    Attributes:
        entry: that holds it now.
        beside: what stands in its place, if it could not be written there; None: it could.
    """

    entry: Entry
    beside: Entry | None = None


class Drafts:
    """Remembers who wrote an entry last, so that nobody is in his own way."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, int, str]] = {}

    def keep(
        self,
        journal: Journal,
        id: str,
        text: str,
        day: date,
        at: time | None = None,
        *,
        base: str,
        writer: str,
        turn: int,
    ) -> Kept:
        """Keep what is written so far; when this returns, it is on the disk. Twice the same is once kept.

        Args:
            id: of the entry; it is made if there is none.
            day, at: of one that is made.
            base: mark of the text that the writing began from; "": there was none.
            writer: who writes, as one window of a browser.
            turn: grows with each draft of this writer; what comes late is older than what is kept, and is left.

        Raises:
            DiaryError: nothing is written, or the id cannot be.
            StorageError: the disk is full, or cannot be written.
        """
        checked_text(text)
        with store.transaction(journal.database, journal.path):
            here, _ = journal.here(id)
            if here is None:
                entry = journal.add([Entry(id, day, at, text, (), False, None, now())])[0]
                kept = Kept(entry)
            elif here.text == text and not here.trashed:
                kept = Kept(here)
            elif not here.trashed and self._own(here, base, writer):
                if turn < self._last.get(id, ("", 0, ""))[1] and self._last[id][0] == writer:
                    return Kept(here)
                kept = Kept(written_on(journal, here, text))
            else:
                kept = self._beside(journal, here, text, (base, writer, turn))
        self._last[kept.entry.id] = writer, turn, text_mark(text)
        return kept

    def _own(self, here: Entry, base: str, writer: str) -> bool:
        mark = text_mark(here.text)
        last = self._last.get(here.id)
        return mark == base or (last is not None and (last[0], last[2]) == (writer, mark))

    def _beside(self, journal: Journal, here: Entry, text: str, draft: tuple[str, str, int]) -> Kept:
        base, writer, turn = draft
        second = id_of(here.date, None, f"{here.id} {base} {writer}")
        there, _ = journal.here(second)
        mark = text_mark(there.text) if there else ""
        kept = self.keep(journal, second, text, here.date, here.time, base=mark, writer=writer, turn=turn)
        return Kept(kept.entry, here)


def written_on(journal: Journal, before: Entry, text: str) -> Entry:
    """Another text for an entry; what it was is kept in its history if it would be missed (`missed`)."""
    with store.transaction(journal.database, journal.path):
        (number,) = journal.database.execute("SELECT number FROM entries WHERE id = ?", (before.id,)).fetchone()
        (until,) = journal.database.execute("SELECT max(until) FROM versions WHERE entry = ?", (number,)).fetchone()
        after = journal.edit(before.id, text=text)
        last = moment_of(until) or before.created or now()
        if after != before and not missed(before.text, text, last, now()):
            newest = "SELECT max(number) FROM versions WHERE entry = ?"
            journal.database.execute(f"DELETE FROM versions WHERE number = ({newest})", (number,))
    return after


def missed(before: str, after: str, last: datetime, now: datetime) -> bool:
    """Whether a text would be missed that another takes the place of.

    Args:
        last: when a text of this entry was kept before.

    >>> then = datetime(2026, 11, 21, 8, 30)
    >>> missed("Rain", "Rain again", then, then + timedelta(minutes=1)), missed("Rain again", "Rain", then, then + timedelta(minutes=1))
    (False, True)
    """
    taken, since = letters_taken(before, after), now - last
    return taken > FEW or since >= ADDING or (taken > 0 and since >= TAKING)


def letters_taken(before: str, after: str) -> int:
    """How many letters of a text are not in the one that took its place, between their common beginning and their common end.

    >>> letters_taken("Rain again.", "Rain, again."), letters_taken("Rain again.", "Rain.")
    (0, 6)
    """
    most = min(len(before), len(after))
    begun = next((n for n in range(most) if before[n] != after[n]), most)
    most -= begun
    ended = next((n for n in range(most) if before[-1 - n] != after[-1 - n]), most)
    return len(before) - begun - ended
