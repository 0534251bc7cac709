"""jrnl: its text files, `[2020-06-28 18:22] Title. *` with the body below, and its JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ..days import DayError, find_day, find_time, read_day
from ..entries import Entry
from .found import Found, Item, Passed, mood_of, stamped, stamps, truth, words

_HEAD = re.compile(r"^\[([^\]\n]{6,40})\] ?(.*)$|^(\d{4}-\d\d-\d\d \d\d:\d\d) (.+)$", re.MULTILINE)
_TAG = re.compile(r"(?<!\S)[@#]([\w-]*\w[\w-]*)")


def is_text(sample: str) -> bool:
    """Whether a text begins like a journal of jrnl."""
    found = _HEAD.search(sample)
    return bool(found and found[1] and not sample[: found.start()].strip() and _moment(found[1]))


def read_text(text: str, where: str) -> Iterator[Item]:
    """The entries of a text file; an @tag in the text is a tag, and stays in the text."""
    heads = [found for found in _HEAD.finditer(text) if _moment(found[1] or found[3])]
    before = text[: heads[0].start()] if heads else text
    if before.strip():
        yield Passed(where, f"{len(before.strip()):,} letters before the first entry")
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        title, body = (head[2] if head[1] else head[4]) or "", text[head.end() : end].rstrip("\n")
        at = f"{where}, line {text.count(chr(10), 0, head.start()) + 1:,}"
        moment = _moment(head[1] or head[3])
        assert moment
        title, star = _starred(title.rstrip())
        said = title if not body.strip() else title + body
        if not said.strip():
            yield Passed(at, "nothing is written there")
            continue
        yield Found(Entry("", moment[0], moment[1], said, words(_TAG.findall(said)), star), at)


def _starred(title: str) -> tuple[str, bool]:
    """A title without the star before or behind it, and whether there was one.

    >>> _starred("Rain. *"), _starred("*Rain."), _starred("*Rain* again.")
    (('Rain.', True), ('Rain.', True), ('*Rain* again.', False))
    """
    bare = title.removesuffix(" *")
    if bare.startswith("*") and bare.count("*") == 1:
        bare = bare[1:].lstrip()
    return ("" if bare == "*" else bare), bare != title


def _moment(text: str) -> tuple[Any, Any] | None:
    """Day and time in brackets, however its owner has set them to be written."""
    try:
        found = find_day(text)
        if not found:
            return None
        rest = text[found[1] :].strip(" ,T")
        at = find_time(rest) if rest else None
        return None if rest and not at else (found[0], at[0] if at else None)
    except DayError:
        return None


def is_json(content: Any) -> bool:
    entries = content.get("entries") if isinstance(content, dict) else None
    return isinstance(entries, list) and any(isinstance(e, dict) and "title" in e and "body" in e for e in entries[:20])


def read_json(content: Any, where: str) -> Iterator[Item]:
    """The entries of its JSON; what we ourselves put into it beside what jrnl knows comes back, too."""
    for number, item in enumerate(content["entries"], 1):
        at = f"{where}, entry {number:,}"
        if not isinstance(item, dict):
            yield Passed(at, "no object")
            continue
        title, body = str(item.get("title") or ""), str(item.get("body") or "")
        text = item.get("text") if isinstance(item.get("text"), str) else title + (f"\n{body}" if body.strip() else "")
        try:
            day = read_day(str(item.get("date", "")))
            moment = find_time(str(item.get("time") or ""))
        except DayError as error:
            yield Passed(at, error.given)
            continue
        if not str(text).strip():
            yield Passed(at, "nothing is written there")
            continue
        yield Found(
            Entry(
                str(item.get("id") or ""),
                day,
                moment[0] if moment else None,
                str(text),
                words(item.get("tags")),
                truth(item.get("starred")),
                mood_of(item.get("mood")),
                *stamped(item),
            ),
            at,
        )


def write_json(entries: Iterable[Entry]) -> Iterator[str]:
    """jrnl's JSON: tags with their counts, and entries with title and body; beside them what it does not know."""
    entries = list(entries)
    tags = Counter(f"@{tag}" for entry in entries for tag in entry.tags)
    items = []
    for entry in entries:
        title, _, body = entry.text.partition("\n")
        item: dict[str, Any] = {"title": title, "body": body, "date": entry.date.isoformat()}
        if entry.time:
            item["time"] = entry.time.isoformat() if entry.time.second else entry.time.strftime("%H:%M")
        item |= {"tags": [f"@{tag}" for tag in entry.tags], "starred": entry.star, "id": entry.id, "text": entry.text}
        if entry.mood:
            item["mood"] = entry.mood
        items.append(item | stamps(entry))
    yield json.dumps({"tags": dict(tags), "entries": items}, ensure_ascii=False, indent=2) + "\n"
