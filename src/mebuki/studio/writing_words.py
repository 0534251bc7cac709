"""Words: what one is tied to, chains, nets, those that are frequent, rise and fade, and interests over time."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ..diary import around, own_words
from ..diary.associations import Associations
from ..diary.chains import walk
from ..diary.counts import chosen_entries
from ..diary.entries import DiaryError
from ..diary.frequencies import everyday_words, frequencies
from ..diary.interests import first_meeting, interests
from ..diary.journal import Journal
from ..diary.marks import marks
from ..diary.periods import cut
from ..diary.report import Interests as Report
from ..diary.shifts import fading, rising
from .problems import Problem
from .writing_answers import (
    Between,
    BurstOf,
    Chain,
    Frequent,
    InterestOf,
    Interests,
    LeadOf,
    MarkedPeriod,
    MarkOf,
    OwnWords,
    PeriodOf,
    Shifts,
    Tie,
    Word,
)  # fmt: skip
from .writing_model import drawing
from .writing_rooms import Here

router = APIRouter(prefix="/api/diary", tags=["diary"])
Asked = Annotated[str, Query(min_length=1, max_length=100)]
By = Literal["month", "quarter", "year"]
TIES = 16
PERHAPS = 6
PROOFS = 3
ALL = 200


@router.get("/word")
async def word(room: Here, word: Asked) -> Word:
    """What a word is tied to."""

    def find(associations: Associations) -> Word:
        _something(associations)
        days = associations.index.days
        found = associations.of(word, limit=around.MANY)
        number = associations.known(word)
        return Word(
            word=word if number is None else associations.spelled(number),
            days=around.days_of(associations, word),
            diary_first=days[0],
            diary_last=days[-1],
            ties=[tie for tie in found if tie.claimed][:TIES],
            perhaps=[tie for tie in found if not tie.claimed][:PERHAPS],
        )

    return await room.ask(("word", word), lambda associations: _known(word, find, associations))


@router.get("/tie")
async def tie(room: Here, word: Asked, other: Asked, all: bool = False) -> Tie:
    """A tie, with passages of three of its days, or of all."""

    def find(associations: Associations) -> Tie:
        found = around.direct(associations, word, other)
        if not found:
            raise Problem("no_tie", 404, word=word, other=other)
        days = around.spread(found.days, ALL if all else PROOFS)
        return Tie(tie=found, passages=around.proofs(associations, word, found.word, days))

    return await room.ask(("tie", word, other, all), lambda associations: _known(word, find, associations))


@router.get("/between")
async def between(room: Here, word: Asked, other: Asked) -> Between:
    """How two words are tied."""

    def find(associations: Associations) -> Between:
        one, two = associations.find(word), associations.find(other)
        if one == two:
            raise Problem("one_word", 400, word=word)
        return Between(
            one=associations.spelled(one),
            other=associations.spelled(two),
            direct=around.direct(associations, word, other),
            bridges=around.between(associations, word, other),
            met=first_meeting(associations.index, one, two),
        )

    return await room.ask(("between", word, other), lambda associations: _known(f"{word}, {other}", find, associations))


@router.get("/chain")
async def chain(
    room: Here,
    word: Asked,
    seed: Annotated[int, Query(ge=0)] = 0,
    steps: Annotated[int, Query(ge=1, le=30)] = 6,
    loose: bool = False,
) -> Chain:
    """A chain from a word; the same seed gives the same one, as long as the diary and its model are the same."""

    def find(associations: Associations) -> Chain:
        model, unread = drawing(associations.index.journal)
        try:
            links = list(walk(associations, word, model, steps=steps, seed=seed, loose=loose))
        except DiaryError:
            associations.find(word)  # what it says of a word that is none
            raise Problem("nothing_tied", 404, word=word) from None
        number = associations.find(word)
        return Chain(word=associations.spelled(number), seed=seed, model=model is not None, unread=unread, links=links)

    key = ("chain", word, seed, steps, loose, room.grown)
    return await room.ask(key, lambda associations: _known(word, find, associations))


@router.get("/net")
async def net(
    room: Here,
    word: Asked,
    near: Annotated[int, Query(ge=1, le=20)] = 8,
    beyond: Annotated[int, Query(ge=0, le=4)] = 2,
    keep: Annotated[list[str], Query(max_length=40)] = [],  # noqa: B006
) -> around.Net:
    """The words around a word, and their ties."""
    return await room.ask(
        ("net", word, near, beyond, tuple(keep)),
        lambda associations: _known(word, lambda known: around.net(known, word, near, beyond, keep), associations),
    )


@router.get("/words/frequent")
async def frequent(room: Here, start: date | None = None, end: date | None = None, limit: int = 40) -> Frequent:
    """The commonest words."""

    def find(associations: Associations) -> Frequent:
        index, entries = associations.index, _chosen(associations, start, end)
        days = {index.days[entry] for entry in (range(len(index)) if entries is None else entries.tolist())}
        return Frequent(
            days=len(days),
            words=frequencies(index, entries, limit=limit),
            everyday=everyday_words(index, entries, limit=limit),
        )

    return await room.ask(("frequent", start, end, limit), find)


@router.get("/words/shifts")
async def shifts(room: Here, start: date | None = None, end: date | None = None) -> Shifts:
    """Words that are written more of late, and less."""

    def find(associations: Associations) -> Shifts:
        entries = _chosen(associations, start, end)
        return Shifts(rising=rising(associations.index, entries), fading=fading(associations.index, entries))

    return await room.ask(("shifts", start, end), find)


@router.get("/words/periods")
async def periods(room: Here, by: By = "month") -> list[MarkedPeriod]:
    """The words that mark each period out."""

    def find(associations: Associations) -> list[MarkedPeriod]:
        return [
            MarkedPeriod(
                name=one.name,
                days=one.days,
                marks=[MarkOf(word=mark.word, days=mark.days, claimed=mark.claimed) for mark in one.marks],
            )
            for one in marks(associations.index, by, limit=6)
        ]

    return await room.ask(("periods", by), find)


class Alias(BaseModel):
    """A name, and the word that it counts as."""

    name: str = Field(max_length=200)
    word: str = Field(max_length=200)


def _own(journal: Journal) -> OwnWords:
    return OwnWords(aliases=own_words.aliases(journal), stops=own_words.stops(journal))


@router.get("/own-words")
async def read_own_words(room: Here) -> OwnWords:
    """Words that count as another, and words that do not count."""
    return await room.read(_own)


@router.post("/own-words/aliases")
async def add_alias(room: Here, alias: Alias) -> OwnWords:
    """Count a name as a word from now on."""
    return await room.write(lambda journal: (own_words.add_alias(journal, alias.name, alias.word), _own(journal))[1])


@router.delete("/own-words/aliases")
async def remove_alias(room: Here, name: Asked) -> OwnWords:
    """Count it as itself again."""
    return await room.write(lambda journal: (own_words.remove_alias(journal, name), _own(journal))[1])


@router.post("/own-words/stops")
async def add_stop(room: Here, word: Asked) -> OwnWords:
    """Leave a word out of all that is counted."""
    return await room.write(lambda journal: (own_words.add_stops(journal, [word]), _own(journal))[1])


@router.delete("/own-words/stops")
async def remove_stop(room: Here, word: Asked) -> OwnWords:
    """Count it again."""
    return await room.write(lambda journal: (own_words.remove_stops(journal, [word]), _own(journal))[1])


@router.get("/interests")
async def read_interests(
    room: Here,
    by: Literal["auto", "month", "quarter", "year"] = "auto",
    start: date | None = None,
    end: date | None = None,
) -> Interests:
    """What the diary is about, over time."""

    def find(associations: Associations) -> Interests:
        if len(associations.index) < 20:
            raise Problem("too_little", 404, entries=len(associations.index), needed=20)
        return _told(interests(associations.index, start, end, by=by, most=16, watch=room.go_on))

    return await room.ask(("interests", by, start, end), find)


def _told(found: Report) -> Interests:
    return Interests(
        by=found.by,
        start=found.start,
        end=found.end,
        entries=found.entries,
        names=[period.name for period in cut(found.start, found.end, found.by)],
        periods=[
            PeriodOf(
                name=one.period.name,
                start=one.period.start,
                end=one.period.end,
                entries=one.entries,
                marks=[mark.word for mark in one.marks],
                new=one.new[:6],
                faded=one.faded[:6],
            )
            for one in found.periods
        ],
        interests=[
            InterestOf(
                **{name: getattr(one, name) for name in ("word", "born", "last", "faded", "source")},
                days=len({day for day, _ in one.days}),
                by_period=list(one.by_period),
                bursts=[
                    BurstOf(
                        word=burst.word,
                        since=burst.since,
                        until=burst.until,
                        days=len({day for day, _ in burst.days}),
                        q=burst.q,
                        claimed=burst.claimed,
                    )
                    for burst in one.bursts
                ],
            )
            for one in found.interests
        ],
        leads=[
            LeadOf(
                source=one.source,
                word=one.word,
                met=one.met,
                first_days=list(one.first_days),
                days=len({day for day, _ in one.days}),
            )
            for one in found.leads
        ],
    )


def _chosen(associations: Associations, start: date | None, end: date | None) -> Any:
    if not len(associations.index):
        return None
    return chosen_entries(associations.index, start=start, end=end)


def _something(associations: Associations) -> None:
    if not len(associations.index):
        raise Problem("nothing_written", 404)


def _known(word: str, find: Any, associations: Associations) -> Any:
    """What is found, or that the diary has no such word, with those that look alike."""
    _something(associations)
    try:
        return find(associations)
    except DiaryError as error:
        raise Problem("no_word", 404, word=word, given=error.given, like=error.allowed) from None
