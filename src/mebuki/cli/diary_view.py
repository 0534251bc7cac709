"""Entries in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.control import strip_control_codes
from rich.text import Text

from ..diary.entries import Entry
from ..diary.search import Match
from ..runs.live import LEAF

WEEKDAYS = "月火水木金土日"
FULL, EMPTY = "●", "○"
LOOKED_AT = 2000  # letters of an entry, for one line of it


def console() -> Console:
    return Console(highlight=False)


def weekday(entry: Entry) -> str:
    return WEEKDAYS[entry.date.weekday()] if any("ぁ" <= c <= "ヿ" for c in entry.text) else f"{entry.date:%a}"


def head(entry: Entry, *, id: bool = True) -> Text:
    """Day, time, star, mood, tags and id in one line."""
    line = Text.assemble((f"{entry.date.isoformat()} {weekday(entry)}", "bold"))
    if entry.time:
        line.append(f" {entry.time:%H:%M}", "bold")
    if entry.star:
        line.append(" ★", "yellow")
    if entry.mood:
        line.append(f" {FULL * entry.mood}{EMPTY * (5 - entry.mood)}", LEAF)
    for tag in entry.tags:
        line.append(f" #{tag}", LEAF)
    if id:
        line.append(f"   {entry.id}", "bright_black")
    return line


def whole(entries: Iterable[Entry], to: Console | None = None) -> None:
    """Entries with all of their text."""
    to = to or console()
    for number, entry in enumerate(entries):
        if number:
            to.print()
        to.print(head(entry), soft_wrap=True)
        lines = strip_control_codes(entry.text.rstrip("\n")).split("\n")
        to.file.write("".join(f"  {line}\n" for line in lines))  # there may be a million, too many to be laid out


def listed(entries: Iterable[Entry], to: Console | None = None) -> int:
    """A line for each, with how it begins; how many."""
    to = to or console()
    count = 0
    for entry in entries:
        count += 1
        line = head(entry, id=False)
        room = max(20, to.width - line.cell_len - 2)
        begins = Text(" ".join(entry.text[:LOOKED_AT].split()), "bright_black" if entry.trashed else "")
        begins.truncate(room, overflow="ellipsis")
        to.print(Text.assemble(line, "  ", begins), soft_wrap=True)
    return count


def passages(found: Iterable[Match], to: Console | None = None) -> int:
    """A line for each, with the first place where it stands; how many."""
    to = to or console()
    count = 0
    for match in found:
        count += 1
        line = head(match.entry, id=False)
        before, said, behind = match.passage(max(8, (to.width - line.cell_len) // 5))
        times = f"  ×{len(match.places)}" if len(match.places) > 1 else ""
        to.print(
            Text.assemble(line, "  ", before, (said, f"bold {LEAF}"), behind, (times, "bright_black")), soft_wrap=True
        )
    return count
