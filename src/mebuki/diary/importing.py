"""Entries of other programs into a diary: what is there already is left alone, so that twice imported is once stored."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import unknown
from ..text.folders import new_folder
from . import formats
from .entries import DiaryError, Entry
from .formats.found import Found, Passed
from .formats.markdown import names, write_note
from .journal import Journal

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
    watch: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Take over the entries of a file or folder. Stopped on the way, it can be called again: what was taken is not taken twice.

    Raises:
        DiaryError: it is no diary that is known, or damaged.
        TextError: it cannot be read or decoded.
        StorageError: the disk is full.
    """
    report, waiting, twins = Report(), list[Entry](), _Twins()
    for item in formats.read(Path(path), format, encoding):
        if isinstance(item, Passed):
            report.passed.append(item)
            continue
        entry = twins.told_apart(_fit(item))
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


def _fit(item: Found) -> Entry:
    """An entry as a diary can hold it."""
    entry = item.known
    if "\x00" in entry.id or len(entry.id) > 200 or not entry.id.isprintable() or entry.id != entry.id.strip():
        entry = replace(entry, id="")
        entry = replace(item, entry=entry).known
    return entry


def _store(journal: Journal, entries: Iterable[Entry], report: Report) -> None:
    new = []
    for entry in entries:
        try:
            here = journal.entry(entry.id)
        except DiaryError:
            new.append(entry)
            continue
        if _same(here, entry):
            report.known += 1
        elif here.trashed or (here.edited and not (entry.edited and entry.edited > here.edited)):
            report.kept.append(entry.id)
        else:
            values = {"text": entry.text, "tags": entry.tags, "star": entry.star, "mood": entry.mood}
            journal.edit(here.id, day=entry.date, at=entry.time, **values)
            report.changed.append(entry.id)
    journal.add(new)
    report.new += [entry.id for entry in new]


class _Twins:
    """Entries of one file that have the same id: the same again is none, others get an id of their own."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def told_apart(self, entry: Entry) -> Entry | None:
        number, id = 2, entry.id
        while entry.id in self.seen:
            if self.seen[entry.id] == hash(_content(entry)):
                return None
            entry, number = replace(entry, id=f"{id}-{number}"), number + 1
        self.seen[entry.id] = hash(_content(entry))
        return entry


def _content(entry: Entry) -> tuple[object, ...]:
    at = entry.time.replace(microsecond=0) if entry.time else None
    return entry.text, entry.date, at, frozenset(entry.tags), entry.star, entry.mood


def _same(one: Entry, other: Entry) -> bool:
    return _content(one) == _content(other)


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
                hint="--format",
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
    from ..text.files import new_file

    with new_file(target) as file:
        for part in formats.WRITE[format](counted()):
            file.write(part)
    return count
