"""One text with a line for each day: the date, perhaps the time, and below it what was written.

Lines may be headings (`# 2026-11-21`, `■2026年11月21日(土) 晴れ`). What stands behind the date is the first line of the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..days import DayError, find_day, find_time
from ..entries import Entry
from .found import Found, Item, Passed

_SIGN = re.compile(r"[ \t　]*(?:#{1,6}|[■□◆◇●○▼★☆◎【〈《〔\[*=-]+)?[ \t　]*")
_AFTER = re.compile(r"[ \t　]*[】〉》〕\]*=:：,、-]*[ \t　]*")


def is_text(sample: str) -> bool:
    """Whether some line begins with a day."""
    return any(_head(line) for line in sample.split("\n"))


def read_text(text: str, where: str) -> Iterator[Item]:
    """The entries of a text, each from a line with a date to the next."""
    head, first, kept, before = None, 0, list[str](), list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        try:
            found = _head(line)
        except DayError as error:
            yield Passed(f"{where}, line {number:,}", error.given)
            found = None
        if not found:
            (kept if head else before).append(line)
            continue
        if head:
            yield _made(head, kept, f"{where}, line {first:,}")
        head, first, kept = found, number, [found[2]] if found[2] else []
    if "".join(before).strip():
        yield Passed(where, f"{len(''.join(before).strip()):,} letters before the first date")
    if head:
        yield _made(head, kept, f"{where}, line {first:,}")


def _head(line: str):
    sign = _SIGN.match(line)
    start = sign.end() if sign else 0
    found = find_day(line[start:])
    if not found:
        return None
    rest = line[start + found[1] :]
    if rest[:1].isalnum() and rest[0].isascii():
        return None  # 2026-11-21st
    rest = rest[_AFTER.match(rest).end() :]  # pyright: ignore[reportOptionalMemberAccess]
    try:
        moment = find_time(rest)
    except DayError:
        moment = None
    if moment:
        rest = rest[moment[1] :]
        rest = rest[_AFTER.match(rest).end() :]  # pyright: ignore[reportOptionalMemberAccess]
    return found[0], moment[0] if moment else None, rest.strip(" \t　")


def _made(head, lines: list[str], where: str) -> Item:
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        return Passed(where, "nothing is written there")
    return Found(Entry("", head[0], head[1], text), where)


def write_text(entries: Iterable[Entry]) -> Iterator[str]:
    """All entries as one text to read and to print."""
    for number, entry in enumerate(entries):
        at = f" {entry.time.strftime('%H:%M')}" if entry.time else ""
        yield ("\n\n" if number else "") + f"{entry.date.isoformat()}{at}\n{entry.text.strip()}\n"
