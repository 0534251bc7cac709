"""The words of all entries, in memory: which stand where, in how many entries and when.

Pieces of entries are kept in the diary's database; entries that are new or were changed are cut when they are first asked for. Names and
phrases are found anew each time, since one entry more may make one.

Shapes: N entries in the order of their days, O occurrences of words, V words.
"""

from __future__ import annotations

import sqlite3
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property

import numpy as np

from . import store
from .chance import Floats, Ints
from .entries import DiaryError
from .journal import Journal
from .kept_index import Arrays, keep, read_kept
from .naming import as_it_stands, commonest, told_apart
from .own_words import OwnWords
from .phrases import Pieces, with_phrases
from .words import CONTENT, Piece, finely, segmenter, sentences

FORM = 4  # of the pieces: when the rules change, all are cut again; negative: without Sudachi, which may be installed later
COLUMNS = 6  # key, kind, sentence, start, end, spelling
TOGETHER = 50  # entries of one transaction
LONG = 20_000  # letters: longer ones are cut piece by piece as they are written down, since all their pieces take much memory
FEW = 50  # entries for whose words it is not worth knowing all numbers


def catch_up(journal: Journal, watch: Callable[[int, int], None] = lambda done, all: None) -> int:
    """Cut the entries that are new or were changed; how many.

    Args:
        watch: is told how many are done, and how many there are to do.
    """
    database = journal.database
    _begin_anew_if_rules_changed(journal)
    waiting = [number for (number,) in database.execute("SELECT entry FROM waiting ORDER BY entry")]
    if waiting:
        segmenter()  # its dictionary is loaded before anybody has to wait for the database
    keys = _Keys(database, all_at_once=len(waiting) > FEW)
    for first in range(0, len(waiting), TOGETHER):
        some = waiting[first : first + TOGETHER]
        cut = [_pieces(database, number) for number in some]  # nobody who writes has to wait for this
        with store.transaction(database, journal.path):
            keys.refresh()
            for number, before in zip(some, cut, strict=True):
                _keep_pieces(database, number, keys, before)
                database.execute("DELETE FROM waiting WHERE entry = ?", (number,))
        watch(min(first + TOGETHER, len(waiting)), len(waiting))
    return len(waiting)


def _begin_anew_if_rules_changed(journal: Journal) -> None:
    form = _form()
    if journal.database.execute("SELECT form FROM changes").fetchone() == (form,):
        return
    with store.transaction(journal.database, journal.path):
        journal.database.execute("INSERT OR IGNORE INTO waiting SELECT number FROM entries")
        journal.database.execute("UPDATE changes SET form = ?, count = count + 1", (form,))


def _form() -> int:
    return FORM if finely() else -FORM


class _Keys:
    """The numbers of words, for ever the same."""

    def __init__(self, database: sqlite3.Connection, *, all_at_once: bool) -> None:
        self.database, self._all, self._seen = database, all_at_once, -1
        self._known: dict[str, int] = {}

    def refresh(self) -> None:
        """Within a transaction: another program may have added words, or taken them away."""
        (seen,) = self.database.execute("PRAGMA data_version").fetchone()
        if seen != self._seen:
            self._seen = seen
            self._known = dict(self.database.execute("SELECT key, number FROM keys")) if self._all else {}

    def __getitem__(self, key: str) -> int:
        if key not in self._known:
            found = self.database.execute("SELECT number FROM keys WHERE key = ?", (key,)).fetchone()
            if not found:
                found = (self.database.execute("INSERT INTO keys (key) VALUES (?)", (key,)).lastrowid or 0,)
            self._known[key] = found[0]
        return self._known[key]


Cut = tuple[str, list[list[Piece]]]  # a text, and the pieces of its sentences


def _pieces(database: sqlite3.Connection, number: int) -> Cut | None:
    """The text of an entry, cut; None: it is a whole book, or another program has deleted it meanwhile."""
    where = "number = ? AND length(text) <= ?"
    row = database.execute(f"SELECT text FROM entries WHERE {where}", (number, LONG)).fetchone()
    return (row[0], list(sentences(row[0]))) if row else None


def _keep_pieces(database: sqlite3.Connection, number: int, keys: _Keys, before: Cut | None) -> None:
    """Within a transaction: the pieces of an entry, which is cut again if it was changed since."""
    row = database.execute("SELECT text FROM entries WHERE number = ?", (number,)).fetchone()
    if not row:
        return
    rows = array("i")
    for place, found in enumerate(before[1] if before and before[0] == row[0] else sentences(row[0])):
        for piece in found:
            rows.extend((keys[piece.key], piece.kind, place, piece.start, piece.end, keys[piece.spelling]))
    packed = zlib.compress(np.array(rows, np.int32).reshape(-1, COLUMNS).T.tobytes(), 1)
    database.execute("INSERT OR REPLACE INTO pieces (entry, form, found) VALUES (?, ?, ?)", (number, _form(), packed))


class Index:
    """The words of a diary.

    Attributes:
        ids: [N], of the entries.
        days: [N], their days.
        entry, sentence, word, start, end: [O], of each occurrence; by entry, in the order of the text.
        spelling: [O], how it is shown, by number; -1: as it stands in the text.
        keys: [V], the pieces each word is made of.
        said: of each number in `spelling`, what is shown.
        names: [V], how its writer spells each word most.
        own: which words the writer wants to have counted as one, or not at all.
    """

    def __init__(self, journal: Journal) -> None:
        catch_up(journal)
        self.journal = journal
        self.own = OwnWords(journal)
        stamp = (_form(), *journal.database.execute("SELECT count FROM changes").fetchone())
        arrays = read_kept(journal, stamp)
        if arrays is None:
            arrays = self._read()
            keep(journal, stamp, arrays)
        numbers, days, self.entry, self.sentence, self.word, self.start, self.end, self.spelling = arrays.columns
        self.numbers = numbers.tolist()
        self.days = [date.fromordinal(day) for day in days.tolist()]
        self.ids, self.keys, self.said, self.names = arrays.ids, arrays.keys, arrays.spellings, arrays.names

    def _read(self) -> Arrays:
        """All words of all entries, and the names that they make."""
        database = self.journal.database
        rows = database.execute(
            "SELECT number, id, date, found FROM entries JOIN pieces ON entry = number WHERE trashed IS NULL "
            "ORDER BY date, time IS NULL DESC, time, number"
        ).fetchall()
        names = dict(database.execute("SELECT number, key FROM keys"))
        spellings = [names.get(number, "") for number in range(max(names, default=0) + 1)]
        cut = _gathered((row[3] for row in rows), [(name,) for name in spellings])
        found = self.own.applied(with_phrases(cut))
        kept = found.kind == CONTENT
        used, word = np.unique(found.key[kept], return_inverse=True)
        places = (found.start[kept], found.end[kept], found.spelling[kept])
        numbers = np.array([row[0] for row in rows], np.int64)
        days = np.array([date.fromisoformat(row[2]).toordinal() for row in rows], np.int64)
        columns = (numbers, days, found.entry[kept], found.sentence[kept], word, *places)
        keys = [found.keys[key] for key in used.tolist()]
        return Arrays(columns, [row[1] for row in rows], keys, spellings, self._named(columns, spellings, len(keys)))

    def _named(self, columns: tuple[Ints, ...], spellings: list[str], words: int) -> list[str]:
        """How the writer spells each word most."""
        numbers, _, entry, _, word, start, end, spelling = columns
        best = commonest(word, spelling, words)
        names = [spellings[said] if said >= 0 else "" for said in best.tolist()]
        phrases = np.flatnonzero(best < 0)
        at = np.flatnonzero(np.isin(word, phrases))
        at = at[np.argsort(word[at], kind="stable")]
        texts: dict[int, str] = {}

        def text_at(place: int) -> str:
            number = int(numbers[entry[place]])
            if number not in texts:
                texts[number] = self._text_of(number)
            return texts[number][start[place] : end[place]]

        for phrase, places in zip(phrases.tolist(), np.split(at, np.searchsorted(word[at], phrases)[1:]), strict=False):
            names[phrase] = as_it_stands(places, text_at)
        return names

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def first(self) -> Ints:
        """[N + 1], the first occurrence of each entry."""
        return np.searchsorted(self.entry, np.arange(len(self) + 1))

    @cached_property
    def _pairs(self) -> tuple[Ints, Ints, Ints]:
        """Entries and words, each pair once, by entry, and where those of each entry begin, [N + 1]."""
        size = max(1, len(self.keys))
        pairs = np.unique(self.entry * size + self.word)
        entry = pairs // size
        return entry, pairs % size, np.searchsorted(entry, np.arange(len(self) + 1))

    @cached_property
    def entries_of(self) -> Ints:
        """[V], in how many entries each word stands."""
        return np.bincount(self._pairs[1], minlength=len(self.keys))

    @cached_property
    def _by_word(self) -> tuple[Ints, Ints]:
        """Entries, by word, and where those of each word begin, [V + 1]."""
        entry, word, _ = self._pairs
        order = np.argsort(word, kind="stable")
        return entry[order], np.searchsorted(word[order], np.arange(len(self.keys) + 1))

    def entries_with(self, word: int) -> Ints:
        """The entries that a word stands in, in order."""
        entries, first = self._by_word
        return entries[first[word] : first[word + 1]]

    def words_in(self, entries: Ints) -> Ints:
        """[V], in how many of these entries each word stands."""
        _, word, first = self._pairs
        return np.bincount(word[_ranges(first[entries], first[entries + 1])], minlength=len(self.keys))

    def words_between(self, first: int, last: int) -> Ints:
        """[V], in how many entries, from the first up to before the last, each word stands."""
        _, word, begins = self._pairs
        return np.bincount(word[begins[first] : begins[last]], minlength=len(self.keys))

    def weighed(self, weight: Floats) -> Floats:
        """[V], the sum of the weights, [N], of the entries that each word stands in."""
        entry, word, first = self._pairs
        some = np.flatnonzero(weight)
        if len(some) > len(self) / 3:
            return np.bincount(word, weight[entry], len(self.keys)).astype(float)
        at = _ranges(first[some], first[some + 1])
        return np.bincount(word[at], weight[entry[at]], len(self.keys)).astype(float)

    def occurrences_in(self, entries: Ints) -> tuple[Ints, Ints]:
        """Where the occurrences of these entries stand, and the place of the entry of each among them."""
        begins, ends = self.first[entries], self.first[entries + 1]
        return _ranges(begins, ends), np.repeat(np.arange(len(entries)), ends - begins)

    def text(self, entry: int) -> str:
        """The text of an entry."""
        return self._text_of(int(self.numbers[entry]))

    def _text_of(self, number: int) -> str:
        return self.journal.database.execute("SELECT text FROM entries WHERE number = ?", (number,)).fetchone()[0]

    def written(self, word: int) -> str:
        """A word as its writer spells it most, or names it (`own_words`)."""
        return self.own.shown.get(self.keys[word]) or self.names[word]

    def spelled(self, word: int) -> str:
        """The same, as it is shown, and found (`Associations.find`): of two spelled alike, the rarer has what it counts as behind it."""
        return self._shown[word]

    @cached_property
    def _shown(self) -> list[str]:
        named = np.array([keys in self.own.shown for keys in self.keys], bool)
        order = np.lexsort((-self.entries_of, ~named)).tolist()
        return told_apart([self.written(word) for word in range(len(self.keys))], self.keys, order)

    def spellings(self, word: int, most: int = 60) -> Counter[str]:
        """How a word is spelled, among so many of the times that it stands there, spread over all of them."""
        at = np.flatnonzero(self.word == word)
        at = at[:: max(1, len(at) // most)][:most]
        texts: dict[int, str] = {}
        counts: Counter[str] = Counter()
        for place in at.tolist():
            entry, spelling = int(self.entry[place]), int(self.spelling[place])
            if spelling >= 0:
                counts[self.said[spelling]] += 1
                continue
            if entry not in texts:
                texts[entry] = self.text(entry)
            counts[texts[entry][self.start[place] : self.end[place]]] += 1
        return counts


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


def _ranges(begins: Ints, ends: Ints) -> Ints:
    """The numbers of several ranges, one behind another.

    >>> _ranges(np.array([3, 10]), np.array([5, 13])).tolist()
    [3, 4, 10, 11, 12]
    """
    sizes = ends - begins
    return np.arange(int(sizes.sum())) + np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
