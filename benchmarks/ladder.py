"""The ladder: bigram, rnn, lstm, gru, transformer on one text, each with its own default recipe; a seed each round."""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.ours import folder, recipe_of
from benchmarks.turns import Repeat, Side, path, run
from mebuki import train
from mebuki.shapes import SHAPES


def ours(given: argparse.Namespace) -> Repeat:
    def once(number: int, before: Any) -> dict[str, float]:
        changes = {"minutes": given.minutes} if given.minutes else {}
        recipe = recipe_of(given, given.model, seed=number, sample_tokens=0, **changes)
        run = train(recipe, folder() / "run", watch=lambda event: None)
        found, last = run.evaluate(), run.checkpoints()[-1].state
        return {
            "parameters": run.info["parameters"],
            "steps": last.step,
            "seconds": round(last.seconds, 1),
            "loss": round(found.loss, 4),
            "perplexity": round(found.perplexity, 3),
        }

    return once


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "a text", required=True)
    p.add_argument("--models", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    p.add_argument("--minutes", type=float, help="give every model so long, instead of its recipe's steps")


def main() -> None:
    cases = lambda given: [{"model": model} for model in given.models]  # noqa: E731
    run("ladder", __doc__, {"mebuki": Side(ours)}, options=options, cases=cases, rounds=1, warm=0)


if __name__ == "__main__":
    main()
