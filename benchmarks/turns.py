"""Programs take turns, each in a process of its own, and are compared round by round, so that a slow moment hits all.

A benchmark names its sides; ours is `mebuki`. A side is made ready (its seconds are told apart: loading, compiling,
warming up) and then gives figures for each turn: names in `…_per_second` are better the larger, in `…seconds` the
smaller, and a ratio is how many times as good ours is in that round. Other figures are told without a ratio.

    python -m benchmarks.NAME                     every side in turn; --keep writes benchmarks/results/NAME.json
    python -m benchmarks.NAME --side mebuki       one side alone: for each line on the input a line of JSON
    python -m benchmarks.compare REV1 REV2 NAME   our side of two commits in turn
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.machine import median, report, spread

PAUSE = 0.1  # seconds in which the threads of the one before fall asleep

Figures = dict[str, float]
Round = dict[str, Figures]  # of each side
Repeat = Callable[[int, Round], Figures]  # the number of the turn, and what the sides before found in this round


@dataclass(frozen=True)
class Side:
    """One of those compared.

    Attributes:
        make: gets ready, and gives what is done in each turn.
        folder: an option that names a clone of the program; the side is left out where it is not given.
        package: one that must be installed, else the side is left out.
        environment: variables of its process; None takes one away.
    """

    make: Callable[[argparse.Namespace], Repeat]
    folder: str = ""
    package: str = ""
    environment: dict[str, str | None] = field(default_factory=dict)

    def lacks(self, given: argparse.Namespace) -> str:
        """Why it is left out, or nothing."""
        if self.folder and getattr(given, self.folder) is None:
            return f"--{self.folder} was not given"
        return f"{self.package} is not installed" if self.package and find_spec(self.package) is None else ""


class Worker:
    """A side in a process of its own.

    Attributes:
        ready: seconds until it was ready.
    """

    def __init__(self, command: list[str], environment: dict[str, str | None] | None = None) -> None:
        changed = {**os.environ, **(environment or {})}
        env = {name: value for name, value in changed.items() if value is not None}
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready: float = self._answer()["ready"]

    def turn(self, number: int, before: Round) -> Figures:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([number, before]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{' '.join(map(str, self.process.args))} ended with {self.process.wait()}")  # pyright: ignore[reportArgumentType]

    def close(self) -> None:
        self.process.communicate()


def work(make: Callable[[argparse.Namespace], Repeat], given: argparse.Namespace) -> None:
    """The other end of a `Worker`."""
    start = time.perf_counter()
    repeat = make(given)
    print(json.dumps({"ready": round(time.perf_counter() - start, 3)}), flush=True)
    for number, line in enumerate(sys.stdin):
        told = json.loads(line) if line.strip() else [number, {}]
        print(json.dumps(repeat(*told)), flush=True)


def take_turns(workers: dict[str, Worker], rounds: int, *, warm: int) -> list[Round]:
    """The figures of every round, the first `warm` ones left out."""
    found: list[Round] = []
    for number in range(-warm, rounds):
        row: Round = {}
        for name, worker in workers.items():
            time.sleep(PAUSE)
            row[name] = worker.turn(number, row)
        if number >= 0:
            found.append(row)
            print(json.dumps(row), file=sys.stderr, flush=True)
    return found


def better(figure: str) -> Callable[..., float]:
    """Which of several values of a figure is the best."""
    return max if figure.endswith("per_second") else min


def merged(row: Round) -> Round:
    """Sides named `x/…` are ways to run x: the best of each round counts."""
    ways: dict[str, list[Figures]] = {}
    for side, figures in row.items():
        ways.setdefault(side.split("/")[0], []).append(figures)
    return {x: {f: better(f)(way[f] for way in found) for f in found[0]} for x, found in ways.items()}


def summary(rounds: list[Round], ours: str) -> dict[str, Any]:
    """Medians of each side's figures, and the spread of how many times as good ours is as each other."""
    rounds = [merged(row) for row in rounds]
    medians = {s: {f: float(f"{median([r[s][f] for r in rounds]):.5g}") for f in rounds[0][s]} for s in rounds[0]}
    ratios: dict[str, dict[str, Any]] = {}
    for side in rounds[0]:
        for figure in rounds[0][ours] if side != ours else ():
            if figure.endswith(("seconds", "per_second")):
                pairs = [(r[ours][figure], r[side][figure]) for r in rounds if figure in r[side]]
                times = [a / b if figure.endswith("per_second") else b / a for a, b in pairs]
                if times:
                    ratios.setdefault(side, {})[figure] = spread(times)
    return {"medians": medians, "times_as_good_as": ratios}


def table(cases: list[dict[str, Any]]) -> str:
    """Medians and ratios as a table in Markdown."""
    lines = []
    for case in cases:
        title = ", ".join(f"{name} {value}" for name, value in case["case"].items())
        for side, figures in case["medians"].items():
            told = ", ".join(f"{value:,} {figure.replace('_', ' ')}" for figure, value in figures.items())
            ratios = case["times_as_good_as"].get(side, {}).items()
            times = ", ".join(f"{name.replace('_', ' ')}: {r['median']} ({r['low']}–{r['high']})" for name, r in ratios)
            lines.append(f"| {title} | {side} | {told} | {times} |")
    return "\n".join(["| case | side | median | ours, times as good |", "|---|---|---|---|", *lines])


def run(
    name: str,
    about: str | None,
    sides: dict[str, Side],
    *,
    options: Callable[[argparse.ArgumentParser], None] = lambda p: None,
    cases: Callable[[argparse.Namespace], list[dict[str, Any]]] = lambda given: [{}],
    rounds: int = 7,
    warm: int = 1,
    threads: int = 0,
) -> None:
    """The command line of a benchmark: every case with every side in turn, or one side alone."""
    p = argparse.ArgumentParser(
        f"benchmarks.{name}", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options(p)
    p.add_argument("--rounds", type=int, default=rounds)
    p.add_argument("--threads", type=int, default=threads, help="of every side; 0: as each chooses")
    p.add_argument("--keep", action="store_true", help=f"write benchmarks/results/{name}.json")
    p.add_argument("--sides", nargs="+", choices=list(sides), default=list(sides), help="only these")
    p.add_argument("--side", choices=list(sides), help="one alone: a turn for each line on the input")
    p.add_argument("--case", type=json.loads, help="one case, as JSON")
    given = p.parse_args()
    if given.side:
        return work(sides[given.side].make, argparse.Namespace(**{**vars(given), **(given.case or cases(given)[0])}))
    lacking = {side: why for side in given.sides if (why := sides[side].lacks(given))}
    for side, why in lacking.items():
        print(f"{side} is left out: {why}", file=sys.stderr)
    found = []
    for case in [given.case] if given.case else cases(given):
        workers: dict[str, Worker] = {}
        try:
            for side in (side for side in given.sides if side not in lacking):
                command = [sys.executable, "-m", f"benchmarks.{name}", "--side", side, "--case", json.dumps(case)]
                workers[side] = Worker([*command, *sys.argv[1:]], environment(sides[side], given.threads))
            turns = take_turns(workers, given.rounds, warm=warm)
        finally:
            for worker in workers.values():
                worker.close()
        ready = {side: worker.ready for side, worker in workers.items()}
        ours = next((side for side in workers if side == "mebuki"), next(iter(workers)))
        found.append({"case": case, "ready_seconds": ready, **summary(turns, ours), "rounds": turns})
    report(name, {"cases": found}, keep=given.keep)
    print(table(found))
    return None


def environment(side: Side, threads: int) -> dict[str, str | None]:
    """The variables of a side's process, its libraries' threads among them."""
    wanted: dict[str, str | None] = {}
    if threads:
        wanted = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    return {**wanted, **side.environment}


def path(p: argparse.ArgumentParser, option: str, help: str, *, required: bool = False) -> None:
    """An option that names a file or a folder."""
    p.add_argument(option, type=lambda given: Path(given).resolve(), required=required, help=help)
