"""Where two words stand: the sentence, or the two, in which an entry holds both, with the places of the words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .index import Index

ROOM = 180  # columns of a passage; longer ones are cut where that takes neither word away
AGAIN = 60  # letters that words may be further apart in an entry that was not shown before
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


def passage(
    index: Index, first: int, second: int, entries: Sequence[str], shown: Collection[str] = ()
) -> Passage | None:
    """The passage in which two words stand nearest to each other; None: in none of the entries they both stand.

    Args:
        first, second: words, by their numbers in the index.
        entries: ids of those to look at.
        shown: ids of those that were shown before: rather one of the others, if the words are not much further apart there.
    """
    chosen, best = set(entries), None
    for entry in np.intersect1d(index.entries_with(first), index.entries_with(second)).tolist():
        if index.ids[entry] not in chosen:
            continue
        at = np.arange(int(index.first[entry]), int(index.first[entry + 1]))
        ones, others = at[index.word[at] == first], at[index.word[at] == second]
        apart = np.abs(index.start[ones][:, None] - index.start[others])
        one, other = np.unravel_index(int(apart.argmin()), apart.shape)
        again = AGAIN if index.ids[entry] in shown else 0
        found = int(apart.min()) + again, entry, int(ones[one]), int(others[other])
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

    Args:
        room: columns of a terminal, about.

    >>> excerpt("Rain. The kettle sang before it. Then tea.", [(10, 16)])
    ('The kettle sang before it.', [(4, 10)])
    >>> excerpt("The kettle sang, and sang, and sang, until there was tea.", [(4, 10), (53, 56)], room=40)
    ('The kettle sang,…there was tea.', [(4, 10), (27, 30)])
    """
    room //= 2 if sum(c >= "\u2e80" for c in text) > len(text) // 2 else 1
    whole = [(sentence(text, start)[0], sentence(text, end - 1)[1]) for start, end in spans]
    kept = _joined(whole)
    if sum(end - begin for begin, end in kept) > room:
        near = _joined([(start, end + room // 3) for start, end in sorted(spans)])
        groups = [[span for span in spans if begin <= span[0] < end] for begin, end in near]
        kept = _joined([_cut(text, group, whole, room // len(groups)) for group in groups])
    opens, closes = ({span[side] for span in whole} for side in (0, 1))
    said, moved = "", dict[int, int]()
    for number, (begin, end) in enumerate(kept):
        if number or begin not in opens:
            said += "… " if begin in opens else "…"
        moved[begin] = len(said) - begin
        said += text[begin:end].replace("\n", " ")
    if kept[-1][1] not in closes:
        said += "…"
    homes = [next(begin for begin, end in kept if begin <= start and stop <= end) for start, stop in spans]
    return said, [(s + moved[home], e + moved[home]) for (s, e), home in zip(spans, homes, strict=True)]


def _cut(text: str, group: Sequence[Span], whole: Sequence[Span], room: int) -> Span:
    """What stands around some places near to each other, within their sentences, and not within a word if a space is near."""
    start, stop = min(group)[0], max(group)[1]
    low = max(begin for begin, end in whole if begin <= start < end)
    high = min(end for begin, end in whole if begin < stop <= end)
    spare = max(0, room - (stop - start))
    before = min(start - low, max(spare // 2, spare - (high - stop)))
    behind = min(high - stop, spare - before)
    begin, end = start - before, stop + behind
    if begin > low and (space := text.find(" ", begin, min(start, begin + 10))) >= 0:
        begin = space + 1
    if end < high and (space := text.rfind(" ", max(stop, end - 10), end)) >= 0:
        end = space
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
