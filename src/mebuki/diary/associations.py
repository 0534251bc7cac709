"""Give it a word; it answers with the words tied to it in your life, how strongly, since and until when, and the days that prove it.

associations = Associations(journal)
for found in associations.of("緑ヶ池"):
    print(found.word, found.claimed, found.since, found.until, [day for day, entry in found.days])
"""

from __future__ import annotations

import bisect
import difflib
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from .entries import DiaryError
from .index import Index
from .journal import Journal
from .search import folded
from .ties import Asked, Tie, asked_for, period, ties, ties_of
from .words import BREAK, pieces

BRIDGES = 12  # words that a word may be joined through, the strongest


@dataclass(frozen=True)
class Association:
    """A word tied to the one that was asked for.

    Attributes:
        word: as its writer spells it most.
        strength: of the tie; of one through a third word, that of the weaker of its two.
        q: the share of wrong ones among claims as sure as this.
        claimed: whether the program asserts the tie.
        since, until: the first and the last day that hold both; through a third word, of the later link.
        faded: whether there has been nothing for much longer than it ever paused.
        days: with the ids of the entries, all that hold both words; through a third, those that hold this word and the third.
        via: the word between, where they are tied through it.
    """

    word: str
    strength: float
    q: float
    claimed: bool
    since: date
    until: date
    faded: bool
    days: tuple[tuple[date, str], ...]
    via: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "word": self.word,
            "strength": round(self.strength, 3),
            "q": self.q,
            "claimed": self.claimed,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "faded": self.faded,
            "days": [{"date": day.isoformat(), "entry": entry} for day, entry in self.days],
            "via": list(self.via),
        }


class Associations:
    """Asks a diary what its words are tied to."""

    def __init__(self, journal: Journal) -> None:
        self.index = Index(journal)

    def of(
        self, word: str, start: date | None = None, end: date | None = None, *, hops: int = 1, limit: int = 10
    ) -> list[Association]:
        """Words tied to a word, the strongest first.

        Args:
            word: in any spelling, a name of several words, or anything that stands in entries.
            start, end: the first and the last day to look at.
            hops: 2: those that are tied to it through a third word alone.
            limit: at most so many.

        Raises:
            DiaryError: it stands nowhere in the diary.
        """
        asked, span = self.standing(word), self._between(start, end)
        found = ties_of(self.index, asked, *span)
        if hops == 1:
            return [self._told(tie) for tie in found[:limit]]
        return [self._told(tie, via) for tie, via in self._through(asked, found, span)[:limit]]

    def standing(self, word: str) -> Asked:
        """Where a word stands, or where anything stands that is no word by itself.

        Raises:
            DiaryError: it stands nowhere.
        """
        try:
            return asked_for(self.index, self.find(word))
        except DiaryError:
            asked = self._anywhere(word)
            if not len(asked.entry):
                raise
            return asked

    def _anywhere(self, text: str) -> Asked:
        """Where a string stands, also within words; words that it is a part of are its own."""
        index, numbers = self.index, {id: number for number, id in enumerate(self.index.ids)}
        found, own = list[tuple[int, int]](), set[int]()
        for match in index.journal.search(text, limit=len(numbers)):
            entry = numbers[match.entry.id]
            at = slice(index.first[entry], index.first[entry + 1])
            starts, ends = index.start[at], index.end[at]
            for start, end in match.places:
                if len(starts):
                    place = min(int(np.searchsorted(ends, start, "right")), len(starts) - 1)
                    found.append((entry, int(index.sentence[at][place])))
                    own.update(index.word[at][(starts < end) & (ends > start)].tolist())
        entries, sentences = np.array(sorted(found), np.int64).reshape(-1, 2).T
        return Asked(entries, sentences, tuple(sorted(own)))

    def _through(self, asked: Asked, found: list[Tie], span: tuple[int, int]) -> list[tuple[Tie, int]]:
        """Ties of ties, as strong as the weaker of the two, and the word between."""
        bridges = [tie for tie in found if tie.claimed]
        near = {*asked.own, *(tie.word for tie in bridges)}
        best: dict[int, tuple[Tie, int]] = {}
        for bridge in bridges[:BRIDGES]:
            for tie in ties(self.index, bridge.word, *span):
                strength = min(bridge.strength, tie.strength)
                known = best.get(tie.word)
                if tie.claimed and tie.word not in near and (not known or strength > known[0].strength):
                    best[tie.word] = replace(tie, strength=strength, q=max(tie.q, bridge.q)), bridge.word
        return sorted(best.values(), key=lambda pair: -pair[0].strength)

    def _told(self, tie: Tie, via: int | None = None) -> Association:
        index = self.index
        since, until, faded = period(index, tie.entries)
        days = tuple((index.days[entry], index.ids[entry]) for entry in tie.entries.tolist())
        through = () if via is None else (self.spelled(via),)
        return Association(self.spelled(tie.word), tie.strength, tie.q, tie.claimed, since, until, faded, days, through)

    def _between(self, start: date | None, end: date | None) -> tuple[int, int]:
        """The first entry of that time, and the one behind its last."""
        days = self.index.days
        first = bisect.bisect_left(days, start) if start else 0
        last = bisect.bisect_right(days, end) if end else len(days)
        if first >= last:
            raise DiaryError("there are no entries in that time", hint="mebuki diary list")
        return first, last

    def spelled(self, word: int) -> str:
        """A word as it is shown (`Index.spelled`)."""
        return self.index.spelled(word)

    @cached_property
    def _numbers(self) -> dict[tuple[str, ...], int]:
        return {keys: number for number, keys in enumerate(self.index.keys)}

    def known(self, word: str) -> int | None:
        """The number of a word in the index, as in `find`; None: it does not stand in the diary, or is left out."""
        try:
            return self._known(word)
        except DiaryError:
            return None

    def _known(self, word: str) -> int | None:
        said = word.strip()
        if said in self._names:
            return self._names[said]
        keys = self.index.own.meant(word) or tuple(
            piece.key for sentence in pieces(word) for piece in sentence if piece.kind != BREAK
        )
        if keys in self._numbers:
            return self._numbers[keys]
        for known in (self._folded, self._joined, self._as_shown):
            if folded(said) in known:
                return known[folded(said)]
        return None

    @cached_property
    def _names(self) -> dict[str, int]:
        return {self.index.spelled(number): number for number in range(len(self.index.keys))}

    @cached_property
    def _folded(self) -> dict[str, int]:
        """Of names that differ in the size of letters alone, the word in the most entries."""
        order = np.argsort(self.index.entries_of, kind="stable").tolist()
        return {folded(self.index.spelled(number)): number for number in order}

    @cached_property
    def _joined(self) -> dict[str, int]:
        return {folded("".join(key)): number for key, number in self._numbers.items()}

    @cached_property
    def _as_shown(self) -> dict[str, int]:
        """Of each spelling that words are shown in, the word that is shown so most often: のぼる is 登る here, and 昇る there."""
        index = self.index
        inflected = index.spelling >= 0
        codes = index.spelling[inflected] * max(1, len(index.keys)) + index.word[inflected]
        codes, times = np.unique(codes, return_counts=True)
        order = np.argsort(times, kind="stable")
        spellings, words = np.divmod(codes[order], max(1, len(index.keys)))
        return {folded(index.said[said]): word for said, word in zip(spellings.tolist(), words.tolist(), strict=True)}

    def find(self, word: str) -> int:
        """The number of a word in the index; one that the writer counts as another is that one.

        Raises:
            DiaryError: it does not stand in the diary, and the message names words that look alike; or it is left out.
        """
        number = self._known(word)
        if number is not None:
            return number
        near = difflib.get_close_matches(folded(word.strip()), self._joined, n=3, cutoff=0.6)
        shown = ", ".join(self.spelled(self._joined[name]) for name in near)
        raise DiaryError(
            f"{word!r} is no word of this diary",
            allowed=shown and f"for example {shown}",
            hint=f"mebuki diary search {word}",
        )
