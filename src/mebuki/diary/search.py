"""Every substring of every entry, also one Japanese character, ranked, with the places where it stands.

Texts are compared as they read: full and half width, capital and small letters, composed and decomposed kana are alike. The index is
SQLite's full-text search over tokens of our own: words of letters and digits whole; of Japanese, Chinese and Korean, which has no
spaces, each character with the next, and the last of a run alone. So 会社 is found as a pair, 会 as the beginning of pairs, and 株式会社
as pairs one behind another. Parts of words are found through the list of all words. What the index finds is a superset where a search
mixes both kinds; each entry's own text decides.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .entries import Entry

CJK = "\u3005-\u3007\u3031-\u3035\u303b\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0002b81f"  # as far as SQLite knows letters
_KINDS = rf"[{CJK}]+", rf"[^\W_{CJK}]+", "[\u2190-\u2bff\U0001f000-\U0001faff\U0002b820-\U0003ffff]"
_RUN = re.compile("|".join(f"({kind})" for kind in _KINDS))
_ANY_RUN = re.compile("|".join(_KINDS))
_CLUSTER = re.compile(r".[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f]*", re.DOTALL)
COMMON = 3000  # entries that hold a query: more are not ranked, the latest come first
LONG = 1000  # letters of a query that the index is asked for
MANY = 400  # words that hold a part: more are looked for in the texts themselves
SCHEMA = """
    CREATE VIRTUAL TABLE grams USING fts5(
        said, content = '', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* S* Co'"
    );
    CREATE TABLE written (word TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Match:
    """An entry that holds what was searched.

    Attributes:
        places: first letter and the one behind the last, of each time that it stands in the text.
    """

    entry: Entry
    places: tuple[tuple[int, int], ...]

    def passage(self, around: int = 30) -> tuple[str, str, str]:
        """The first place with what stands before and behind it in its line, and … where that goes on.

        >>> from datetime import date
        >>> Match(Entry("", date.min, None, "One.\\nRain again today."), ((10, 15),)).passage(3)
        ('…in ', 'again', ' to…')
        """
        text, (start, end) = self.entry.text, self.places[0] if self.places else (0, 0)
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end) if "\n" in text[end:] else len(text)
        before, behind = text[first:start], text[end:last]
        if len(before) > around:
            before = "…" + before[-around:]
        if len(behind) > around:
            behind = behind[:around] + "…"
        return before, text[start:end].replace("\n", " "), behind


def folded(text: str) -> str:
    """The text as it is compared.

    >>> folded("ＡＢＣ ｶﾞ Straße")
    'abc ガ strasse'
    """
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> tuple[str, set[str]]:
    """What the index is given of a folded text, and the words in it.

    >>> tokens("株式会社 abc")
    ('株式 式会 会社 社 abc', {'abc'})
    """
    known = _Known()
    return " ".join(map(known.__getitem__, _ANY_RUN.findall(text))), known.words


class _Known(dict[str, str]):
    """Of each run of letters, what the index is given; made when it is first asked for, since texts say the same again.

    Attributes:
        words: those that are words.
    """

    def __init__(self) -> None:
        self.words: set[str] = set()

    def __missing__(self, run: str) -> str:
        japanese, word, sign = _RUN.findall(run)[0]
        if japanese:
            said = " ".join([*(run[i : i + 2] for i in range(len(run) - 1)), run[-1]])
        elif word:
            said = word
            self.words.add(word)
        else:
            said = _sign(sign)
        self[run] = said
        return said


def _sign(sign: str) -> str:
    """A token for a picture or a sign, of letters that every SQLite knows."""
    return f"u{ord(sign):x}"


def index(database: sqlite3.Connection, number: int, text: str) -> None:
    """Within a transaction: an entry's text into the index."""
    grams, words = tokens(folded(text))
    database.execute("INSERT INTO grams (rowid, said) VALUES (?, ?)", (number, grams))
    database.executemany("INSERT OR IGNORE INTO written VALUES (?)", ((word,) for word in words))


def unindex(database: sqlite3.Connection, number: int, text: str) -> None:
    """Within a transaction: an entry's text, as it was indexed, out of the index."""
    grams, _ = tokens(folded(text))
    database.execute("INSERT INTO grams (grams, rowid, said) VALUES ('delete', ?, ?)", (number, grams))


def forget(database: sqlite3.Connection) -> None:
    """Leave nothing in the index of what was taken out of it: otherwise it goes only when its place is written anew."""
    database.execute("INSERT INTO grams (grams) VALUES ('optimize')")
    database.execute("CREATE VIRTUAL TABLE temp.still USING fts5vocab('main', 'grams', 'row')")
    try:
        database.execute("DELETE FROM written WHERE word NOT IN (SELECT term FROM temp.still)")
    finally:
        database.execute("DROP TABLE temp.still")


def rebuild(database: sqlite3.Connection) -> None:
    """Within a transaction: the index anew, from all entries."""
    database.execute("INSERT INTO grams (grams) VALUES ('delete-all')")
    database.execute("DELETE FROM written")
    for number, text in database.execute("SELECT number, text FROM entries"):
        index(database, number, text)


def candidates(database: sqlite3.Connection, query: str) -> str | None:
    """What to ask the index for a folded query; empty: nothing holds it. None: it cannot tell.

    Words at the ends of the query may be parts of longer ones.
    """
    found = list(_RUN.finditer(query))
    if not found:
        return None
    parts = []
    for place, run in enumerate(found):
        text = run.group()
        if run[3]:
            parts.append(f'"{_sign(text)}"')
            continue
        if run[1]:
            pairs = [text[i : i + 2] for i in range(len(text) - 1)]
            parts.append('"' + " ".join(pairs) + '"' if pairs else f'"{text}"*')
            continue
        begins = place == 0 and run.start() == 0
        ends = place == len(found) - 1 and run.end() == len(query)
        if not begins:
            parts.append(f'"{text}"*' if ends else f'"{text}"')
            continue
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped}%" if ends else f"%{escaped}"
        words = database.execute("SELECT word FROM written WHERE word LIKE ? ESCAPE '\\' LIMIT ?", (like, MANY + 1))
        written = [word for (word,) in words]
        if len(written) > MANY:
            if len(found) == 1:
                return None
            continue
        if not written:
            return ""
        parts.append("(" + " OR ".join(f'"{word}"' for word in written) + ")")
    return " AND ".join(parts) if parts else None


def _common(database: sqlite3.Connection, asked: str) -> bool:
    counted = "SELECT count(*) FROM (SELECT 1 FROM grams WHERE grams MATCH ? LIMIT ?)"
    return database.execute(counted, (asked, COMMON)).fetchone()[0] == COMMON


def places(text: str, query: str) -> tuple[tuple[int, int], ...]:
    """Where a folded query stands in a text.

    >>> places("ｶﾞガが", "ガ"), places("AbcABC", "bc")
    (((0, 2), (2, 3)), ((1, 3), (4, 6)))
    """
    whole, found, start = folded(text), [], 0
    same = whole == text.lower() and len(whole) == len(text)  # letter for letter
    origins = None if same else _origins(text)
    if origins:
        whole = origins[0]
    while query and (start := whole.find(query, start)) >= 0:
        last = start + len(query) - 1
        found.append((origins[1][start], origins[2][last]) if origins else (start, last + 1))
        start = last + 1
    return tuple(found)


def _origins(text: str) -> tuple[str, array[int], array[int]]:
    """The folded text, and of each of its letters the first place and the one behind the last that it comes from."""
    parts, starts, ends = [], array("I"), array("I")
    for cluster in _CLUSTER.finditer(unfolded(text)):
        letters = folded(cluster.group())
        parts.append(letters)
        starts.extend([cluster.start()] * len(letters))
        ends.extend([cluster.end()] * len(letters))
    return "".join(parts), starts, ends


def unfolded(text: str) -> str:
    """The text with the marks of half-width kana as those that combine, so that both stand behind their letter alike."""
    return text.replace("\uff9e", "\u3099").replace("\uff9f", "\u309a")


def matches(
    database: sqlite3.Connection,
    query: str,
    read: Callable[[Iterable[tuple[object, ...]]], Iterable[Entry]],
    columns: str,
    terms: str,
    values: tuple[object, ...],
    limit: int,
) -> list[Match]:
    """Entries that hold the query and fit the terms, those that hold it most and shortest first, then the latest.

    Args:
        read: makes entries of rows.
        columns: what it wants to have selected.
        terms: of SQL, with their values.
    """
    query = folded(query.strip())
    if not query:
        return []
    asked = candidates(database, query) if len(query) <= LONG else None
    if asked == "":
        return []
    found = []
    if asked and _common(database, asked):
        asked = None  # so many hold it that the latest are soon found, and none says more than another
    if asked:
        rows = database.execute(
            f"SELECT {columns} FROM grams JOIN entries ON entries.number = grams.rowid WHERE grams MATCH ? AND {terms} "
            "ORDER BY rank, date DESC",
            (asked, *values),
        )
    else:
        rows = database.execute(f"SELECT {columns} FROM entries WHERE {terms} ORDER BY date DESC, time DESC", values)
    for entry in read(rows):
        if query in folded(entry.text):
            found.append(Match(entry, places(entry.text, query)))
            if len(found) == limit:
                break
    return found
