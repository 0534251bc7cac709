"""Where two words stand: the sentence, or the two, in which an entry holds both, with the places of the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .index import Index

ROOM = 90  # letters of a passage; longer ones are cut where that takes neither word away
_END = re.compile(r"[。．！？!?…\n]+[」』”’\")）]*|\.[”’\")]*(?=\s|$)")

Span = tuple[int, int]  # the first letter, and the one behind the last


@dataclass(frozen=True)
class Passage:
    """A part of an entry that holds two words.

    Attributes:
        day, entry: where it stands.
        text: in one line, … where something is left out.
        first, second: where the words stand in it.
    """

    day: date
    entry: str
    text: str
    first: Span
    second: Span

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        places = {"places": [list(self.first), list(self.second)]}
        return {"date": self.day.isoformat(), "entry": self.entry, "text": self.text} | places


def passage(index: Index, first: int, second: int, entries: Sequence[str]) -> Passage | None:
    """The passage in which two words stand nearest to each other; None: in none of the entries they both stand.

    Args:
        first, second: words, by their numbers in the index.
        entries: ids of those to look at.
    """
    chosen, best = set(entries), None
    for entry in np.intersect1d(index.entries_with(first), index.entries_with(second)).tolist():
        if index.ids[entry] not in chosen:
            continue
        at = np.arange(int(index.first[entry]), int(index.first[entry + 1]))
        ones, others = at[index.word[at] == first], at[index.word[at] == second]
        apart = np.abs(index.start[ones][:, None] - index.start[others])
        one, other = np.unravel_index(int(apart.argmin()), apart.shape)
        found = int(apart.min()), entry, int(ones[one]), int(others[other])
        best = min(best, found) if best else found
    if best is None:
        return None
    _, entry, one, other = best
    spans = [(int(index.start[place]), int(index.end[place])) for place in (one, other)]
    text, places = excerpt(index.text(entry), spans)
    return Passage(index.days[entry], index.ids[entry], text, places[0], places[1])


def sentence(text: str, place: int) -> Span:
    """Where the sentence that holds a place begins and ends, without the spaces around it.

    >>> text = "Rain. The kettle sang."
    >>> text[slice(*sentence(text, 10))]
    'The kettle sang.'
    """
    begin, end = 0, len(text)
    for stop in _END.finditer(text):
        if stop.end() > place:
            end = stop.end()
            break
        begin = stop.end()
    said = text[begin:end]
    begin += len(said) - len(said.lstrip())
    return begin, max(begin, end - (len(said) - len(said.rstrip())))


def excerpt(text: str, spans: Sequence[Span], room: int = ROOM) -> tuple[str, list[Span]]:
    """The sentences that hold some places, in one line, and where these stand in it.

    What lies between two places far apart is left out, and so is what makes a sentence too long.

    >>> excerpt("Rain. The kettle sang before it. Then tea.", [(10, 16)])
    ('The kettle sang before it.', [(4, 10)])
    >>> excerpt("The kettle sang, and sang, and sang, until there was tea.", [(4, 10), (53, 56)], room=30)
    ('The kettle…was tea.', [(4, 10), (15, 18)])
    """
    each = max(6, room // (2 * len(spans)) - 4)  # letters before and behind a place, where there is no room for all
    whole = [(sentence(text, start)[0], sentence(text, end - 1)[1]) for start, end in spans]
    kept = _joined(whole)
    if sum(end - begin for begin, end in kept) > room:
        kept = _joined([_cut(text, at, span, each) for at, span in zip(whole, spans, strict=True)])
    said, moved = "", dict[int, int]()
    for number, (begin, end) in enumerate(kept):
        opens = begin in {b for b, _ in whole}
        if number or not opens:
            said += "… " if opens else "…"
        moved[begin] = len(said) - begin
        said += text[begin:end].replace("\n", " ")
    if kept[-1][1] not in {e for _, e in whole}:
        said += "…"
    homes = [next(begin for begin, end in kept if begin <= start and stop <= end) for start, stop in spans]
    return said, [(s + moved[home], e + moved[home]) for (s, e), home in zip(spans, homes, strict=True)]


def _cut(text: str, whole: Span, span: Span, each: int) -> Span:
    """So many letters before and behind a place, or a few less, to the next space."""
    begin, end = whole
    if begin < span[0] - each:
        begin = span[0] - each
        space = text.find(" ", begin, min(span[0], begin + 10))
        begin = space + 1 if space >= 0 else begin
    if end > span[1] + each:
        end = span[1] + each
        space = text.rfind(" ", max(span[1], end - 10), end)
        end = space if space >= 0 else end
    return begin, end


def _joined(spans: Sequence[Span]) -> list[Span]:
    """In order, those that touch as one."""
    found = list[Span]()
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found
