"""A chain in the terminal: a stem that grows downward, and a leaf for every word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..diary.chains import Link
from ..runs.live import LEAF
from .diary_view import console

WIDE = 92  # columns at most
STEM = "    │"
LEAVES = ("    │❧ ", "   ☙│  ")  # one to the right, one to the left
CHANCE = "    │· "  # what is not proven bears no leaf
INDENT = 7  # columns before a word
DIM = "bright_black"


def shown(word: str, links: Iterable[Link], steps: int, loose: bool, to: Console | None = None) -> None:
    """Draw a chain link by link, as they are found."""
    to = to or console()
    width = min(to.width, WIDE)
    last, count = word, 0
    for count, link in enumerate(links, 1):
        if count == 1:
            to.print(Text(" " * 4 + word, "bold"), soft_wrap=True)
        to.print(Text(STEM, LEAF))
        for line in _link(link, LEAVES[(count - 1) % 2], width):
            to.print(line, soft_wrap=True)
        last = link.word
    to.print(Text("    ╵", LEAF))
    if count < steps:
        what = "stands" if loose else "is proven to be tied"
        to.print(Text(f"    nothing else {what} {'with' if loose else 'to'} {last}", DIM), soft_wrap=True)


def _link(link: Link, leaf: str, width: int) -> Iterator[Text]:
    head = Text(leaf if link.proven else CHANCE, LEAF if link.proven else DIM)
    head.append(link.word, "bold")
    days = len(link.days)
    until = f" – {link.until}" if link.until != link.since else ""
    faded = ", faded" if link.faded else ""
    head.append(f"   {days} {'day' if days == 1 else 'days'}, {link.since}{until}{faded}", DIM)
    if not link.proven:
        head.append("   may be chance", "yellow")
    yield head
    said = [f"strength {link.strength:.1f}", f"q {_small(link.q)}"]
    if link.lift is not None:
        said.append(f"to the model {_times(link.lift)}")
    yield _on_stem(Text("   ".join(said), DIM))
    text, (first, second) = link.passage.text, (link.passage.first, link.passage.second)
    whole = Text(text)
    whole.stylize("bold", *first)
    whole.stylize(f"bold {LEAF}", *second)
    date = f"{link.passage.day}  "
    for number, (begin, end) in enumerate(wrapped(text, width - INDENT - len(date))):
        line = Text(date if number == 0 else " " * len(date), DIM)
        said = whole[begin:end]
        said.rstrip()
        line.append_text(said)
        yield _on_stem(line)


def _on_stem(text: Text) -> Text:
    line = Text(STEM, LEAF)
    line.append(" " * (INDENT - len(STEM)))
    line.append_text(text)
    return line


def _small(q: float) -> str:
    """
    >>> _small(0.0043), _small(3e-9)
    ('0.0043', '< 0.0001')
    """
    return "< 0.0001" if q < 1e-4 else f"{q:.4f}"


def _times(lift: float) -> str:
    """
    >>> _times(0.7), _times(-0.7), _times(0.02)
    ('2.0 times as likely', '2.0 times less likely', 'as likely as ever')
    """
    ratio = math.exp(abs(lift))
    if ratio < 1.05:
        return "as likely as ever"
    return f"{ratio:.1f} times {'as' if lift > 0 else 'less'} likely"


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Where lines of so many columns begin and end: broken at spaces, and between characters of Japanese.

    >>> text = "The kettle sang. 夜になると、電車の音。"
    >>> [text[slice(*line)] for line in wrapped(text, 18)]
    ['The kettle sang. ', '夜になると、電車の', '音。']
    """
    lines, begin, place, used, spot = [], 0, 0, 0, 0
    while place < len(text):
        wide = cell_len(text[place])
        if used + wide > width and text[place] != " ":
            cut = spot if spot > begin else place
            lines.append((begin, cut))
            begin, used = cut, cell_len(text[cut:place])
        used += wide
        place += 1
        if place < len(text) and _may_break(text[place - 1], text[place]):
            spot = place
    return [*lines, (begin, len(text))]


def _may_break(before: str, behind: str) -> bool:
    if behind in "、。，．」』）〕】！？…ーっゃゅょァィゥェォッャュョ" or before in "「『（〔【":
        return False
    return before in " -" or cell_len(before) == 2 or cell_len(behind) == 2
