"""`mebuki serve`: models for programs that know the endpoints of OpenAI."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence

from ..errors import MebukiError
from .main import Parser
from .studio import LOCAL

EXAMPLE = """
mebuki serve runs/my-diary-transformer calculator
mebuki serve runs/my-diary-transformer --port 9000 --api-key "$(openssl rand -hex 16)"
"""


def parser() -> Parser:
    p = Parser(
        name="serve",
        about="Models for programs that know the endpoints of OpenAI: /v1/models, /v1/completions, /v1/chat/completions, /v1/responses.\n"
        "The server is on this computer alone; Ctrl-C ends it.",
        example=EXAMPLE,
    )
    p.add_argument("runs", nargs="+", metavar="RUN", help="folders of runs; calculator: the one in the package")
    p.add_argument("--port", type=int, default=0, metavar="N", help="default 8742, or the next that is free")
    p.add_argument(
        "--api-key",
        default=os.environ.get("MEBUKI_API_KEY", ""),
        metavar="KEY",
        help="that every request must bring (default: $MEBUKI_API_KEY, else none)",
    )
    p.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="listen to other computers too; only with a key"
    )
    p.add_argument(
        "--name", action="append", default=[], metavar="HOST", help="a further name under which programs may ask"
    )
    p.add_argument(
        "--refuse-long",
        action="store_true",
        help="refuse prompts longer than the model looks back (default: their beginning has no effect)",
    )
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    if not 0 <= given.port < 65536:
        raise MebukiError(f"--port is {given.port}", allowed="1 to 65535, or 0: a free one", hint="--port 8742")
    if given.host not in LOCAL and len(given.api_key) < 16:
        raise MebukiError(
            f"--host {given.host} lets other computers ask",
            allowed="with a key of at least 16 letters",
            hint='--api-key "$(openssl rand -hex 16)"',
        )
    if not given.api_key.isascii():
        raise MebukiError("--api-key has letters that no header can hold", allowed="ASCII")
    if importlib.util.find_spec("uvicorn") is None:
        raise MebukiError("the web server is not installed", hint='pip install "fastapi" "uvicorn"')
    from ..studio.openai_models import Given
    from ..studio.server import leave
    from ..studio.serving import serve_models

    models = Given(given.runs)

    def ready(address: str) -> None:
        print(f"\n  芽吹き Mebuki\n  {address}\n", flush=True)
        for card in models.cards():
            print(f"  {card.id}", flush=True)
        key = "the key given" if given.api_key else "any"
        print(f"\n  api_key: {key}. Ctrl-C ends it.", flush=True)

    try:
        serve_models(
            models,
            port=given.port,
            host=given.host,
            names=tuple(given.name),
            key=given.api_key,
            refuse_long=given.refuse_long,
            ready=ready,
        )
    except KeyboardInterrupt:
        print(file=sys.stderr)
    leave()
