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


def detect(path: Path, encoding: str = "auto") -> str:
    """The name of the format, one of `READ`.

    Raises:
        DiaryError: none of them.
        TextError: it is missing, or cannot be read.
    """
    try:
        if path.is_dir():
            return _folder(path, encoding)
        if not path.exists():
            raise DiaryError(f"{path} does not exist", hint="check the path")
        if _is_zip(path):
            return _archive(path)
    except OSError as error:
        raise cannot_read(path, error) from error
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if suffix in (".csv", ".tsv"):
        return "csv"
    text = text_of(path, encoding)
    if suffix == ".json":
        found = _of_json(json_of(text, path))
        if not found:
            raise DiaryError(
                f"{path} is JSON, but no diary that is known", allowed="jrnl, dayone, journey, a list of entries"
            )
        return found
    if rednotebook.is_month(path) and rednotebook.is_days(text):
        return "rednotebook"
    if text.lstrip()[:1] == "{" and '"date"' in text[:2000]:
        return "jsonl"
    if jrnl.is_text(text[:20000]):
        return "jrnl"
    if suffix in markdown.SUFFIXES and _one_day(path, text[:20000]):
        return "markdown"
    if plain.is_text(text[:20000]):
        return "text"
    raise DiaryError(
        f"{path} holds no dates that are known", allowed=", ".join(READ), hint="--format with one of these"
    )


def read(path: Path, format: str = "auto", encoding: str = "auto", order: str = "") -> Iterator[Item]:
    """What a file or folder holds.

    Args:
        format: one of `READ`; "auto" looks into it.
        encoding: of texts; "auto" finds it.
        order: "day" or "month", what stands first in dates such as 11/12/2026, where the file itself does not say it.

    Raises:
        DiaryError: it is in none of these formats, or damaged.
        TextError: it cannot be read, or decoded.
        RecipeError: an unknown format.
    """
    if format not in ("auto", *READ):
        raise unknown("format", format, ["auto", *READ])
    if format == "auto":
        format = detect(path, encoding)
    if path.is_dir():
        return _read_folder(path, format, encoding)
    if _is_zip(path):
        return _read_archive(path, format)
    if format == "markdown":
        return markdown.read_file(path, path.name, encoding)
    if format == "rednotebook":
        return rednotebook.read_month(path, encoding)
    text, where = text_of(path, encoding), path.name
    if format in ("dayone", "journey") or (format == "jrnl" and text.lstrip()[:1] == "{"):
        return _read_one(format, text, where)
    match format:
        case "jrnl":
            return jrnl.read_text(text, where)
        case "jsonl" if text.lstrip()[:1] == "[":
            content = json_of(text, path)
            return tables.read_list(content if isinstance(content, list) else [content], where, order)
        case "jsonl":
            return tables.read_lines(text, where, order)
        case "csv":
            return tables.read_csv(text, where, order)
        case _:
            return plain.read_text(text, where, order)


_JSON = {"jrnl": jrnl, "dayone": day_one, "journey": journey}


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)


def _one_day(path: Path, text: str) -> bool:
    """Whether a note is about one day, as its head or its name says."""
    return any(isinstance(item, Found) for item in markdown.read_note(text, path.stem, path.name))


def _of_json(content: object) -> str:
    """Which diary a JSON is of; empty: none."""
    if isinstance(content, list):
        return "jsonl"
    return next((name for name in ("dayone", "jrnl", "journey") if _JSON[name].is_json(content)), "")


def _folder(path: Path, encoding: str) -> str:
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and not _hidden(file.relative_to(path))]
    if any(file.suffix.lower() in markdown.SUFFIXES for file in files):
        return "markdown"
    for file in files:
        if rednotebook.is_month(file) and rednotebook.is_days(text_of(file, encoding)):
            return "rednotebook"
        if file.suffix.lower() == ".json" and (found := _of_json(json_of(text_of(file), file))) not in ("", "jsonl"):
            return found
    raise DiaryError(f"the folder {path} holds no diary that is known", allowed=", ".join(READ))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _archive(path: Path) -> str:
    empty = ""
    for _, text in texts_in(path, ".json"):
        try:
            content = json_of(text, path) if isinstance(text, str) else None
        except DiaryError:
            continue
        if found := _of_json(content):
            return found
        if isinstance(content, dict) and content.get("entries") == []:
            empty = "dayone"
    for _ in texts_in(path, *markdown.SUFFIXES):
        return "markdown"
    if empty:
        return empty
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
        files = sorted(file for file in path.rglob("*.json") if not _hidden(file.relative_to(path)))
        return chain.from_iterable(_read_one(format, text_of(file, encoding), file.name) for file in files)
    raise DiaryError(
        f"{path} is a folder", allowed="a folder of markdown, rednotebook, journey or dayone", hint="one file of it"
    )


def _read_archive(path: Path, format: str) -> Iterator[Item]:
    if format not in ("markdown", *_JSON):
        raise DiaryError(f"{path} is a zip", allowed="a zip of dayone, journey or markdown", hint="unpacking it first")
    for name, text in texts_in(path, *(markdown.SUFFIXES if format == "markdown" else (".json",))):
        if isinstance(text, Passed):
            yield text
        elif format == "markdown":
            yield from markdown.read_note(text, Path(name).stem, name)
        else:
            yield from _read_one(format, text, name)


def _read_one(format: str, text: str, where: str) -> Iterator[Item]:
    try:
        content = json_of(text, where)
    except DiaryError as error:
        yield Passed(where, error.given)
        return
    if not isinstance(content, dict) or (format != "journey" and not isinstance(content.get("entries"), list)):
        yield Passed(where, "no entries in it")
        return
    yield from _JSON[format].read_json(content, where)
