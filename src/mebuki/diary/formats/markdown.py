"""Folders of Markdown: the daily notes of Obsidian (`2026-11-21.md`) and Logseq (`2026_11_21.md`), and our own.

YAML between two lines of --- at the head of a file may say date, time, tags, star and more. Our own files hold all of an entry
there, and below it the text, letter for letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import yaml

from ...errors import MebukiError
from ...text.encodings import plain_ends
from ...text.sources import cannot_read
from ..days import DayError, find_day, find_time
from ..entries import Entry
from .found import HASHTAG, Found, Item, Passed, mood_of, stamped, stamps, tame, text_of, truth, words

SUFFIXES = (".md", ".markdown")
KNOWN = frozenset(
    [
        "date",
        "day",
        "日付",
        "time",
        "tags",
        "tag",
        "star",
        "starred",
        "favorite",
        "mood",
        "created",
        "edited",
        "title",
        "aliases",
        "cssclass",
        "cssclasses",
    ]
)
MARK = "mebuki"  # in the head of our own files
_HEAD = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")


class _Loader(yaml.SafeLoader):
    """Dates and times stay text, so that 08:30 is no number of minutes and no date is refused."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] not in ("timestamp", "int", "float")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_folder(folder: Path, encoding: str = "auto") -> Iterator[Item]:
    """The notes with a date in their heads or names, in this folder and below; other files are told of."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts) or not path.is_file():
            continue
        if path.suffix.lower() in SUFFIXES:
            yield from read_file(path, str(inside), encoding)
        else:
            yield Passed(str(inside), "no Markdown file")


def read_file(path: Path, where: str, encoding: str = "auto") -> Iterator[Item]:
    """The entry of one file; one that is no text is told of."""
    try:
        text = _raw(path) or text_of(path, encoding)
    except MebukiError as error:
        yield Passed(where, error.given)
        return
    yield from read_note(text, path.stem, where)


def read_note(text: str, stem: str, where: str) -> Iterator[Item]:
    """The entry of one file.

    Args:
        stem: its name without the ending.
    """
    own = text.startswith(f"---\n{MARK}:")
    try:
        head, body = parted(text if own else plain_ends(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield Passed(where, f"its head is no YAML: {next(iter(str(error).splitlines()), '')}")
        return
    try:
        day = _day(head, stem)
    except DayError as error:
        yield Passed(where, error.given)
        return
    if not day:
        yield Passed(where, "no date in its name or head")
        return
    if own and MARK in head:
        yield Found(_own(head, day, body.removesuffix("\n")), where)
        return
    body = body.strip("\n")
    if not body.strip():
        yield Passed(where, "nothing is written there")
        return
    title = _scalar(head.get("title"))
    if title and title not in body.split("\n", 1)[0]:
        body = f"{title}\n\n{body}"
    if left := [name for name in head if name not in KNOWN and _scalar(head[name])]:
        yield Passed(where, f"of its head, {', '.join(left)}; the rest is taken")
    tags = (*words(head.get("tags") or head.get("tag")), *HASHTAG.findall(_CODE.sub("", body)))
    star = truth(head.get("star") or head.get("starred") or head.get("favorite"))
    entry = Entry("", day, _time(head), body, words(list(tags)), star, mood_of(head.get("mood")))
    yield Found(entry, where, place=f"note {where}")


def _raw(path: Path) -> str:
    """The text of one of our own files, letter for letter; empty: it is none."""
    try:
        with path.open("rb") as file:
            start = file.read(len(MARK) + 5)
            return (start + file.read()).decode() if start == f"---\n{MARK}:".encode() else ""
    except OSError as error:
        raise cannot_read(path, error) from error
    except UnicodeDecodeError:
        return ""


def parted(text: str) -> tuple[dict[str, Any], str]:
    """The head of a note as a mapping, and what stands below it.

    Raises:
        YAMLError: the head cannot be read.

    >>> parted("---\\ndate: 2026-11-21\\n---\\nRain.\\n")
    ({'date': '2026-11-21'}, 'Rain.\\n')
    """
    found = _HEAD.match(text)
    if not found:
        return {}, text
    head = tame(yaml.load(found[1], Loader=_Loader))
    if head is None:
        head = {}
    return (
        ({str(key).lower(): value for key, value in head.items()}, text[found.end() :])
        if isinstance(head, dict)
        else ({}, text)
    )


def _scalar(value: Any) -> str:
    """A value of one line as text; lists and mappings are none."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _day(head: dict[str, Any], stem: str) -> date | None:
    for name in ("date", "day", "日付"):
        if (said := _scalar(head.get(name))) and (found := find_day(said)):
            return found[0]
    for start in range(len(stem)):
        if (start == 0 or not stem[start - 1].isdigit()) and (found := find_day(stem[start:])):
            return found[0]
    if found := _COMPACT.search(stem):
        return date(*map(int, found.groups())) if _exists(*found.groups()) else None
    for name in ("created", "created at", "creation date"):
        if (said := _scalar(head.get(name))) and (found := find_day(said)):
            return found[0]
    return None


def _exists(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _time(head: dict[str, Any]) -> time | None:
    said, day = _scalar(head.get("time")), _scalar(head.get("date"))
    try:
        if not said and (found := find_day(day)):
            said = day[found[1] :].strip(" T")
        moment = find_time(said) if said else None
    except DayError:
        return None
    return moment[0] if moment else None


def _own(head: dict[str, Any], day: date, text: str) -> Entry:
    tags = tuple(str(tag) for tag in head.get("tags") or ())
    return Entry(
        str(head[MARK]),
        day,
        _time(head),
        text,
        tags,
        truth(head.get("star")),
        mood_of(head.get("mood")),
        *stamped(head),
    )


def write_note(entry: Entry) -> str:
    """One entry as a file: all of it in the head, the text below."""
    head: dict[str, Any] = {MARK: entry.id, "date": entry.date.isoformat()}
    if entry.time:
        head["time"] = entry.time.isoformat()
    if entry.tags:
        head["tags"] = list(entry.tags)
    head |= {name: True for name in ("star",) if entry.star} | ({"mood": entry.mood} if entry.mood else {})
    head |= stamps(entry)
    said = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10**6)
    return f"---\n{said}---\n{entry.text}\n"


def names(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    """A file name for each: the day, and from the second entry of a day on its number."""
    before, number = None, 1
    for entry in entries:
        number = number + 1 if entry.date == before else 1
        before = entry.date
        yield f"{entry.date.isoformat()}{f'-{number}' if number > 1 else ''}.md", entry
