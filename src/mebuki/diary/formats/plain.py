"""One text with a line for each day: the date, perhaps the time, and below it what was written.

Lines may be headings (`# 2026-11-21`, `■2026年11月21日(土) 晴れ`). What stands behind the date is the first line of the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, time

from ..days import DayError, find_day, find_time
from ..entries import Entry
from .found import Found, Item, Passed

_SIGN = re.compile(r"[ \t　]*(?:(?:#{1,6}[ \t]|[■□◆◇●○▼★☆◎【〈《〔\[])[ \t　]*)?")
_AFTER = re.compile(r"[ \t　]*[】〉》〕\]:：,、]*[ \t　]*(?:[-–—=*]+(?=\s|$)[ \t　]*)?")
_WITHIN = re.compile(
    r"[ \t　]*(?:[のにはをがとでもへや]|から|まで|より|頃|ごろ|以[来降前後])"
)  # the date is part of a sentence


def order_of(text: str) -> str:
    """ "day" or "month", whichever must stand first in dates such as 21/11/2026 of a text; empty: it does not say.

    >>> order_of("01/02/2026\\n21/02/2026"), order_of("01/02/2026")
    ('day', '')
    """
    days = months = 0
    for found in re.finditer(r"^[^\w\n]*(\d{1,2})([/-])(\d{1,2})\2\d{4}(?!\d)", text, re.MULTILINE):
        days += int(found[1]) > 12 >= int(found[3])
        months += int(found[3]) > 12 >= int(found[1])
    return "" if bool(days) == bool(months) else "day" if days else "month"


def is_text(sample: str) -> bool:
    """Whether some line begins with a day."""
    for line in sample.split("\n"):
        try:
            if _head(line, "month"):
                return True
        except DayError:
            continue
    return False


def read_text(text: str, where: str, order: str = "") -> Iterator[Item]:
    """The entries of a text, each from a line with a date to the next.

    Args:
        order: "day" or "month", what stands first in 11/12/2026, if the text itself does not say it.
    """
    order = order or order_of(text)
    head, first, kept, before = None, 0, list[str](), list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        try:
            found = _head(line, order)
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


def _head(line: str, order: str) -> tuple[date, time | None, str] | None:
    """Day, time and the rest of a line that begins an entry."""
    start = _end(_SIGN, line, 0)
    found = find_day(line[start:], order)
    if not found:
        return None
    start += found[1]
    if line[start : start + 1] == "T" and line[start + 1 : start + 2].isdigit():
        start += 1
    elif (line[start : start + 1].isascii() and line[start : start + 1].isalnum()) or _WITHIN.match(line, start):
        return None  # 2026-11-21st; 2025年1月5日から
    start = _end(_AFTER, line, start)
    try:
        moment = find_time(line[start:])
    except DayError:
        moment = None
    if moment:
        start = _end(_AFTER, line, start + moment[1])
    return found[0], moment[0] if moment else None, line[start:].strip(" \t　")


def _end(pattern: re.Pattern[str], line: str, start: int) -> int:
    found = pattern.match(line, start)
    return found.end() if found else start


def _made(head: tuple[date, time | None, str], lines: list[str], where: str) -> Item:
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        return Passed(where, "nothing is written there")
    return Found(Entry("", head[0], head[1], text), where)


def write_text(entries: Iterable[Entry]) -> Iterator[str]:
    """All entries as one text to read and to print."""
    for number, entry in enumerate(entries):
        at = f" {entry.time.strftime('%H:%M')}" if entry.time else ""
        yield ("\n\n" if number else "") + f"{entry.date.isoformat()}{at}\n{entry.text.strip()}\n"
