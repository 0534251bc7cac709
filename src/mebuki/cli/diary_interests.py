"""`mebuki diary` interests."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..diary.days import read_day
from ..errors import RecipeError, out_of_range
from .diary import command_parser, opened
from .main import Parser


def interests_parser() -> Parser:
    p = command_parser(
        "interests",
        "What you write about, by month, quarter or year: the words that mark each out, bursts, ties that are new or have\n"
        "faded; and how one interest led to the next, as text, as JSON, or as a picture.\n"
        "A leaf marks bursts that chance does not explain.",
        "mebuki diary interests\nmebuki diary interests --from 2025-01-01 --by month\n"
        "mebuki diary interests --svg interests.svg --dark",
    )
    p.add_argument("--from", dest="start", metavar="DATE", help="first day to look at")
    p.add_argument("--to", dest="end", metavar="DATE", help="last day to look at")
    p.add_argument("--by", metavar="P", help="month, quarter or year (default: by how long the diary is)")
    p.add_argument("-n", type=int, default=24, metavar="N", help="interests, at most (default 24)")
    p.add_argument("--svg", metavar="FILE", help="draw how one led to the next into FILE")
    p.add_argument("--dark", action="store_true", help="a dark picture")
    return p


def interests(given: Any) -> int:
    if given.n < 1:
        raise out_of_range("-n", given.n, 1, 200)
    if given.dark and not given.svg:
        raise RecipeError("--dark is about a picture", hint="--svg FILE --dark")
    if given.svg and not given.svg.endswith(".svg"):
        raise RecipeError(f"--svg is {given.svg!r}", allowed="a file that ends in .svg", hint=f"--svg {given.svg}.svg")
    from ..diary.index import Index, catch_up
    from ..diary.interests import interests as look

    start, end = (read_day(said) if said else None for said in (given.start, given.end))
    with opened(given, words=True) as journal:
        catch_up(journal, _telling(given, "{done:,} of {all:,} entries are cut into words"))
        found = look(
            Index(journal),
            start,
            end,
            by=given.by or "auto",
            most=given.n,
            watch=_telling(given, "{done:,} of {all:,} words are asked for their ties"),
        )
    if given.svg:
        _draw(given, found)
    if given.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    elif not given.svg:
        from .diary_interests_view import show

        show(found)
    return 0


def _draw(given: Any, found: Any) -> None:
    from ..diary.entries import DiaryError
    from ..diary.growth_picture import picture
    from ..text.files import new_file

    if not found.interests:
        raise DiaryError(
            "no word of this time stands out yet, so there is nothing to draw", hint="mebuki diary interests"
        )
    path = Path(given.svg).expanduser()
    with new_file(path, private=True) as file:
        file.write(picture(found, dark=given.dark))
    if not given.json:
        print(f"drawn: {path}, {len(found.interests)} interests")


def _telling(given: Any, said: str) -> Callable[[int, int], None]:
    """Tells how far it is, in a line of a terminal that is empty again when all is done."""
    terminal = sys.stderr.isatty() and not given.json

    def watch(done: int, all: int) -> None:
        if terminal:
            line = f"  {said.format(done=done, all=all)}" if done < all else ""
            print(f"\r{line:<60}\r", end="", file=sys.stderr, flush=True)

    return watch
