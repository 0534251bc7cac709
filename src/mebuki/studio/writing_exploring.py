"""A word looked up outside: what would be sent and to whom is told first; it is sent only where that was allowed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ..diary import consent
from ..diary.associations import Associations
from ..diary.exploring import Exploration, Question, explore, forget, question_of
from ..diary.fetching import fetch, proxy_for
from ..diary.journal import Journal
from ..diary.part import Day
from .problems import Problem
from .writing_room import Room
from .writing_rooms import Here

router = APIRouter(prefix="/api/diary", tags=["diary"])
LONGEST = 300  # letters of an address
MOST = 60  # related pages


class Explore(BaseModel):
    """A word to look up.

    Attributes:
        endpoint: of another encyclopedia; empty: Wikipedia, in the language of the entries with the word.
        may: send it this once; or from now on, whatever word of this diary is explored; empty: only if that was said before.
        fresh: also where an answer is kept.
    """

    word: str = Field(min_length=1, max_length=200)
    endpoint: str = Field("", max_length=LONGEST)
    may: Literal["", "once", "always"] = ""
    fresh: bool = False


class RelatedPage(BaseModel):
    """A page related to the word; `days`: of the diary, that hold its title."""

    title: str
    url: str
    extract: str
    days: list[Day]


class Explored(BaseModel):
    """What was found. `title` is empty where no page is called so; `unkept`: why it could not be kept."""

    title: str
    url: str
    extract: str
    ambiguous: bool
    looked_up: date
    related: list[RelatedPage]
    unkept: str


class Outside(BaseModel):
    """What would be sent, and what an earlier look has found.

    Attributes:
        receiver: who would get the word.
        open: it would go by http, which all on the way can read.
        proxy: it would also pass the proxy that the environment names.
        allowed: for this diary, from before.
        may_allow: a sample remembers nothing.
    """

    word: str
    receiver: str
    host: str
    open: bool
    proxy: bool
    allowed: bool
    may_allow: bool
    found: Explored | None


class Forbidden(BaseModel):
    """To whom words might have been sent, and how many answers were taken away."""

    receivers: list[str]
    answers: int


class _Held(Exception):
    """Nothing is sent while it is only looked whether an answer is kept."""


@router.get("/explore")
async def look(
    room: Here,
    word: Annotated[str, Query(min_length=1, max_length=200)],
    endpoint: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Outside:
    """What would be sent and to whom, and what is kept from before. Nothing leaves this computer."""

    def hold(url: str) -> bytes:
        raise _Held

    def read(journal: Journal) -> Outside:
        question = question_of(Associations(journal), word, endpoint=endpoint or None)
        try:
            found = explore(journal, word, endpoint=endpoint or None, ask=lambda question: True, fetch=hold)
        except _Held:
            found = None
        return _told(room, question, found)

    return await room.work(read)


@router.post("/explore")
async def send(room: Here, asked: Explore) -> Outside:
    """Look it up: the one thing in the studio that leaves this computer."""
    if asked.may == "always" and room.read_only:
        raise Problem("read_only", 403)

    def work(journal: Journal) -> Outside:
        endpoint = asked.endpoint or None
        question = question_of(Associations(journal), asked.word, endpoint=endpoint)
        if asked.may == "always":
            consent.allow(journal.folder, question.source)
        found = explore(
            journal,
            asked.word,
            endpoint=endpoint,
            fresh=asked.fresh,
            ask=lambda question: asked.may == "once",
            fetch=fetch,
        )
        return _told(room, question, found)

    return await room.work(work)


@router.delete("/explore")
async def forbid(room: Here) -> Forbidden:
    """Nothing may be sent any more, and what was looked up is taken away."""
    return await room.work(lambda journal: Forbidden(receivers=consent.forbid(journal.folder), answers=forget(journal)))


def _told(room: Room, question: Question, found: Exploration | None) -> Outside:
    parts = urlsplit(question.source)
    return Outside(
        word=question.word,
        receiver=consent.receiver(question.source).removeprefix("http://"),
        host=parts.netloc,
        open=parts.scheme == "http",
        proxy=bool(proxy_for(question.source)),
        allowed=consent.allowed(room.folder, question.source),
        may_allow=not room.read_only,
        found=found and _found(found),
    )


def _found(found: Exploration) -> Explored:
    page = found.page
    return Explored(
        title=page.title if page else "",
        url=unquote(page.url) if page else "",
        extract=page.extract if page else "",
        ambiguous=found.ambiguous,
        looked_up=found.looked_up,
        related=[
            RelatedPage(title=one.title, url=one.url, extract=one.extract, days=list(one.days))
            for one in found.related[:MOST]
        ],
        unkept=found.unkept,
    )
