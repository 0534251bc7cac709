"""Talking: models, questions with streamed answers, what went on inside, and the talks that are kept."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from ..errors import MebukiError
from ..tasks.reading import QuestionError
from .models import Model, Shelf
from .problems import Problem
from .refusals import code_of_refusal
from .speakers import Inside, Speaker, Wish
from .talk_export import markdown
from .talk_inside import View, view
from .talk_line import Full, Line
from .talk_shapes import LONGEST, Ask, Choice, Done, Failed, Refused, Streamed, Talk, TalkSummary
from .talk_store import NoTalk, Talks
from .talk_writing import Answering
from .writing_rooms import NAME as DIARIES

if TYPE_CHECKING:
    from .app import Studio

NEXT = 400  # tokens that might come, told at once
LOOKED = 20_000  # letters that are looked at


class Which(BaseModel):
    """A model at a checkpoint."""

    model: str = Field(max_length=300)
    checkpoint: str = Field("", max_length=60)


class Continued(Which):
    """A question, and the ids that were written after it."""

    question: str = Field(max_length=LONGEST)
    after: list[int] = Field(default=[], max_length=20_000)


class Next(BaseModel):
    """What might come, the likeliest first, and how many there are in all."""

    choices: list[Choice]
    vocabulary: int


class Looked(Which):
    """A question and the text after it, and the head of a layer that is looked at."""

    question: str = Field(max_length=LONGEST)
    written: str = Field("", max_length=LOOKED)
    layer: int = -1
    head: int = 0


class Title(BaseModel):
    title: str = Field(min_length=1, max_length=200)


class Talking:
    """What the requests share."""

    def __init__(self, studio: Studio) -> None:
        self.shelf, self.line = Shelf(studio.place, lambda: studio.rooms[DIARIES].room().keys), Line()
        self.talks = Talks(studio.place.data / "talks.db")
        self.leaving: set[threading.Event] = set()
        self._seen: OrderedDict[tuple[str, ...], Inside] = OrderedDict()

    def close(self) -> None:
        for left in self.leaving:
            left.set()
        self.shelf.close()
        self.talks.close()

    def speaking(self, which: Which, work: Callable[[Speaker], Any]) -> Any:
        """Do something with a speaker, in its turn. Problem: there is none, the question is refused, or too many wait."""
        self.shelf.look_for(which.model)
        try:
            with self.line.turn(threading.Event()):
                return work(self.shelf.speaker(which.model, which.checkpoint))
        except Full:
            raise Problem("busy", 503, waiting=self.line.longest) from None
        except QuestionError as error:
            code, detail = code_of_refusal(error)
            raise Problem(f"refused_{code}", 422, **detail) from None

    def looked(self, asked: Looked) -> Inside:
        """What went on inside; the last few are remembered, so that heads are leafed through quickly."""
        key = asked.model, asked.checkpoint, asked.question, asked.written
        found = self._seen.pop(key, None)
        if found is None:
            found = self.speaking(asked, lambda speaker: speaker.inside(asked.question, asked.written))
        if not self.shelf.is_private(asked.model):
            self._seen[key] = found
            while len(self._seen) > 4:
                self._seen.popitem(last=False)
        return found

    async def stream(self, answering: Answering, first: Any) -> AsyncIterator[str]:
        """The lines of an answer, until it ends or whoever asked goes away."""
        loop, lines = asyncio.get_running_loop(), asyncio.Queue[list[Any]]()

        def send(found: list[Any]) -> None:
            with suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(lines.put_nowait, found)

        answering.send = send
        self.leaving.add(answering.left)
        threading.Thread(target=answering.run, daemon=True).start()
        try:
            yield first.model_dump_json() + "\n"
            while True:
                found = await lines.get()
                yield "".join(line.model_dump_json() + "\n" for line in found)
                if found and isinstance(found[-1], Done | Refused | Failed):
                    return
        finally:
            answering.left.set()
            self.leaving.discard(answering.left)


@contextmanager
def _there() -> Any:
    try:
        yield
    except NoTalk:
        raise Problem("talk_missing", 404) from None


def router(studio: Studio) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["talk"])
    talking = Talking(studio)
    studio.rooms["talking"] = talking
    studio.hub.source("talks", lambda _: talking.talks.list())
    studio.hub.source("talk", talking.talks.state)

    @routes.get("/models")
    def models() -> list[Model]:
        """Everything that can be talked to; the first is the one to begin with."""
        return talking.shelf.list()

    @routes.post("/talk", response_class=StreamingResponse, responses={200: {"model": Streamed}})
    def talk(ask: Ask) -> StreamingResponse:
        """Ask; the answer comes as lines of JSON."""
        if len(ask.question) > LONGEST:
            raise Problem("question_long", 413, given=len(ask.question), limit=LONGEST)
        if talking.line.full:
            raise Problem("busy", 503, waiting=talking.line.longest)
        talking.shelf.look_for(ask.model)
        talks = talking.talks if ask.keep and not talking.shelf.is_private(ask.model) else None
        answering = Answering(ask, talking.shelf, talking.line, talks, threading.Event(), lambda found: None)
        with _there():
            first = answering.begin()
        return StreamingResponse(talking.stream(answering, first), media_type="application/jsonl")

    @routes.post("/talk/warm", status_code=204)
    def warm(which: Which) -> None:
        """Make a model ready, so that its first token does not have to be waited for."""

        def work(speaker: Speaker) -> None:
            next(iter(speaker.tell("1+1" if speaker.kind == "calculator" else " ", (), Wish(tokens=1), 1)), None)

        with suppress(MebukiError):
            talking.speaking(which, work)

    @routes.post("/talk/next")
    def next_(written: Continued) -> Next:
        """What might come after a text."""

        def work(speaker: Speaker) -> Next:
            wish = Wish(tokens=1, temperature=1.0)
            told = next(iter(speaker.tell(written.question, written.after, wish, NEXT)), None)
            return Next(
                choices=[Choice.of(one) for one in told.alternatives] if told else [], vocabulary=speaker.vocabulary
            )

        return talking.speaking(written, work)

    @routes.post("/talk/inside")
    def inside(asked: Looked) -> View:
        """Where a model looked while it read and wrote, or what it carried."""
        return view(talking.looked(asked), asked.layer, asked.head)

    @routes.get("/talks")
    def talks() -> list[TalkSummary]:
        """All talks, the latest first."""
        return [TalkSummary(**row) for row in talking.talks.list()]

    @routes.get("/talks/{id}")
    def one(id: str) -> Talk:
        """One talk."""
        with _there():
            return Talk(**talking.talks.read(id))

    @routes.patch("/talks/{id}", status_code=204)
    def rename(id: str, given: Title) -> None:
        """Give it another title."""
        with _there():
            talking.talks.rename(id, given.title)

    @routes.delete("/talks/{id}", status_code=204)
    def throw(id: str) -> None:
        """Throw it away; for 30 days it can be brought back."""
        with _there():
            talking.talks.throw(id)

    @routes.post("/talks/{id}/restore", status_code=204)
    def restore(id: str) -> None:
        """Bring it back."""
        with _there():
            talking.talks.bring_back(id)

    @routes.get("/talks/{id}/export", response_class=Response)
    def export(
        id: str, form: Literal["markdown", "json"] = "markdown", language: Literal["en", "ja"] = Query("en")
    ) -> Response:
        """The talk as a file."""
        with _there():
            found = Talk(**talking.talks.read(id))
        if form == "json":
            content, kind, ending = found.model_dump_json(indent=1), "application/json", "json"
        else:
            content, kind, ending = markdown(found, language), "text/markdown; charset=utf-8", "md"
        name = f'attachment; filename="talk-{found.id}.{ending}"'
        return Response(content, media_type=kind, headers={"content-disposition": name})

    return routes
