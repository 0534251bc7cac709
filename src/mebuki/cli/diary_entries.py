"""`mebuki diary` write, show, edit, list, delete, restore, history, on-this-day."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ..diary.days import DayError, read_day, read_time
from ..diary.entries import MOODS, DiaryError, Entry, checked_mood, checked_tags
from ..errors import TextError, out_of_range
from ..text.encodings import plain_ends
from .diary import as_json, command_parser, opened

if TYPE_CHECKING:
    from ..diary.journal import Journal
    from .main import Parser


def write_parser() -> Parser:
    p = command_parser(
        "write",
        "Write an entry: in your editor ($EDITOR), or as --text, or from standard input. When this command ends, it is on the\n"
        "disk.",
        'mebuki diary write\nmebuki diary write yesterday --text "Rain again." --tag garden --mood 4\n'
        "cat letter.txt | mebuki diary write 2026-11-21",
    )
    p.add_argument("date", nargs="?", default="today", metavar="DATE", help="the day it is about (default today)")
    p.add_argument("--time", metavar="T", help="time of day, as 08:30 (default: now, for today)")
    p.add_argument("--text", metavar="T", help="what to write")
    _properties(p)
    return p


def write(given: Any) -> int:
    day = read_day(given.date)
    at = read_time(given.time) if given.time else None
    if at is None and day == date.today():
        at = datetime.now().time().replace(second=0, microsecond=0)
    tags, mood = checked_tags(given.tag), checked_mood(given.mood)  # before anything is written in an editor
    with opened(given, create=True) as journal, _text(journal, given.text, "", day) as text:
        entry = journal.write(text, day, at, tags=tags, star=bool(given.star), mood=mood)
        _keep(journal)
        return _tell(given, [entry], "written")


def _text(journal: Journal, said: str | None, before: str, day: date) -> AbstractContextManager[str]:
    """A text as it was given, or from standard input, or else from the editor."""
    if said is not None:
        return nullcontext(said)
    if not sys.stdin.isatty():
        return nullcontext(_typed())
    from .editor import edited

    return edited(before, day.isoformat(), private=journal.encrypted)


def _typed() -> str:
    """Standard input, in UTF-8 whatever the terminal's encoding is."""
    content = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
    try:
        return plain_ends(content.decode("utf-8-sig")).removesuffix("\n")
    except UnicodeDecodeError as error:
        raise TextError(
            f"what came from standard input is no UTF-8: {error.reason}", hint="mebuki diary import FILE"
        ) from error


def _keep(journal: Journal) -> None:
    """A backup, if this day has none."""
    from ..errors import StorageError

    try:
        journal.back_up_daily()
    except StorageError as error:
        print(f"mebuki: it is written, but {error}", file=sys.stderr)


def show_parser() -> Parser:
    p = command_parser(
        "show", "Read the entries of a day, or one of them.", "mebuki diary show\nmebuki diary show 2026-11-21"
    )
    p.add_argument("which", nargs="?", default="today", metavar="DATE|ID", help="(default today)")
    return p


def show(given: Any) -> int:
    with opened(given) as journal:
        return _tell(given, _which(journal, given.which))


def edit_parser() -> Parser:
    p = command_parser(
        "edit",
        "Change an entry: its text in your editor, or what the options say. What it was before is kept in its history.",
        "mebuki diary edit 2026-11-21\nmebuki diary edit 2026-11-21 --star --mood 5 --tag garden\n"
        'mebuki diary edit yesterday --text "Rain, and then sun."',
    )
    p.add_argument("which", nargs="?", default="today", metavar="DATE|ID", help="(default today)")
    p.add_argument("--text", metavar="T", help="the new text")
    p.add_argument("--date", metavar="DATE", help="the day it is about")
    p.add_argument("--time", metavar="T", help="time of day; none takes it away")
    p.add_argument("--untag", action="append", default=[], metavar="TAG", help="take a tag away")
    p.add_argument("--no-star", dest="star", action="store_const", const=False, help="take the star away")
    _properties(p)
    return p


def edit(given: Any) -> int:
    with opened(given) as journal:
        entry = _one(journal, given.which)
        changes: dict[str, Any] = {}
        if given.date:
            changes["day"] = read_day(given.date)
        if given.time:
            changes["at"] = None if given.time == "none" else read_time(given.time)
        if given.tag or given.untag:
            gone = {tag.lstrip("#＃@") for tag in given.untag}
            changes["tags"] = [tag for tag in (*entry.tags, *given.tag) if tag.lstrip("#＃@") not in gone]
        changes |= {name: getattr(given, name) for name in ("star", "mood") if getattr(given, name) is not None}
        typed = not changes or given.text is not None
        with _text(journal, given.text, entry.text, entry.date) if typed else nullcontext(None) as text:
            if text is not None:
                changes["text"] = text
            after = journal.edit(entry.id, **changes)
            _keep(journal)
        return _tell(given, [after], "as it was" if after == entry else "changed")


def list_parser() -> Parser:
    p = command_parser(
        "list",
        "List entries, oldest first, a line each.",
        "mebuki diary list --from 2026-11-01 --tag garden\nmebuki diary list --newest -n 10\nmebuki diary list --trash",
    )
    add_choice(p)
    p.add_argument("--newest", action="store_true", help="the latest first")
    p.add_argument("-n", type=int, metavar="N", help="at most so many")
    p.add_argument("--trash", action="store_true", help="those in the trash")
    return p


def list_(given: Any) -> int:
    with opened(given) as journal:
        entries = journal.entries(**choice(given), newest=given.newest, limit=given.n, trash=given.trash)
        if given.json:
            return _rows(map(as_json, entries))
        from .diary_view import listed

        if not listed(entries):
            print("no entries", file=sys.stderr)
        return 0


def search_parser() -> Parser:
    p = command_parser(
        "search",
        "Find entries by anything that stands in them, one Japanese character too; the best first.",
        'mebuki diary search 池\nmebuki diary search "blue note" --from 2024-01-01 --tag music',
    )
    p.add_argument("words", nargs="+", metavar="TEXT", help="as it stands in the entry")
    add_choice(p)
    p.add_argument("-n", type=int, default=20, metavar="N", help="at most so many (default 20)")
    return p


def search(given: Any) -> int:
    if given.n < 1:
        raise out_of_range("-n", given.n, 1, 10**9)
    with opened(given) as journal:
        found = journal.search(" ".join(given.words), **choice(given), limit=given.n)
    if given.json:
        return _rows({**as_json(match.entry), "places": match.places} for match in found)
    from .diary_view import passages

    if not passages(found):
        print("nothing is found", file=sys.stderr)
    return 0


def delete_parser() -> Parser:
    p = command_parser(
        "delete",
        "Put entries into the trash. `mebuki diary restore` fetches them back; --forever empties the trash.",
        "mebuki diary delete 2026-11-21-3fa94c10\nmebuki diary delete --forever",
    )
    p.add_argument("which", nargs="*", metavar="ID", help="entries, or days that have one entry")
    p.add_argument("--forever", action="store_true", help="delete all that is in the trash, with its history")
    return p


def delete(given: Any) -> int:
    if bool(given.which) == given.forever:
        raise DiaryError(
            "nothing to delete was named" if not given.which else "--forever empties the trash: no ids",
            hint="mebuki diary list",
        )
    with opened(given) as journal:
        if given.forever:
            count = journal.empty_trash()
            kept = f"; backups of the last days still hold them: {journal.folder / 'backups'}" if count else ""
            print(json.dumps({"deleted": count}) if given.json else f"{count:,} deleted for ever{kept}")
            return 0
        entries = journal.delete(*[_one(journal, said).id for said in given.which])
        return _tell(given, entries, "in the trash")


def restore_parser() -> Parser:
    p = command_parser(
        "restore",
        "Fetch entries back from the trash.",
        "mebuki diary list --trash\nmebuki diary restore 2026-11-21-3fa94c10",
    )
    p.add_argument("which", nargs="+", metavar="ID")
    return p


def restore(given: Any) -> int:
    with opened(given) as journal:
        ids = [_one(journal, said, trash=True).id for said in given.which]
        return _tell(given, journal.restore(*ids), "back from the trash")


def history_parser() -> Parser:
    p = command_parser(
        "history", "What an entry was before each change, oldest first.", "mebuki diary history 2026-11-21"
    )
    p.add_argument("which", metavar="DATE|ID")
    return p


def history(given: Any) -> int:
    with opened(given) as journal:
        entry = _one(journal, given.which)
        return _tell(given, [*journal.history(entry.id), entry])


def on_this_day_parser() -> Parser:
    p = command_parser(
        "on-this-day",
        "Read what you wrote on this day in other years.",
        "mebuki diary on-this-day\nmebuki diary on-this-day 2026-02-28",
    )
    p.add_argument("date", nargs="?", default="today", metavar="DATE", help="(default today)")
    return p


def on_this_day(given: Any) -> int:
    day = read_day(given.date)
    with opened(given) as journal:
        entries = journal.on_this_day(day)
        if not entries and not given.json:
            print(f"nothing was written on {day:%m-%d} in other years")
        return _tell(given, entries)


def add_choice(p: Parser) -> None:
    """The options that say which entries are meant."""
    p.add_argument("--from", dest="start", metavar="DATE", help="first day")
    p.add_argument("--to", dest="end", metavar="DATE", help="last day")
    p.add_argument("--tag", metavar="TAG")
    p.add_argument("--star", action="store_true", default=None, help="with a star")
    p.add_argument(
        "--mood", type=int, action="append", choices=list(MOODS), metavar="1-5", help="of this mood; may be repeated"
    )


def choice(given: Any) -> dict[str, Any]:
    """The entries that are meant, as `Journal.entries` takes them."""
    start, end = (read_day(said) if said else None for said in (given.start, given.end))
    return {"start": start, "end": end, "tag": given.tag, "star": given.star, "moods": given.mood}


def _properties(p: Parser) -> None:
    p.add_argument("--tag", action="append", default=[], metavar="TAG", help="may be repeated")
    p.add_argument("--star", action="store_true", default=None, help="mark it with a star")
    p.add_argument("--mood", type=int, metavar="1-5", help="1, bad, to 5, good")


def _rows(rows: Iterable[dict[str, Any]]) -> int:
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    return 0


def _tell(given: Any, entries: Sequence[Entry], what: str = "") -> int:
    if given.json:
        return _rows(map(as_json, entries))
    if what:
        from .diary_view import console, head

        for entry in entries:
            console().print(head(entry).append(f"   {what}"), soft_wrap=True)
    else:
        from .diary_view import whole

        whole(entries)
    return 0


def _which(journal: Journal, said: str, *, trash: bool = False) -> list[Entry]:
    """Entries by id, by how an id begins, or by day; those in the trash, or those that are not.

    Raises:
        DiaryError: there is none.
    """
    found = [entry for entry in journal.beginning(said) if bool(entry.trashed) == trash]
    if exact := [entry for entry in found if entry.id == said]:
        return exact
    try:
        day = read_day(said)
    except DayError:
        if found:
            return found
        where = "in the trash" if trash else "in the diary"
        raise DiaryError(
            f"there is no entry {said!r} {where}", allowed="an id, or a day", hint="mebuki diary list"
        ) from None
    if not (found := list(journal.entries(day, day, trash=trash))):
        where = "in the trash is nothing of" if trash else "nothing was written on"
        raise DiaryError(f"{where} {day.isoformat()}", hint="mebuki diary list --newest -n 5")
    return found


def _one(journal: Journal, said: str, *, trash: bool = False) -> Entry:
    found = _which(journal, said, trash=trash)
    if len(found) > 1:
        ids = ", ".join(entry.id for entry in found[:5])
        raise DiaryError(f"{len(found)} entries are meant by {said!r}", allowed=ids, hint=found[0].id)
    return found[0]
