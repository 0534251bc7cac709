"""`mebuki estimate --gpus N`: a training on GPUs that are not here, reckoned. No text is read, and nothing is measured."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..errors import RecipeError, unknown
from ..recipes import Recipe

OPTIONS = ("gpu", "mfu", "price", "shard")  # that mean nothing without --gpus


def options(p: argparse.ArgumentParser) -> None:
    group: Any = p.add_argument_group("GPUs that are not here (reckoned, not measured; no text is needed)")
    group.add_argument("--gpus", type=int, metavar="N", help="plan the training on so many")
    group.add_argument("--gpu", metavar="G", help="h100, a100 or rtx4090 (default h100)")
    group.add_argument(
        "--mfu", type=float, metavar="X", help="share of their peak that arrives in the model (default 0.35)"
    )
    group.add_argument("--price", type=float, metavar="X", help="dollars an hour of one (default: as assumed)")
    group.add_argument("--shard", action="store_true", help="as of `mebuki train`: share out the weights over them")


def refuse_alone(given: argparse.Namespace) -> None:
    """Refuse what means nothing without --gpus.

    Raises:
        RecipeError: some of it was given.
    """
    for name in OPTIONS:
        if getattr(given, name):
            raise RecipeError(f"--{name} without --gpus", hint=f"--gpus 8 --{name} …")


def run(given: argparse.Namespace, recipe: Recipe) -> int:
    from ..runs.reckoning import GPUS, reckon

    name = given.gpu or "h100"
    if name not in GPUS:
        raise unknown("GPU", name, GPUS)
    if recipe.text.tokenizer == "characters":
        raise RecipeError(
            "how many letters the text has is not known before it is read",
            allowed="--tokenizer byte-pairs --vocabulary V",
            hint="--tokenizer byte-pairs --vocabulary 50304",
        )
    if given.price is not None and not 0 <= given.price < 1e6:
        raise RecipeError(f"--price is {given.price:g}", allowed="0 or more dollars an hour", hint="--price 2.5")
    share = 0.35 if given.mfu is None else given.mfu
    how = {"share": share, "shard": given.shard, "price": given.price}
    plan = reckon(recipe, recipe.text.vocabulary, GPUS[name], given.gpus, **how)
    price = GPUS[name].price if given.price is None else given.price
    if given.json:
        about = {"gpus": given.gpus, "gpu": name, "mfu": share, "price": price, "shard": given.shard}
        print(json.dumps({"recipe": recipe.to_dict(), **about, **plan.to_dict()}, ensure_ascii=False))
        return 0
    _tell(recipe, plan, given.gpus, name, GPUS[name].memory, share, price)
    return 0


def _tell(recipe: Recipe, plan: Any, gpus: int, name: str, room: float, share: float, price: float) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..runs.words import duration

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200  # a file or a pipe has no edge
    console.print(
        Text.assemble(("芽吹き  mebuki estimate", "bold green"), ("   reckoned, nothing was measured", "dim")), ""
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    parts = ", ".join(f"{what} {_bytes(size)}" for what, size in plan.memory.items())
    fits = "" if plan.total_memory < 0.95 * room else "   too much: a smaller --batch, or --shard"
    table.add_row("model", f"{recipe.model}, {_large(plan.parameters)} numbers to learn")
    table.add_row(
        "work",
        f"{_large(plan.tokens)} tokens in {recipe.training.steps:,} steps of {plan.step_tokens:,}; "
        f"{plan.token_flops / 1e9:.2f} GFLOPs a token, {plan.flops:.2e} FLOPs in all",
    )
    table.add_row("time", Text(f"about {duration(plan.seconds)}", "bold"))
    table.add_row(
        "",
        Text(
            f"{gpus:,} × {name} at {share:.0%} of their peak: {_large(plan.tokens_per_second)} tokens/s, "
            f"{_brief(plan.step_seconds)} a step",
            "dim",
        ),
    )
    table.add_row("cost", f"about ${plan.cost:,.0f} at an assumed ${price:.2f} an hour for each")
    table.add_row("memory", f"{_bytes(plan.total_memory)} of {_bytes(room)} on each GPU{fits}")
    table.add_row("", Text(parts, "dim"))
    table.add_row(
        "wire", f"{_bytes(plan.wire)} sent by each GPU in a step, {_brief(plan.wire_seconds)} within one machine"
    )
    table.add_row("disk", f"{_bytes(plan.checkpoint)} a checkpoint, {_bytes(plan.ids)} of ids if each is read once")
    console.print(table)


def _large(number: float) -> str:
    """
    >>> _large(123_568_896), _large(9.96e9), _large(524_288)
    ('123.6 M', '9.96 B', '524,288')
    """
    if number >= 1e12:
        return f"{number / 1e12:.3g} T"
    if number >= 1e9:
        return f"{number / 1e9:.3g} B"
    return f"{number / 1e6:.1f} M" if number >= 1e6 else f"{number:,.0f}"


def _bytes(size: float) -> str:
    """
    >>> _bytes(1.48e9), _bytes(19.6e9), _bytes(8.4e10), _bytes(0)
    ('1.5 GB', '20 GB', '84 GB', '0.0 GB')
    """
    return f"{size / 1e9:,.1f} GB" if size < 9.95e9 else f"{size / 1e9:,.0f} GB"


def _brief(seconds: float) -> str:
    """
    >>> _brief(0.0019), _brief(0.146), _brief(2.5)
    ('1.9 ms', '146 ms', '2.5 s')
    """
    if seconds >= 1:
        return f"{seconds:,.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
