"""How far a calculator goes beyond what it was taught: longer numbers, deeper brackets; and what its means are worth.

python -m benchmarks calculator_length                   all trainings, one seed
python -m benchmarks calculator_length --only depth --seeds 3

Results are kept in benchmarks/results/calculator_length.jsonl, one line for each training; --figure draws them.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import facts
from mebuki.figures import COLOURS, DASHES, FAINT, GRID, INK
from mebuki.runs.answering import Calculator
from mebuki.runs.pictures import dress, picture
from mebuki.tasks.calculator import number_problems as numbers
from mebuki.tasks.calculator.problem import Problem
from mebuki.tasks.calculator.suites import made
from mebuki.training.calculator import CalculatorTrainer
from mebuki.training.calculator_settings import CalculatorSettings, recipe

RESULTS = Path(__file__).parent / "results" / "calculator_length.jsonl"
SUMS = {"problems": "addition", "letters": 2048, "steps": 1500}
TRAININGS: dict[str, tuple[str, dict[str, Any]]] = {
    "to 10 digits": ("digits", {**SUMS, "digits": 10}),
    "to 10 digits, places shifted": ("digits", {**SUMS, "digits": 10, "shift": 20}),
    "to 10 digits, plain": ("digits", {**SUMS, "digits": 10, "work": "plain"}),
    "to 10 digits, no steps": ("digits", {**SUMS, "digits": 10, "work": "answer"}),
    "to 20 digits, places shifted": ("digits", {**SUMS, "digits": 20, "shift": 100}),
    "depth to 2": ("depth", {"problems": "brackets", "depth": 2, "steps": 3000}),
    "depth to 3": ("depth", {"problems": "brackets", "depth": 3, "steps": 3000}),
}
LENGTHS = (*range(1, 21), 25, 30, 40, 50, 60, 80, 100)
DEPTHS = (1, 2, 3, 4)


def learned(settings: CalculatorSettings) -> tuple[Calculator, float]:
    """A calculator that was trained, and the seconds it took of the processor."""
    trainer, begun = CalculatorTrainer(settings), time.process_time()
    for step in trainer:
        if step.number % 250 == 0:
            print(f"  step {step.number}  loss {step.loss:.4f}", flush=True)
    return Calculator({name: w.copy() for name, w in trainer.weights().items()}, settings), time.process_time() - begun


def problems(axis: str, at: int, count: int) -> list[Problem]:
    """Unseen problems of a length or a depth."""
    rng, found = random.Random(f"{axis} {at}"), {}
    while len(found) < count:
        if axis == "digits":
            problem = numbers.addition(rng, at, at, 0.3)
        else:
            problem = made(lambda: numbers.mixed(rng, rng.randint(at + 1, max(5, at + 1)), at))
        if (problem.held_out or at == 1) and not problem.work.endswith("?"):
            found[problem.expression] = problem
    return list(found.values())


def curve(calculator: Calculator, axis: str, count: int) -> dict[int, float]:
    found = {}
    for at in LENGTHS if axis == "digits" else DEPTHS:
        answers = calculator.ask([(p.expression, p.ask) for p in problems(axis, at, count)])
        found[at] = sum(answer.verdict.right for answer in answers) / len(answers)
    return found


def draw(path: Path) -> None:
    """The curves that were kept, the mean over seeds; what was taught ends at the dot."""
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    with picture(path, (9.6, 4.2)) as figure:
        for axes, axis in zip(figure.subplots(1, 2, width_ratios=(3, 2)), ("digits", "depth"), strict=True):
            dress(axes)
            axes.grid(axis="y", color=GRID, linewidth=0.8)
            names = dict.fromkeys(row["training"] for row in rows if row["axis"] == axis)
            for number, name in enumerate(names):
                curves = [row["right"] for row in rows if row["training"] == name]
                xs = [int(x) for x in curves[0]]
                ys = [100 * sum(c[str(x)] for c in curves) / len(curves) for x in xs]
                axes.plot(xs, ys, color=COLOURS[number], linestyle=DASHES[number], linewidth=1.8, label=name)
                end = next(row for row in rows if row["training"] == name)["taught"]
                axes.plot([end], [ys[xs.index(end)]], "o", color=COLOURS[number], markersize=5)
            axes.set_ylim(-2, 102)
            axes.set_xlabel("digits" if axis == "digits" else "depth of brackets", color=FAINT)
            axes.legend(frameon=False, fontsize=8, labelcolor=INK)
        figure.axes[0].set_ylabel("right, %", color=FAINT)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", default="", help="trainings whose name or axis holds this")
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--count", type=int, default=200, help="problems of each length or depth")
    p.add_argument("--steps", type=int, help="of each training, instead of its own number")
    p.add_argument("--figure", type=Path, help="draw what was kept, and train nothing")
    given = p.parse_args()
    if given.figure:
        draw(given.figure)
        return
    print(json.dumps(facts()))
    for name, (axis, about) in TRAININGS.items():
        for seed in range(given.seeds) if given.only in (axis, "") or given.only in name else ():
            print(f"{name}, seed {seed}", flush=True)
            changes = {**about, "seed": seed} | ({"steps": given.steps} if given.steps else {})
            settings = recipe("calculator", **changes)
            calculator, seconds = learned(settings)
            right = curve(calculator, axis, given.count)
            taught = settings.digits if axis == "digits" else settings.depth
            row = {"training": name, "axis": axis, "seed": seed, "steps": settings.steps, "seconds": round(seconds)}
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**row, "taught": taught, "count": given.count, "right": right}) + "\n")
            print("  " + "  ".join(f"{at}: {100 * share:.1f}" for at, share in right.items()), flush=True)


if __name__ == "__main__":
    main()
