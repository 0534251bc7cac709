"""Interests in the terminal: what each period is about, and the trees of what grew out of what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from ..diary.report import InPeriod, Interest, Interests, WordBurst, WordTie
from ..runs.live import BLOCKS, LEAF
from .diary_view import console

FAINT = "bright_black"
SIDE = 10  # columns for what a line is about
COLUMNS = 26  # at most, of a curve over all periods
LONGEST = 20  # columns of a word


def show(found: Interests, to: Console | None = None) -> None:
    to = to or console()
    to.print(Text(f"{found.entries:,} entries, {found.start} – {found.end}", "bold"))
    for period in found.periods:
        to.print()
        _period(period, to)
    to.print()
    to.print(Text("how one interest led to the next", "bold"))
    if not found.interests:
        to.print("  no word stands out yet: none bursts, and none grew out of another", style=FAINT)
        return
    _trees(found, to)
    if any(one.bursts for one in found.interests):
        to.print()
        to.print(Text("  ❧ when it was written of far more than else; ☙ perhaps by chance", FAINT), soft_wrap=True)
    _proofs(found, to)


def _period(period: InPeriod, to: Console) -> None:
    to.print(Text.assemble((period.period.name, "bold"), (f"  {_many(period.entries, 'entry', 'entries')}", FAINT)))
    _line("words", ([(mark.word, ""), (f" ×{len(mark.days)}", FAINT)] for mark in period.marks), to)
    _line("bursts", (_burst(burst) for burst in period.bursts if burst.claimed), to)
    _line("new", (_tie(tie, tie.met[0]) for tie in period.new), to)
    _line("faded", (_tie(tie, tie.until) for tie in period.faded), to)


def _burst(burst: WordBurst) -> list[tuple[str, str]]:
    return [("❧ ", LEAF), (burst.word, ""), (f" {burst.since:%m-%d} – {_short(burst.until, burst.since)}", FAINT)]


def _tie(tie: WordTie, day: date) -> list[tuple[str, str]]:
    return [(f"{tie.words[0]} – {tie.words[1]}", ""), (f" {day:%m-%d}", FAINT)]


def _short(day: date, beside: date) -> str:
    """Without its year, where that is clear."""
    return f"{day:%m-%d}" if day.year == beside.year else day.isoformat()


def _line(about: str, parts: Iterable[list[tuple[str, str]]], to: Console) -> None:
    """As many parts as have room, and how many there are beside them."""
    line, left = Text(f"  {about:<{SIDE - 2}}", FAINT), list(parts)
    if not left:
        return
    shown = 0
    for part in left:
        said = Text.assemble(*part)
        more = len(f"   +{len(left) - shown - 1}") if shown + 1 < len(left) else 0
        if shown and line.cell_len + 2 + said.cell_len + more > to.width:
            break
        line.append("  " if shown else "")
        line.append_text(said)
        shown += 1
    if shown < len(left):
        line.append(f"  +{len(left) - shown}", FAINT)
    to.print(line, soft_wrap=True)


def _trees(found: Interests, to: Console) -> None:
    grown: dict[str | None, list[Interest]] = {}
    for one in found.interests:
        grown.setdefault(one.source, []).append(one)
    lines: list[tuple[str, Interest]] = []

    def walk(one: Interest, before: str, behind: str) -> None:
        lines.append((before, one))
        children = grown.get(one.word, [])
        for number, child in enumerate(children):
            last = number == len(children) - 1
            walk(child, behind + ("└ " if last else "├ "), behind + ("  " if last else "│ "))

    for root in grown.get(None, []):
        walk(root, "", "")
    wide = max(cell_len(before) + min(LONGEST, cell_len(one.word)) for before, one in lines)
    most = max(max(_columns(one)) for _, one in lines)
    for before, one in lines:
        word = one.word if cell_len(one.word) <= LONGEST else set_cell_size(one.word, LONGEST - 1).rstrip() + "…"
        line = Text.assemble("  ", (before, FAINT), (word, "bold"))
        line.append(" " * (wide + 4 - line.cell_len))
        line.append("".join(_block(count, most) for count in _columns(one)), FAINT if one.faded else LEAF)
        line.append(f" {len({day for day, _ in one.days}):>4} days  ")
        time = f"{one.born:%Y-%m} – " + (f"{one.last:%Y-%m}" if one.faded else "")
        line.append(f"{time:<17}" if one.bursts else time.rstrip(), FAINT)
        for burst in one.bursts[:2]:
            line.append(f" {'❧' if burst.claimed else '☙'} ", LEAF)
            line.append(f"{burst.since:%Y-%m}", FAINT)
        to.print(line, soft_wrap=True)


def _proofs(found: Interests, to: Console) -> None:
    """The first days of each interest that hold its source too."""
    main = {lead.word: lead for lead in reversed(found.leads)}
    shown = [main[one.word] for one in found.interests if one.source]
    if not shown:
        return
    to.print()
    to.print(Text("the first days that hold both", "bold"))
    wide = max(cell_len(lead.source) + cell_len(lead.word) for lead in shown) + 3
    for lead in shown:
        line = Text.assemble("  ", lead.source, (" → ", LEAF), lead.word)
        line.append(" " * max(0, wide + 4 - line.cell_len))
        days = list(dict.fromkeys(day for day, _ in lead.first_days))
        room = max(1, (to.width - line.cell_len) // 12)
        line.append("  ".join(map(str, days[:room])) + (" …" if len(days) > room else ""), FAINT)
        to.print(line, soft_wrap=True)


def _columns(one: Interest) -> list[int]:
    """Its entries over time, in so many columns as have room."""
    each = -(-len(one.by_period) // COLUMNS)
    return [sum(one.by_period[first : first + each]) for first in range(0, len(one.by_period), each)]


def _block(count: int, most: int) -> str:
    return BLOCKS[0] if not count else BLOCKS[max(1, round(count / most * (len(BLOCKS) - 1)))]


def _many(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
