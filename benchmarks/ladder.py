"""The ladder: bigram, rnn, lstm, gru, transformer on one text, each with its own default recipe."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.machine import report
from mebuki import recipes, train
from mebuki.shapes import SHAPES


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--text", required=True)
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--models", default=",".join(SHAPES))
    p.add_argument("--minutes", type=float, help="give every model so long, instead of its recipe's steps")
    given = p.parse_args()
    rows = []
    for model in given.models.split(","):
        for seed in range(given.seeds):
            with tempfile.TemporaryDirectory() as folder:
                changes = {"minutes": given.minutes} if given.minutes else {}
                recipe = recipes.named(model, given.text, seed=seed, sample_tokens=0, **changes)
                run = train(recipe, Path(folder, "run"), watch=lambda event: None)
                found = run.evaluate()
                row = {"model": model, "seed": seed, "parameters": run.info["parameters"]}
                row |= {
                    "steps": run.checkpoints()[-1].state.step,
                    "seconds": round(run.checkpoints()[-1].state.seconds, 1),
                }
                row |= {"loss": round(found.loss, 4), "perplexity": round(found.perplexity, 3)}
                rows.append(row)
                print(json.dumps(row), flush=True)
    report("ladder", {"text": Path(given.text).name, "rows": rows})


if __name__ == "__main__":
    main()
