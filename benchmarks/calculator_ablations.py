"""What the parts of the calculator's recipe are worth: the same short training without one of them, over seeds.

python -m benchmarks calculator_ablations                          every variant, one seed
python -m benchmarks calculator_ablations --only pointers --seeds 3

All see as many letters; the looped one goes through six blocks, the others through five. "exact" is the mean over the suites of the share of unseen problems whose whole work has the right letter
likeliest at every place. A slip that would be mended counts as wrong there, and works without pointers are shorter, so "right" is
beside it: the share of answers that are right when the model writes by itself. Results are kept in benchmarks/results/calculator_ablations.jsonl, one line for each training; --table prints them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.machine import RESULTS, facts
from mebuki.models.parts import attend, normalise, window_bias
from mebuki.models.placed import PlacedTransformer
from mebuki.runs.answering import Calculator
from mebuki.runs.examination import examine
from mebuki.tasks.calculator import rationals
from mebuki.tasks.calculator.encoding import FIRST, ORDERED, TABLES, VOCABULARY
from mebuki.tasks.calculator.integers import divide
from mebuki.tasks.calculator.problem import Problem
from mebuki.tasks.calculator.suites import SUITES, draw
from mebuki.training.calculator import CalculatorTrainer, ProblemBatches
from mebuki.training.calculator_settings import CalculatorSettings, recipe
from mebuki.training.calculator_shape import shape_of

ROWS = RESULTS / "calculator_ablations.jsonl"
POINTER = re.compile(r"(?<=[0-9a-e)])[A-Zf-z](?=[-+*/^)=,\[\n]|$)")
Arrays = tuple[NDArray[np.int64], NDArray[np.int64]]


class Without(ProblemBatches):
    """Problems without some of what the model is told.

    Args:
        features: numbers of the features that say nothing.
        pointers: whether pointers stand behind results.
    """

    def __init__(self, settings: CalculatorSettings, features: Sequence[int] = (), *, pointers: bool = True) -> None:
        super().__init__(settings)
        self.features, self.pointers = list(features), pointers

    def written(self, problem: Problem) -> Problem:
        problem = super().written(problem)
        return problem if self.pointers else replace(problem, work=POINTER.sub("", problem.work))

    def read(self, problems: Sequence[Problem]) -> Arrays:
        x, y = super().read(problems)
        x[:, :, self.features] = FIRST[self.features]
        return x, y


class Mined(ProblemBatches):
    """A share of the problems of each pool are such that the model wrote wrong when it was last asked.

    Args:
        share: of problems drawn again from those.
        looks: at which parts of the training it is asked for some fresh problems.
    """

    def __init__(
        self, settings: CalculatorSettings, share: float = 0.3, looks: Sequence[float] = (0.6, 0.75, 0.9)
    ) -> None:
        super().__init__(settings)
        self.share, self.looks = share, list(looks)
        self.wrong: list[Problem] = []
        self.trainer: CalculatorTrainer | None = None

    def _draw(self, pool: int) -> list[list[Problem]]:
        if self.looks and self.trainer and self.trainer.share >= self.looks[0]:
            self.looks.pop(0)
            self.wrong = self._asked(pool)
        return super()._draw(pool)

    def _asked(self, pool: int, count: int = 1500) -> list[Problem]:
        assert self.trainer
        found, fresh = [], draw(random.Random(f"mined {self.settings.seed} {pool}"), count, 1.0)
        fresh.sort(key=lambda p: len(p.text))
        with self.trainer.usable() as model, torch.no_grad():
            for first in range(0, count, 24):
                x, y = self.read(fresh[first : first + 24])
                letters = model(torch.from_numpy(x).to(model.device)).argmax(-1).cpu().numpy()
                right = ((letters == y) | (y < 0)).all(1)
                found += [p for p, good in zip(fresh[first : first + 24], right, strict=True) if not good]
        return found

    def chosen(self, problem: Problem) -> Problem:
        rng = random.Random(f"{self.settings.seed} {problem.expression}")
        return rng.choice(self.wrong) if self.wrong and rng.random() < self.share else problem


class Looped(PlacedTransformer):
    """Two blocks gone through three times; what was read is added again each time (input injection)."""

    def _read(self, ids_BT: Any, cache: Any) -> Any:
        read = self.embed(ids_BT)
        cos, sin = self.rotary.table(0, ids_BT.shape[1], read.dtype)
        bias, x = window_bias(ids_BT.shape[1], ids_BT.shape[1], self.context, read), torch.zeros_like(read)
        for _ in range(3):
            x = x + read
            for block in self.blocks:
                q, k, v = block.attention.place(block.attention.project(normalise(x)), cos, sin)  # pyright: ignore
                x = block.finish(x, attend(q, k, v, bias).flatten(2))  # pyright: ignore
        return self.norm(x)


def model(settings: CalculatorSettings, kind: str) -> PlacedTransformer | None:
    """Another model than the settings' own."""
    torch.manual_seed(settings.seed)
    if kind == "noise":
        return PlacedTransformer(VOCABULARY, TABLES, shape_of(settings))
    if kind == "looped":
        return Looped(VOCABULARY, TABLES, replace(shape_of(settings), layers=2), ordered=ORDERED)
    return None


Make = Callable[[CalculatorSettings], ProblemBatches]
VARIANTS: dict[str, tuple[dict[str, Any], Make]] = {
    "as it is": ({}, ProblemBatches),
    "no pointers behind results": ({}, lambda s: Without(s, pointers=False)),
    "no places of digits": ({}, lambda s: Without(s, (3, 8))),
    "no parts, terms, lines, depths": ({}, lambda s: Without(s, (4, 5, 6, 7, 9))),
    "no letters before": ({}, lambda s: Without(s, (1, 2))),
    "places begin as noise": ({"kind": "noise"}, ProblemBatches),
    "no slips in divisions": ({"slips": 0.0}, ProblemBatches),
    "full size at once": ({"rise": 0.0}, ProblemBatches),
    "no moving average": ({"ema": 0.0}, ProblemBatches),
    "the rate falls late": ({"decay": 0.3}, ProblemBatches),
    "places of digits shifted": ({"shift": 20}, ProblemBatches),
    "mined errors": ({}, Mined),
    "two blocks, three times": ({"kind": "looped"}, ProblemBatches),
}


def trained(settings: CalculatorSettings, make: Make, kind: str, slips: float) -> dict[str, Any]:
    """One training, and what became of it."""

    def with_slips(x: str, y: str, rng: random.Random | None = None) -> Any:
        return divide(x, y, rng, slips)

    rationals.divide = with_slips  # pyright: ignore[reportPrivateImportUsage, reportAttributeAccessIssue]
    problems, begun, losses = make(settings), time.time(), []
    trainer = CalculatorTrainer(settings, problems=problems, model=model(settings, kind), compiled=kind != "looped")
    if isinstance(problems, Mined):
        problems.trainer = trainer
    for step in trainer:
        losses.append(step.loss)
        if step.number % 200 == 0:
            print(f"  step {step.number}  loss {np.mean(losses[-100:]):.4f}", flush=True)
    seconds, exact = round(time.time() - begun), trainer.examine(count=settings.examined)
    right = None
    if kind != "looped" and type(problems) in (ProblemBatches, Mined):
        calculator = Calculator({name: w.copy() for name, w in trainer.weights().items()}, settings)
        right = {
            found.suite: found.tally.share
            for found in examine(calculator, list(SUITES), count=settings.examined, seed=1)
        }
    return {"loss": float(np.mean(losses[-100:])), "exact": exact, "right": right, "seconds": seconds}


def table() -> None:
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    size = max(
        {(row["steps"], row["letters"]) for row in rows}, key=[(row["steps"], row["letters"]) for row in rows].count
    )
    rows = [row for row in rows if (row["steps"], row["letters"]) == size]
    print(f"{size[0]:,} steps of {size[1]:,} letters\n")
    print("| | exact, % | right, % | seeds | loss at the end |\n|---|---|---|---|---|")
    for name in dict.fromkeys(row["variant"] for row in rows):
        means = [100 * float(np.mean(list(row["exact"].values()))) for row in rows if row["variant"] == name]
        losses = [row["loss"] for row in rows if row["variant"] == name]
        rights = [
            100 * float(np.mean(list(row["right"].values()))) for row in rows if row["variant"] == name and row["right"]
        ]
        shown = f"{np.mean(rights):.1f}" if rights else "–"
        span = f" ({min(means):.1f} – {max(means):.1f})" if len(means) > 1 else ""
        print(f"| {name} | {np.mean(means):.1f}{span} | {shown} | {len(means)} | {np.mean(losses):.4f} |")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", default="", help="variants whose name holds this")
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--steps", type=int, default=1200)
    p.add_argument("--letters", type=int, default=2048)
    p.add_argument("--count", type=int, default=40, help="problems of each suite")
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--table", action="store_true", help="print what was kept, and train nothing")
    given = p.parse_args()
    if given.table:
        table()
        return
    print(json.dumps(facts()))
    about = {"steps": given.steps, "letters": given.letters, "threads": given.threads, "examined": given.count}
    for seed in range(given.seeds):
        for name, (changes, make) in VARIANTS.items():
            if given.only not in name:
                continue
            print(f"{name}, seed {seed}", flush=True)
            kind, slips = changes.get("kind", ""), changes.get("slips", 0.12)
            fields = {key: value for key, value in changes.items() if key not in ("kind", "slips")}
            settings = recipe("calculator", **{"ema": 0.99, **about, **fields, "seed": seed})
            row = {"variant": name, "seed": seed, **trained(settings, make, kind, slips)}
            with ROWS.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**row, **about}) + "\n")
            print(f"  exact {100 * np.mean(list(row['exact'].values())):.1f} %, {row['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
