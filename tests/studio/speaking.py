"""Runs to talk to, trained in a moment; and a client that asks."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mebuki
from mebuki import recipes

WORDS = "Rain again today. The kettle sang and the garden was glad of it. I wrote a little and read a lot. "


def grow(runs: Path, name: str = "rain", model: str = "transformer", **changes: Any) -> None:
    """A tiny run of that name."""
    text = runs / f".{name}.txt"
    runs.mkdir(exist_ok=True)
    text.write_text(WORDS * 30, encoding="utf-8")
    shape = {"transformer": {"width": 32, "layers": 2, "heads": 2, "context": 48}, "bigram": {}}.get(
        model, {"width": 24}
    )
    how = {"steps": 20, "batch": 8, "engine": "scratch", "sample_tokens": 0, "evaluate_every": 20, **shape, **changes}
    mebuki.train(recipes.named(model, str(text), **how), runs / name, watch=lambda event: None)


def asked(studio: Any, path: str, body: Any = None, method: str = "") -> Any:
    """What the studio answers, from JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=60)
    headers = {**studio.bearer, "content-type": "application/json"}
    connection.request(method or ("GET" if body is None else "POST"), path, json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return json.loads(text) if text else None


def streamed(studio: Any, **ask: Any) -> Iterator[dict[str, Any]]:
    """The lines of an answer as they come; leaving the loop early leaves the studio, too."""
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=60)
    connection.request("POST", "/api/talk", json.dumps(ask), {**studio.bearer, "content-type": "application/json"})
    answer = connection.getresponse()
    try:
        while line := answer.readline():
            yield json.loads(line)
    finally:
        answer.close()
        connection.close()


def text_of(lines: list[dict[str, Any]]) -> str:
    return "".join(line["text"] for line in lines if line["kind"] == "token")
