"""`mebuki diary` chain, dream."""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING, Any

from ..diary.days import read_day
from .diary import command_parser, opened
from .main import Parser

if TYPE_CHECKING:
    from ..diary.journal import Journal
    from ..diary.model import DiaryModel


def chain_parser() -> Parser:
    p = command_parser(
        "chain",
        "Walk from a word to one that is tied to it, and on. Where it goes is drawn: the stronger a tie, and the likelier the\n"
        "model of your diary (mebuki diary grow) finds the next word, the sooner; every link is a tie that is proven, with its days.",
        "mebuki diary chain 池\nmebuki diary chain rain --steps 12 --seed 7\nmebuki diary chain 池 --temperature 0.3 --json",
    )
    p.add_argument("words", nargs="+", metavar="WORD", help="a word, or a name of several")
    p.add_argument("--steps", type=int, default=8, metavar="N", help="at most so many links (default 8)")
    p.add_argument(
        "--seed", type=int, metavar="N", help="the same seed gives the same chain (default: a new one, shown)"
    )
    p.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="X",
        help="small: nearly always the strongest; large: nearly as if all were alike (default 1)",
    )
    p.add_argument("--loose", action="store_true", help="where nothing is proven, go on along what may be chance")
    return p


def chain(given: Any) -> int:
    from ..diary.associations import Associations
    from ..diary.chains import walk

    word = " ".join(given.words)
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    with opened(given, words=True) as journal:
        model, note = _model(journal)
        associations = Associations(journal)
        how = {"steps": given.steps, "seed": seed, "temperature": given.temperature, "loose": given.loose}
        links = walk(associations, word, model, **how)
        if given.json:
            found = list(links)
            told = {
                "word": word,
                "seed": seed,
                "temperature": given.temperature,
                "model": model is not None,
                "note": note,
            }
            print(json.dumps({**told, "links": [link.to_dict() for link in found]}, ensure_ascii=False))
            return 0
        from .diary_chain_view import shown

        shown(associations.spelled(associations.find(word)), links, given.steps, given.loose)
    if given.seed is None:
        note = f"seed {seed}" + (f"; {note}" if note else "")
    if note:
        print(f"\n({note})", file=sys.stderr)
    return 0


def dream_parser() -> Parser:
    p = command_parser(
        "dream",
        "Let the model of your diary (mebuki diary grow) write on from a word, in your voice. What it writes is invented.",
        "mebuki diary dream 池\nmebuki diary dream rain --letters 600 --temperature 0.9 --seed 7\nmebuki diary dream 池 --day 2027-01-01",
    )
    p.add_argument("words", nargs="+", metavar="WORD", help="a word, or how it begins")
    p.add_argument("--letters", type=int, default=300, metavar="N", help="at most so many (default 300)")
    p.add_argument(
        "--temperature",
        type=float,
        default=0.8,
        metavar="X",
        help="0 takes the likeliest, 1 draws as learned, more is wilder (default 0.8)",
    )
    p.add_argument(
        "--seed", type=int, metavar="N", help="the same seed gives the same dream (default: a new one, shown)"
    )
    p.add_argument("--day", metavar="DATE", help="that it dreams of (default: the one after your last entry)")
    return p


def dream(given: Any) -> int:
    from ..diary.dreaming import Dream

    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    day = read_day(given.day) if given.day else None
    how = {"letters": given.letters, "temperature": given.temperature, "seed": seed, "day": day}
    with opened(given) as journal:
        dreamt = Dream(journal, " ".join(given.words), **how)
        if given.json:
            print(json.dumps(dreamt.to_dict(), ensure_ascii=False))
            return 0
        from .diary_view import console

        to = console()
        to.print(f"─── invented: no day of yours, a dream of {dreamt.day} ───\n", style="bright_black", markup=False)
        to.print(dreamt.opening, end="", style="bold", markup=False, soft_wrap=True)
        for piece in dreamt:
            to.print(piece, end="", style="italic", markup=False, soft_wrap=True)
        found = dreamt.copied
        to.print("\n")
        to.print("─── invented, to here ───", style="bright_black")
        share = f"{found.share:.0%} of it stands word for word in your diary" if found.share else ""
        longest = (
            f", at most {len(found.longest)} letters at a stretch: {found.longest.strip()}" if found.longest else ""
        )
        to.print(
            (share or "nothing of it stands word for word in your diary") + longest, style="bright_black", markup=False
        )
    if given.seed is None:
        print(f"\n(seed {seed})", file=sys.stderr)
    return 0


def _model(journal: Journal) -> tuple[DiaryModel | None, str]:
    """The model of the diary, and what is to be said of it."""
    from ..diary.entries import DiaryError
    from ..diary.material import pages
    from ..diary.model import DiaryModel

    try:
        model = DiaryModel.load(journal)
    except DiaryError as error:
        return None, f"{error.given}: the strength of the ties alone has drawn it; mebuki diary grow"
    if model is None:
        return None, "there is no model yet: the strength of the ties alone has drawn it; mebuki diary grow"
    standing = model.standing(pages(journal))
    unread = len(standing.new) + len(standing.changed)
    entries = "entry" if unread == 1 else "entries"
    return model, f"{unread:,} {entries} that the model has not read yet; mebuki diary grow" if unread else ""
