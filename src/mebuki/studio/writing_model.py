"""The model of a diary: what is known of it, growing it, dreams."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from ..diary.dreaming import Dream
from ..diary.entries import DiaryError
from ..diary.journal import Journal
from ..diary.material import pages
from ..diary.model import NAME, DiaryModel
from .problems import Problem
from .writing_answers import Dreamt, GrownModel
from .writing_growing import MINUTES
from .writing_rooms import Here, Of, diaries_of

router = APIRouter(prefix="/api/diary", tags=["diary"])


class HowToGrow(BaseModel):
    """For how long at most, and whether to begin again."""

    minutes: float = Field(MINUTES, ge=0.01, le=600)
    anew: bool = False


def model_of(journal: Journal) -> GrownModel | None:
    """What is known of the diary's model, without reading its numbers; None: there is none."""
    try:
        at = (journal.shelf.folder / NAME).stat().st_mtime
    except OSError:
        return None
    return GrownModel(grown=datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"))


def drawing(journal: Journal) -> tuple[DiaryModel | None, int]:
    """The model that chains are drawn by, and how many entries it has not read; none, if it is missing or damaged."""
    try:
        model = DiaryModel.load(journal)
    except DiaryError:
        return None, 0
    if model is None:
        return None, 0
    standing = model.standing(pages(journal))
    return model, len(standing.new) + len(standing.changed)


@router.post("/grow")
async def grow(room: Here, how: HowToGrow, request: Request, of: Of = "") -> dict[str, str]:
    """Begin to grow the model, in a process of its own; the topic `diary` tells how far it is."""
    diaries_of(request).growth(of).start(how.minutes, how.anew)
    return {"state": "growing"}


@router.delete("/grow")
async def stop_growing(room: Here, request: Request, of: Of = "") -> dict[str, str]:
    """Let it stop; what was learned is kept."""
    diaries_of(request).growth(of).stop()
    return {"state": "stopping"}


@router.get("/dream")
async def dream(
    room: Here,
    word: Annotated[str, Query(min_length=1, max_length=100)],
    seed: Annotated[int, Query(ge=0)] = 0,
    letters: Annotated[int, Query(ge=10, le=2000)] = 300,
    temperature: Annotated[float, Query(ge=0, le=3)] = 0.8,
) -> Dreamt:
    """What the model makes up from a word. None of it happened."""

    def dreamt(journal: Journal) -> Dreamt:
        if model_of(journal) is None:
            raise Problem("no_model", 404)
        found = Dream(journal, word, letters=letters, temperature=temperature, seed=seed)
        text, copied = "".join(found), found.copied
        return Dreamt(
            word=found.word,
            day=found.day,
            opening=found.opening,
            text=text,
            seed=seed,
            copied=copied.share,
            longest=copied.longest,
        )

    return await room.work(dreamt)
