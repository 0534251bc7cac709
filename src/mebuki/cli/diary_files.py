"""`mebuki diary` stats, import, export, backup, check."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .diary import command_parser, opened
from .main import Parser

SHOWN = 12  # things passed over that are told one by one


def stats_parser() -> Parser:
    return command_parser(
        "stats", "How much you have written, and since when.", "mebuki diary stats\nmebuki diary stats --sample ja"
    )


def stats(given: Any) -> int:
    with opened(given) as journal:
        found, tags = journal.statistics(), journal.tags()
        if given.json:
            print(json.dumps({**asdict(found), "tags": tags}, default=str, ensure_ascii=False))
            return 0
        from .diary_view import console

        if not found.entries:
            print("nothing is written yet\n  try: mebuki diary write")
            return 0
        to = console()
        to.print(f"{found.entries:,} entries on {found.days:,} days, {found.letters:,} letters", style="bold")
        to.print(f"from {found.first} to {found.last}", style="bright_black")
        longest, since = found.longest
        to.print(
            f"days in a row: {found.streak:,} now; the longest row {longest:,}, from {since}", style="bright_black"
        )
        _months(to, found.by_month)
        if tags:
            to.print("\n" + "   ".join(f"#{tag} {count:,}" for tag, count in list(tags.items())[:12]), markup=False)
        return 0


def _months(to: Any, by_month: dict[str, int]) -> None:
    """A row of bars for each year."""
    from rich.text import Text

    from ..runs.live import LEAF

    most = max(by_month.values())
    for year in range(int(min(by_month)[:4]), int(max(by_month)[:4]) + 1):
        line = Text(f"\n{year}  ", "bright_black")
        counts = [by_month.get(f"{year:04d}-{month:02d}", 0) for month in range(1, 13)]
        for count in counts:
            line.append(" ▁▂▃▄▅▆▇█"[-(-8 * count // most)] * 3 + " ", LEAF)
        line.append(f" {sum(counts):,}", "bright_black")
        to.print(line, end="")
    to.print("\n      " + "".join(f"{month:<4}" for month in range(1, 13)), style="bright_black")


def import_parser() -> Parser:
    from ..diary.formats import READ

    rows = "\n".join(f"  {name:<12} {about}" for name, about in READ.items())
    p = command_parser(
        "import",
        "Take over another program's diary. What is there already is left alone: twice imported is once stored. Nothing is\n"
        f"passed over in silence. Formats, found by looking into the file:\n{rows}",
        "mebuki diary import ~/journal.txt\nmebuki diary import DayOne.zip\nmebuki diary import ~/vault/daily --format markdown",
    )
    p.add_argument("paths", nargs="+", metavar="PATH", help="files, or folders")
    p.add_argument("--format", default="auto", metavar="F", help="if it is not found rightly")
    p.add_argument("--encoding", default="auto", metavar="E", help="of texts (default: found by looking)")
    order = p.add_mutually_exclusive_group()
    order.add_argument(
        "--day-first", dest="order", action="store_const", const="day", default="", help="11/12/2026 is in December"
    )
    order.add_argument(
        "--month-first", dest="order", action="store_const", const="month", help="11/12/2026 is in November"
    )
    return p


def import_(given: Any) -> int:
    from ..diary.importing import Report, import_into

    terminal = sys.stderr.isatty() and not given.json

    def watch(report: Report) -> None:
        if terminal:
            print(f"\r  {report.read:,} entries read", end="", file=sys.stderr, flush=True)

    with opened(given, create=True) as journal:
        for said in given.paths:
            report = import_into(
                journal,
                Path(said).expanduser(),
                format=given.format,
                encoding=given.encoding,
                order=given.order,
                watch=watch,
            )
            if terminal:
                print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
            if given.json:
                print(json.dumps({"path": said, **asdict(report)}, ensure_ascii=False))
            else:
                _report(said, report)
    return 0


def _report(path: str, report: Any) -> None:
    parts = [f"{len(report.new):,} new"]
    if report.known:
        parts.append(f"{report.known:,} here already")
    if report.changed:
        parts.append(f"{len(report.changed):,} changed, what they were is in their history")
    if report.kept:
        parts.append(f"{len(report.kept):,} changed or thrown away here, left alone")
    print(f"{path}: {report.read:,} entries: {'; '.join(parts)}")
    for item in report.passed[:SHOWN]:
        print(f"  {item.where}: {item.why}")
    if len(report.passed) > SHOWN:
        print(f"  and {len(report.passed) - SHOWN:,} more; --json tells all")


def export_parser() -> Parser:
    p = command_parser(
        "export",
        "Write all entries outside the trash into a file, which appears whole or not at all, or into a new folder.\n"
        "  markdown   a folder, a note for each entry, with all that it has (the default for a name without an ending)\n"
        "  jsonl      a line of JSON for each entry, with all that it has\n"
        "  jrnl       jrnl's JSON (.json), with all that it has\n"
        "  text       one text to read and print (.txt)",
        "mebuki diary export my-diary\nmebuki diary export my-diary.jsonl",
    )
    p.add_argument("target", metavar="PATH", help="a file, or a new folder")
    p.add_argument("--format", default="auto", metavar="F", help="if the ending does not say it")
    return p


def export(given: Any) -> int:
    from ..diary.importing import export as write

    with opened(given) as journal:
        count = write(journal, Path(given.target).expanduser(), given.format)
        if journal.encrypted:
            print("mebuki: the diary is encrypted, this copy is not: whoever gets it can read it", file=sys.stderr)
    print(
        json.dumps({"path": given.target, "entries": count}) if given.json else f"{count:,} entries in {given.target}"
    )
    return 0


def backup_parser() -> Parser:
    return command_parser(
        "backup",
        "Copy the diary into its folder's backups, and read the copy back. One a day, the last thirty are kept.",
        "mebuki diary backup",
    )


def backup(given: Any) -> int:
    with opened(given) as journal:
        path = journal.back_up()
    print(json.dumps({"path": str(path)}) if given.json else f"whole, in {path}")
    return 0


def check_parser() -> Parser:
    return command_parser(
        "check", "Look whether the diary's database is whole, and where it and its backups are.", "mebuki diary check"
    )


def check(given: Any) -> int:
    from ..diary import store

    with opened(given) as journal:
        found, kept, encrypted = journal.check(), store.backups(journal.folder), journal.encrypted
    if given.json:
        row = {"path": str(journal.path), "found": found, "encrypted": encrypted, "backups": list(map(str, kept))}
        print(json.dumps(row))
    else:
        print(f"{journal.path}: {'whole' if found == 'ok' else found}{', encrypted' * encrypted}")
        print(f"{len(kept)} backups" + (f", the last one {kept[-1]}" if kept else ""))
        if found != "ok" and kept:
            print(
                f"to go back to it: remove {journal.path}-wal and {journal.path}-shm, and copy the backup over {journal.path}"
            )
    return 0 if found == "ok" else 2
