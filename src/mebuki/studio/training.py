"""What the Grow pages ask: the runs there are, one run as it is trained, runs beside each other, and a new one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from ..errors import RunError
from ..runs.comparing import compare
from ..runs.curve import curve
from ..runs.starting import resume_training
from ..runs.stopping import pause, stop
from ..runs.titles import note, rename
from .app import Studio
from .problems import Problem
from .training_estimates import Estimates
from .training_forms import (
    About,
    Asked,
    Begin,
    Compared,
    Curve,
    Differing,
    Expected,
    Kept,
    Live,
    Longer,
    Named,
    Plan,
    Restore,
    Row,
    Rows,
    Sample,
    Text,
    Trashed,
)
from .training_starts import begin, plan
from .training_table import Table
from .training_texts import Texts
from .training_views import about, checkpoints, fresh_rows, gradients, live, row, samples, unit

MOST = 8  # runs beside each other
Axis = Literal["step", "seconds", "tokens"]
Buckets = Annotated[int, Query(ge=1, le=5000)]


def router(studio: Studio) -> APIRouter:
    """The addresses of the Grow pages; the hub is told of the topics `runs` and `run:ID`, the id as in an address."""
    routes = APIRouter(prefix="/api", tags=["training"])
    table, texts = Table(studio.place.runs), Texts(studio.place.runs)
    estimates = Estimates(studio.place.runs, texts, studio.place.diary)

    def rows() -> list[Row]:
        return [Row.model_validate({**one, "unit": unit(table.runs / one["id"])}) for one in table.overview()]

    studio.hub.source("runs", lambda _: [one.model_dump() for one in rows()])
    studio.hub.source("run", lambda name: live(table, table.topic(name)))

    def drawn(folder: Path, buckets: int, axis: Axis) -> Curve:
        if not folder.is_dir():  # its text is being read
            return Curve(axis=axis)
        index, lock = table.index(folder)
        with lock:
            return Curve(**curve(folder, buckets, axis, index=index))

    @contextlib.contextmanager
    def run_of(name: str) -> Iterator[Path]:
        """The folder of a run; if it went away meanwhile the page is told so."""
        folder = table.folder(name)
        try:
            yield folder
        except RunError as error:
            if table.is_there(name):
                raise
            raise Problem("run_missing", 404, name=name) from error

    @routes.get("/runs")
    def runs() -> list[Row]:
        """All runs, the latest first."""
        return rows()

    @routes.post("/runs")
    def start(asked: Begin) -> Row:
        """Begin a run."""
        if asked.learn not in ("calculator", "addition"):
            estimates.of(asked)  # a text that is too short is refused here, beside its field
        job = begin(asked, studio.place.runs, texts, studio.place.diary)
        return row(table, job.folder)

    @routes.post("/runs/restore")
    def bring_back(asked: Restore) -> Row:
        """Take a run out of the trash again."""
        return row(table, table.bring_back(asked.trash))

    @routes.get("/runs/{name:path}/live")
    def stands(name: str) -> Live:
        """Where a run stands; the same as the topic tells."""
        with run_of(name) as folder:
            return Live(**live(table, folder))

    @routes.get("/runs/{name:path}/about")
    def tell(name: str) -> About:
        """Its settings, facts and files."""
        with run_of(name) as folder:
            return about(folder)

    @routes.get("/runs/{name:path}/curve")
    def losses(name: str, buckets: Buckets = 600, axis: Axis = "step") -> Curve:
        """Its losses, bucketed."""
        with run_of(name) as folder:
            return drawn(folder, buckets, axis)

    @routes.get("/runs/{name:path}/rows")
    def fresh(name: str, metrics: Annotated[int, Query(ge=0)], samples: Annotated[int, Query(ge=0)]) -> Rows:
        """What was written since some offsets."""
        with run_of(name) as folder:
            return fresh_rows(folder, metrics, samples)

    @routes.get("/runs/{name:path}/samples")
    def written(name: str) -> list[Sample]:
        """What it wrote as it grew, the earliest first."""
        with run_of(name) as folder:
            return samples(folder, row(table, folder).kind)

    @routes.get("/runs/{name:path}/gradients")
    def norms(name: str) -> dict[str, float]:
        """The norms of the last gradient, by parameter."""
        with run_of(name) as folder:
            return gradients(folder)

    @routes.get("/runs/{name:path}/checkpoints")
    def kept(name: str) -> list[Kept]:
        """Its checkpoints, the latest first."""
        with run_of(name) as folder:
            return checkpoints(folder)

    @routes.post("/runs/{name:path}/pause")
    def rest(name: str) -> Live:
        """Let it end after its step, to go on later."""
        with run_of(name) as folder:
            pause(folder)
            return Live(**live(table, folder))

    @routes.post("/runs/{name:path}/stop")
    def finish(name: str) -> Live:
        """Let it end after its step, and keep what it is."""
        with run_of(name) as folder:
            stop(folder)
            return Live(**live(table, folder))

    @routes.post("/runs/{name:path}/resume")
    def go_on(name: str, longer: Longer | None = None) -> Live:
        """Go on, longer if asked for."""
        wanted = longer.model_dump(exclude_none=True) if longer else {}
        with run_of(name) as folder:
            resume_training(folder, **wanted)
            return Live(**live(table, folder))

    @routes.patch("/runs/{name:path}")
    def change(name: str, named: Named) -> Row:
        """Give it a title or a note."""
        with run_of(name) as folder:
            if named.title is not None:
                rename(folder, named.title)
            if named.note is not None:
                note(folder, named.note)
            return row(table, folder)

    @routes.delete("/runs/{name:path}")
    def throw_away(name: str) -> Trashed:
        """Into the trash; the answer is the way back."""
        with run_of(name) as folder:
            return Trashed(trash=table.throw_away(folder))

    @routes.get("/compare")
    def beside(
        run: Annotated[list[str], Query(min_length=1, max_length=MOST)], buckets: Buckets = 300, axis: Axis = "step"
    ) -> Compared:
        """Runs beside each other."""
        folders = [table.folder(name) for name in run]
        found = compare(folders, table.runs, buckets=buckets, axis=axis)
        names = ("text.sources",)  # long, and told in the row already
        return Compared(
            runs=[row(table, folder) for folder in folders],
            curves=[Curve(**one["curve"]) for one in found["runs"]],
            fields=[Differing(**field) for field in found["fields"] if field["name"] not in names],
        )

    @routes.post("/texts")
    async def give(request: Request, name: str = Query("text.txt", max_length=1000)) -> Text:
        """Keep a text to learn from; the body is the file."""
        content = await request.body()
        return await run_in_threadpool(texts.keep, name, content)

    @routes.get("/texts/{name}")
    def given(name: str) -> Text:
        """A text that was given."""
        return texts.look(name)

    @routes.delete("/texts/{name}", status_code=204)
    def take_back(name: str) -> None:
        """Remove a text that nothing was begun with."""
        texts.forget(name)

    @routes.post("/plan")
    def settings(asked: Asked) -> Plan:
        """Every setting of what is asked for."""
        return plan(asked)

    @routes.post("/estimate")
    def estimate(asked: Asked) -> Expected:
        """What is to be expected of each size of what is asked for."""
        return estimates.of(asked)

    return routes
