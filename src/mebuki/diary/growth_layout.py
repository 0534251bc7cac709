"""Where everything of the picture of interests stands: stems on lanes of their own, later ones nearer to what they grew out of.

Time runs from left to right. Each interest has a lane, and a word behind the tip of its stem. What grew out of an interest stands above it: of
two such, the one that was born later is nearer. A shoot rises at the time of its birth, so that all lanes it passes belong to interests that are
not born yet: no line crosses another, and none crosses a word.

Units: pixels, x to the right, y down.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .report import Interest, Interests

WIDTH = 1280.0
LEFT, RIGHT, TOP = 64.0, 56.0, 148.0
WORD, NOTE = 17.0, 11.5  # sizes of type
BEHIND, APART = 21.0, 8.0  # from the tip of a stem to its word, from there to its note
LONGEST = 26.0  # a word, in widths of a kanji; more is cut
STEP = 9.0  # between the places where a stem's thickness is taken
THIN, THICK, TAPER = 0.8, 5.4, 16.0  # half of it; so far from both ends it grows to what it is
BELL = 15.0  # the days around a place count for its thickness as under a bell so wide
RISE = 34.0  # that a shoot takes to the right, at most

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two have more than an edge in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Stem:
    """One interest in the picture.

    Attributes:
        y: of its lane.
        outline: x, and half the thickness there, from its birth to its last day, or, where it has not faded, to the diary's.
        root: where the shoot leaves its source's stem, x and y; None: it grew from a seed.
        leaves: x of each burst, in order.
        word, note: what stands behind the tip.
        label: the box of both, at most.
    """

    interest: Interest
    y: float
    outline: tuple[tuple[float, float], ...]
    root: tuple[float, float] | None
    leaves: tuple[float, ...]
    word: str
    note: str
    label: Box

    @property
    def born(self) -> float:
        return self.outline[0][0]

    @property
    def tip(self) -> float:
        return self.outline[-1][0]


@dataclass(frozen=True)
class Layout:
    """The whole picture.

    Attributes:
        ground: y of the axis.
        start, end: x of the first and of the last day.
        stems: from the lowest lane to the highest.
        ticks: x, what is written there, and whether it is a year.
    """

    height: float
    ground: float
    start: float
    end: float
    stems: tuple[Stem, ...]
    ticks: tuple[tuple[float, str, bool], ...]


def lay_out(found: Interests, notes: dict[str, str], months: Sequence[str], month: str) -> Layout:
    """Places for everything.

    Args:
        notes: what is written behind each word.
        months: their twelve names, for the axis.
        month: how a month of a year is said, with `{month}` and `{year}`.
    """
    order = _lanes(found.interests)
    between = 44.0 if len(order) <= 6 else 36.0 if len(order) <= 12 else 30.0 if len(order) <= 20 else 27.0
    apart = between * 0.35  # one tree and the next
    height, lanes = 0.0, list[float]()
    for place, one in enumerate(order):
        height += (between if place else 0.6 * between) + (apart if place and one.source is None else 0)
        lanes.append(round(height))
    ground = round(TOP + height + 0.5 * between)
    wide = min(_room(one, found, _label_width(one.word, notes[one.word])) for one in order)

    def at(day: date) -> float:
        return LEFT + wide * _share(found, day)

    y = {one.word: ground - lane for one, lane in zip(order, lanes, strict=True)}
    born = {one.word: at(one.born) for one in order}
    days = {one.word: np.array([at(day) for day, _ in one.days]) for one in order}
    most = max(float(_density(xs, xs).max()) for xs in days.values())
    stems: list[Stem] = []
    for one in order:
        start, middle = born[one.word], y[one.word]
        outline = _outline(start, max(at(_end(one, found)), start + 10), days[one.word], most)
        tip = outline[-1][0]
        root = None
        if one.source:
            rise = min(RISE, 0.9 * abs(y[one.source] - middle))
            root = max(start - rise, born[one.source]), y[one.source]
        leaves = tuple(min(at(burst.days[len(burst.days) // 2][0]), max(start + 5, tip - 18)) for burst in one.bursts)
        label = Box(
            tip + BEHIND,
            middle - 0.62 * WORD,
            tip + _label_width(one.word, notes[one.word]),
            middle + 0.62 * WORD,
        )
        stems.append(Stem(one, middle, outline, root, leaves, shortened(one.word), notes[one.word], label))
    return Layout(ground + 128, ground, LEFT, LEFT + wide, tuple(stems), tuple(_ticks(found, at, months, month)))


def _outline(start: float, tip: float, days: Floats, most: float) -> tuple[tuple[float, float], ...]:
    xs = np.linspace(start, tip, max(3, math.ceil((tip - start) / STEP)) + 1)
    ends = np.minimum(1, np.minimum(xs - start, tip - xs) / min(TAPER, 0.4 * (tip - start)))
    half = THIN + (THICK - THIN) * np.sqrt(_density(days, xs) / most) * np.sqrt(ends)
    return tuple(zip(xs.tolist(), half.round(1).tolist(), strict=True))


def _density(days: Floats, xs: Floats) -> Floats:
    """How many days lie around each place."""
    return np.exp(-(((xs[:, None] - days[None, :]) / BELL) ** 2) / 2).sum(1)


def _end(one: Interest, found: Interests) -> date:
    """Where its stem ends: what has not faded goes on to this day."""
    return one.last if one.faded else found.end


def _lanes(interests: list[Interest]) -> list[Interest]:
    """From the lowest lane to the highest: each interest, and above it those that grew out of it, the last one first."""
    grown: dict[str | None, list[Interest]] = {}
    for one in interests:
        grown.setdefault(one.source, []).append(one)
    found: list[Interest] = []
    waiting = list(reversed(grown.get(None, [])))
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += grown.get(one.word, [])
    return found


def _share(found: Interests, day: date) -> float:
    return (day - found.start).days / max(1, (found.end - found.start).days)


def _label_width(word: str, note: str) -> float:
    return BEHIND + width_of(shortened(word), WORD) + APART + width_of(note, NOTE)


def _room(one: Interest, found: Interests, label: float) -> float:
    """How wide the time may be drawn, so that the word behind this stem stands on the paper."""
    return (WIDTH - LEFT - RIGHT - label - 10) / max(_share(found, _end(one, found)), 0.4)


def _ticks(
    found: Interests, at: Callable[[date], float], months: Sequence[str], said: str
) -> list[tuple[float, str, bool]]:
    """The first month, and then years, and as many months between them as have room."""
    a_month = (at(found.end) - at(found.start)) / max(1, (found.end - found.start).days) * 30.4
    step = next((step for step in (1, 3, 6) if a_month * step >= 52), 12)
    years = next((step for step in (1, 2, 5, 10, 20, 50, 100) if a_month * 12 * step >= 52), 1000)
    first = (
        str(found.start.year) if step == 12 else said.format(year=found.start.year, month=months[found.start.month - 1])
    )
    ticks = [(at(found.start), first, True)]
    free = at(found.start) + width_of(first, 15) + 8
    month = found.start.year * 12
    while month <= found.end.year * 12 + found.end.month - 1:
        day = date(month // 12, month % 12 + 1, 1)
        year, month = day.month == 1, month + step
        if found.start <= day and at(day) >= free and (day.year % years == 0 or not year):
            ticks.append((at(day), str(day.year) if year else months[day.month - 1], year))
    return ticks


def shortened(word: str) -> str:
    """A word that is not too long for the picture."""
    if width_of(word, 1) <= LONGEST:
        return word
    kept = ""
    for letter in word:
        if width_of(kept + letter + "…", 1) > LONGEST:
            break
        kept += letter
    return kept.rstrip() + "…"


def width_of(text: str, size: float) -> float:
    """How wide a text is at most, in the fonts that it may be drawn with.

    >>> width_of("緑ヶ池", 10), width_of("ill", 10) < width_of("mow", 10)
    (30.0, True)
    """
    return size * sum(_width(letter) for letter in text)


def _width(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WFA" and letter not in "’‘“”—–…":
        return 1.0
    if letter in "iljI.,:;!|'’‘ ":
        return 0.36
    if letter in "mwMW—…%":
        return 1.02
    return 0.82 if letter.isupper() else 0.65
