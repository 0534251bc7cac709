"""Training tokens a second at equal size, in steps alone, against nanoGPT on a processor.

    python -m benchmarks.training_speed --text tinyshakespeare.txt --peer path/to/nanoGPT

Both have 4 layers of width 128 (0.8 M parameters) and windows of 64 letters. First case: both take batches of 12, as
nanoGPT's README does. Second: each takes its own, 12 there and our recipe's here. A turn is as many steps as fit into
`--seconds`; getting ready holds everything before: loading, the precision, compiling, and ten steps. Ours are steps
of the real loop of a run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks import nanogpt
from benchmarks.ours import recipe_of, stepping, text_of
from benchmarks.turns import Repeat, Side, path, run


def timed(step: Callable[[], object], tokens: int, seconds: float) -> Repeat:
    """Warm up; a turn takes steps for so long."""
    for _ in range(10):
        step()

    def repeat(number: int, before: Any) -> dict[str, float]:
        start, steps = time.perf_counter(), 0
        while steps < 3 or time.perf_counter() - start < seconds:
            step()
            steps += 1
        spent = time.perf_counter() - start
        return {
            "tokens_per_second": round(steps * tokens / spent, 1),
            "milliseconds_a_step": round(1e3 * spent / steps, 3),
        }

    return repeat


def ours(given: argparse.Namespace) -> Repeat:
    recipe = recipe_of(given, given.recipe, **({"batch": given.batch} if given.batch else {}))
    tokens = recipe.training.accumulation * recipe.training.batch * recipe.shape.context
    return timed(stepping(recipe), tokens, given.seconds)


def peer(given: argparse.Namespace) -> Repeat:
    import torch

    torch.set_num_threads(given.threads or torch.get_num_threads())
    batch = given.batch or 12
    return timed(nanogpt.stepping(text_of(given), given.peer, batch, 64), batch * 64, given.seconds)


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "default: the sample diary")
    nanogpt.option(p)
    p.add_argument("--recipe", default="transformer")
    p.add_argument("--seconds", type=float, default=3.0, help="of a turn")


def main() -> None:
    sides = {"mebuki": Side(ours), "nanoGPT": Side(peer, folder="peer")}
    run("training_speed", __doc__, sides, options=options, cases=lambda given: [{"batch": 12}, {"batch": 0}])


if __name__ == "__main__":
    main()
