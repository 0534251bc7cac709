"""Diaries of other programs, read and written: which format a file has is found by looking into it.

Reading gives entries, and what was passed over and why; nothing is dropped in silence.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from ...errors import unknown
from ...text.sources import cannot_read
from ..entries import DiaryError, Entry
from . import day_one, journey, jrnl, markdown, plain, rednotebook, tables
from .found import Found, Item, Passed, json_of, text_of, texts_in

READ = {
    "jrnl": "jrnl's text, or its JSON",
    "dayone": "Day One's JSON, or its zip",
    "markdown": "a folder of notes as of Obsidian or Logseq, or one note",
    "rednotebook": "a folder of RedNotebook, or one of its months",
    "journey": "Journey's zip, or a folder of its files",
    "jsonl": '{"date": "2026-11-21", "text": "…"}, one a line, or as a JSON list',
    "csv": "a table whose head names date and text",
    "text": "a text with a line that holds a date above each entry",
}
WRITE: dict[str, Callable[[Iterable[Entry]], Iterator[str]]] = {
    "jsonl": tables.write_lines,
    "jrnl": jrnl.write_json,
    "text": plain.write_text,
}


def detect(path: Path) -> str:
    """The name of the format, one of `READ`.

    Raises:
        DiaryError: none of them.
        TextError: it is missing, or cannot be read.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if not path.exists():
            raise DiaryError(f"{path} does not exist", hint="check the path")
        if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
            return _archive(path)
    except OSError as error:
        raise cannot_read(path, error) from error
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix in markdown.SUFFIXES:
        sample = text_of(path)[:20000]
        return "jrnl" if jrnl.is_text(sample) else "markdown" if _one_day(path, sample) else "text"
    if rednotebook.is_month(path):
        return "rednotebook"
    text = text_of(path)
    if suffix == ".json":
        return _of_json(json_of(text, path), path)
    if text.lstrip()[:1] == "{" and '"date"' in text[:2000]:
        return "jsonl"
    if jrnl.is_text(text[:20000]):
        return "jrnl"
    if plain.is_text(text[:20000]):
        return "text"
    raise DiaryError(
        f"{path} holds no dates that are known", allowed=", ".join(READ), hint="--format with one of these"
    )


def read(path: Path, format: str = "auto", encoding: str = "auto") -> Iterator[Item]:
    """What a file or folder holds.

    Raises:
        DiaryError: it is in none of these formats, or damaged.
        TextError: it cannot be read, or decoded.
        RecipeError: an unknown format.
    """
    if format == "auto":
        format = detect(path)
    if format not in READ:
        raise unknown("format", format, ["auto", *READ])
    if path.is_dir():
        return _read_folder(path, format, encoding)
    if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        return _read_archive(path, format)
    text = text_of(path, encoding)
    where = path.name
    if format in ("dayone", "journey") or (format == "jrnl" and text.lstrip()[:1] == "{"):
        return _JSON[format](json_of(text, path), where)
    if format == "jsonl" and text.lstrip()[:1] == "[":
        return tables.read_list(json_of(text, path), where)
    match format:
        case "jrnl":
            return jrnl.read_text(text, where)
        case "markdown":
            return markdown.read_note(text, path.stem, where)
        case "rednotebook":
            return rednotebook.read_month(path, encoding)
        case "jsonl":
            return tables.read_lines(text, where)
        case "csv":
            return tables.read_csv(text, where)
        case _:
            return plain.read_text(text, where)


_JSON = {"jrnl": jrnl.read_json, "dayone": day_one.read_json, "journey": journey.read_json}


def _one_day(path: Path, text: str) -> bool:
    """Whether a note is about one day, as its head or its name says."""
    first = next(iter(markdown.read_note(text, path.stem, path.name)), None)
    return isinstance(first, Found)


def _of_json(content: object, path: Path) -> str:
    if isinstance(content, list):
        return "jsonl"
    for name, module in (("dayone", day_one), ("jrnl", jrnl), ("journey", journey)):
        if module.is_json(content):
            return name
    raise DiaryError(
        f"{path} is JSON, but no diary that is known", allowed="jrnl, dayone, journey, or a list of entries"
    )


def _folder(path: Path) -> str:
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    if any(rednotebook.is_month(file) for file in files):
        return "rednotebook"
    if any(file.suffix.lower() in markdown.SUFFIXES for file in files):
        return "markdown"
    if any(file.suffix.lower() == ".json" for file in files):
        first = next(file for file in files if file.suffix.lower() == ".json")
        return _of_json(json_of(text_of(first), first), first)
    raise DiaryError(f"the folder {path} holds no diary that is known", allowed=", ".join(READ))


def _archive(path: Path) -> str:
    for name, text in texts_in(path, ".json"):
        return _of_json(json_of(text, f"{name} in {path}"), path)
    for _ in texts_in(path, *markdown.SUFFIXES):
        return "markdown"
    raise DiaryError(
        f"{path} holds no diary that is known", allowed="a zip of Day One, of Journey, or of Markdown files"
    )


def _read_folder(path: Path, format: str, encoding: str) -> Iterator[Item]:
    if format == "markdown":
        return markdown.read_folder(path, encoding)
    if format == "rednotebook":
        months = sorted(file for file in path.rglob("*.txt") if rednotebook.is_month(file))
        return chain.from_iterable(rednotebook.read_month(month, encoding) for month in months)
    if format in _JSON:
        files = sorted(path.rglob("*.json"))
        return chain.from_iterable(_read_one(format, text_of(file, encoding), file.name) for file in files)
    raise DiaryError(
        f"{path} is a folder", allowed="a folder of markdown, rednotebook, journey or dayone", hint="one file of it"
    )


def _read_archive(path: Path, format: str) -> Iterator[Item]:
    if format == "markdown":
        for name, text in texts_in(path, *markdown.SUFFIXES):
            yield from markdown.read_note(text, Path(name).stem, name)
    elif format in _JSON:
        for name, text in texts_in(path, ".json"):
            yield from _read_one(format, text, name)
    else:
        raise DiaryError(f"{path} is a zip", allowed="a zip of dayone, journey or markdown", hint="unpacking it first")


def _read_one(format: str, text: str, where: str) -> Iterator[Item]:
    try:
        content = json_of(text, where)
    except DiaryError as error:
        yield Passed(where, error.given)
        return
    if not isinstance(content, dict) or (format != "journey" and not isinstance(content.get("entries"), list)):
        yield Passed(where, "no entries in it")
        return
    yield from _JSON[format](content, where)
