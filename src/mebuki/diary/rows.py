"""Entries as rows of the database, there and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from .entries import DiaryError, Entry

COLUMNS = "id, date, time, text, tags, star, mood, created, edited, trashed"


def chosen(
    start: date | None,
    end: date | None,
    tag: str | None,
    star: bool | None,
    moods: Sequence[int] | None,
    trash: bool,
) -> tuple[str, list[Any]]:
    """Which entries are meant, in SQL."""
    terms, values = [f"trashed IS {'NOT ' if trash else ''}NULL"], list[Any]()
    for term, value in (("date >= ?", start), ("date <= ?", end)):
        if value:
            terms.append(term)
            values.append(value.isoformat())
    if tag is not None:
        terms.append("entries.number IN (SELECT entry FROM tags WHERE tag = ?)")
        values.append(tag.lstrip("#＃@"))
    if star is not None:
        terms.append("star = ?")
        values.append(int(star))
    if moods is not None:
        terms.append(f"mood IN ({', '.join('?' * len(moods))})")
        values += moods
    return " AND ".join(terms), values


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def moment_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def columns_of(entry: Entry) -> dict[str, Any]:
    return dict(zip(COLUMNS.split(", "), row_of(entry), strict=True))


def row_of(entry: Entry) -> tuple[Any, ...]:
    instants = [moment and instant(moment) for moment in (entry.created, entry.edited, entry.trashed)]
    at = entry.time.isoformat() if entry.time else None
    tags = json.dumps(entry.tags, ensure_ascii=False)
    return (entry.id, entry.date.isoformat(), at, entry.text, tags, int(entry.star), entry.mood, *instants)


def entry_of(row: Iterable[Any]) -> Entry:
    """
    Raises:
        DiaryError: the row is damaged, in a way that SQLite does not see.
    """
    id, day, at, text, tags, star, mood, created, edited, trashed = row
    try:
        return Entry(
            id,
            date.fromisoformat(day),
            time.fromisoformat(at) if at else None,
            text,
            tuple(json.loads(tags)),
            bool(star),
            mood,
            moment_of(created),
            moment_of(edited),
            moment_of(trashed),
        )
    except (ValueError, TypeError):
        raise DiaryError(
            f"the entry {id!r} of {day!r} is damaged in the database", hint="mebuki diary check, and the last backup"
        ) from None
