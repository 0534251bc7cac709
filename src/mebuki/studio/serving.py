"""`mebuki serve`: the compatible endpoints alone, without pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from .. import __version__
from .guard import Guard
from .openai import Serving, router
from .openai_errors import refusal, shaped
from .openai_models import Models
from .server import Server, config_of, hosts_of, listen, shown

PORT = 8742


def create_app(serving: Serving) -> FastAPI:
    """The application without its guard."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        serving.close()

    app = FastAPI(title="Mebuki", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(router(serving))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(shaped(error.status_code, str(error.detail)), error.status_code, error.headers)

    return app


def serve_models(
    models: Models,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    names: tuple[str, ...] = (),
    key: str = "",
    refuse_long: bool = False,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve models until Ctrl-C.

    Args:
        port: 0: the usual one, or the next that is free.
        host: the address to listen at.
        names: further names under which clients may ask for it.
        key: that every request must bring as `Authorization: Bearer`; empty: none.
        refuse_long: as for `Serving`.
        ready: called with the base address for clients, once it answers.

    Raises:
        StorageError: the port is taken, or may not be used.
    """
    listener = listen(host, port, PORT)
    port = listener.getsockname()[1]
    serving = Serving(models, refuse_long=refuse_long)
    guard = Guard(create_app(serving), key, hosts_of(host, port, names), (), None, lambda path, r: refusal("/v1/", r))
    address = f"http://{shown(host)}:{port}/v1"
    server = Server(config_of(guard), serving.close, lambda: ready(address), serving.stop)
    server.run(sockets=[listener])
