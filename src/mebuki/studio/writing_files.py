"""Diaries of other programs in, all entries out."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, StreamingResponse
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile

from ..diary.formats.markdown import SUFFIXES
from ..diary.importing import Report, export, import_into
from ..diary.journal import Journal
from ..errors import MebukiError
from .problems import Problem, code_of
from .writing_room import Room
from .writing_rooms import Here

router = APIRouter(prefix="/api/diary", tags=["diary"])
MANY = 50_000  # files at once
TOLD = 200  # things passed over that are told one by one
ENDINGS = {"markdown": ".zip", "jsonl": ".jsonl", "jrnl": ".json", "text": ".txt"}


@router.post("/import", response_class=StreamingResponse)
async def take_over(room: Here, request: Request) -> StreamingResponse:
    """Files of a form, each with its path in the folder that was chosen, into the diary. Lines of JSON tell how far it is.

    {"file", "read"} while a file is read; {"file", "report"} or {"file", "problem"} when it was; {"done": true} at the end.
    """
    if room.read_only:
        raise Problem("read_only", 403)
    home = Path(tempfile.mkdtemp(prefix="mebuki-import-"))
    try:
        async with request.form(max_files=MANY, max_fields=4) as form:
            order = str(form.get("order") or "")
            files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
            if not files:
                raise Problem("no_files")
            await asyncio.to_thread(_lay_down, home, files)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return StreamingResponse(_imported(room, home, order), media_type="application/x-ndjson")


def _lay_down(home: Path, files: list[UploadFile]) -> None:
    """Each under its name, and never outside."""
    for file in files:
        parts = [
            part
            for part in PurePosixPath((file.filename or "file").replace("\\", "/")).parts
            if part not in ("/", "..", ".")
        ]
        path = home.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as there:
            shutil.copyfileobj(file.file, there)


def _sources(home: Path) -> list[Path]:
    """What is read as one: each folder, each file; notes that came together are a folder."""
    found = sorted(path for path in home.iterdir() if not path.name.startswith("."))
    notes = [path for path in found if path.suffix.lower() in SUFFIXES]
    return [home] if len(notes) > 1 and len(notes) == len(found) else found


async def _imported(room: Room, home: Path, order: str) -> AsyncIterator[str]:
    lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def say(**line: Any) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def work(journal: Journal) -> None:
        for source in _sources(home):
            name = "" if source == home else source.name
            try:

                def watch(report: Report, name: str = name) -> None:
                    room.go_on()
                    say(file=name, read=report.read)

                say(file=name, report=_told(import_into(journal, source, order=order, watch=watch)))
            except MebukiError as error:
                given = error.given.replace(f"{home}/", "").replace(str(home), name)
                say(file=name, problem={"code": code_of(error), "detail": given})

    async def run() -> None:
        try:
            await room.work(work)
            await lines.put({"done": True})
        except (Problem, MebukiError) as error:
            code, detail = (error.code, "") if isinstance(error, Problem) else (code_of(error), error.given)
            await lines.put({"file": "", "problem": {"code": code, "detail": detail}})
        finally:
            room.revision += 1
            await asyncio.to_thread(shutil.rmtree, home, True)
            await lines.put(None)

    running = asyncio.create_task(run())  # goes on, if the page is left
    while (line := await lines.get()) is not None:
        yield json.dumps(line, ensure_ascii=False) + "\n"
    await running


def _told(report: Report) -> dict[str, Any]:
    return {
        "read": report.read,
        "new": len(report.new),
        "known": report.known,
        "changed": len(report.changed),
        "kept": len(report.kept),
        "passed": [{"where": one.where, "why": one.why} for one in report.passed[:TOLD]],
        "passed_all": len(report.passed),
        "days": sorted({id[:10] for id in report.new if id[:4].isdigit()})[:1],
    }


@router.get("/export", response_class=FileResponse)
async def take_along(room: Here, format: Literal["markdown", "jsonl", "jrnl", "text"]) -> FileResponse:
    """All entries outside the trash, as a file to save."""
    home = Path(tempfile.mkdtemp(prefix="mebuki-export-"))

    def work(journal: Journal) -> Path:
        if format != "markdown":
            target = home / f"diary{ENDINGS[format]}"
            export(journal, target, format)
            return target
        export(journal, home / "diary", format)
        return Path(shutil.make_archive(str(home / "packed"), "zip", home / "diary"))

    try:
        made = await room.work(work)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    name = f"mebuki-diary-{date.today().isoformat()}{ENDINGS[format]}"
    return FileResponse(made, filename=name, background=BackgroundTask(shutil.rmtree, home, True))
