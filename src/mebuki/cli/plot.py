"""`mebuki plot`: draw loss and perplexity."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .main import Parser

EXAMPLE = """
mebuki plot runs/sherlock-lstm runs/sherlock-transformer -o curves.svg --x time
"""


def parser() -> Parser:
    p = Parser(
        name="plot", about="Draw the loss and the perplexity of runs, with what they had to beat.", example=EXAMPLE
    )
    p.add_argument("runs", nargs="+", metavar="RUN", help="the folders of runs")
    p.add_argument("-o", "--out", default="curve.svg", metavar="FILE", help=".svg, .png or .pdf (default curve.svg)")
    p.add_argument("--x", default="step", metavar="X", help="step, time or tokens (default step)")
    p.add_argument("--json", action="store_true", help="print the path as JSON")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    from ..runs.plot import plot
    from ..runs.run import Run

    path = plot([Run(folder) for folder in given.runs], given.out, x=given.x)
    print(json.dumps({"plot": str(path)}) if given.json else f"drawn: {path}")
    return 0
