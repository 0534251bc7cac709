"""`mebuki diary` grow."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from .diary import command_parser, opened
from .main import Parser

if TYPE_CHECKING:
    from ..diary.growing import Growth
    from ..diary.journal import Journal


def grow_parser() -> Parser:
    p = command_parser(
        "grow",
        "Grow a small language model on your diary, or let the one that is there grow on with what you have written since.\n"
        "It takes some minutes at first, and seconds after new entries; Ctrl-C keeps what was learned. The model stands beside\n"
        "the diary, as private as it (and sealed where it is encrypted); nothing of it is written anywhere else.",
        "mebuki diary grow\nmebuki diary grow --minutes 20\nmebuki diary grow --anew --seed 2",
    )
    p.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="at most so many (default 3); given where nothing is new: learn for so long from what it knows",
    )
    p.add_argument("--anew", action="store_true", help="begin again, without the model that is there")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random, where it begins (default 0)")
    p.add_argument(
        "--steps", type=int, metavar="N", help="so many steps, if the minutes suffice (default: by its length)"
    )
    return p


def grow(given: Any) -> int:
    changes = {} if given.steps is None else {"steps": given.steps}
    with opened(given) as journal:
        from ..diary.growing import grow as grown

        how = {"minutes": given.minutes, "seed": given.seed, "anew": given.anew, **changes}
        if given.json:
            print(json.dumps(grown(journal, **how).to_dict(), ensure_ascii=False))
            return 0
        from ..runs.live import Live

        with Live(title="芽吹き  mebuki diary grow") as live:
            growth = grown(journal, watch=live, **how)
        _tell(growth, journal)
    if given.sample is not None:
        print("  the sample is a copy: it is gone now, and its model with it", file=sys.stderr)
    return 0


def _tell(growth: Growth, journal: Journal) -> None:
    from rich.text import Text

    from ..diary.growing import NOTHING
    from ..runs.words import choosing_among, duration
    from .diary_view import console

    to = console()

    def say(*parts: Any) -> None:
        to.print(Text.assemble(*parts), soft_wrap=True)

    if growth.why == NOTHING:
        say(f"nothing is new: the model knows all {growth.entries + growth.aside:,} entries")
        say(("  try: mebuki diary grow --minutes 5, to learn longer from them", "bright_black"))
        return
    if growth.anew not in ("", "the first", "asked for"):
        say((f"grown anew: {growth.anew}", "yellow"))
    say(
        (choosing_among(growth.perplexity), "bold"),
        (f", on {growth.aside:,} entries that it never learns", "bright_black"),
    )
    since = "" if growth.before is None else f", {growth.new:,} of them new"
    time = "" if growth.before is None else f" in {duration(growth.seconds)}"
    say(f"it has learned from {growth.entries:,} entries, {growth.letters:,} letters{since}{time}")
    if growth.recited:
        free, told = growth.recited.free, growth.recited.prompted
        say(
            (
                f"word for word it says {told[0]} of {told[1]} lines that it is told half of, and {free[0]} of {free[1]} that it writes freely",
                "bright_black" if growth.recited.rate < 0.05 else "yellow",
            )
        )
    if not growth.finished:
        say(("it has not read all as often as it should: mebuki diary grow goes on", "yellow"))
    say("\n  walk from a word     mebuki diary chain WORD")
    say("  let it dream         mebuki diary dream WORD")
