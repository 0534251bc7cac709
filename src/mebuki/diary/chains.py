"""Chains: from a word to one that is tied to it, and on, where the model of the diary draws the way among ties that are proven.

for link in chain(journal, "緑ヶ池", steps=6, seed=1):
    print(link.word, link.since, link.passage.text)

From a word the walk goes to a word B among those that it is tied to, proven (`ties.Tie.claimed`), and that the chain does not hold yet:

    P(B) ∝ (strength of the tie · e^lift)^(1 / temperature)

The strength counts days (`ties`); the lift is what the model of the diary has to say (`lift`): by how many nats it finds B likelier once
the word has been said, cut to ±2. Without a model the lift is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from ..errors import out_of_range
from ..training.batches import derive
from .associations import Associations
from .entries import DiaryError
from .index import Index
from .journal import Journal
from .lift import Lift
from .model import DiaryModel
from .passages import Passage, passage
from .ties import Tie, period, ties

CANDIDATES = 30  # the strongest ties of a word, that are looked at
LOOSE = 8  # of those that are not proven


@dataclass(frozen=True)
class Link:
    """One step of a chain: a tie, with what proves it.

    Attributes:
        start, word: from which word to which, each as its writer spells it most.
        strength, q, proven: of the tie (`ties.Tie`; proven: claimed).
        since, until: the first and the last day that hold both.
        faded: whether there has been nothing for much longer than it ever paused.
        days: with the ids of the entries, all that hold both words.
        lift: what the model said of it, in nats; None: there was no model.
        chance: with which it was drawn, among so many (`among`).
        passage: where both stand nearest to each other.
    """

    start: str
    word: str
    strength: float
    q: float
    proven: bool
    since: date
    until: date
    faded: bool
    days: tuple[tuple[date, str], ...]
    lift: float | None
    chance: float
    among: int
    passage: Passage

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "from": self.start,
            "to": self.word,
            "strength": round(self.strength, 3),
            "q": self.q,
            "proven": self.proven,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "faded": self.faded,
            "days": [{"date": day.isoformat(), "entry": entry} for day, entry in self.days],
            "lift": None if self.lift is None else round(self.lift, 3),
            "chance": round(self.chance, 4),
            "among": self.among,
            "passage": self.passage.to_dict(),
        }


def chain(journal: Journal, word: str, **how: Any) -> list[Link]:
    """A whole chain; the keywords are those of `walk`, to which the model on the diary's shelf is given.

    Raises:
        DiaryError: the word does not stand in the diary, nothing is proven to be tied to it, or the model cannot be read.
    """
    return list(walk(Associations(journal), word, DiaryModel.load(journal), **how))


def walk(
    associations: Associations,
    word: str,
    model: DiaryModel | None,
    *,
    steps: int = 8,
    seed: int = 0,
    temperature: float = 1.0,
    loose: bool = False,
) -> Iterator[Link]:
    """A chain, link by link, until its steps are done or nothing is left to go to. The same seed gives the same chain.

    Args:
        model: of the diary; None: the strength of the ties alone counts.
        steps: at most so many links, 1 to 1,000.
        temperature: above 0; small: nearly always the strongest; large: nearly as if all were alike.
        loose: where no tie is proven, go on along the strongest that are not.

    Raises:
        DiaryError: the word does not stand in the diary, or nothing is proven to be tied to it.
        RecipeError: steps or temperature out of range.
    """
    if not 1 <= steps <= 1000:
        raise out_of_range("steps", steps, 1, 1000)
    if not 0.01 <= temperature <= 100:
        raise out_of_range("temperature", temperature, 0.01, 100)
    rng = np.random.default_rng(derive(seed, "chain"))
    lift, here = Lift(model, associations) if model else None, associations.find(word)
    been, shown = [here], set[str]()
    for _ in range(steps):
        ways = _ways(associations.index, been, loose)
        if not ways:
            if len(been) == 1:
                raise _nothing(associations.spelled(here), loose)
            return
        lifts = lift.of(here, [tie.word for tie in ways]) if lift else [0.0] * len(ways)
        weights = np.array([math.log(tie.strength) + more for tie, more in zip(ways, lifts, strict=True)])
        chances = np.exp((weights - weights.max()) / temperature)
        chances /= chances.sum()
        drawn = min(int(np.searchsorted(chances.cumsum(), rng.random(), side="right")), len(ways) - 1)
        tie = ways[drawn]
        said = lifts[drawn] if lift else None
        link = _link(associations, here, tie, said, float(chances[drawn]), len(ways), shown)
        yield link
        shown.add(link.passage.entry)
        here = tie.word
        been.append(here)


def _ways(index: Index, been: list[int], loose: bool) -> list[Tie]:
    """The ties that the walk may go along from the last word, the strongest first."""
    found = [tie for tie in ties(index, been[-1]) if tie.word not in been and tie.strength > 0]
    proven = [tie for tie in found if tie.claimed][:CANDIDATES]
    return proven or (found[:LOOSE] if loose else [])


def _link(
    associations: Associations, here: int, tie: Tie, lift: float | None, chance: float, among: int, shown: set[str]
) -> Link:
    index = associations.index
    days = tuple((index.days[entry], index.ids[entry]) for entry in tie.entries.tolist())
    since, until, faded = period(index, tie.entries)
    where = passage(index, here, tie.word, [entry for _, entry in days], shown)
    assert where is not None
    return Link(
        associations.spelled(here), associations.spelled(tie.word), tie.strength, tie.q, tie.claimed,
        since, until, faded, days, lift, chance, among, where,
    )  # fmt: skip


def _nothing(word: str, loose: bool) -> DiaryError:
    if loose:
        return DiaryError(f"nothing stands with {word} on two days or more", hint="a word that you write oftener")
    return DiaryError(
        f"nothing is proven to be tied to {word} yet",
        allowed="a word that stands on three days or more with another, oftener than chance has it",
        hint=f"mebuki diary chain {word} --loose, or mebuki diary associate {word}",
    )
