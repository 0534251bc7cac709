"""RedNotebook: a folder with a YAML file for each month, `2026-11.txt`, its days by their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ..entries import Entry
from .found import Found, Item, Passed, tame, text_of, words

_NAME = re.compile(r"(\d{4})-(\d\d)\.txt")
_HASHTAG = re.compile(r"(?<![\w#&])[#＃](?!(?i:[0-9a-f]{6}\b|include\b))(\w*[^\W\d_]\w*)")  # no colours, as #ff8800


def is_month(path: Path) -> bool:
    return bool(_NAME.fullmatch(path.name))


def is_days(text: str) -> bool:
    """Whether a text is YAML whose keys are days."""
    try:
        days = tame(yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return isinstance(days, dict) and all(isinstance(key, int) for key in days)


def read_month(path: Path, encoding: str = "auto") -> Iterator[Item]:
    """The days of one file; what it files under categories beside the text is put below it, a category with nothing in it is a tag."""
    found = _NAME.fullmatch(path.name)
    if not found:
        yield Passed(path.name, "not named after a month, as 2026-11.txt")
        return
    try:
        days = tame(yaml.safe_load(text_of(path, encoding)))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield Passed(path.name, f"no YAML: {next(iter(str(error).splitlines()), '')}")
        return
    if not isinstance(days, dict):
        yield Passed(path.name, "no days in it")
        return
    for number, content in sorted(days.items(), key=lambda item: str(item[0]).zfill(2)):
        where = f"{path.name}, day {number}"
        try:
            day = date(int(found[1]), int(found[2]), int(number))
        except (TypeError, ValueError):
            yield Passed(where, "there is no such day")
            continue
        if not isinstance(content, dict):
            yield Passed(where, "nothing is written there")
            continue
        text, tags = _said(content)
        if not text.strip():
            yield Passed(where, "nothing is written there")
            continue
        yield Found(Entry("", day, None, text, tags), where, place=f"day {day}")


def _said(content: dict[Any, Any]) -> tuple[str, tuple[str, ...]]:
    text, tags = str(content.get("text") or "").strip("\n"), list[str]()
    for name, items in content.items():
        if name == "text":
            continue
        if not isinstance(items, dict):
            items = {items: None} if items is not None else {}
        if str(name).lower() in ("tags", "tag"):
            tags += words(items)
        elif not items:
            tags += words([name])
        else:
            lines = (
                f"- {item}" + (f": {_listed(sub)}" if isinstance(sub, dict) and sub else "")
                for item, sub in items.items()
            )
            text = f"{text}\n\n{name}\n" + "\n".join(lines)
    text = text.strip("\n")
    tags = words([*tags, *_HASHTAG.findall(text)])
    return text if text.strip() else " ".join(f"#{tag}" for tag in tags), tags


def _listed(names: dict[Any, Any]) -> str:
    return ", ".join(str(name) for name in names)
