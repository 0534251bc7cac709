"""`mebuki evaluate`: how well a model foretells a text."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from .main import Parser

EXAMPLE = """
mebuki evaluate runs/sherlock-transformer
mebuki evaluate runs/sherlock-transformer other-book.txt --json
mebuki evaluate calculator --suite all --count 200
"""


def parser() -> Parser:
    p = Parser(
        name="evaluate",
        about="Read a text with a model: loss, perplexity, bits per character, and 1/q.\n"
        "Without files, the part of its own text that was kept aside, all of it.\n"
        "A calculator is examined with fresh problems instead.",
        example=EXAMPLE,
    )
    p.add_argument("run", metavar="RUN", help="the folder of a run, or of one of its checkpoints")
    p.add_argument("files", nargs="*", metavar="TEXT", help="other files or folders to read")
    p.add_argument(
        "--encoding", metavar="E", help="of these files: auto, or as cp932 (default: as the run's own text was given)"
    )
    p.add_argument("--split", default="validation", metavar="S", help="validation or train (default validation)")
    p.add_argument(
        "--block", type=int, default=0, metavar="N", help="letters read at a time (default: the model's context)"
    )
    p.add_argument(
        "--stride", type=int, default=0, metavar="N", help="overlap the blocks and count their last N letters only"
    )
    p.add_argument(
        "--limit", type=int, default=0, metavar="N", help="read N letters in evenly spread blocks (default all)"
    )
    p.add_argument("--checkpoint", default=None, metavar="C", help="best, last or a step (default best)")
    p.add_argument("--engine", metavar="E", help="torch or scratch (NumPy alone); default: the one that trained it")
    p.add_argument("--json", action="store_true", help="print one JSON object (of a calculator: one for each suite)")
    group = p.add_argument_group("of a calculator (RUN: calculator for the ready one, or a folder)")
    group.add_argument("--suite", metavar="S", help="a suite, several with commas between, or all (default all)")
    group.add_argument("--count", type=int, metavar="N", help="problems of each suite (default 200)")
    group.add_argument("--seed", type=int, metavar="N", help="of the problems (default 0)")
    group.add_argument("--wrong", action="store_true", help="show some answers that were wrong")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    from ..errors import RecipeError

    if is_calculator(given.run):
        from .examine import run_examination

        return run_examination(given)
    for name in ("suite", "count", "seed", "wrong"):
        if getattr(given, name) not in (None, False):
            raise RecipeError(f"--{name} is for calculators, and {given.run} is none", hint=f"leave --{name} out")
    from ..runs.run import Run
    from ..runs.words import choosing_among, short, unit_of

    for name in ("block", "stride", "limit"):
        if getattr(given, name) < 0:
            raise RecipeError(f"--{name} is {getattr(given, name)}", allowed="0 or more", hint=f"leave --{name} out")
    if given.encoding and not given.files:
        raise RecipeError(
            "--encoding says how other files are read, and none is given", hint="leave --encoding out, or name a file"
        )
    opened = Run(given.run)
    opened.engine = given.engine
    shown = sys.stderr.isatty()

    def progress(share: float) -> None:
        if shown:
            print(f"\r  {share:4.0%} read", end="", file=sys.stderr, flush=True)

    about = {"block": given.block, "stride": given.stride, "limit": given.limit, "encoding": given.encoding}
    found = opened.evaluate(given.files, split=given.split, checkpoint=given.checkpoint, progress=progress, **about)
    if shown:
        print("\r            \r", end="", file=sys.stderr)
    if given.json:
        print(json.dumps(found.to_dict()))
        return 0
    unit = unit_of(opened.recipe.text.tokenizer)
    print(f"perplexity          {short(found.perplexity, 3)}   {choosing_among(found.perplexity, unit)}")
    print(f"loss                {found.loss:.4f} nats a token")
    print(f"bits per character  {found.bits_per_character:.4f}")
    print(
        f"1/q                 {found.one_over_q:,.3f}   q = {found.probability:.4f}, the mean probability of what came"
    )
    print(f"read                {found.tokens:,} tokens" + ("" if found.whole else ", in evenly spread blocks"))
    if found.unknown:
        print(f"left out            {found.unknown:,} tokens, the bytes of letters that the model never saw")
    if not given.files:
        rungs = {k: v for k, v in opened.info["baselines"].items() if v is not None}
        print("to beat             " + ", ".join(f"{name} {math.exp(loss):,.2f}" for name, loss in rungs.items()))
    return 0


def is_calculator(run: str) -> bool:
    """Whether RUN is the ready calculator, or the folder of one."""
    settings = Path(run) / "settings.json"
    if run == "calculator" and not Path(run).exists():
        return True
    try:
        return settings.is_file() and json.loads(settings.read_text(encoding="utf-8")).get("kind") == "calculator"
    except (OSError, ValueError, AttributeError):
        return False
