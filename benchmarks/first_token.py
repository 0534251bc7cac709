"""From the command in the shell to the first letter: `mebuki generate RUN "The "`, read through a pipe.

    python -m benchmarks.first_token
    python -m benchmarks.first_token --size base --sides mebuki torch

A turn is one process, from its start to the first byte behind the prompt. `mebuki` is what the command takes by itself, with
compiled kernels where they are (they are warm: one process ran before); `torch` and `scratch` are asked for by
`--engine`; `python` is an empty Python.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.ours import recipe_of, run_of
from benchmarks.turns import Repeat, Side, path, run

PROMPT = "The "


def until(count: int, command: list[str]) -> float:
    """Seconds until a command has printed so many bytes; it is ended then."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        got = process.stdout.read(count)
        seconds = time.perf_counter() - start
        process.kill()
    if len(got) < count:
        raise SystemExit(f"{' '.join(command)} printed {len(got)} bytes")
    return seconds


def ours(*extra: str) -> Callable[[argparse.Namespace], Repeat]:
    def make(given: argparse.Namespace) -> Repeat:
        opened = run_of(recipe_of(given, given.model, size=given.size))
        command = [sys.executable, "-m", "mebuki", "generate", str(opened.folder), PROMPT, "--seed", "1", *extra]
        until(len(PROMPT) + 200, command)  # whatever is compiled is kept
        return lambda number, before: {"seconds": round(until(len(PROMPT) + 1, command), 4)}

    return make


def python(given: argparse.Namespace) -> Repeat:
    command = [sys.executable, "-c", "print('T', flush=True)"]
    return lambda number, before: {"seconds": round(until(1, command), 4)}


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "default: the sample diary")
    p.add_argument("--model", default="transformer")
    p.add_argument("--size", default="small")


def main() -> None:
    engines = {"torch": Side(ours("--engine", "torch")), "scratch": Side(ours("--engine", "scratch"))}
    sides: dict[str, Any] = {"mebuki": Side(ours()), **engines, "python": Side(python)}
    run("first_token", __doc__, sides, options=options, rounds=9)


if __name__ == "__main__":
    main()
