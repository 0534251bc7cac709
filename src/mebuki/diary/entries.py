"""What a diary holds: entries, and how they may be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from ..errors import MebukiError, out_of_range

MOODS = range(1, 6)  # 1: bad … 5: good
LARGEST = 100_000_000  # letters
LONGEST_TAG = 100
LONGEST_ID = 200


class DiaryError(MebukiError):
    """A diary, or an entry, that is missing, damaged, locked, or cannot be as it was asked for."""


@dataclass(frozen=True)
class Entry:
    """One entry; several may be of one day.

    Attributes:
        id: names it for ever; kept from an import that brought one.
        date: the day it is about, where it was written.
        time: of that day, if it is known.
        text: as it was written, letter for letter.
        tags: without a sign before them, in the order in which they were given.
        star: whether it is marked.
        mood: 1, bad, to 5, good; None: not said.
        created: when it was written down first, in UTC.
        edited: when it was changed last, in UTC; None: never.
        trashed: when it was put into the trash, in UTC; None: it is not there.
    """

    id: str
    date: date
    time: time | None
    text: str
    tags: tuple[str, ...] = ()
    star: bool = False
    mood: int | None = None
    created: datetime | None = None
    edited: datetime | None = None
    trashed: datetime | None = None

    @property
    def title(self) -> str:
        """The first line with something in it, at most 80 letters of it."""
        line = next((line.strip() for line in self.text.split("\n") if line.strip()), "")
        return line if len(line) <= 80 else line[:79] + "…"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def checked(entry: Entry) -> Entry:
    """An entry as a diary can hold it.

    Raises:
        DiaryError: it cannot be as it is.
    """
    checked_id(entry.id)
    text, tags, mood = checked_text(entry.text), checked_tags(entry.tags), checked_mood(entry.mood)
    at = entry.time.replace(microsecond=0, tzinfo=None) if entry.time else None
    created = entry.created or now()
    return replace(entry, text=text, tags=tags, mood=mood, time=at, star=bool(entry.star), created=created)


def checked_text(text: str) -> str:
    """The text, if a diary can hold it.

    Raises:
        DiaryError: nothing is in it, it is larger than any book, or it holds halves of letters.
    """
    if not text.strip():
        raise DiaryError("nothing was written", hint="some words")
    if len(text) > LARGEST:
        raise DiaryError(f"an entry of {len(text):,} letters", allowed=f"up to {LARGEST:,}", hint="several entries")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        place = f"letter {error.start + 1:,}"
        raise DiaryError(
            f"{place} is half a letter ({text[error.start]!r}), no Unicode text", hint="removing it"
        ) from None
    return text


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without signs and spaces around them, each once.

    Raises:
        DiaryError: one is empty, too long, or holds a line break.

    >>> checked_tags(["#garden", " rain", "garden"])
    ('garden', 'rain')
    """
    found: dict[str, None] = {}
    for given in tags:
        tag = checked_text(given).strip().lstrip("#＃@").strip()
        if not tag or len(tag) > LONGEST_TAG or re.search(r"[\n\r\x00]", tag):
            raise DiaryError(
                f"{given[:40]!r} is no tag", allowed=f"1 to {LONGEST_TAG} letters in one line", hint="garden"
            )
        found[tag] = None
    return tuple(found)


def checked_mood(mood: int | None) -> int | None:
    """
    Raises:
        DiaryError: a mood that is not 1 to 5.
    """
    if mood is not None and mood not in MOODS:
        problem = out_of_range("mood", mood, MOODS[0], MOODS[-1])
        raise DiaryError(problem.given, allowed="1, bad, to 5, good", hint=problem.hint)
    return mood


def checked_id(id: str) -> str:
    """
    Raises:
        DiaryError: empty, too long, or not of printable letters.
    """
    if not id or len(id) > LONGEST_ID or not id.isprintable() or id != id.strip():
        raise DiaryError(f"{id[:40]!r} cannot name an entry", allowed=f"1 to {LONGEST_ID} printable letters")
    return id


def id_of(day: date, at: time | None, text: str) -> str:
    """An id made of what an entry holds, for imports that bring none: the same entry gets it again.

    >>> id_of(date(2026, 11, 21), None, "Rain.")
    '2026-11-21-d01fcf73'
    """
    said = f"{day.isoformat()}\n{at.isoformat() if at else ''}\n{text.strip()}"
    return f"{day.isoformat()}-{hashlib.blake2b(said.encode(), digest_size=4).hexdigest()}"
