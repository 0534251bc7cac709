"""`mebuki diary` explore: the one command that leaves this computer, and it asks before."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from ..errors import TextError, out_of_range
from .diary import command_parser, opened
from .main import Parser

if TYPE_CHECKING:
    from rich.console import Console

    from ..diary.exploring import Days, Exploration, Question, Related
    from ..diary.journal import Journal


def explore_parser() -> Parser:
    p = command_parser(
        "explore",
        "Look a word up in Wikipedia, and see which of the pages around it live in your diary already; a leaf marks them.\n"
        "That word leaves this computer, and nothing else. It is off until you allow it, and asks the first time. Answers are\n"
        "kept in the diary's folder, so that the next look needs no network.",
        'mebuki diary explore 池\nmebuki diary explore "black tea" --yes --json\nmebuki diary explore Garten --language de\n'
        "mebuki diary explore pond --endpoint https://en.wiktionary.org/w/api.php\nmebuki diary explore --forbid",
    )
    p.add_argument("words", nargs="*", metavar="WORD", help="a word, or a name of several")
    p.add_argument(
        "--language", metavar="CODE", help="which Wikipedia: ja, en, de … (default: that of the entries with the word)"
    )
    p.add_argument("--endpoint", metavar="URL", help="the api.php of another encyclopedia that runs MediaWiki")
    p.add_argument("--fresh", action="store_true", help="ask again, also where an answer is kept")
    may = p.add_mutually_exclusive_group()
    may.add_argument("--yes", action="store_true", help="send it, this once")
    may.add_argument(
        "--allow", action="store_true", help="from now on words of this diary may be sent when you explore"
    )
    may.add_argument("--forbid", action="store_true", help="take that back, and what was looked up away")
    p.add_argument("-n", type=int, default=20, metavar="N", help="at most so many (default 20)")
    return p


def explore(given: Any) -> int:
    if given.n < 1:
        raise out_of_range("-n", given.n, 1, 10**9)
    word = " ".join(given.words)
    if given.forbid and word:
        raise TextError("--forbid takes no word", hint="mebuki diary explore --forbid")
    if not word and not given.allow and not given.forbid:
        raise TextError("a word is wanted", hint="mebuki diary explore 池")
    with opened(given) as journal:
        if given.forbid:
            return _forbid(given, journal)
        if given.allow:
            _allow(given, journal)
            if not word:
                return 0
        from ..diary.exploring import explore as look

        found = look(
            journal,
            word,
            language=given.language,
            endpoint=given.endpoint,
            fresh=given.fresh,
            ask=lambda question: _ask(given, journal, question),
            fetch=_fetch,
        )
    if given.json:
        print(json.dumps(found.to_dict(given.n), ensure_ascii=False))
    else:
        _show(found, given.n)
    if found.unkept:
        print(f"mebuki: it could not be kept for the next time: {found.unkept}", file=sys.stderr)
    return 0


def _fetch(url: str) -> bytes:
    """Through the door, with a word on a terminal while it waits."""
    from urllib.parse import urlsplit

    from ..diary.fetching import fetch

    waiting = f"  asking {urlsplit(url).netloc} …"
    if not sys.stderr.isatty():
        return fetch(url)
    print(waiting, end="", file=sys.stderr, flush=True)
    try:
        return fetch(url)
    finally:
        print("\r" + " " * len(waiting) + "\r", end="", file=sys.stderr, flush=True)


def _ask(given: Any, journal: Journal, question: Question) -> bool:
    """Whether to send a word that nobody has allowed yet; a yes at the terminal is remembered in its folder."""
    from ..diary import consent

    if given.yes:
        print(f"{question.word} is sent to {consent.receiver(question.source)}, and nothing else", file=sys.stderr)
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    later = ", and words that you explore later" if given.sample is None else ""
    print(_what_happens(f"{question.word}, and nothing else", question.source), file=sys.stderr)
    print(f"Send it{later}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "はい"):
        raise TextError("nothing was sent", hint=f"mebuki diary explore {question.word}, to be asked again")
    consent.allow(journal.folder, question.source)
    return True


def _what_happens(sent: str, source: str) -> str:
    """What leaves the computer, to whom, and what stays."""
    from urllib.parse import urlsplit

    from ..diary.consent import receiver
    from ..diary.fetching import proxy_for

    to = receiver(source).removeprefix("http://")
    way = "https" if urlsplit(source).scheme == "https" else "http, which all on the way can read"
    proxy = ", and the proxy that the environment names" if proxy_for(source) else ""
    return (
        "Exploring is the one thing in Mebuki that leaves this computer.\n"
        f"  sent   {sent}: no entry, no name, no cookie\n"
        f"  to     {to}, by {way}{proxy}\n"
        "  seen   there: the word, that Mebuki asks, and your network's address, as of every visitor\n"
        "  kept   the answer, in the diary's folder: the next look needs no network\n"
        "  ended  by mebuki diary explore --forbid"
    )


def _allow(given: Any, journal: Journal) -> None:
    from ..diary import consent
    from ..diary.encyclopedia import address

    if given.sample is not None:
        raise TextError("a sample remembers nothing", hint="--yes")
    source = address(given.language or "en", given.endpoint)
    said = _what_happens("the word that you explore, and nothing else", source)
    consent.allow(journal.folder, source)
    if not given.json:
        to = sys.stderr if given.words else sys.stdout
        print(said, file=to)
        print(f"Allowed for this diary: {consent.receiver(source)}", file=to)
    elif not given.words:
        print(json.dumps({"allowed": consent.receiver(source)}))


def _forbid(given: Any, journal: Journal) -> int:
    from ..diary import consent
    from ..diary.exploring import forget

    before, count = consent.forbid(journal.folder), forget(journal)
    if given.json:
        print(json.dumps({"forbidden": before, "answers": count}))
        return 0
    print(f"nothing is sent any more to {', '.join(before)}" if before else "nothing was allowed")
    print(f"{count:,} answer{'s' * (count != 1)} taken away" if count else "no answers were kept")
    return 0


def _show(found: Exploration, limit: int) -> None:
    from datetime import date
    from urllib.parse import unquote

    from rich.text import Text

    from ..diary.consent import receiver
    from ..runs.live import LEAF
    from .diary_view import console

    to = console()
    if page := found.page:
        to.print(Text.assemble((page.title, "bold"), "   ", (unquote(page.url), "bright_black")), soft_wrap=True)
        if found.ambiguous:
            to.print("several things are called so", style="bright_black")
        elif page.extract:
            to.print(_short(page.extract, 3 * to.width - 12), style="bright_black", markup=False)
    else:
        holding = "; these pages hold the word" if found.related else ""
        to.print(f"no page is called {found.question.word}{holding}", markup=False)
    shown = found.related[:limit]
    inside = [one for one in shown if one.days]
    _inside(to, inside)
    _outside(to, [one for one in shown if not one.days])
    to.print()
    said = f"{len(inside)} of {len(shown)} {'lives' if len(inside) == 1 else 'live'} in your diary; " if inside else ""
    said += "" if inside or not shown else "none of them lives in your diary yet; "
    said += f"looked up {found.looked_up}"
    said += " in Wikipedia, CC BY-SA" if receiver(found.question.source) == "wikipedia.org" else ""
    said += "; --fresh asks again" if found.looked_up != date.today() else ""
    to.print(Text.assemble(("❧ " if inside else "", LEAF), (said, "bright_black")), soft_wrap=True)


def _inside(to: Console, related: list[Related]) -> None:
    """A line for each that lives in the diary, with its days."""
    from rich.cells import cell_len
    from rich.text import Text

    from ..runs.live import LEAF

    if related:
        to.print()
    wide = max((cell_len(one.title) for one in related), default=0)
    for one in related:
        line = Text.assemble(("  ❧ ", LEAF), (one.title + " " * (wide - cell_len(one.title) + 2), "bold"))
        count, first, last = _span(one.days)
        line.append(f"{count:>3} {'day ' if count == 1 else 'days'}  ")
        line.append(f"{first}{f' – {last}' if last != first else ''}", "bright_black")
        to.print(line, soft_wrap=True)


def _span(days: Days) -> tuple[int, object, object]:
    different = {day for day, _ in days}
    return len(different), min(different), max(different)


def _outside(to: Console, related: list[Related]) -> None:
    """Those that do not: titles alone in lines, those with something told of them each on its own."""
    from rich.cells import cell_len
    from rich.text import Text

    bare = [one.title for one in related if not one.extract]
    told = [one for one in related if one.extract]
    if bare:
        to.print()
    line = ""
    for title in bare:
        if line and cell_len(f"{line}   {title}") > to.width:
            to.print(Text(line), soft_wrap=True)
            line = ""
        line += ("   " if line else "    ") + title
    if line:
        to.print(Text(line), soft_wrap=True)
    if told:
        to.print()
    wide = max((min(cell_len(one.title), 24) for one in told), default=0)
    for one in told:
        title = "    " + one.title + " " * max(2, wide - cell_len(one.title) + 2)
        extract = _short(one.extract, max(12, to.width - cell_len(title)))
        to.print(Text.assemble(title, (extract, "bright_black")), soft_wrap=True)


def _short(text: str, cells: int) -> str:
    """As much of a text as fits."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"
