"""Entries: days, drafts, changes, trash, history, search."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from ..diary import driver, months
from ..diary.entries import DiaryError, Entry
from ..diary.journal import Journal
from ..diary.search import Match
from ..errors import StorageError
from ..extras import install
from .problems import Problem
from .writing_answers import AboutDiary, Changes, Draft, FoundEntries, Hit, KeptDraft, OneDay, ToldEntry, WrittenMonth
from .writing_model import model_of
from .writing_room import Room
from .writing_rooms import Here, diaries_of

router = APIRouter(prefix="/api/diary", tags=["diary"])
NEW = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{8}")
SHOWN = 40  # entries that a search shows
AROUND = 24  # letters around what was found


@router.get("")
async def about(room: Here, request: Request) -> AboutDiary:
    """The diary as a whole."""

    def read(journal: Journal) -> dict[str, Any]:
        first, last, days = months.ends(journal)
        counted = "SELECT count(*) FILTER (WHERE trashed IS NULL), count(trashed) FROM entries"
        entries, trash = journal.database.execute(counted).fetchone()
        return {"first": first, "last": last, "days": days, "entries": entries, "trash": trash, "tags": journal.tags()}

    try:
        driver.sqlcipher()
        can_encrypt = not room.read_only
    except DiaryError:
        can_encrypt = False
    found = await room.read(read)
    return AboutDiary(
        **found,
        encrypted=room.encrypted,
        can_encrypt=can_encrypt,
        install_encryption=install("encrypted"),
        read_only=room.read_only,
        lock_after=diaries_of(request).lock_after,
        model=await room.read(model_of),
    )


@router.get("/month")
async def month(room: Here, start: date, end: date) -> WrittenMonth:
    """What the calendar shows from one day to another."""
    return WrittenMonth(days=await room.read(lambda journal: months.written(journal, start, end)))


@router.get("/day")
async def day(room: Here, day: date) -> OneDay:
    """The entries of a day."""

    def read(journal: Journal) -> OneDay:
        here, others = journal.day(day), journal.on_this_day(day)
        return OneDay(
            day=day,
            entries=[ToldEntry.of(entry) for entry in here],
            other_years=[ToldEntry.of(entry) for entry in others],
        )

    return await room.read(read)


@router.get("/entries/{id}")
async def entry(room: Here, id: str) -> ToldEntry:
    """One entry, also out of the trash."""
    return await room.read(lambda journal: ToldEntry.of(_entry(journal, id)))


@router.put("/entries/{id}")
async def keep(room: Here, id: str, draft: Draft) -> KeptDraft:
    """Keep what is written so far. The answer comes when it is on the disk."""

    def write(journal: Journal) -> KeptDraft:
        if not NEW.fullmatch(id) and journal.here(id)[0] is None:
            raise Problem("no_entry", 404, id=id[:80])
        at = draft.time
        kept = room.drafts.keep(
            journal, id, draft.text, draft.day, at, base=draft.base, writer=draft.writer, turn=draft.turn
        )
        return KeptDraft(entry=ToldEntry.of(kept.entry), beside=ToldEntry.of(kept.beside) if kept.beside else None)

    kept = await room.write(write)
    await _backed_up(room)
    return kept


@router.patch("/entries/{id}")
async def change(room: Here, id: str, changes: Changes) -> ToldEntry:
    """Change its day, time, tags, star or mood; what it was is kept in its history."""
    said = changes.model_dump(exclude_unset=True)
    if "time" in said:
        said["at"] = said.pop("time")
    named: dict[str, Any] = {name: value for name, value in said.items() if value is not None or name in ("at", "mood")}
    return await room.write(lambda journal: ToldEntry.of(journal.edit(_entry(journal, id).id, **named)))


@router.delete("/entries/{id}")
async def throw_away(room: Here, id: str) -> ToldEntry:
    """Into the trash."""
    return await room.write(lambda journal: ToldEntry.of(journal.delete(_entry(journal, id).id)[0]))


@router.post("/entries/{id}/restore")
async def restore(room: Here, id: str) -> ToldEntry:
    """Out of the trash."""
    return await room.write(lambda journal: ToldEntry.of(journal.restore(_entry(journal, id).id)[0]))


@router.get("/entries/{id}/history")
async def history(room: Here, id: str) -> list[ToldEntry]:
    """What it was before, the latest first; `edited` says from when it was so."""
    return await room.read(lambda journal: [ToldEntry.of(one) for one in journal.history(_entry(journal, id).id)[::-1]])


@router.get("/trash")
async def trash(room: Here) -> list[ToldEntry]:
    """What is in the trash, what was thrown away last first."""

    def read(journal: Journal) -> list[ToldEntry]:
        found = sorted(journal.entries(trash=True), key=lambda entry: entry.trashed or datetime.min, reverse=True)
        return [ToldEntry.of(entry) for entry in found]

    return await room.read(read)


@router.delete("/trash")
async def empty_trash(room: Here) -> int:
    """Delete for ever what is in it; how many entries that were."""
    return await room.write(lambda journal: journal.empty_trash())


@router.get("/search")
async def search(
    room: Here,
    q: Annotated[str, Query(max_length=1000)] = "",
    start: date | None = None,
    end: date | None = None,
    tag: str | None = None,
    star: bool | None = None,
    mood: int | None = None,
    limit: Annotated[int, Query(ge=1, le=400)] = SHOWN,
) -> FoundEntries:
    """Entries that hold the text anywhere, or that are as it is said, the latest first."""
    chosen: dict[str, Any] = {"tag": tag, "star": star, "moods": None if mood is None else [mood]}

    def read(journal: Journal) -> FoundEntries:
        if q.strip():
            found = journal.search(q, start, end, limit=limit + 1, **chosen)
        else:
            found = [Match(one, ()) for one in journal.entries(start, end, newest=True, limit=limit + 1, **chosen)]
        return FoundEntries(query=q, hits=[_hit(match) for match in found[:limit]], more=len(found) > limit)

    return await room.read(read)


def _hit(match: Match) -> Hit:
    e = match.entry
    before, hit, behind = match.passage(AROUND) if match.places else ("", "", e.title)
    return Hit(
        id=e.id,
        day=e.date,
        time=e.time.strftime("%H:%M") if e.time else None,
        star=e.star,
        mood=e.mood,
        tags=list(e.tags),
        before=before,
        hit=hit,
        behind=behind,
        times=len(match.places),
    )


def _entry(journal: Journal, id: str) -> Entry:
    found, _ = journal.here(id)
    if found is None:
        raise Problem("no_entry", 404, id=id[:80])
    return found


async def _backed_up(room: Room) -> None:
    """Begin the day's backup, if there is none; it is made beside, and what was written is kept whatever becomes of it."""
    today = date.today()
    if room.backed_up != today:
        room.backed_up = today
        room.analyses.later(_back_up)


def _back_up(journal: Journal) -> None:
    with suppress(StorageError):  # there is no room: saving to the diary itself will say so
        journal.back_up_daily()
