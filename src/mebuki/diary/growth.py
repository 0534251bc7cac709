"""How one interest led to the next: a graph over time, forward only, each edge with the days that show it.

An interest is a word that has a time of its own, a burst (`bursts`), or one that grew out of another. B grew out of A where

- A was there on a day before B's first,
- the two are tied (`ties`, claimed),
- B's first entries hold A more often than A's own rate, since it first stood there, would have it; the probability of that is at most 1/20.

Of all words that it could have grown out of, the one with the smallest such probability is its source. So each interest has one source at
most, an earlier one, and the sources make trees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .bursts import Burst
from .chance import at_least
from .part import Part
from .phrases import Ints

FIRST = (3, 8)  # entries with a word that count as its first ones, at least and at most: else a third of them
BY_CHANCE = 0.05  # probability up to which these hold another word more than by chance
BURST_BY_CHANCE = 0.02  # probability of a burst (its bound), up to which a word has a time of its own


@dataclass(frozen=True)
class Bond:
    """A claimed tie between two words, by number, the one that was there first before the other.

    Attributes:
        strength, q: as in `Tie`.
        together: entries that hold both, as places within the part.
    """

    first: int
    second: int
    strength: float
    q: float
    together: Ints


@dataclass(frozen=True)
class Lead:
    """One word that led to another.

    Attributes:
        bond: of the two: `bond.first` led to `bond.second`.
        begun: those of the second's first entries that hold the first word, as places within the part.
        p: the probability that so many of them would by chance.
    """

    bond: Bond
    begun: Ints
    p: float


def lead(part: Part, bond: Bond) -> Lead | None:
    """How the first word of a bond led to the second; None: it did not."""
    there, new = part.entries_with(bond.first), part.entries_with(bond.second)
    if part.days[int(there[0])] >= part.days[int(new[0])]:
        return None
    low, high = FIRST
    beginning = new[: max(low, min(high, len(new) // 3))]
    begun = np.intersect1d(beginning, there, assume_unique=True)
    rate = len(there) / (len(part) - int(there[0]))
    p = float(at_least(np.array([len(begun)]), np.array([len(beginning)]), rate)[0])
    return Lead(bond, begun, p) if len(begun) and p <= BY_CHANCE else None


def grow(part: Part, bursts: dict[int, list[Burst]], bonds: list[Bond], most: int) -> tuple[list[int], list[Lead]]:
    """The interests, in the order of their first days, and the leads among them, each interest's source first.

    Args:
        bursts: of each word.
        most: so many interests; those with the most evidence, each together with its source.
    """
    keys = part.index.keys
    leads = sorted(
        filter(None, (lead(part, bond) for bond in bonds)),
        key=lambda one: (one.p, -one.bond.strength, _keys(part, one)),
    )
    source: dict[int, Lead] = {}
    for one in leads:
        source.setdefault(one.bond.second, one)
    evidence: dict[int, float] = {}
    for word in part.words:
        p = min((burst.p for burst in bursts.get(word, [])), default=1.0)
        nats = -math.log(max(p, 1e-300)) if p <= BURST_BY_CHANCE else 0.0
        if word in source:
            nats -= math.log(max(source[word].p, 1e-300))
        if nats > 0:
            evidence[word] = nats
    kept: dict[int, None] = {}
    for word in sorted(evidence, key=lambda word: (-evidence[word], keys[word])):
        with_source = [source[word].bond.first, word] if word in source else [word]
        new = [one for one in with_source if one not in kept]
        if len(kept) + len(new) <= most:
            kept |= dict.fromkeys(new)
    order = sorted(kept, key=lambda word: (int(part.entries_with(word)[0]), keys[word]))
    return order, [one for one in leads if one.bond.first in kept and one.bond.second in kept]


def _keys(part: Part, one: Lead) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return part.index.keys[one.bond.first], part.index.keys[one.bond.second]
