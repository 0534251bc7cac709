"""What a diary is about, by month, quarter or year: its words, bursts and ties, and how one interest led to the next.

found = interests(Index(journal))
for period in found.periods:
    print(period.period.name, [mark.word for mark in period.marks])
for lead in found.leads:
    print(lead.source, "led to", lead.word, "on", [day for day, entry in lead.first_days])
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .bursts import Burst, bursts
from .chance import share_wrong
from .contrast import of_groups
from .growth import BURST_BY_CHANCE, Bond, Lead, grow
from .index import Index
from .part import Day, Part
from .periods import Period, by_length, cut, faded
from .phrases import Ints
from .report import InPeriod, Interest, Interests, LeadTo, Mark, WordBurst, WordTie
from .ties import ties

WRONG = 0.05  # share of claimed bursts that may be chance
MARKS_OUT = 1.64  # z from which a word marks a period out: 1 in 20 by chance
STANDS = 3  # entries of a period that must hold such a word
ASKED = 40  # words asked for their ties: so many with the clearest bursts, and as many in the most entries

Watch = Callable[[int, int], None]


def interests(
    index: Index,
    start: date | None = None,
    end: date | None = None,
    *,
    by: str = "auto",
    most: int = 24,
    named: int = 12,
    watch: Watch = lambda done, all: None,
) -> Interests:
    """What the diary is about, over time.

    Args:
        start, end: the first and the last day to look at.
        by: "month", "quarter", "year", or "auto": by how long that time is.
        most: interests, at most.
        named: words that mark a period out, at most for each.
        watch: is told how many words were asked for their ties, and how many there are to ask.

    Raises:
        DiaryError: there are fewer than 20 entries.
        RecipeError: `by` is no such unit.
    """
    part = Part(index, start, end)
    first, last = part.days[0], part.days[-1]
    by = by_length(first, last) if by == "auto" else by
    periods = cut(first, last, by)
    starts = [period.start.toordinal() for period in periods]
    in_period: Ints = np.searchsorted(starts, [day.toordinal() for day in part.days], side="right") - 1
    found = {word: _bursts(part, word) for word in part.words}
    bonds = _bonds(part, found, watch)
    words, leads = grow(part, found, bonds, most)
    telling = _Telling(part, found)
    return Interests(
        by=by,
        start=first,
        end=last,
        entries=len(part),
        periods=_periods(telling, periods, in_period, bonds, named),
        interests=[telling.interest(word, leads, in_period, len(periods)) for word in words],
        leads=[telling.lead(one) for one in leads],
    )


def first_meeting(index: Index, word: int, other: int) -> Day | None:
    """The first day on which two words stand in one entry, and its id; None: there is none.

    Args:
        word, other: by number in the index.
    """
    both = np.intersect1d(index.entries_with(word), index.entries_with(other), assume_unique=True)
    return (index.days[int(both[0])], index.ids[int(both[0])]) if len(both) else None


def _bursts(part: Part, word: int) -> list[Burst]:
    at = part.entries_with(word)
    middle = (part.written[at] + part.written[at + 1]) / 2
    return bursts(middle, float(part.written[-1]))


def _bonds(part: Part, found: dict[int, list[Burst]], watch: Watch) -> list[Bond]:
    """Claimed ties between the words that are looked at, each once."""
    keys, known = part.index.keys, set(part.words)
    clear = sorted(part.words, key=lambda word: (min((one.p for one in found[word]), default=1.0), keys[word]))
    asked = list(dict.fromkeys([*clear[:ASKED], *part.words[:ASKED]]))
    bonds: dict[tuple[int, int], Bond] = {}
    for done, word in enumerate(asked):
        watch(done, len(asked))
        for tie in ties(part.index, word, *part.span):
            if not tie.claimed or tie.word not in known:
                continue
            one, two = sorted((word, tie.word), key=lambda w: (int(part.entries_with(w)[0]), keys[w]))
            bond = Bond(one, two, tie.strength, tie.q, np.asarray(tie.entries) - part.entries[0])
            if (one, two) not in bonds or bond.q < bonds[one, two].q:
                bonds[one, two] = bond
    watch(len(asked), len(asked))
    return sorted(bonds.values(), key=lambda bond: (-bond.strength, keys[bond.first], keys[bond.second]))


def _periods(
    telling: _Telling, periods: list[Period], in_period: Ints, bonds: list[Bond], named: int
) -> list[InPeriod]:
    part = telling.part
    words = np.array(part.words, np.int64)
    there = np.array([part.index.words_in(part.entries[in_period == n])[words] for n in range(len(periods))])
    z = of_groups(there.reshape(len(periods), len(words)))
    told = [telling.tie(bond) for bond in bonds]
    met, last = (np.array([in_period[bond.together[end]] for bond in bonds], int) for end in (0, -1))
    after = [set(in_period[bond.together].tolist()) for bond in bonds]
    found: list[InPeriod] = []
    for n, period in enumerate(periods):
        if not (count := int((in_period == n).sum())):
            continue
        order = sorted(range(len(words)), key=lambda place: (-z[n, place], part.index.keys[int(words[place])]))
        marks = [place for place in order[:named] if z[n, place] >= MARKS_OUT and there[n, place] >= STANDS]
        found.append(
            InPeriod(
                period=period,
                entries=count,
                marks=[
                    Mark(
                        part.spelled(int(words[place])),
                        float(z[n, place]),
                        telling.days(int(words[place]), in_period == n),
                    )
                    for place in marks
                ],
                bursts=[one for one in telling.shown if period.start <= one.since <= period.end],
                new=[tie for tie, place in zip(told, met, strict=True) if place == n],
                kept=[tie for tie, place, all in zip(told, met, after, strict=True) if place < n and n in all],
                faded=[tie for tie, place in zip(told, last, strict=True) if place == n and tie.faded],
            )
        )
    return found


class _Telling:
    """Numbers into words, days and ids."""

    def __init__(self, part: Part, found: dict[int, list[Burst]]) -> None:
        self.part = part
        every = [(word, burst) for word in part.words for burst in found[word]]
        q = share_wrong(np.array([burst.p for _, burst in every]), len(part.words)).tolist()
        self.bursts: dict[int, list[WordBurst]] = {}
        for (word, burst), share in zip(every, q, strict=True):
            if burst.p <= BURST_BY_CHANCE:
                self.bursts.setdefault(word, []).append(self._burst(word, burst, share))
        shown = [one for some in self.bursts.values() for one in some]
        self.shown = sorted(shown, key=lambda one: (one.q, one.since, one.word))

    def _burst(self, word: int, burst: Burst, q: float) -> WordBurst:
        places = self.part.entries_with(word)[burst.first : burst.last + 1].tolist()
        days = tuple(self.part.day(place) for place in places)
        return WordBurst(self.part.spelled(word), days[0][0], days[-1][0], burst.level, q, q <= WRONG, days)

    def days(self, word: int, chosen: NDArray[np.bool_]) -> tuple[Day, ...]:
        places = self.part.entries_with(word)
        return tuple(self.part.day(place) for place in places[chosen[places]].tolist())

    def tie(self, bond: Bond) -> WordTie:
        days = tuple(self.part.day(place) for place in bond.together.tolist())
        over = faded([day for day, _ in days], self.part.days[-1])
        words = self.part.spelled(bond.first), self.part.spelled(bond.second)
        return WordTie(words, bond.strength, bond.q, days[0], days[-1][0], over, days)

    def lead(self, one: Lead) -> LeadTo:
        bond = one.bond
        days, first = (tuple(self.part.day(place) for place in some.tolist()) for some in (bond.together, one.begun))
        source, word = self.part.spelled(bond.first), self.part.spelled(bond.second)
        return LeadTo(source, word, bond.strength, bond.q, one.p, days[0], first, days)

    def interest(self, word: int, leads: list[Lead], in_period: Ints, periods: int) -> Interest:
        places = self.part.entries_with(word)
        days = tuple(self.part.day(place) for place in places.tolist())
        source = next((one.bond.first for one in leads if one.bond.second == word), None)
        return Interest(
            word=self.part.spelled(word),
            born=days[0][0],
            last=days[-1][0],
            faded=faded([day for day, _ in days], self.part.days[-1]),
            days=days,
            bursts=tuple(self.bursts.get(word, ())),
            by_period=tuple(np.bincount(in_period[places], minlength=periods).tolist()),
            source=None if source is None else self.part.spelled(source),
        )
