"""The words of all entries, in memory: which stand where, in how many entries and when.

Pieces of entries are kept in the diary's database; entries that are new or were changed are cut when they are first asked for. Names and
phrases are found anew each time, since one entry more may make one.

Shapes: N entries in the order of their days, O occurrences of words, V words.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property

import numpy as np

from . import store
from .entries import DiaryError
from .journal import Journal
from .phrases import Ints, Pieces, with_phrases
from .words import CONTENT, pieces, segmenter

FORM = 3  # of the pieces: when the rules change, all are cut again
COLUMNS = 6  # key, kind, sentence, start, end, spelling
TOGETHER = 500  # entries of one transaction


def catch_up(journal: Journal, watch: Callable[[int, int], None] = lambda done, all: None) -> int:
    """Cut the entries that are new or were changed; how many.

    Args:
        watch: is told how many are done, and how many there are to do.
    """
    database = journal.database
    missing = "SELECT number FROM entries LEFT JOIN pieces ON entry = number WHERE found IS NULL OR form <> ?"
    waiting = [number for (number,) in database.execute(missing, (FORM,))]
    if waiting:
        segmenter()  # its dictionary is loaded before anybody has to wait for the database
    known, seen = dict[str, int](), -1
    for first in range(0, len(waiting), TOGETHER):
        with store.transaction(database, journal.path):
            (changes,) = database.execute("PRAGMA data_version").fetchone()
            if changes != seen:  # another program may have added words, or taken them away
                known, seen = dict(database.execute("SELECT key, number FROM keys")), changes
            for number in waiting[first : first + TOGETHER]:
                _cut(database, number, known)
        watch(min(first + TOGETHER, len(waiting)), len(waiting))
    return len(waiting)


def _cut(database: sqlite3.Connection, number: int, known: dict[str, int]) -> None:
    row = database.execute("SELECT text FROM entries WHERE number = ?", (number,)).fetchone()
    if not row:
        return  # another program has deleted it meanwhile
    (text,), rows = row, []
    for sentence, found in enumerate(pieces(text)):
        for piece in found:
            for said in (piece.key, piece.spelling):
                if said not in known:
                    row = database.execute("INSERT INTO keys (key) VALUES (?)", (said,))
                    known[said] = row.lastrowid or 0
            rows.append((known[piece.key], piece.kind, sentence, piece.start, piece.end, known[piece.spelling]))
    packed = zlib.compress(np.array(rows, np.int32).reshape(-1, COLUMNS).T.tobytes(), 1)
    database.execute("INSERT OR REPLACE INTO pieces (entry, form, found) VALUES (?, ?, ?)", (number, FORM, packed))


class Index:
    """The words of a diary.

    Attributes:
        ids: [N], of the entries.
        days: [N], their days.
        entry, sentence, word, start, end: [O], of each occurrence; by entry, in the order of the text.
        spelling: [O], how it is shown, by number; -1: as it stands in the text.
        keys: [V], the pieces each word is made of.
    """

    def __init__(self, journal: Journal) -> None:
        catch_up(journal)
        self.journal = journal
        rows = journal.database.execute(
            "SELECT number, id, date, found FROM entries JOIN pieces ON entry = number WHERE trashed IS NULL "
            "ORDER BY date, time IS NULL DESC, time, number"
        ).fetchall()
        self.numbers = [row[0] for row in rows]
        self.ids = [row[1] for row in rows]
        self.days = [date.fromisoformat(row[2]) for row in rows]
        names = dict(journal.database.execute("SELECT number, key FROM keys"))
        largest = max(names, default=0)
        keys = [(names.get(number, ""),) for number in range(largest + 1)]
        found = with_phrases(_gathered((row[3] for row in rows), keys))
        kept = found.kind == CONTENT
        used, self.word = np.unique(found.key[kept], return_inverse=True)
        self.keys = [found.keys[key] for key in used.tolist()]
        self.entry, self.sentence = found.entry[kept], found.sentence[kept]
        self.start, self.end, self.spelling = found.start[kept], found.end[kept], found.spelling[kept]
        self._said = keys

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def first(self) -> Ints:
        """[N + 1], the first occurrence of each entry."""
        return np.searchsorted(self.entry, np.arange(len(self) + 1))

    @cached_property
    def _pairs(self) -> tuple[Ints, Ints]:
        """Entries and words, each pair once, by entry."""
        size = max(1, len(self.keys))
        pairs = np.unique(self.entry * size + self.word)
        return pairs // size, pairs % size

    @cached_property
    def entries_of(self) -> Ints:
        """[V], in how many entries each word stands."""
        return np.bincount(self._pairs[1], minlength=len(self.keys))

    @cached_property
    def _by_word(self) -> tuple[Ints, Ints]:
        """Entries, by word, and where those of each word begin, [V + 1]."""
        entry, word = self._pairs
        order = np.argsort(word, kind="stable")
        return entry[order], np.searchsorted(word[order], np.arange(len(self.keys) + 1))

    def entries_with(self, word: int) -> Ints:
        """The entries that a word stands in, in order."""
        entries, first = self._by_word
        return entries[first[word] : first[word + 1]]

    def words_in(self, entries: Ints) -> Ints:
        """[V], in how many of these entries each word stands."""
        entry, word = self._pairs
        chosen = np.zeros(len(self), bool)
        chosen[entries] = True
        return np.bincount(word[chosen[entry]], minlength=len(self.keys))

    def text(self, entry: int) -> str:
        """The text of an entry."""
        row = self.journal.database.execute("SELECT text FROM entries WHERE number = ?", (self.numbers[entry],))
        return row.fetchone()[0]

    def spelled(self, word: int, most: int = 60) -> str:
        """A word as its writer spells it most, among so many of the times that it stands there, spread over all of them."""
        at = np.flatnonzero(self.word == word)
        at = at[:: max(1, len(at) // most)][:most]
        texts: dict[int, str] = {}
        counts: Counter[str] = Counter()
        for place in at.tolist():
            entry, spelling = int(self.entry[place]), int(self.spelling[place])
            if spelling >= 0:
                counts[self._said[spelling][0]] += 1
                continue
            if entry not in texts:
                texts[entry] = self.text(entry)
            counts[texts[entry][self.start[place] : self.end[place]]] += 1
        return counts.most_common(1)[0][0]


def _gathered(found: Iterable[bytes], keys: list[tuple[str, ...]]) -> Pieces:
    columns, entries = [], []
    for entry, packed in enumerate(found):
        try:
            one = np.frombuffer(zlib.decompress(packed), np.int32).reshape(COLUMNS, -1)
        except zlib.error:
            hint = "mebuki diary check, and the last backup"
            raise DiaryError("the words of an entry are damaged in the database", hint=hint) from None
        columns.append(one)
        entries.append(np.full(one.shape[1], entry, np.int64))
    whole = np.concatenate(columns, 1).astype(np.int64) if columns else np.zeros((COLUMNS, 0), np.int64)
    key, kind, sentence, start, end, spelling = whole
    entry = np.concatenate(entries) if entries else np.zeros(0, np.int64)
    return Pieces(key, kind, entry, sentence, start, end, spelling, keys)
