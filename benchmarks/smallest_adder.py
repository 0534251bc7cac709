"""The smallest adder, trained from scratch: every seed's sums right of 10,010, and what the training took.

python -m benchmarks.smallest_adder                    four seedlings of the smallest kind, side by side
python -m benchmarks.smallest_adder --table            the digits' points learned freely
python -m benchmarks.smallest_adder --save FILE        keep the best as safetensors
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.machine import report
from mebuki.models.smallest_adder import AdderShape
from mebuki.tasks.ten_digits import EDGES
from mebuki.training.smallest_adder import Seedlings, SeedlingSettings, exactly_right


def train(settings: SeedlingSettings) -> tuple[Seedlings, tuple[float, ...], float, float]:
    """Seedlings at the end of their training, their losses, and its seconds by the clock and of the processor."""
    bed, clock, processor = Seedlings(settings), time.perf_counter(), time.process_time()
    every, losses = max(1, settings.steps // 10), ()
    for step in bed:
        losses = step.losses
        if step.number % every == 0 or step.number == settings.steps:
            lowest = "  ".join(f"{loss:.3f}" for loss in sorted(step.losses)[:8])
            print(f"step {step.number:>6}  {step.seconds:5.0f} s  lowest losses  {lowest}", flush=True)
    return bed, losses, time.perf_counter() - clock, time.process_time() - processor


def look(bed: Seedlings, place: int, loss: float) -> dict[str, Any]:
    """How one seedling does on the tests and on 2,000 problems full of long carries."""
    model, tests = bed.model(place), bed.task.tests()
    right = exactly_right(model, tests)
    return {
        "seed": bed.settings.seeds[place],
        "loss": float(f"{loss:.3g}"),
        "right": int(right.sum()),
        "of": len(tests),
        "edges": int(right[: len(EDGES)].sum()),
        "chains": round(float(exactly_right(model, bed.task.chains(2000)).mean()), 4),
    }


def main() -> None:
    default = SeedlingSettings()
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--hidden", type=int, default=default.shape.hidden)
    p.add_argument("--table", action="store_true", help="learn the digits' points freely")
    p.add_argument("--seeds", type=int, default=len(default.seeds), help="seedlings; their seeds begin at --first")
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--steps", type=int, default=default.steps)
    p.add_argument("--batch", type=int, default=default.batch)
    p.add_argument("--learning-rate", type=float, default=default.learning_rate)
    p.add_argument("--save", type=Path, help="keep the best of them here")
    p.add_argument("--keep", action="store_true", help="keep the figures in benchmarks/results")
    given = p.parse_args()
    torch.set_num_threads(1)
    settings = SeedlingSettings(
        shape=AdderShape(given.hidden, given.table),
        seeds=tuple(range(given.first, given.first + given.seeds)),
        steps=given.steps,
        batch=given.batch,
        learning_rate=given.learning_rate,
    )
    bed, losses, clock, processor = train(settings)
    rows = [look(bed, place, loss) for place, loss in enumerate(losses)]
    print(f"\n{'seed':>5} {'loss':>9} {'right':>7} of {rows[0]['of']:,} {'edges':>6} {'long carries':>13}")
    for row in rows:
        print(
            f"{row['seed']:>5} {row['loss']:>9} {row['right']:>7,} {'':>9} {row['edges']:>6} {100 * row['chains']:>11.2f} %"
        )
    if given.save:
        from safetensors.torch import save_file

        save_file({name: weight.detach() for name, weight in bed.best().named_parameters()}, given.save)
    result = {
        "parameters": bed.model(0).parameter_count,
        "seconds": round(clock, 1),
        "processor_seconds": round(processor, 1),
        "perfect": sum(row["right"] == row["of"] for row in rows),
        "at_least_99_percent": sum(row["right"] >= 0.99 * row["of"] for row in rows),
        "seedlings": rows,
    }
    report("smallest_adder", result, keep=given.keep)


if __name__ == "__main__":
    main()
