"""Write: the pages of the diary. What they ask stands in six files beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from . import writing_entries, writing_exploring, writing_files, writing_lock, writing_model, writing_words
from .writing_rooms import NAME, Diaries

if TYPE_CHECKING:
    from .app import Studio


def router(studio: Studio) -> APIRouter:
    """All paths under /api/diary. Pages listen to `diary` for the reader's own, to `diary:ja` and `diary:en` for the samples."""
    diaries = studio.rooms[NAME] = Diaries(studio.place)
    studio.hub.source("diary", diaries.state)
    found = APIRouter()
    for part in (writing_entries, writing_words, writing_exploring, writing_model, writing_files, writing_lock):
        found.include_router(part.router)
    return found
