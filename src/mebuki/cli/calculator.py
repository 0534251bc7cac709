"""`mebuki calculator`: grow a language model that calculates, step by step."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import RecipeError, unknown
from ..training.calculator_settings import RECIPES, CalculatorSettings, recipe
from .main import Parser

EXAMPLE = """
mebuki calculator --recipe addition
mebuki calculator --recipe addition-plain --steps 1000
mebuki calculator --out runs/mine && mebuki answer --model runs/mine "3*(4+5)"
mebuki calculator --resume runs/mine
mebuki calculator --begin calculator --rise 0 --learning-rate 0.001 --matrix-rate 0.005 --steps 500
"""


def parser() -> Parser:
    p = Parser(
        name="calculator",
        about="Grow a calculator from nothing: a Transformer learns to write steps and answers from problems that are made up\n"
        "as it goes. After Ctrl-C, or a power cut, --resume goes on bit for bit. Recipes:\n"
        "  calculator        all suites; about an hour of two cores\n"
        "  calculator-large  a larger one, for a GPU\n"
        "  addition          addition and subtraction alone, lowest digit first\n"
        "  addition-plain    the same as people write it, highest digit first, for comparison\n"
        "  plain             all suites, answers without steps, for comparison",
        example=EXAMPLE,
    )
    p.add_argument("--recipe", default=None, metavar="R", help=f"{', '.join(RECIPES)} (default calculator)")
    p.add_argument("--out", metavar="DIR", help="folder of the run (default runs/RECIPE, or the next free one)")
    p.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped")
    p.add_argument(
        "--begin", metavar="RUN", help="begin with the weights of a run, or of the package's own: calculator"
    )
    p.add_argument("--json", action="store_true", help="print one JSON object at the end")
    group = p.add_argument_group("the training, where it is to differ from the recipe")
    from .addition import add_field

    for field in fields(CalculatorSettings):
        add_field(group, CalculatorSettings, field, default=False)
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    about = {f.name: value for f in fields(CalculatorSettings) if (value := getattr(given, f.name)) is not None}
    from .calculator_view import View

    view = View(quiet=given.json)
    if given.resume:
        if about or given.recipe or given.out or given.begin:
            others = (name for name in ("recipe", "out", "begin") if getattr(given, name))
            option = next(iter((*about, *others))).replace("_", "-")
            raise RecipeError(
                f"--{option} cannot change a run that was begun", hint=f"mebuki calculator --resume {given.resume}"
            )
        from ..runs.calculator import CalculatorRun

        settings, folder = CalculatorRun(given.resume).settings, Path(given.resume)
    else:
        name = given.recipe or "calculator"
        if name not in RECIPES:
            raise unknown("recipe", name, RECIPES)
        settings = recipe(name, **about)
        from .train import free_folder

        folder = Path(given.out) if given.out else free_folder(Path("runs") / name)
    from ..runs.calculator import resume, train_calculator

    view.begin(settings, folder)
    begun, begin = time.monotonic(), None
    if given.begin:
        from ..runs.answering import Calculator

        begin = Calculator.open(given.begin)
    with view:
        if given.resume:
            done = resume(folder, watch=view.watch)
        else:
            done = train_calculator(settings, folder, begin=begin, watch=view.watch)
    if given.json:
        rows = done.examinations
        found: dict[str, Any] = {"run": str(folder), "done": done.done, "examination": rows[-1] if rows else None}
        print(json.dumps(found))
    else:
        view.ended(done, time.monotonic() - begun)
    return 0
