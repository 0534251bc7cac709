"""One entry a line: JSON Lines, `{"date": "2026-11-21", "text": "Rain again."}`, and CSV with a head that names its columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..days import DayError, find_day, find_time
from ..entries import Entry
from .found import Found, Item, Passed, mood_of, stamped, stamps, truth, words
from .plain import order_of

COLUMNS = {  # ours, and what others call them
    "date": ("date", "day", "datetime", "timestamp", "日付", "日", "年月日", "日時"),
    "time": ("time", "時刻", "時間"),
    "text": (
        "text",
        "entry",
        "content",
        "contents",
        "body",
        "note",
        "notes",
        "diary",
        "journal",
        "本文",
        "内容",
        "日記",
        "文章",
    ),
    "title": ("title", "subject", "題", "題名", "タイトル", "件名"),
    "tags": ("tags", "tag", "labels", "タグ"),
    "star": ("star", "starred", "favorite", "favourite", "星", "お気に入り"),
    "mood": ("mood", "気分"),
    "id": ("id", "uuid"),
    "created": ("created", "created_at"),
    "edited": ("edited", "modified", "updated_at"),
}


def read_lines(text: str, where: str, order: str = "") -> Iterator[Item]:
    """The objects of JSON Lines."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        at = f"{where}, line {number:,}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Passed(at, f"no JSON: {error}")
            continue
        yield read_row(row, at, order) if isinstance(row, dict) else Passed(at, "no object")


def read_list(rows: list[Any], where: str, order: str = "") -> Iterator[Item]:
    """The objects of a JSON list."""
    for number, row in enumerate(rows, 1):
        at = f"{where}, entry {number:,}"
        yield read_row(row, at, order) if isinstance(row, dict) else Passed(at, "no object")


def read_csv(text: str, where: str, order: str = "") -> Iterator[Item]:
    """The rows of CSV, or with semicolons or tabs, below a head that names a date and a text."""
    head = text.split("\n", 1)[0]
    sign = max(",;\t", key=head.count)
    limit = csv.field_size_limit(2**31 - 1)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=sign)
        names = columns(reader.fieldnames or ())
        if "date" not in names or "text" not in names:
            yield Passed(where, f"its head names no date and text: {head[:80]}")
            return
        rows = [(reader.line_num, row) for row in reader]
        order = order or order_of("\n".join(str(row.get(names["date"])) for _, row in rows))
        for number, row in rows:
            at = f"{where}, line {number:,}"
            if None in row:
                yield Passed(
                    at,
                    "more columns than its head names: a text with the sign between columns stands in quotation marks",
                )
                continue
            yield read_row({ours: row.get(theirs) for ours, theirs in names.items()}, at, order)
    except csv.Error as error:
        yield Passed(where, f"no CSV: {error}")
    finally:
        csv.field_size_limit(limit)


def columns(given: Iterable[str]) -> dict[str, str]:
    """Our names of columns, and what they are called here."""
    said = {name.strip().lower().lstrip("\ufeff"): name for name in given if name}
    return {ours: said[name] for ours, known in COLUMNS.items() for name in reversed(known) if name in said}


def read_row(row: Mapping[str, Any], where: str, order: str = "") -> Item:
    """One entry from a mapping with our names, or those of others."""
    names = columns(row)
    values = {ours: row[theirs] for ours, theirs in names.items()}
    said, text = str(values.get("date") or ""), str(values.get("text") or "")
    try:
        found = find_day(said, order)
        if not found:
            return Passed(where, f"{said[:40]!r} is no day" if said else "it has no date")
        at = str(values.get("time") or "") or said[found[1] :].strip(" T,")
        moment = find_time(at) if at else None
    except DayError as error:
        return Passed(where, error.given)
    title = str(values.get("title") or "")
    text = f"{title}\n{text}" if title and title != text.split("\n", 1)[0] else text
    if not text.strip():
        return Passed(where, "nothing is written there")
    tags = values.get("tags")
    return Found(
        Entry(
            str(values.get("id") or ""),
            found[0],
            moment[0] if moment else None,
            text,
            words(tags),
            truth(values.get("star")),
            mood_of(values.get("mood")),
            *stamped(values),
        ),
        where,
    )


def write_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Each entry as a line of JSON, with all that it has."""
    for entry in entries:
        row: dict[str, Any] = {"id": entry.id, "date": entry.date.isoformat()}
        if entry.time:
            row["time"] = entry.time.isoformat()
        row["text"] = entry.text
        if entry.tags:
            row["tags"] = list(entry.tags)
        if entry.star:
            row["star"] = True
        if entry.mood:
            row["mood"] = entry.mood
        yield json.dumps(row | stamps(entry), ensure_ascii=False) + "\n"
