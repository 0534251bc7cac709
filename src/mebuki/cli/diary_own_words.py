"""`mebuki diary` alias, stop."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from .diary import command_parser, opened
from .main import Parser

if TYPE_CHECKING:
    from ..diary.journal import Journal


def alias_parser() -> Parser:
    p = command_parser(
        "alias",
        "Count one word as another from now on, in all that counts words; shown is the second. Nothing of what you wrote is\n"
        "changed. Without words: list all aliases.",
        'mebuki diary alias スマホ スマートフォン\nmebuki diary alias "black tea" 紅茶\nmebuki diary alias --remove スマホ\n'
        "mebuki diary alias --json > aliases.jsonl\nmebuki diary alias --read aliases.jsonl",
    )
    p.add_argument("words", nargs="*", metavar="NAME WORD", help="a name, and the word that it counts as")
    _ways(p, "aliases")
    return p


def alias(given: Any) -> int:
    from ..diary.own_words import add_alias, aliases, remove_alias

    with opened(given) as journal:
        if given.read:
            return _taken(given, journal)
        if given.remove:
            if not given.words:
                raise RecipeError("no name to remove was given", hint="mebuki diary alias")
            found = [(name, remove_alias(journal, name)) for name in given.words]
            return _tell(given, found, "{} counts as itself again, not as {}")
        if given.words:
            if len(given.words) != 2:
                raise RecipeError(
                    f"{len(given.words)} words were given",
                    allowed="a name and a word",
                    hint='in quotes: "black tea" 紅茶',
                )
            name, word = given.words
            add_alias(journal, name, word)
            _look(journal, [name])
            return _tell(given, [(name, word)], "{} counts as {}")
        found = list(aliases(journal).items())
    return _tell(
        given, found, "{} counts as {}", "there are no aliases yet\n  try: mebuki diary alias スマホ スマートフォン"
    )


def stop_parser() -> Parser:
    p = command_parser(
        "stop",
        "Leave words out of all that counts words: lists, ties, suggestions. The search finds them as ever, and nothing of what\n"
        "you wrote is changed. Without words: list them.",
        "mebuki diary stop はず 'of course'\nmebuki diary stop --remove はず\nmebuki diary stop --json > stops.jsonl\n"
        "mebuki diary stop --read stops.jsonl",
    )
    p.add_argument("words", nargs="*", metavar="WORD", help="words, or names of several in quotes")
    _ways(p, "stop words")
    return p


def stop(given: Any) -> int:
    from ..diary.own_words import add_stops, remove_stops, stops

    with opened(given) as journal:
        if given.read:
            return _taken(given, journal)
        if given.remove:
            if not given.words:
                raise RecipeError("no word to remove was given", hint="mebuki diary stop")
            return _tell(given, [(word,) for word in remove_stops(journal, given.words)], "{} counts again")
        if given.words:
            add_stops(journal, given.words)
            _look(journal, given.words)
            return _tell(given, [(word,) for word in given.words], "{} is left out")
        found = [(word,) for word in stops(journal)]
    return _tell(
        given, found, "{} is left out", "there are no stop words of your own yet\n  try: mebuki diary stop はず"
    )


def _ways(p: Parser, what: str) -> None:
    way = p.add_mutually_exclusive_group()
    way.add_argument("--remove", action="store_true", help="take them back")
    way.add_argument("--read", metavar="FILE", help=f"take over {what} that --json printed; - is standard input")


def _taken(given: Any, journal: Journal) -> int:
    from ..diary.own_words import take_settings

    if given.words:
        raise RecipeError("words were given, and a file", hint=f"--read {given.read}")
    count = take_settings(journal, _lines(given.read))
    print(json.dumps({"path": given.read, "new": count}, ensure_ascii=False) if given.json else f"{count:,} new")
    return 0


def _lines(path: str) -> Iterator[str]:
    from pathlib import Path

    from ..errors import TextError
    from ..text.encodings import plain_ends

    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).expanduser().read_bytes()
        yield from plain_ends(content.decode("utf-8-sig")).split("\n")
    except UnicodeDecodeError as error:
        raise TextError(f"{path} is no UTF-8: {error.reason}", hint="what --json printed") from error


def _look(journal: Journal, names: Sequence[str]) -> None:
    """Say it where a name stands nowhere yet: it may be a slip."""
    for name in names:
        if not journal.search(name, limit=1):
            print(f"mebuki: {name} stands nowhere in the diary yet", file=sys.stderr)


def _tell(given: Any, found: Sequence[tuple[str, ...]], said: str, none: str = "") -> int:
    names = ("alias", "word") if found and len(found[0]) == 2 else ("stop",)
    for row in found:
        print(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) if given.json else said.format(*row))
    if not found and not given.json:
        print(none)
    return 0
