"""The server: finds a port, says where it is, and ends within two seconds of Ctrl-C, whatever streams are open."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp

from ..errors import StorageError
from .app import Studio, create_app, guarded
from .place import Place

PORT = 8642
PATIENCE = 1.8  # seconds for what is still being worked on when it shall end


class Server(uvicorn.Server):
    """uvicorn, which first ends the streams that would keep it, and in the end waits for no thread that still reckons.

    What was acknowledged is on the disk by then.

    Args:
        at_signal: called in the handler of a signal, before the loop of events comes to it: what reckons all the time stops, which
            would otherwise hold the loop back.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        before_end: Callable[[], None],
        ready: Callable[[], None],
        at_signal: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._before_end, self._ready, self._at_signal = before_end, ready, at_signal

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._at_signal()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        last = threading.Timer(PATIENCE, os._exit, [0])
        last.daemon = True
        last.start()
        self._before_end()
        await super().shutdown(sockets)


def leave() -> NoReturn:
    """End the process once its server has ended: taking down what was loaded, torch above all, takes seconds on a busy computer."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody listens any more
            stream.flush()
    os._exit(0)


def _is_news(record: logging.LogRecord) -> bool:
    """Not that work was given up: it was asked to end."""
    given_up = record.exc_info and isinstance(record.exc_info[1], CancelledError)
    return not given_up and "timeout graceful shutdown exceeded" not in record.getMessage()


def serve(
    place: Place,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    names: tuple[str, ...] = (),
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the studio until Ctrl-C.

    Args:
        port: 0: the usual one, or the next that is free.
        host: the address to listen at; others than this machine's own only if the reader asks for it.
        names: further names under which browsers may ask for it.
        ready: called with the address to open, once it answers.

    Raises:
        StorageError: the port is taken, or may not be used.
    """
    listener = listen(host, port, PORT)
    port = listener.getsockname()[1]
    app = create_app(place)
    token = place.token()
    config = config_of(guarded(app, token, hosts_of(host, port, names)))
    address = f"http://{shown(host)}:{port}/?token={token}"
    studio: Studio = app.state.studio
    Server(config, studio.before_end, lambda: ready(address), studio.at_signal).run(sockets=[listener])


def config_of(guarded: ASGIApp) -> uvicorn.Config:
    """How every server of ours runs."""
    return uvicorn.Config(
        guarded,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=20,
        limit_concurrency=400,
    )


def hosts_of(host: str, port: int, names: tuple[str, ...]) -> list[str]:
    """Under which names a server may be asked for."""
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]", *names)]
    if host not in ("127.0.0.1", "::1", "0.0.0.0", "::"):
        hosts.append(f"{host}:{port}")
    return hosts


def shown(host: str) -> str:
    """An address that it listens at, as it stands in a URL."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host


def listen(host: str, port: int, usual: int) -> socket.socket:
    """A listening socket at a port; 0: at the usual one, or the next that is free. StorageError: it cannot be had."""
    tries = (port,) if port else (*range(usual, usual + 20), 0)
    for number in tries:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, number), family=family, backlog=512)
        except OSError as error:
            if number == tries[-1]:
                raise StorageError(
                    f"the server cannot listen at {host}, port {number}: {error.strerror or error}",
                    hint="another --port, or none",
                ) from error
    raise AssertionError
