"""`mebuki estimate`: before a run, how long it will take on this machine, and how good such models get."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from ..recipes import RECIPES, Recipe
from ..shapes import SHAPES
from . import estimate_gpus
from .main import Parser
from .train import recipe_of, recipe_options

if TYPE_CHECKING:
    from ..runs.estimate import Estimate, Known

EXAMPLE = """
mebuki estimate my-diary.txt
mebuki estimate my-diary.txt --model lstm --minutes 10
mebuki estimate my-diary.txt --model all --perplexity 5
mebuki estimate --gpus 8 --tokenizer byte-pairs --vocabulary 50304 --width 768 --layers 12 --heads 12 --context 1024 --batch 128 --steps 76000
"""


def parser() -> Parser:
    p = Parser(
        name="estimate",
        about="Before a run: how long it will take on this machine, and how good it will get.\n"
        "The pace is measured on a few steps; what to expect comes from counting your text and from runs on others.\n"
        "Takes the options of `mebuki train`; --model all tells of every kind.",
        example=EXAMPLE,
    )
    recipe_options(p)
    p.add_argument("--perplexity", type=float, metavar="X", help="how long until this perplexity is reached?")
    p.add_argument("--measure", type=float, default=3.0, metavar="S", help="seconds of steps to measure (default 3)")
    p.add_argument("--json", action="store_true", help="print one JSON object for each model")
    estimate_gpus.options(p)
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    if given.perplexity is not None and not given.perplexity > 1:
        raise RecipeError(f"--perplexity is {given.perplexity:g}", allowed="more than 1", hint="--perplexity 5")
    if not 0 <= given.measure <= 600:
        raise RecipeError(f"--measure is {given.measure:g}", allowed="0 to 600 seconds", hint="--measure 3")
    if given.gpus is not None:
        given.text = given.text or ([] if given.recipe and given.recipe not in RECIPES else ["library"])
        return estimate_gpus.run(given, _recipe(given, given.model))
    estimate_gpus.refuse_alone(given)
    told = [*_estimates(given)]
    if given.json:
        for found, known, wanted in told:
            row = {**found.to_dict(), "baselines": {**known.baselines.to_dict(), "sequences": known.sequences}}
            if given.perplexity is not None:
                row["reaching"] = {"perplexity": given.perplexity, "seconds": None, "steps": None}
                row["reaching"] |= {"seconds": wanted.seconds, "steps": wanted.steps} if wanted else {}
            print(json.dumps(row, ensure_ascii=False))
        return 0
    _head(told[0][1])
    if len(told) == 1:
        _one(*told[0], given)
    else:
        _table(told, given)
    return 0


def _estimates(given: argparse.Namespace) -> Iterator[tuple[Estimate, Known, Estimate | None]]:
    """Of each model that is asked for: the estimate, its text, and the run that reaches the wanted perplexity."""
    recipes = [_recipe(given, kind) for kind in (SHAPES if given.model == "all" else [given.model])]
    from ..runs.estimate import estimate, know, reaching

    texts: dict[Any, Known] = {}
    for recipe in recipes:
        known = texts[recipe.text] = texts.get(recipe.text) or know(recipe)
        found = estimate(recipe, known, seconds=given.measure)
        loss = None if given.perplexity is None else math.log(given.perplexity)
        yield found, known, None if loss is None else reaching(loss, recipe, known, found.pace)


def _recipe(given: argparse.Namespace, kind: str | None) -> Recipe:
    return recipe_of(argparse.Namespace(**{**vars(given), "model": kind}), "mebuki estimate my-diary.txt")


# On paper.


def _print(*lines: Any) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200  # a file or a pipe has no edge
    for line in lines:
        console.print(line)


def _head(known: Known) -> None:
    from rich.text import Text

    rungs = known.baselines
    losses = {"blindly": rungs.uniform, "by how often each comes": rungs.unigram, "by counted pairs": rungs.bigram}
    losses["by counted sequences"] = known.sequences
    shown = [f"{name} {math.exp(loss):.4g}" for name, loss in losses.items() if loss is not None]
    _print(
        Text.assemble(("芽吹き  mebuki estimate", "bold green"), (f"   {known.corpus.description()}", "dim")),
        Text("to beat: " + "   ".join(shown), "dim"),
        "",
    )


def _one(found: Estimate, known: Known, wanted: Estimate | None, given: argparse.Namespace) -> None:
    from rich.table import Table
    from rich.text import Text

    from ..runs.words import by_hand, choosing_among, count, duration, short, unit_of

    recipe, pace, expected = found.recipe, found.pace, found.expected
    unit = unit_of(recipe.text.tokenizer)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    threads = f"{pace.facts['threads']} thread" + ("s" if pace.facts["threads"] != 1 else "")
    how = f"{pace.facts['precision']}, {threads}" + (", compiled" if pace.facts.get("kernels") else "")
    table.add_row("model", f"{recipe.model}{by_hand(recipe)}, {count(pace.parameters)} numbers to learn, {how}")
    time = Text(f"about {duration(found.seconds)}", "bold")
    time.append(f"   {duration(found.quick)} to {duration(found.slow)}", "default not bold")
    table.add_row("time", time)
    table.add_row(
        "",
        Text(
            f"{found.steps:,} steps of {pace.tokens:,} {unit}: {duration(found.steps * pace.step)} at "
            f"{pace.tokens / pace.step:,.0f} {unit}/s, as {pace.measured} steps went here and now\n"
            f"{found.evaluations} evaluations: {duration(found.evaluations * pace.evaluation)}   "
            f"before the first step: {_brief(known.seconds + pace.ready)}   "
            f"compiling and warming up: {_brief(pace.first)}",
            "dim",
        ),
    )
    loss, low, high = (short(math.exp(loss)) for loss in (expected.loss, expected.low, expected.high))
    quality = Text(choosing_among(math.exp(expected.loss), unit), "bold")
    quality.append(f"   perplexity about {loss}, {low} to {high}", "default not bold")
    table.add_row("to expect", quality)
    table.add_row("reads", f"{count(found.tokens)} {unit}, {_times(found.epochs)} the text")
    if given.perplexity is not None:
        steps = f", {wanted.steps:,} steps" if wanted else ""
        table.add_row(f"to {given.perplexity:g}", Text(_reaching(wanted) + steps, "bold"))
    _print(table)
    for warning in found.warnings:
        _print(Text(f"note: {warning}", "yellow"))


def _table(told: list[tuple[Estimate, Known, Estimate | None]], given: argparse.Namespace) -> None:
    from rich.table import Table
    from rich.text import Text

    from ..runs.words import count, duration, short, unit_of

    table = Table(box=None, pad_edge=False, header_style="dim")
    unit = unit_of(told[0][0].recipe.text.tokenizer)
    names = ["model", "numbers", "steps", "reads", f"{unit}/s", "time", "perplexity", "range"]
    for name in names + ([f"to {given.perplexity:g}"] if given.perplexity is not None else []):
        table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
    for found, _, wanted in told:
        pace, expected = found.pace, found.expected
        loss, low, high = (short(math.exp(loss)) for loss in (expected.loss, expected.low, expected.high))
        row = [found.recipe.model, count(pace.parameters), f"{found.steps:,}", _times(found.epochs)]
        row += [f"{pace.tokens / pace.step:,.0f}", duration(found.seconds), loss, f"{low}–{high}"]
        table.add_row(*row, *([_reaching(wanted)] if given.perplexity is not None else []))
    _print(table, "")
    models: dict[str, list[str]] = {}
    for found, *_ in told:
        for warning in found.warnings:
            models.setdefault(warning, []).append(found.recipe.model)
    _print(*(Text(f"note: {', '.join(kinds)}: {warning}", "yellow") for warning, kinds in models.items()))


def _reaching(wanted: Estimate | None) -> str:
    from ..runs.words import duration

    return duration(wanted.seconds) if wanted else "out of reach"


def _times(epochs: float) -> str:
    return f"{epochs:.1f} ×" if epochs >= 0.95 else f"{epochs:.0%}"


def _brief(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
