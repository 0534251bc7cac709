"""`mebuki diary words`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError, out_of_range
from .diary import command_parser, opened
from .diary_entries import add_choice, choice
from .main import Parser

if TYPE_CHECKING:
    from ..diary.index import Index
    from ..diary.journal import Journal
    from ..diary.phrases import Ints

PERIODS = ("month", "quarter", "year")
MANY = 500  # entries to be read, for it to be told
MANY_YEARS = 15  # above these, a word's use is shown by years


def words_parser() -> Parser:
    p = command_parser(
        "words",
        "The words that stand in your diary on the most days; or those that mark out each month, quarter or year; or those\n"
        "that you write more often of late, or less often; or all that is known of one word.\n"
        "A leaf marks what chance does not explain; the rest may be chance.",
        "mebuki diary words --from 2026-01-01\nmebuki diary words --by quarter --tag garden\nmebuki diary words --rising\n"
        "mebuki diary words 池",
    )
    p.add_argument("words", nargs="*", metavar="WORD", help="one word, or a name of several")
    kind = p.add_mutually_exclusive_group()
    kind.add_argument("--by", choices=PERIODS, metavar="|".join(PERIODS), help="the words that mark out each of them")
    kind.add_argument("--rising", action="store_true", help="words that stand more often towards the end")
    kind.add_argument("--fading", action="store_true", help="words that stand less often towards the end")
    add_choice(p)
    p.add_argument(
        "--all", action="store_true", help="also words that say little, and words on more than three days of ten"
    )
    p.add_argument("-n", type=int, metavar="N", help="at most so many (default 30; 6 of each period)")
    return p


def words(given: Any) -> int:
    if given.words and (given.rising or given.fading or given.all or given.n is not None):
        raise RecipeError("one word is asked for, and a list", hint=f"mebuki diary words {' '.join(given.words)}")
    if given.all and (given.by or given.rising or given.fading):
        raise RecipeError("--all is for the frequent words", hint="mebuki diary words --all")
    if given.n is not None and given.n < 1:
        raise out_of_range("-n", given.n, 1, 10**9)
    with opened(given, words=True) as journal:
        _caught_up(given, journal)
        return _one(given, journal, " ".join(given.words)) if given.words else _list(given, journal)


def _caught_up(given: Any, journal: Journal) -> None:
    """New entries are read, and a terminal is told how far that is, if they are many."""
    from ..diary.index import catch_up

    terminal = sys.stderr.isatty() and not given.json

    def watch(done: int, all: int) -> None:
        if terminal and all > MANY:
            end = "\r" + " " * 50 + "\r" if done == all else ""
            print(f"\r  {done:,} of {all:,} entries read{end}", end="", file=sys.stderr, flush=True)

    catch_up(journal, watch)


def _list(given: Any, journal: Journal) -> int:
    from ..diary.counts import chosen_entries
    from ..diary.index import Index

    index = Index(journal)
    if not len(index) and not given.json:
        print("nothing is written yet\n  try: mebuki diary write")
        return 0
    entries = chosen_entries(index, **choice(given))
    if given.by:
        told, show = _periods(given, index, entries)
    elif given.rising or given.fading:
        told, show = _shifts(given, index, entries)
    else:
        told, show = _frequent(given, index, entries)
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        show()
    return 0


def _periods(given: Any, index: Index, entries: Ints | None) -> tuple[dict[str, Any], Callable[[], None]]:
    from ..diary.marks import marks
    from .diary_counts_view import periods

    found = marks(index, given.by, entries, limit=given.n or 6)
    return {"by": given.by, "periods": [period.to_dict() for period in found]}, lambda: periods(found)


def _shifts(given: Any, index: Index, entries: Ints | None) -> tuple[dict[str, Any], Callable[[], None]]:
    from ..diary.shifts import fading, rising
    from .diary_counts_view import shifts

    found = (rising if given.rising else fading)(index, entries, limit=given.n or 30)
    name = "rising" if given.rising else "fading"
    return {name: [shift.to_dict() for shift in found]}, lambda: shifts(found, given.rising)


def _frequent(given: Any, index: Index, entries: Ints | None) -> tuple[dict[str, Any], Callable[[], None]]:
    from ..diary.frequencies import everyday_words, frequencies
    from .diary_counts_view import frequent

    found = frequencies(index, entries, limit=given.n or 30, everything=given.all)
    apart = [] if given.all else everyday_words(index, entries)
    days = [index.days[entry] for entry in (range(len(index)) if entries is None else entries.tolist())]
    told = {
        "days": len(set(days)),
        "first": days[0].isoformat() if days else None,
        "last": days[-1].isoformat() if days else None,
        "words": [one.to_dict() for one in found],
        "everyday": [one.to_dict() for one in apart],
    }
    return told, lambda: frequent(found, apart, days)


def _one(given: Any, journal: Journal, word: str) -> int:
    from ..diary.associations import Associations
    from ..diary.counts import chosen_entries
    from ..diary.usage import usage
    from .diary_counts_view import used

    associations = Associations(journal)
    index = associations.index
    entries = chosen_entries(index, **choice(given)) if len(index) else None
    years = index.days[-1].year - index.days[0].year if len(index) else 0
    by = given.by or ("month" if years < MANY_YEARS else "year")
    found = usage(associations, word, entries, by=by)
    if given.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        used(found, by)
    return 0
