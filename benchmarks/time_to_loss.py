"""Time to a validation loss on tiny Shakespeare, against nanoGPT's recipe for processors.

    python -m benchmarks.time_to_loss --text tinyshakespeare.txt --peer path/to/nanoGPT

nanoGPT is trained by the command that its README gives (see benchmarks/nanogpt.py). Ours are the default recipe and, where
there is one, the recipe `sprint`, each at its own number of steps and with a new seed each round. All final weights are read over the
whole validation split in blocks of 64. `seconds` are those in training steps, `whole_seconds` those of the whole process.
A round counts for a side only if its loss is at most `--loss`; `reached` says in how many it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from benchmarks import nanogpt
from benchmarks.ours import whole
from benchmarks.turns import Repeat, Side, path, run


def ours(recipe: str, option: str) -> Callable[[argparse.Namespace], Repeat]:
    def make(given: argparse.Namespace) -> Repeat:
        steps = getattr(given, option)

        def repeat(number: int, before: Any) -> dict[str, float]:
            how = ["--recipe", recipe, "--steps", steps, "--evaluate-every", steps, "--seed", number]
            found = whole(given.text, *how, "--threads", given.threads)
            return {**found, "reached": float(found["loss"] <= given.loss)}

        return repeat

    return make


def sides() -> dict[str, Side]:
    from mebuki.recipes import RECIPES

    named = {"mebuki": Side(ours("transformer", "steps"))}
    if "sprint" in RECIPES:
        named["sprint"] = Side(ours("sprint", "sprint_steps"))
    return {**named, "nanoGPT": nanogpt.TRAINING}


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "tiny Shakespeare", required=True)
    nanogpt.option(p)
    p.add_argument("--loss", type=float, default=1.898, help="to be reached; where nanoGPT's command ends")
    p.add_argument("--steps", type=int, default=125, help="of our default recipe")
    p.add_argument("--sprint-steps", type=int, default=120, help="of the recipe sprint")
    p.add_argument("--iterations", type=int, default=2000, help="of nanoGPT")


def main() -> None:
    run("time_to_loss", __doc__, sides(), options=options, rounds=3, warm=0)


if __name__ == "__main__":
    main()
