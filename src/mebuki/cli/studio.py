"""`mebuki studio`: the pages in the browser."""

from __future__ import annotations

import importlib.util
import sys
import webbrowser
from collections.abc import Sequence

from ..errors import MebukiError
from .main import Parser

LOCAL = ("127.0.0.1", "::1", "localhost")


def parser() -> Parser:
    p = Parser(
        name="studio",
        about="Write, grow, talk and look inside, in the browser. The server is on this computer alone; Ctrl-C ends it,\n"
        "trainings go on by themselves.",
        example="mebuki studio\nmebuki studio --runs my-runs --port 9000 --no-browser",
    )
    p.add_argument("--runs", default="runs", metavar="DIR", help="where trained models are kept (default runs)")
    p.add_argument("--port", type=int, default=0, metavar="N", help="default 8642, or the next that is free")
    p.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    p.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="listen to other computers too; they need the printed token",
    )
    p.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a further name under which browsers may ask, with --host",
    )
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    if not 0 <= given.port < 65536:
        raise MebukiError(f"--port is {given.port}", allowed="1 to 65535, or 0: a free one", hint="--port 8642")
    if importlib.util.find_spec("uvicorn") is None:
        raise MebukiError("the web server is not installed", hint='pip install "fastapi" "uvicorn"')
    from ..studio.place import Place
    from ..studio.server import serve

    def ready(address: str) -> None:
        print(f"\n  芽吹き Mebuki\n  {address}\n", flush=True)
        if given.host not in LOCAL:
            print("  Other computers that can reach this one, and have the token, can use it.\n", flush=True)
        print(
            "  Ctrl-C ends it. Nothing leaves this computer." if given.host in LOCAL else "  Ctrl-C ends it.",
            flush=True,
        )
        if not given.no_browser:
            webbrowser.open(address)

    try:
        serve(Place.usual(given.runs), port=given.port, host=given.host, names=tuple(given.name), ready=ready)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 0
