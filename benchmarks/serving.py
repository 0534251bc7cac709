"""Many streams at once through `mebuki serve`, against one: tokens a second, none lost, none mixed up, memory that stays.

    python -m benchmarks.serving
    python -m benchmarks.serving --seconds 60 --rounds 5 --keep     # 64 streams for a minute, in turn with one

A turn is some seconds of clients that each ask for one streamed text after another. A text must be, letter by letter, what
`run.generate` gives for its seed: `wrong` counts those that are not, `lost` those that never ended. `first_seconds` is the
median time to the first letter, `megabytes` the server's memory after the turn (Linux).
"""

from __future__ import annotations

import argparse
import atexit
import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import median
from benchmarks.ours import recipe_of, run_of
from benchmarks.turns import Figures, Repeat, Side, path, run

PROMPT = "The "


class Server:
    """`mebuki serve` with one run."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "mebuki", "serve", str(folder), "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        atexit.register(self.process.kill)
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/v1", line):
                self.port = int(found[1])
            if "Ctrl-C" in line:
                return
        raise SystemExit("the server did not start")

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return round(int(found[1]) / 1024, 1) if found else 0.0


def streamed(port: int, body: dict[str, Any]) -> tuple[str, bool, float]:
    """A text, whether it came to its end, and the seconds to its first letter."""
    connection, start = http.client.HTTPConnection("127.0.0.1", port, timeout=120), time.perf_counter()
    text, ended, first = "", False, 0.0
    try:
        sent = json.dumps({**body, "stream": True}).encode()
        connection.request("POST", "/v1/completions", sent, {"content-type": "application/json"})
        for line in connection.getresponse():
            if line.startswith(b"data: {"):
                choice = json.loads(line[6:])["choices"][0]
                text += choice["text"]
                first = first or time.perf_counter() - start
                ended = ended or choice["finish_reason"] is not None
    finally:
        connection.close()
    return text, ended, first


def clients(count: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], Repeat]:
    def make(given: argparse.Namespace) -> Repeat:
        opened = run_of(recipe_of(given, given.model, size=given.size))
        how = {"tokens": given.tokens, "temperature": 1.0}
        wanted = {seed: "".join(opened.generate(PROMPT, seed=seed, **how)) for seed in range(given.streams)}
        server = Server(opened.folder)

        def repeat(number: int, before: Any) -> Figures:
            end, found = time.perf_counter() + given.seconds, list[tuple[bool, bool, float]]()

            def client(me: int) -> None:
                seed = me
                while time.perf_counter() < end:
                    body = {"model": opened.folder.name, "prompt": PROMPT, "max_tokens": given.tokens, "seed": seed}
                    try:
                        text, ended, first = streamed(server.port, body)
                        found.append((not ended, ended and text != wanted[seed], first))
                    except (OSError, http.client.HTTPException):
                        found.append((True, False, 0.0))
                    seed = (seed + 7) % given.streams

            start = time.perf_counter()
            threads = [threading.Thread(target=client, args=(me,)) for me in range(count(given))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - start
            return {
                "tokens_per_second": round(len(found) * given.tokens / seconds, 1),
                "first_seconds": round(median([first for _, _, first in found]), 4),
                "texts": len(found),
                "lost": sum(lost for lost, _, _ in found),
                "wrong": sum(wrong for _, wrong, _ in found),
                "megabytes": server.megabytes,
            }

        return repeat

    return make


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "default: the sample diary")
    p.add_argument("--model", default="transformer")
    p.add_argument("--size", default="small")
    p.add_argument("--streams", type=int, default=64, help="at once")
    p.add_argument("--tokens", type=int, default=200, help="of each text")
    p.add_argument("--seconds", type=float, default=10, help="of a turn")


def main() -> None:
    sides = {"mebuki": Side(clients(lambda given: given.streams)), "one stream": Side(clients(lambda given: 1))}
    run("serving", __doc__, sides, options=options, rounds=3)


if __name__ == "__main__":
    main()
