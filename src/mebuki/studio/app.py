"""The application: the guard before it, a router for each page behind it, the built pages beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp

from .. import __version__
from .guard import Guard
from .hub import Hub
from .openai_errors import refusal
from .pages import Pages
from .place import Place
from .preferences import Preferences
from .preferences import router as preferences
from .problems import Problem, tell_problems

UPLOADS = ("/api/diary/import", "/api/texts")
events = APIRouter(prefix="/api", tags=["events"])


@dataclass
class Studio:
    """What routers share; `request.app.state.studio`.

    Attributes:
        rooms: what a router keeps for itself, by its name; those with `close()` are closed when the server stops.
    """

    place: Place
    preferences: Preferences
    hub: Hub = field(default_factory=Hub)
    rooms: dict[str, Any] = field(default_factory=dict)

    def at_signal(self) -> None:
        """Stop what reckons all the time."""
        if serving := self.rooms.get("serving"):
            serving.stop()

    def before_end(self) -> None:
        """End the streams that would keep a server that stops."""
        self.hub.close()
        if serving := self.rooms.get("serving"):
            serving.close()


def studio_of(request: Request) -> Studio:
    return request.app.state.studio


def create_app(place: Place) -> FastAPI:
    """The application without its guard, as the tests of single routers and the generated types need it."""
    place.prepare()
    studio = Studio(place, Preferences(place.data / "preferences.json"))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        studio.hub.close()
        for room in studio.rooms.values():
            if hasattr(room, "close"):
                room.close()

    app = FastAPI(title="Mebuki", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.studio = studio
    tell_problems(app)
    for router in (events, preferences, *_routers(studio)):
        app.include_router(router)
    app.include_router(_compatible(studio), include_in_schema=False)
    app.mount("/", Pages(studio.preferences))
    return app


def _routers(studio: Studio) -> Iterable[APIRouter]:
    """Those of the pages, each told of the studio where it has sources for the hub."""
    from . import looking, talking, training, writing

    return (
        training.router(studio),
        talking.router(studio),
        writing.router(studio),
        looking.router(studio),
    )


def _compatible(studio: Studio) -> APIRouter:
    """For programs that know OpenAI's endpoints."""
    from .openai import Serving, router
    from .openai_models import OfStudio

    serving = studio.rooms["serving"] = Serving(OfStudio(studio.rooms["talking"].shelf))
    return router(serving)


def guarded(app: FastAPI, token: str, hosts: Iterable[str]) -> ASGIApp:
    """The application as it is served."""
    pages = Pages(app.state.studio.preferences)
    return Guard(app, token, hosts, UPLOADS, pages.stranger, refusal)


@events.get("/health")
def health() -> dict[str, str]:
    """That the server is there, and which version."""
    return {"version": __version__}


@events.get("/events", response_class=StreamingResponse)
async def stream(request: Request, topics: str = Query("", max_length=4000)) -> StreamingResponse:
    """Server-sent events of some topics, separated by commas."""
    hub = studio_of(request).hub
    wanted = list(dict.fromkeys(topic for topic in topics.split(",") if topic))
    for topic in wanted:
        if not hub.known(topic) or not topic.isprintable():
            raise Problem("unknown_topic", 404, topic=topic)
    return StreamingResponse(hub.stream(wanted), media_type="text/event-stream", headers={"cache-control": "no-store"})
