"""`mebuki diary` forget."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from ..diary.days import read_day
from ..errors import TextError
from .diary import command_parser, opened
from .main import Parser

if TYPE_CHECKING:
    from ..diary.forgetting import Forgotten, Plan


def forget_parser() -> Parser:
    from .diary_privacy import LIMITS

    p = command_parser(
        "forget",
        "Let a word, a person or a day be as if it had never been written: out of the text, history, trash, tags, index and backups.\n"
        "It shows what would go, and asks. Without an option, the sentences that hold the word go; it counts where it stands as\n"
        "a word, in any spelling that a search finds. What other sentences tell stays; --entries takes all. Nothing brings it back.\n\n"
        f"{LIMITS}",
        'mebuki diary forget Ann\nmebuki diary forget 亮太 --word\nmebuki diary forget "blue note" --entries\nmebuki diary forget --day 2026-11-21',
    )
    p.add_argument("words", nargs="*", metavar="WORD", help="a word, or a name of several")
    p.add_argument("--day", metavar="DATE", help="all that was written of this day")
    way = p.add_mutually_exclusive_group()
    way.add_argument(
        "--word",
        dest="way",
        action="store_const",
        const="word",
        default="sentences",
        help="only the word; ＿ stands there then",
    )
    way.add_argument("--entries", dest="way", action="store_const", const="entries", help="whole entries that hold it")
    p.add_argument("--dry-run", action="store_true", help="show what would go, and end")
    p.add_argument("--yes", action="store_true", help="do not ask")
    return p


def forget(given: Any) -> int:
    if bool(given.words) == bool(given.day):
        raise TextError("a word, or --day DATE, is wanted", hint="mebuki diary forget Ann")
    if given.day and given.way != "sentences":
        raise TextError("--day takes all of the day", hint=f"mebuki diary forget --day {given.day}")
    asks = not given.yes and not given.dry_run
    if asks and (given.json or not sys.stdin.isatty()):
        raise TextError("nobody can be asked here", allowed="--yes, or --dry-run", hint="mebuki diary forget … --yes")
    word, day = " ".join(given.words), read_day(given.day) if given.day else None
    with opened(given) as journal:
        plan = journal.would_forget(word, day=day, way=given.way)
        if not given.json:
            _show(word or str(day), plan, given.way)
        if given.dry_run or not plan or (asks and not _yes()):
            if given.json:
                print(json.dumps(_as_json(plan), ensure_ascii=False))
            return 0
        done = journal.forget(word, day=day, way=given.way, watch=_watch)
    print(json.dumps(_as_json(done.plan, done), ensure_ascii=False) if given.json else _told(done))
    return 0


def _yes() -> bool:
    try:
        said = input("\nNothing brings it back. Forget it? [y/N] ")
    except EOFError:
        said = ""
    if said.strip().lower() in ("y", "yes", "はい"):
        return True
    print("nothing was changed")
    return False


def _show(what: str, plan: Plan, way: str) -> None:
    from rich.text import Text

    from .diary_view import console

    to = console()
    if not plan:
        to.print(f"{what} stands nowhere in the diary, nor in its backups", markup=False)
        return
    number = plan.changed + plan.deleted
    if number:
        entries = f"{number:,} {'entry' if number == 1 else 'entries'}"
        first, last = plan.days[0], plan.days[-1]
        when = f"of {first}" if first == last else f"from {first} to {last}"
        times = f", {plan.times:,} {'time' if plan.times == 1 else 'times'}" if plan.times else ""
        to.print(Text(f"{what}: {entries} {when}{times}", "bold"))
    else:
        to.print(Text(f"{what} stands in no entry any more", "bold"))
    for day, text in plan.examples:
        line = Text.assemble("  ", (day, "bright_black"), "  ", text)
        line.truncate(to.width, overflow="ellipsis")
        to.print(line)
    if number > len(plan.examples):
        to.print(f"  and {number - len(plan.examples):,} more", style="bright_black")
    also = []
    if plan.changed:
        does = {
            "word": f"{plan.changed:,} keep all but the word",
            "sentences": f"{plan.changed:,} lose these sentences",
        }
        also.append(does.get(way, f"{plan.changed:,} change"))
    if plan.deleted:
        also.append(f"{plan.deleted:,} go as a whole")
    if plan.versions:
        also.append(f"{plan.versions:,} in their history")
    if plan.backups:
        also.append(f"{plan.backups:,} {'backup' if plan.backups == 1 else 'backups'}")
    to.print("  " + "; ".join(also), style="bright_black")


def _watch(done: int, all: int) -> None:
    if sys.stderr.isatty() and all > 1:
        print(f"\r  {done} of {all} backups", end="\n" if done == all else "", file=sys.stderr, flush=True)


def _told(done: Forgotten) -> str:
    lines = ["forgotten: it stands nowhere in the diary's folder any more"]
    if done.removed:
        lines += ["backups that could not be read, and are gone:", *(f"  {path}" for path in done.removed)]
    if done.kept:
        lines.append(f"what was grown or counted from it is gone, to be made anew: {', '.join(done.kept)}")
    lines.append("exports, files that were imported, and copies of the folder are not looked into")
    return "\n".join(lines)


def _as_json(plan: Plan, done: Forgotten | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "forgotten": done is not None,
        "changed": plan.changed,
        "deleted": plan.deleted,
        "times": plan.times,
        "versions": plan.versions,
        "days": plan.days,
        "examples": [{"date": day, "text": text} for day, text in plan.examples],
    }
    if done is None:
        return {**row, "backups": plan.backups}
    return {**row, "backups": done.backups, "removed": [str(path) for path in done.removed], "kept": list(done.kept)}
