"""The LSTM by hand, in NumPy: forward and backward of one window, against torch.nn.LSTM and ゼロから作る Deep Learning ❷.

    python -m benchmarks.numpy_lstm --peer path/to/deep-learning-from-scratch-2 --rounds 15

The second peer is a clone made by whoever runs this; its TimeLSTM is left out where there is none. All compute in
float32 the outputs of T steps and the gradients of input, weights and bias. In its turn each runs once unmeasured and once
measured, and again if other programs disturbed it. torch runs twice, with OMP_WAIT_POLICY=PASSIVE, as mebuki sets it, and
without; the quicker one of each round counts.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.turns import Repeat, Side, path, run

SHAPES = ((20, 35, 100, 100), (32, 64, 128, 256), (20, 35, 650, 650), (128, 64, 256, 512))  # B, T, D, H
TRIES = 8


def ours(given: argparse.Namespace) -> Repeat:
    import numpy as np

    from mebuki.scratch.lstm import LSTMCell

    B, T, D, H = given.shape
    rng = np.random.default_rng(0)
    cell = LSTMCell(D, H, rng)
    x_TBD, dh_TBH = rng.standard_normal((T, B, D), np.float32), rng.standard_normal((T, B, H), np.float32)

    def once() -> None:
        cell.zero_gradients()
        _, backward = cell.over_time(x_TBD)
        backward(dh_TBH)

    return undisturbed(once)


def torch_lstm(given: argparse.Namespace) -> Repeat:
    import torch

    torch.set_num_threads(given.threads)
    B, T, D, H = given.shape
    layer = torch.nn.LSTM(D, H)
    x_TBD, dh_TBH = torch.randn(T, B, D, requires_grad=True), torch.randn(T, B, H)

    def once() -> None:
        layer.zero_grad()
        x_TBD.grad = None
        layer(x_TBD)[0].backward(dh_TBH)

    return undisturbed(once)


def zero(given: argparse.Namespace) -> Repeat:
    import numpy as np

    sys.path.insert(0, str(given.peer))
    from common.time_layers import TimeLSTM  # pyright: ignore[reportMissingImports]

    B, T, D, H = given.shape
    rng = np.random.default_rng(0)
    sizes = ((D, 4 * H), (H, 4 * H), (4 * H,))
    layer = TimeLSTM(*(rng.standard_normal(size, np.float32) / np.float32(H**0.5) for size in sizes))
    x_BTD, dh_BTH = rng.standard_normal((B, T, D), np.float32), rng.standard_normal((B, T, H), np.float32)

    def once() -> None:
        layer.forward(x_BTD)
        layer.backward(dh_BTH)

    return undisturbed(once)


def waited() -> float:
    """Seconds that threads of this process stood ready and had no core, so far; 0 where the system does not tell."""
    nanoseconds = 0
    for told in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            nanoseconds += int(told.read_text().split()[1])
    return nanoseconds / 1e9


def undisturbed(once: Callable[[], object]) -> Repeat:
    """A turn: once unmeasured, then measured.

    If another program took a core away for more than a twentieth of the time, it is run again, up to TRIES times; of
    these the least disturbed counts.
    """

    def repeat(number: int, before: Any) -> dict[str, float]:
        once()
        found = []
        while len(found) < TRIES and (not found or found[-1][0] > 0.05):
            stood, start = waited(), time.perf_counter()
            once()
            seconds = time.perf_counter() - start
            found.append(((waited() - stood) / seconds, seconds))
        return {"milliseconds": round(1e3 * min(found)[1], 3)}

    return repeat


def main() -> None:
    sides = {
        "mebuki": Side(ours),
        "torch/passive": Side(torch_lstm, environment={"OMP_WAIT_POLICY": "PASSIVE"}),
        "torch/active": Side(torch_lstm, environment={"OMP_WAIT_POLICY": None}),
        "zero2": Side(zero, folder="peer", environment={"OMP_WAIT_POLICY": None}),
    }
    run(
        "numpy_lstm",
        __doc__,
        sides,
        options=lambda p: path(p, "--peer", "a clone of deep-learning-from-scratch-2"),
        cases=lambda given: [{"shape": shape} for shape in SHAPES],
        rounds=15,
        threads=2,
    )


if __name__ == "__main__":
    main()
