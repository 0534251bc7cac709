"""`mebuki addition`: sequence to sequence learns to add."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from ..fields import types_of
from ..training.addition_settings import AdditionSettings
from .main import Parser

if TYPE_CHECKING:
    from ..runs.addition import AdditionRun

EXAMPLE = """
mebuki addition
mebuki addition runs/addition --ask 57+5 --map map.svg
mebuki addition --engine scratch --no-attention --peeky --minutes 4
mebuki addition --compare --digits 2 --steps 1000 --plot variants.svg
"""


def parser() -> Parser:
    p = Parser(
        name="addition",
        about="Sequence to sequence learns to add: 57+5 is read letter by letter, 62 is written letter by letter.\n"
        "Three means can be switched on and off: reading backwards, a peeky decoder, attention.",
        example=EXAMPLE,
    )
    p.add_argument("runs", nargs="*", metavar="RUN", help="trained already: to be asked, drawn or compared")
    p.add_argument("--ask", action="append", default=[], metavar="A+B", help="a sum for the model; may come often")
    p.add_argument("--compare", action="store_true", help="train all variants of the three means")
    p.add_argument("--plot", metavar="FILE", help="draw the sums solved over the training: .svg, .png or .pdf")
    p.add_argument("--x", metavar="X", default="step", help="of the plot: step or seconds (default step)")
    p.add_argument("--map", metavar="FILE", help="draw where attention looks, for the first --ask (or for 57+5)")
    p.add_argument("--out", metavar="DIR", help="folder of the run (default runs/addition, or the next free one)")
    p.add_argument("--json", action="store_true", help="print one JSON object for each run")
    group = p.add_argument_group("the training")
    for field in fields(AdditionSettings):
        add_field(group, AdditionSettings, field)
    return p


def add_field(group: Any, owner: type, field: Any, *, default: bool = True) -> None:
    """An option for a field of a settings dataclass; `default`: whether its help tells what is taken without it."""
    kind, _ = types_of(owner)[field.name]
    option = "--" + field.name.replace("_", "-")
    known = default and field.default is not None
    words = field.metadata["help"].replace("%", "%%") + (f" (default {field.default})" if known else "")
    if kind is bool:
        group.add_argument(option, action=argparse.BooleanOptionalAction, default=None, help=words)
    else:
        names = {int: "N", float: "X", str: "WORD"}
        group.add_argument(option, type=kind, default=None, metavar=names[kind], help=words)


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    about = {f.name: getattr(given, f.name) for f in fields(AdditionSettings) if getattr(given, f.name) is not None}
    _refuse(given, about)
    from ..runs.addition import AdditionRun
    from . import addition_view

    view = addition_view.View()
    if given.runs:
        runs = {name: AdditionRun(folder) for name, folder in _named(given.runs).items()}
        if not (given.json or given.ask or given.plot or given.map):
            for name, opened in runs.items():
                view.say(f"{name}   {addition_view.about(opened.settings)}")
                view.ended(opened)
    else:
        runs = _train(AdditionSettings(**about), given, view)
    best = max(runs.values(), key=lambda run: run.result["exact"])
    _draw(given, runs, view)
    solved = _solved(best, given.ask) if given.ask or not given.runs else []
    if given.json:
        for name, opened in runs.items():
            own = solved if opened is best else []
            print(json.dumps({"run": str(opened.folder), "name": name, **opened.result, "solved": own}))
        return 0
    view.solved(solved)
    if not given.runs:
        view.say(f"\nkept in {given.out}")
        view.say(f"  ask it   mebuki addition {best.folder} --ask {best.model.task.example}")
    return 0


def _named(folders: Sequence[str]) -> dict[str, str]:
    """Folders by their last name; where two have the same one, by all that was given."""
    last = [Path(folder).absolute().name for folder in folders]
    return {name if last.count(name) == 1 else folder: folder for name, folder in zip(last, folders, strict=True)}


def _refuse(given: argparse.Namespace, about: dict[str, Any]) -> None:
    """What would be passed over in silence is refused."""
    if given.runs:
        others = [name for name in ("compare", "out") if getattr(given, name)] + list(about)
        if others:
            options = ", ".join("--" + name.replace("_", "-") for name in others)
            raise RecipeError(
                f"{given.runs[0]} is trained already: {options} would change nothing",
                allowed="--ask, --map, --plot, --x, --json",
                hint="leave the run out to train a new one",
            )
    if given.compare and (means := [n for n in ("reverse", "peeky", "attention") if n in about]):
        raise RecipeError(f"--compare trains with and without --{means[0]}", hint=f"leave --{means[0]} out")
    if "steps" in about and "minutes" in about:
        raise RecipeError("both --steps and --minutes were given", allowed="one of them")
    from ..runs.addition_plot import AXES
    from ..runs.pictures import check_picture

    check_picture(given.plot or "a.svg", given.x, AXES)
    check_picture(given.map or "a.svg")
    if given.map and not given.runs and not given.compare and about.get("attention") is False:
        raise RecipeError("--map needs attention", hint="leave --no-attention out")
    if given.ask and not given.runs:
        from ..tasks import Addition

        Addition(AdditionSettings(**about).digits).parse(*given.ask)  # before minutes are spent


def _train(settings: AdditionSettings, given: argparse.Namespace, view: Any) -> dict[str, AdditionRun]:
    from ..runs.addition import train_addition
    from ..runs.addition_variants import compare_variants
    from .addition_view import about
    from .train import free_folder

    given.out = given.out or str(free_folder(Path("runs") / ("addition-variants" if given.compare else "addition")))
    quiet = given.json
    if not given.compare:
        if quiet:
            return {settings.variant: train_addition(settings, given.out)}
        view.say(f"芽吹き  mebuki addition   {about(settings)}", "bold")
        with view:
            run = train_addition(settings, given.out, watch=view.watch)
        view.ended(run)
        return {settings.variant: run}
    if quiet:
        return compare_variants(settings, given.out)
    announced: set[str] = set()

    def watch(variant: str, progress: Any) -> None:
        if variant not in announced:
            announced.add(variant)
            view.say(about(settings, variant), "bold")
        view.watch(progress)

    with view:
        runs = compare_variants(settings, given.out, watch=watch)
    view.table(runs)
    return runs


def _draw(given: argparse.Namespace, runs: dict[str, AdditionRun], view: Any) -> None:
    from ..runs.addition_plot import plot_map, plot_variants

    drawn = []
    if given.plot:
        drawn.append(plot_variants(runs, given.plot, x=given.x))
    if given.map:
        attentive = [run for run in runs.values() if run.settings.attention] or list(runs.values())
        model = attentive[-1].model
        question = (given.ask or [model.task.example])[0]
        drawn.append(plot_map(question, *model.attention_map(question), given.map))
    if not given.json:
        for path in drawn:
            view.say(f"drawn: {path}")


def _solved(run: AdditionRun, asked: Sequence[str]) -> list[dict[str, object]]:
    """Answers to what was asked, or to the first problems kept aside."""
    model = run.model
    problems = model.task.parse(*asked) if asked else model.heldout.first(6)
    answers = model.write(problems)
    right = model.task.grade(problems, answers)
    rows = zip(problems.questions, answers, problems.answers, right, strict=True)
    return [{"question": q, "answer": a, "expected": e, "right": bool(r)} for q, a, e, r in rows]
