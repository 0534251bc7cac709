"""`mebuki diary` associate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..diary.days import read_day
from ..errors import TextError
from .diary import command_parser, opened
from .main import Parser

if TYPE_CHECKING:
    from datetime import date

    from ..diary.associations import Association


def associate_parser() -> Parser:
    p = command_parser(
        "associate",
        "Give it a word; it answers with the words tied to it in your diary, the strongest first, and the days that prove it.\n"
        "A leaf marks ties that chance does not explain; the rest may be chance.",
        'mebuki diary associate 池\nmebuki diary associate "black tea" --from 2025-01-01 --json\nmebuki diary associate 将棋 --hops 2',
    )
    p.add_argument("words", nargs="*", metavar="WORD", help="a word, or a name of several")
    p.add_argument("--words", dest="file", metavar="FILE", help="many, one a line; prints a JSON object a line")
    p.add_argument("--from", dest="start", metavar="DATE", help="first day")
    p.add_argument("--to", dest="end", metavar="DATE", help="last day")
    p.add_argument(
        "--hops", type=int, default=1, choices=(1, 2), metavar="1|2", help="2: tied through a third word alone"
    )
    p.add_argument("-n", type=int, default=10, metavar="N", help="at most so many (default 10)")
    return p


def associate(given: Any) -> int:
    if bool(given.words) == bool(given.file):
        raise TextError("a word, or --words FILE, is wanted", hint="mebuki diary associate 池")
    from ..diary.associations import Associations
    from ..errors import MebukiError

    start, end = (read_day(said) if said else None for said in (given.start, given.end))
    with opened(given, words=True) as journal:
        associations = Associations(journal)
        if given.file:
            for word in Path(given.file).read_text(encoding="utf-8-sig").split("\n"):
                if not word.strip():
                    continue
                try:
                    found = associations.of(word.strip(), start, end, hops=given.hops, limit=given.n)
                except MebukiError:
                    found = []
                print(json.dumps(_as_json(word.strip(), found), ensure_ascii=False))
            return 0
        word = " ".join(given.words)
        found = associations.of(word, start, end, hops=given.hops, limit=given.n)
    if given.json:
        print(json.dumps(_as_json(word, found), ensure_ascii=False))
    else:
        _show(word, found)
    return 0


def _as_json(word: str, found: list[Association]) -> dict[str, Any]:
    return {"word": word, "ties": [one.to_dict() for one in found]}


def _show(word: str, found: list[Association]) -> None:
    from rich.cells import cell_len
    from rich.text import Text

    from ..runs.live import LEAF
    from .diary_view import console

    to = console()
    if not found:
        to.print(f"nothing is tied to {word} yet", markup=False)
        return
    wide = max(cell_len(one.word) for one in found)
    most = max(one.strength for one in found)
    for one in found:
        line = Text("  ")
        line.append("❧ " if one.claimed else "  ", LEAF)
        line.append(one.word + " " * (wide - cell_len(one.word) + 2), "bold" if one.claimed else "")
        line.append(("━" * max(1, round(12 * one.strength / most))).ljust(14), LEAF if one.claimed else "bright_black")
        days = len(_days(one))
        line.append(f"{days:>3} {'day ' if days == 1 else 'days'}  ")
        until = f" – {one.until}" if one.until != one.since else ""
        line.append(f"{one.since}{until}{' (faded)' if one.faded else ''}", "bright_black")
        if one.via:
            line.append(f"   through {one.via[0]}", LEAF)
        to.print(line, soft_wrap=True)
    to.print()
    first = _days(found[0])
    days = "  ".join(map(str, first[:6])) + (" …" if len(first) > 6 else "")
    to.print(f"  the days of the first:  {days}", style="bright_black", soft_wrap=True)


def _days(one: Association) -> list[date]:
    """Each once, though several entries may be of it."""
    return list(dict.fromkeys(day for day, _ in one.days))
