"""What is told of a diary's interests: plain records with words as their writer spells them, days and the ids of entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from .part import Day
from .periods import Period


@dataclass(frozen=True)
class Mark:
    """A word that marks a period out.

    Attributes:
        z: its log-odds there against all other periods, in standard deviations.
        days: of the period, that hold it.
    """

    word: str
    z: float
    days: tuple[Day, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"word": self.word, "z": round(self.z, 3), "days": _days(self.days)}


@dataclass(frozen=True)
class WordBurst:
    """A time with much more of a word than else.

    Attributes:
        since, until: its first and last day with the word.
        level: about how often the word's usual rate was doubled.
        q: the share of chance findings among all bursts as sure as this.
        claimed: whether the program asserts it: q is at most 1/20.
        days: all that hold the word in it.
    """

    word: str
    since: date
    until: date
    level: int
    q: float
    claimed: bool
    days: tuple[Day, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "level": self.level,
            "q": self.q,
            "claimed": self.claimed,
            "days": _days(self.days),
        }


@dataclass(frozen=True)
class WordTie:
    """A claimed tie, over time.

    Attributes:
        words: the one that was there first before the other.
        strength, q: as `mebuki diary associate` tells them.
        met: the first day that holds both.
        until: the last.
        faded: whether there has been nothing for much longer than it ever paused.
        days: all that hold both.
    """

    words: tuple[str, str]
    strength: float
    q: float
    met: Day
    until: date
    faded: bool
    days: tuple[Day, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "words": list(self.words),
            "strength": round(self.strength, 3),
            "q": self.q,
            "met": _days((self.met,))[0],
            "until": self.until.isoformat(),
            "faded": self.faded,
            "days": _days(self.days),
        }


@dataclass(frozen=True)
class InPeriod:
    """What a month, a quarter or a year is about.

    Attributes:
        entries: how many it has, 1 or more.
        marks: words that mark it out against the other periods, the clearest first.
        bursts: that begin in it, the surest first.
        new: ties whose words first met in it.
        kept: ties that it holds, whose words met before.
        faded: ties it holds for the last time.
    """

    period: Period
    entries: int
    marks: list[Mark]
    bursts: list[WordBurst]
    new: list[WordTie]
    kept: list[WordTie]
    faded: list[WordTie]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        lists = {name: [one.to_dict() for one in getattr(self, name)] for name in ("marks", "bursts")}
        of_ties = {name: [one.to_dict() for one in getattr(self, name)] for name in ("new", "kept", "faded")}
        return {
            "name": self.period.name,
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "entries": self.entries,
            **lists,
            **of_ties,
        }


@dataclass(frozen=True)
class Interest:
    """A word that has a time of its own, or that grew out of another; a node of the graph.

    Attributes:
        born, last: the first and the last day that hold it.
        faded: whether there has been nothing for much longer than it ever paused.
        days: all that hold it.
        bursts: those that chance hardly makes; the claimed ones among them say so.
        by_period: in how many entries of each period it stands, those without entries too.
        source: the interest it grew out of; None: it is a root.
    """

    word: str
    born: date
    last: date
    faded: bool
    days: tuple[Day, ...]
    bursts: tuple[WordBurst, ...]
    by_period: tuple[int, ...]
    source: str | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "born": self.born.isoformat(),
            "last": self.last.isoformat(),
            "faded": self.faded,
            "source": self.source,
            "bursts": [one.to_dict() for one in self.bursts],
            "by_period": list(self.by_period),
            "days": _days(self.days),
        }


@dataclass(frozen=True)
class LeadTo:
    """One interest that led to another; an edge of the graph, forward in time.

    Attributes:
        strength, q: of the tie between the two.
        p: the probability that so many of the word's first days would hold the source by chance.
        met: the first day that holds both.
        first_days: those of the word's first days that hold the source.
        days: all that hold both.
    """

    source: str
    word: str
    strength: float
    q: float
    p: float
    met: Day
    first_days: tuple[Day, ...]
    days: tuple[Day, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "from": self.source,
            "to": self.word,
            "strength": round(self.strength, 3),
            "q": self.q,
            "p": self.p,
            "met": _days((self.met,))[0],
            "first_days": _days(self.first_days),
            "days": _days(self.days),
        }


@dataclass(frozen=True)
class Interests:
    """What a diary is about, over time.

    Attributes:
        by: the unit of the periods.
        start, end: the first and the last day with an entry.
        entries: how many were looked at.
        periods: those with entries, in order.
        interests: in the order of their first days.
        leads: which led to which; the first that names a word as `word` names its source.
    """

    by: str
    start: date
    end: date
    entries: int
    periods: list[InPeriod]
    interests: list[Interest]
    leads: list[LeadTo]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "by": self.by,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "entries": self.entries,
            "periods": [period.to_dict() for period in self.periods],
            "interests": [one.to_dict() for one in self.interests],
            "leads": [one.to_dict() for one in self.leads],
        }


def _days(days: tuple[Day, ...]) -> list[dict[str, str]]:
    return [{"date": day.isoformat(), "entry": entry} for day, entry in days]
