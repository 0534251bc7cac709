"""Counts of words in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ..diary.frequencies import Frequency
from ..diary.marks import Period
from ..diary.shifts import Shift
from ..diary.usage import Usage
from ..runs.live import BLOCKS, LEAF
from .diary_view import console

WIDEST = 24  # cells of a word in a table
BAR = 14
DIM = "bright_black"


def spark(shares: Sequence[float]) -> str:
    """A row of blocks as high as the shares, the greatest whole.

    >>> spark([0, 0.1, 0.5, 0.25])
    ' ▂█▄'
    """
    most = max(shares, default=0) or 1
    return "".join(BLOCKS[-int(-8 * share / most // 1)] for share in shares)


def frequent(found: list[Frequency], apart: list[Frequency], days: list[date]) -> None:
    to = console()
    to.print(_span(days))
    if apart:
        line = Text("on more than three days of ten", DIM)
        for place, one in enumerate(apart):
            said = f"  {one.word} {one.share:.0%}"
            if place and line.cell_len + cell_len(said) > to.width:
                to.print(line, soft_wrap=True)
                line = Text()
            line.append(said, "not bold")
        to.print(line, soft_wrap=True)
    to.print()
    if not found:
        to.print("no word of these says much; --all shows all of them")
        return
    wide, most = _width([one.word for one in found]), found[0].days
    alike = all(one.days == one.entries for one in found)
    head = f"  {'':{wide}}  {'':{BAR}}{'days':>6}{'':5}{'' if alike else 'entries':>{0 if alike else 9}}{'times':>7}"
    to.print(head + "   first – last", style=DIM, soft_wrap=True)
    for one in found:
        line = Text(f"  {set_cell_size(one.word, wide)}  ", "bold")
        line.append(("━" * max(1, round(BAR * one.days / most))).ljust(BAR), LEAF)
        line.append(f"{one.days:6,}")
        line.append(f"{one.share:5.0%}", DIM)
        line.append(f"{'' if alike else f'{one.entries:,}':>{0 if alike else 9}}{one.times:7,}   ", "not bold")
        line.append(spark(one.course), LEAF)
        to.print(line, soft_wrap=True)


def _span(days: list[date]) -> Text:
    count = len(set(days))
    entries = f" in {len(days):,} entries" if len(days) != count else ""
    line = Text(f"{count:,} {'day' if count == 1 else 'days'}{entries}", "bold")
    return line.append(f"  {days[0]} – {days[-1]}", f"not bold {DIM}")


def _width(words: Sequence[str]) -> int:
    return min(WIDEST, max(map(cell_len, words)))


def periods(found: list[Period]) -> None:
    """A line for each period, as many of its words as there is room for."""
    to = console()
    if len(found) < 2:
        to.print(f"all of it is in {found[0].name}: there is nothing to hold it against")
        return
    wide, number = max(len(one.name) for one in found), max(len(f"{one.days:,}") for one in found)
    for one in found:
        line = Text(f"  {one.name:<{wide}}", "bold")
        line.append(f"  {one.days:>{number},} {'day ' if one.days == 1 else 'days'} ", f"not bold {DIM}")
        if not one.marks:
            line.append("  –", DIM)
        for place, mark in enumerate(one.marks):
            said = f"  {'❧ ' if mark.claimed else ''}{mark.word} "
            if place and line.cell_len + cell_len(said) + len(f"{mark.days:,}") > to.width:
                break
            line.append(said, LEAF if mark.claimed else "not bold")
            line.append(f"{mark.days:,}", f"not bold {DIM}")
        to.print(line, soft_wrap=True)


def shifts(found: list[Shift], more: bool) -> None:
    to = console()
    if not found:
        to.print(f"no word stands {'more' if more else 'less'} often towards the end than chance would have it")
        return
    wide = _width([one.word for one in found])
    for one in found:
        line = Text("  ")
        line.append("❧ " if one.claimed else "  ", LEAF)
        line.append(set_cell_size(one.word, wide) + "  ", "bold" if one.claimed else "")
        line.append(spark(one.course), LEAF if one.claimed else DIM)
        line.append(f"  {_of(one.after, one.of_after)} since {one.since}")
        line.append(f", before {_of(one.before, one.of_before)}", DIM)
        to.print(line, soft_wrap=True)


def _of(days: int, of: int) -> str:
    """
    >>> _of(3, 40), _of(1, 1000), _of(0, 40)
    ('3 of 40 days', '1 of 1,000 days', 'never')
    """
    return f"{days:,} of {of:,} days" if days else "never"


def used(found: Usage, by: str) -> None:
    to = console()
    line = Text(found.word, "bold")
    line.append(f"  on {found.days:,} of {found.of_days:,} days ({found.days / found.of_days:.0%})", "not bold")
    if found.entries != found.days:
        line.append(f", in {found.entries:,} {'entry' if found.entries == 1 else 'entries'}", "not bold")
    line.append(f", {found.times:,} {'time' if found.times == 1 else 'times'}", "not bold")
    line.append(f"\n{found.first}" + (f" – {found.last}" if found.last != found.first else ""), f"not bold {DIM}")
    to.print(line, soft_wrap=True)
    to.print()
    _course(found, by)
    rows = []
    if list(found.spellings) != [found.word]:
        shown = list(found.spellings.items())[:8]
        rows.append(("spelled", Text("  ".join(f"{word} {count:,}" for word, count in shown))))
    if found.tags:
        shown = list(found.tags.items())[:6]
        rows.append(("tags", Text("  ".join(f"#{tag} {count:,} of {of:,}" for tag, (count, of) in shown))))
    if found.mood:
        mood = found.mood
        said = Text(f"{mood.mean:.1f} on {mood.days:,} {'day' if mood.days == 1 else 'days'} with it")
        said.append(f", {mood.of_all:.1f} on all {mood.all_days:,} that have one", DIM)
        sure = mood.chance <= 0.05
        said.append("   ❧" if sure else "   may be chance", LEAF if sure else DIM)
        rows.append(("mood", said))
    if rows:
        to.print()
    for name, said in rows:
        to.print(Text.assemble((f"{name:<9}", DIM), said), soft_wrap=True)


def _course(found: Usage, by: str) -> None:
    """For each year a row of months or quarters, as high as the share of days; by year, a bar for each."""
    to = console()
    most = max(days / of for days, of in found.periods.values())
    if by == "year":
        for name, (days, of) in found.periods.items():
            line = Text(f"{name}  ", DIM)
            line.append(("━" * round(40 * days / of / most)).ljust(42), LEAF)
            to.print(line.append(f"{days:,} of {of:,} days", DIM), soft_wrap=True)
        return
    years = sorted({name[:4] for name in found.periods})
    cells = [f"{month:02d}" for month in range(1, 13)] if by == "month" else [f"Q{n}" for n in range(1, 5)]
    for year in range(int(years[0]), int(years[-1]) + 1):
        line = Text(f"{year:04d}  ", DIM)
        total = 0
        for cell in cells:
            days, of = found.periods.get(f"{year:04d}-{cell}", (0, 0))
            total += days
            block = BLOCKS[-int(-8 * days / of / most // 1)] * 3 if days else " · " if of else "   "
            line.append(block + " ", LEAF if days else DIM)
        to.print(line.append(f" {total:,}", DIM), soft_wrap=True)
    to.print("      " + "".join(f"{cell.lstrip('0'):<4}" for cell in cells), style=DIM, soft_wrap=True)
