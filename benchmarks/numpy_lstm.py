"""The LSTM by hand, in NumPy: forward and backward of one window, against torch.nn.LSTM and ゼロから作る Deep Learning ❷.

    python -m benchmarks.numpy_lstm --peer path/to/deep-learning-from-scratch-2

The second peer is a clone made by whoever runs this; its TimeLSTM is left out where there is none. All compute in
float32 the outputs of T steps and the gradients of input, weights and bias. Each stands in a process of its own, since
the threads of one library would keep a core from the other while they wait. They take turns, round after round; in its
turn each runs once unmeasured and once measured, and again if other programs disturbed it. torch runs twice, with
OMP_WAIT_POLICY=PASSIVE, as mebuki sets it, and without; the quicker one of each round counts. Ratios are taken within a
round, so that a slow moment hits both.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import median, report

SHAPES = ((20, 35, 100, 100), (32, 64, 128, 256), (20, 35, 650, 650), (128, 64, 256, 512))  # B, T, D, H
TRIES = 8
PAUSE = 0.1  # seconds in which the threads of the one before fall asleep


def ours(B: int, T: int, D: int, H: int) -> Callable[[], Any]:
    import numpy as np

    from mebuki.scratch.lstm import LSTMCell

    rng = np.random.default_rng(0)
    cell = LSTMCell(D, H, rng)
    x_TBD, dh_TBH = rng.standard_normal((T, B, D), np.float32), rng.standard_normal((T, B, H), np.float32)

    def once() -> None:
        cell.zero_gradients()
        _, backward = cell.over_time(x_TBD)
        backward(dh_TBH)

    return once


def torch_lstm(B: int, T: int, D: int, H: int) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    layer = torch.nn.LSTM(D, H)
    x_TBD, dh_TBH = torch.randn(T, B, D, requires_grad=True), torch.randn(T, B, H)

    def once() -> None:
        layer.zero_grad()
        x_TBD.grad = None
        layer(x_TBD)[0].backward(dh_TBH)

    return once


def zero(B: int, T: int, D: int, H: int) -> Callable[[], Any]:
    import numpy as np

    sys.path.insert(0, os.environ["PEER"])
    from common.time_layers import TimeLSTM  # pyright: ignore[reportMissingImports]

    rng = np.random.default_rng(0)
    sizes = ((D, 4 * H), (H, 4 * H), (4 * H,))
    layer = TimeLSTM(*(rng.standard_normal(size, np.float32) / np.float32(H**0.5) for size in sizes))
    x_BTD, dh_BTH = rng.standard_normal((B, T, D), np.float32), rng.standard_normal((B, T, H), np.float32)

    def once() -> None:
        layer.forward(x_BTD)
        layer.backward(dh_BTH)

    return once


WORKERS = {"mebuki.scratch": ours, "torch passive": torch_lstm, "torch": torch_lstm, "zero2": zero}


def waited() -> float:
    """Seconds that threads of this process stood ready and had no core, so far; 0 where the system does not tell."""
    nanoseconds = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            nanoseconds += int(path.read_text().split()[1])
    return nanoseconds / 1e9


def work(name: str, shape: tuple[int, ...]) -> None:
    """The other side of `Worker`: for each line that comes in, run unmeasured, then measured, and print the seconds.

    If another program took a core away for more than a twentieth of the time, it is run again, up to TRIES times; of
    these the least disturbed counts.
    """
    once = WORKERS[name](*shape)
    for _ in sys.stdin:
        once()
        found = []
        while len(found) < TRIES and (not found or found[-1][0] > 0.05):
            before, start = waited(), time.perf_counter()
            once()
            seconds = time.perf_counter() - start
            found.append(((waited() - before) / seconds, seconds))
        print(min(found)[1], flush=True)


class Worker:
    """One of those compared, in a process of its own."""

    def __init__(self, name: str, shape: tuple[int, ...], threads: int, peer: Path | None) -> None:
        env = {**os.environ, "PEER": str(peer), "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        env.pop("OMP_WAIT_POLICY", None)
        if name == "torch passive":
            env["OMP_WAIT_POLICY"] = "PASSIVE"
        command = [sys.executable, "-m", "benchmarks.numpy_lstm", "--work", name, *map(str, shape)]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def compare(shape: tuple[int, ...], given: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of each, and how many times as long as each of the others ours takes, by round."""
    names = [name for name in WORKERS if given.peer is not None or name != "zero2"]
    workers = {name: Worker(name, shape, given.threads, given.peer) for name in names}
    rounds: list[dict[str, float]] = []
    try:
        for number in range(given.rounds + 1):
            seconds = {}
            for name, worker in workers.items():
                time.sleep(PAUSE)
                seconds[name] = worker.run()
            if number:  # the first warms up
                rounds.append(seconds)
    finally:
        for worker in workers.values():
            worker.close()
    ratios = {"torch": [row["mebuki.scratch"] / min(row["torch"], row["torch passive"]) for row in rounds]}
    if given.peer is not None:
        ratios["zero2"] = [row["mebuki.scratch"] / row["zero2"] for row in rounds]
    return {
        "shape": shape,
        "milliseconds": {name: round(1e3 * median([row[name] for row in rounds]), 2) for name in names},
        "ratio": {name: spread(values) for name, values in ratios.items()},
    }


def spread(values: list[float]) -> dict[str, float]:
    """The median, and the quarters below and above which a quarter of all lie."""
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return {"median": round(median(values), 3), "low": round(ordered[quarter], 3), "high": round(ordered[~quarter], 3)}


def table(rows: list[dict[str, Any]]) -> str:
    names = list(rows[0]["milliseconds"])
    lines = [f"{'B, T, D, H':<20}" + "".join(f"{name:>16}" for name in names) + "   ours / peer: median (quarters)"]
    for row in rows:
        told = [f"{name} {r['median']:.2f} ({r['low']:.2f} to {r['high']:.2f})" for name, r in row["ratio"].items()]
        cells = "".join(f"{row['milliseconds'][name]:>13.1f} ms" for name in names)
        lines.append(f"{', '.join(map(str, row['shape'])):<20}{cells}   {'   '.join(told)}")
    return "\n".join(lines)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--peer", type=Path, help="a clone of deep-learning-from-scratch-2")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=15)
    p.add_argument("--shape", type=int, nargs=4, metavar=("B", "T", "D", "H"), help="one shape in place of four")
    p.add_argument("--json", action="store_true", help="print and keep a result as JSON in place of a table")
    p.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    given = p.parse_args()
    if given.work:
        return work(given.work[0], tuple(map(int, given.work[1:])))
    if given.peer is not None and not (given.peer / "common" / "time_layers.py").is_file():
        print(f"{given.peer} holds no common/time_layers.py: that peer is left out", file=sys.stderr)
        given.peer = None
    if given.peer is not None:
        given.peer = given.peer.resolve()
    rows = [compare(shape, given) for shape in ([tuple(given.shape)] if given.shape else SHAPES)]
    if given.json:
        report("numpy_lstm", {"threads": given.threads, "rounds": given.rounds, "shapes": rows})
    else:
        print(table(rows))
    return None


if __name__ == "__main__":
    main()
