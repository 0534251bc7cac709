"""`mebuki generate`: let a model write."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .main import Parser

if TYPE_CHECKING:
    from ..runs.run import Run

EXAMPLE = """
mebuki generate runs/sherlock-transformer "Watson, " --tokens 300 --temperature 0.8
mebuki generate runs/sherlock-transformer "Watson, " --samples 3 --seed 1 --stop "\\n\\n"
mebuki generate runs/sherlock-transformer "Watson, " --tokens 10000 --weights int8
"""


def parser() -> Parser:
    p = Parser(name="generate", about="Let a model write on from a beginning.", example=EXAMPLE)
    p.add_argument("run", metavar="RUN", help="the folder of a run, or of one of its checkpoints")
    p.add_argument("prompt", nargs="?", default="", metavar="TEXT", help="how it begins; - reads the standard input")
    p.add_argument(
        "--tokens", type=int, default=300, metavar="N", help="how many letters (or pieces) at most (default 300)"
    )
    p.add_argument("--samples", type=int, default=1, metavar="N", help="how many texts (default 1)")
    p.add_argument(
        "--seed", type=int, metavar="N", help="the same seed gives the same text (default: a new one, shown)"
    )
    p.add_argument(
        "--temperature",
        type=float,
        default=0.8,
        metavar="X",
        help="0 takes the likeliest, 1 draws as learned, more is wilder (default 0.8)",
    )
    p.add_argument("--top-k", type=int, default=0, metavar="N", help="draw among the N likeliest only")
    p.add_argument(
        "--top-p", type=float, default=1.0, metavar="X", help="draw among the likeliest that make up X together"
    )
    p.add_argument(
        "--min-p",
        type=float,
        default=0.0,
        metavar="X",
        help="draw among those at least X times as likely as the likeliest",
    )
    p.add_argument(
        "--repetition-penalty", type=float, default=1.0, metavar="X", help="above 1: avoid what was just written"
    )
    p.add_argument("--greedy", action="store_true", help="always the likeliest, as --temperature 0")
    p.add_argument(
        "--stop",
        action="append",
        default=[],
        metavar="TEXT",
        help="end before this text; \\n is a line end; may be repeated",
    )
    p.add_argument("--checkpoint", default=None, metavar="C", help="best, last or a step (default best)")
    p.add_argument(
        "--engine",
        metavar="E",
        help="compiled, torch or scratch (NumPy alone); default: compiled where it can be had, else the one that trained it",
    )
    p.add_argument(
        "--weights",
        default="float32",
        metavar="W",
        help="float32 (exact), bfloat16 or int8 (quicker, rounded), for the engine compiled (default float32)",
    )
    p.add_argument(
        "--threads",
        type=int,
        default=0,
        metavar="N",
        help="processor threads (default: one if compiled, else as the engine chooses)",
    )
    p.add_argument("--json", action="store_true", help="print one JSON object for each text")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    from ..generation.sampler import Sampling
    from ..runs.run import Run

    opened = Run(given.run)
    if given.checkpoint is not None:
        opened.chosen = given.checkpoint
    sampling = Sampling(
        temperature=0 if given.greedy else given.temperature,
        top_k=given.top_k,
        top_p=given.top_p,
        min_p=given.min_p,
        repetition_penalty=given.repetition_penalty,
    )
    prompt = _standard_input() if given.prompt == "-" else given.prompt
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    stop = [s.replace("\\n", "\n").replace("\\t", "\t") for s in given.stop]
    if given.engine == "compiled" or given.weights != "float32":
        _tell_of_compiling(opened)
    how = {"engine": given.engine, "weights": given.weights, "threads": given.threads}
    pieces = opened.generate_many(
        prompt, samples=given.samples, tokens=given.tokens, sampling=sampling, seed=seed, stop=stop, **how
    )
    if given.json or given.samples > 1:
        texts = [""] * max(1, given.samples)
        for number, piece in pieces:
            texts[number] += piece
        for number, text in enumerate(texts):
            if given.json:
                row = {"sample": number, "prompt": prompt, "text": text, "seed": seed}
                print(json.dumps(row, ensure_ascii=False))
            else:
                print(f"--- {number + 1} ---\n{prompt}{text}")
    else:
        print(prompt, end="", flush=True)
        for _, piece in pieces:
            print(piece, end="", flush=True)
        print()
    if given.seed is None and not given.json and sampling.temperature:
        print(f"\n(seed {seed})", file=sys.stderr)
    return 0


def _tell_of_compiling(opened: Run) -> None:
    """The first time they are asked for, kernels must be waited for."""
    from ..generation.compiled import available, making

    if not available(opened.recipe.model) and making(opened.recipe.model):
        print("compiling for this processor, once; it takes half a minute …", file=sys.stderr, flush=True)


def _standard_input() -> str:
    from ..errors import TextError

    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise TextError(f"the standard input is not UTF-8: {error.reason}", hint="iconv -t UTF-8") from None
