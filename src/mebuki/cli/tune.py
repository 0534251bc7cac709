"""`mebuki tune`: look for settings with which a model learns a text best."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import RecipeError, RunError
from ..recipes import Recipe
from .main import Parser
from .train import name_of, recipe_of, recipe_options

EXAMPLE = """
mebuki tune my-diary.txt --trials 40 --minutes-per-trial 2
mebuki tune recipe.toml --trials 30 --search dropout=0..0.5 --search layers=2,3,4
mebuki train --recipe tunings/my-diary-transformer/recipe.toml --steps 5000
"""


def parser() -> Parser:
    p = Parser(
        name="tune",
        about="Look for settings with which a model learns your text best: many short trainings, each with settings that\n"
        "Optuna proposes from those before (TPE); hopeless ones are given up early. The same command goes on after Ctrl-C,\n"
        "and may be run several times at once. Takes the options of `mebuki train`: they say where the search begins.",
        example=EXAMPLE,
    )
    recipe_options(p)
    p.add_argument("--trials", type=int, default=30, metavar="N", help="so many in all (default 30)")
    p.add_argument(
        "--minutes-per-trial",
        dest="minutes",
        type=float,
        metavar="M",
        help="so long each (--steps S: so many steps each)",
    )
    p.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="NAME=LOW..HIGH",
        help="limits of one setting, or a list as NAME=1,2,4; NAME=1 holds it fast",
    )
    p.add_argument(
        "--seeds",
        type=int,
        default=3,
        metavar="K",
        help="in the end, train the recipe as it was and the winner with K further seeds (default 3, 0: none)",
    )
    p.add_argument("--parameters", type=int, metavar="N", help="most numbers to learn (default: as the recipe has)")
    p.add_argument("--pruner", default="median", metavar="P", help="median, hyperband or none (default median)")
    p.add_argument("--out", metavar="DIR", help="folder of the study (default tunings/TEXT-MODEL)")
    p.add_argument("--storage", metavar="ADDRESS", help="keep the study in a database, for workers on many machines")
    p.add_argument("--name", metavar="STUDY", help="name of the study there (default: that of the folder)")
    p.add_argument("--json", action="store_true", help="print every event as a line of JSON")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    recipe = _recipe(given)
    out = Path(given.out) if given.out else Path("tunings") / name_of(recipe)
    if given.parameters is not None and given.parameters < 1:
        raise RecipeError(f"--parameters is {given.parameters}", allowed="1 or more")
    how = {"trials": given.trials, "search": given.search, "budget": given.parameters, "storage": given.storage}
    how |= {"name": given.name, "pruner": given.pruner, "seeds": given.seeds}
    from ..runs.tuning import tuning

    if given.json:
        for event in tuning(recipe, out, **how):
            _print_json(event)
        return 0
    from ..runs.tuning_events import Tuned
    from .tune_view import View

    last = None
    with View(recipe) as view:
        for event in tuning(recipe, out, **how):
            view(event)
            last = event
    assert isinstance(last, Tuned)
    if last.best is None:
        if last.why == "stopped" or last.waiting:
            return 0
        raise RunError("no trial came to its end", hint="fewer steps or another --search")
    view.verdict(last, out)
    return 0


def _recipe(given: argparse.Namespace) -> Recipe:
    """The recipe where the search begins; a TOML file may stand in the place of the text."""
    if len(given.text) == 1 and given.text[0].endswith(".toml"):
        if given.recipe:
            raise RecipeError("two recipes were given", allowed="one of them", hint=f"mebuki tune {given.text[0]}")
        given.recipe, given.text = given.text[0], []
    return recipe_of(given, "mebuki tune my-diary.txt --trials 30 --minutes-per-trial 2")


def _print_json(event: Any) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, Recipe):
            return value.to_dict()
        if dataclasses.is_dataclass(value):
            return _fields(value)
        return str(value)

    content = _fields(event)
    if inner := content.get("event"):
        content["event"] = {"event": type(inner).__name__.lower(), **_fields(inner)}
        content["what"] = content.pop("event")
    print(json.dumps({"event": type(event).__name__.lower(), **content}, ensure_ascii=False, default=plain), flush=True)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
