"""Journey: a zip, or a folder, with one JSON file for each entry."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from ..entries import Entry
from .found import Found, Item, Passed, instant, local, truth, words, zone

_BLOCKS = {"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "pre"}


def is_json(content: Any) -> bool:
    return isinstance(content, dict) and "date_journal" in content


def read_json(content: Any, where: str) -> Iterator[Item]:
    """One entry; moods are not taken, since their meaning changed between versions."""
    moment = instant(content.get("date_journal"))
    if not moment:
        yield Passed(where, "it has no date_journal")
        return
    text = str(content.get("text") or "")
    if str(content.get("type") or "").lower() == "html" or text.lstrip().lower().startswith(
        ("<p", "<div", "<html", "<h")
    ):
        text = plain(text)
    if photos := content.get("photos"):
        yield Passed(where, f"{len(photos)} picture{'s' * (len(photos) > 1)}; the text is taken")
    if not text.strip():
        yield Passed(where, "nothing is written there")
        return
    day, time = local(moment, content.get("timezone"))
    if not zone(content.get("timezone")):
        yield Passed(where, "its time zone is not known; day and time are those of Greenwich")
    edited = instant(content["date_modified"]) if content.get("date_modified") else None
    tags, star = words(content.get("tags")), truth(content.get("favourite") or content.get("favorite"))
    yield Found(
        Entry(str(content.get("id") or ""), day, time, text.strip("\n"), tags, star, None, moment, edited), where
    )


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")


def plain(html: str) -> str:
    """The text of HTML, a line for each block.

    >>> plain("<p>Rain &amp; <b>wind</b>.</p><p>Home<br>again.</p>")
    'Rain & wind.\\nHome\\nagain.'
    """
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts).strip("\n")
