"""Entries of other programs into a diary: what is there already is left alone, so that twice imported is once stored."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import MebukiError, StorageError, unknown
from ..text.encodings import without_surrogates
from ..text.files import new_file
from ..text.folders import new_folder
from . import formats, store
from .entries import DiaryError, Entry
from .formats.found import Passed, words
from .formats.markdown import names, write_note
from .journal import Journal, checked

TOGETHER = 200  # entries of one transaction


@dataclass
class Report:
    """What became of an import.

    Attributes:
        new: ids of entries that were added.
        known: how many were there already, as they are.
        changed: ids of entries that had changed in the file; what they were is in their history.
        kept: ids of entries that differ because they were changed, or thrown away, here; they are left alone.
        passed: what was not taken, and why.
    """

    new: list[str] = field(default_factory=list)
    known: int = 0
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Entries that the file holds."""
        return len(self.new) + self.known + len(self.changed) + len(self.kept)


def import_into(
    journal: Journal,
    path: str | os.PathLike[str],
    *,
    format: str = "auto",
    encoding: str = "auto",
    order: str = "",
    watch: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Take over the entries of a file or folder. Stopped on the way, it can be called again: what was taken is not taken twice.

    Args:
        format, encoding, order: as in `formats.read`.
        watch: is called now and then.

    Raises:
        DiaryError: it is no diary that is known, or damaged.
        TextError: it cannot be read or decoded.
        StorageError: the disk is full.
    """
    report, waiting, twins = Report(), list[Entry](), _Twins()
    for item in formats.read(Path(path), format, encoding, order):
        if isinstance(item, Passed):
            report.passed.append(item)
            continue
        try:
            entry = twins.told_apart(checked(replace(item, entry=_mended(item.entry)).known))
        except MebukiError as error:
            report.passed.append(Passed(item.where, error.given))
            continue
        if entry:
            waiting.append(entry)
        else:
            report.known += 1
        if len(waiting) >= TOGETHER:
            _store(journal, waiting, report)
            waiting = []
            watch(report)
    _store(journal, waiting, report)
    watch(report)
    return report


def _mended(entry: Entry) -> Entry:
    """Halves of letters, which nothing can store, as U+FFFD."""
    return replace(
        entry, text=without_surrogates(entry.text), tags=words([without_surrogates(tag) for tag in entry.tags])
    )


def _store(journal: Journal, entries: Iterable[Entry], report: Report) -> None:
    """Entries into the diary, all of them or none."""
    found = Report()
    with store.transaction(journal.database, journal.path):
        for entry in entries:
            here, source = journal.here(entry.id)
            if here is None:
                journal.add([entry])
                found.new.append(entry.id)
            elif _same(here, entry):
                found.known += 1
            elif here.trashed or not (source == mark_of(here) or _later(entry, here)):
                found.kept.append(entry.id)
                continue
            else:
                values = {"text": entry.text, "tags": entry.tags, "star": entry.star, "mood": entry.mood}
                journal.edit(here.id, day=entry.date, at=entry.time, **values)
                found.changed.append(entry.id)
            journal.remember(entry.id, mark_of(entry))
    report.new += found.new
    report.known += found.known
    report.changed += found.changed
    report.kept += found.kept


def _later(entry: Entry, here: Entry) -> bool:
    """Whether the file says that it was changed there after it was changed here."""
    return bool(entry.edited and entry.edited > (here.edited or here.created or entry.edited))


class _Twins:
    """Entries of one file that have the same id: the same again is none, others get an id of their own."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def told_apart(self, entry: Entry) -> Entry | None:
        number, id = 2, entry.id
        while entry.id in self.seen:
            if self.seen[entry.id] == mark_of(entry):
                return None
            entry, number = replace(entry, id=f"{id}-{number}"), number + 1
        self.seen[entry.id] = mark_of(entry)
        return entry


def mark_of(entry: Entry) -> str:
    """A short mark of all that an entry says, to see whether it was changed."""
    at = entry.time.replace(microsecond=0).isoformat() if entry.time else ""
    said = [entry.text, entry.date.isoformat(), at, sorted(entry.tags), entry.star, entry.mood]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=12).hexdigest()


def _same(one: Entry, other: Entry) -> bool:
    return mark_of(one) == mark_of(other)


def export(journal: Journal, target: str | os.PathLike[str], format: str = "auto") -> int:
    """Write all entries outside the trash; how many.

    Args:
        target: a file, which appears whole or not at all; for markdown a new folder.
        format: markdown, jsonl, jrnl (JSON) or text; "auto" goes by the ending, a folder without one.

    Raises:
        DiaryError: no such format.
        StorageError: it cannot be written.
    """
    target = Path(target)
    if format == "auto":
        endings = {"": "markdown", ".jsonl": "jsonl", ".json": "jrnl", ".txt": "text"}
        if target.suffix.lower() not in endings:
            raise DiaryError(
                f"{target.name} does not say which format",
                allowed=", ".join(["markdown", *formats.WRITE]),
                hint="--format jsonl",
            )
        format = endings[target.suffix.lower()]
    count = 0

    def counted() -> Iterable[Entry]:
        nonlocal count
        for entry in journal.entries():
            count += 1
            yield entry

    if format == "markdown":
        with new_folder(target) as folder:
            for name, entry in names(counted()):
                (folder / name).write_text(write_note(entry), encoding="utf-8", newline="")
        return count
    if format not in formats.WRITE:
        raise unknown("format", format, ["markdown", *formats.WRITE])
    if target.exists():
        raise StorageError(f"{target} exists already", allowed="a new file", hint=f"{target.stem}-2{target.suffix}")
    with new_file(target, private=True) as file:
        for part in formats.WRITE[format](counted()):
            file.write(part)
    return count
