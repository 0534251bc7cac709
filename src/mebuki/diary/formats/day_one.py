"""Day One: the JSON of its export, alone or in its zip with one file for each journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..entries import Entry
from .found import Found, Item, Passed, instant, local, truth, words, zone

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|&$^<\"'])")
_MOMENT = re.compile(r"!\[[^\]]*\]\(dayone-moment:[^)]*\)\n?")


def is_json(content: Any) -> bool:
    entries = content.get("entries") if isinstance(content, dict) else None
    return isinstance(entries, list) and any(isinstance(e, dict) and "creationDate" in e for e in entries[:20])


def read_json(content: Any, where: str) -> Iterator[Item]:
    """Entries with their own ids; backslashes before signs are taken away, pictures are passed over and told of."""
    for number, item in enumerate(content["entries"], 1):
        at = f"{where}, entry {number:,}"
        moment = instant(item.get("creationDate")) if isinstance(item, dict) else None
        if not moment:
            yield Passed(at, "it has no creationDate")
            continue
        text = str(item.get("text") or "")
        pictures = len(_MOMENT.findall(text))
        text = _ESCAPED.sub(r"\1", _MOMENT.sub("", text)).strip("\n")
        if pictures:
            yield Passed(at, f"{pictures} picture{'s' * (pictures > 1)}, sound or film; the text is taken")
        if not text.strip():
            yield Passed(at, "nothing is written there")
            continue
        day, time = local(moment, item.get("timeZone"))
        if not zone(item.get("timeZone")):
            yield Passed(at, "its time zone is not known; day and time are those of Greenwich")
        yield Found(
            Entry(
                str(item.get("uuid") or ""),
                day,
                None if item.get("isAllDay") else time,
                text,
                words(item.get("tags")),
                truth(item.get("starred")),
                None,
                moment,
                instant(item["modifiedDate"]) if item.get("modifiedDate") else None,
            ),
            at,
        )
