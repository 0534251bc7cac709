"""`mebuki answer`: a language model calculates, and shows its steps."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MebukiError, TextError
from ..text.files import new_file
from .main import Parser

if TYPE_CHECKING:
    from ..runs.answering import Answer, Calculator

EXAMPLE = """
mebuki answer "3*(4+5)-6/2"
mebuki answer "96÷41 のあまりは？" "(x+3)(2x-1)" --work
mebuki answer --jsonl problems.jsonl --out answers.jsonl
"""
ASKS = ("value", "remainder", "poly")


def parser() -> Parser:
    p = Parser(
        name="answer",
        about="A language model reads a question and writes steps and answer, letter by letter. A checker that is no part\n"
        "of it says whether the answer is right, and never changes it. + - * / ^ brackets, fractions, remainders,\n"
        "like terms, products of brackets, values for letters; English, Japanese, or as a calculator shows it.",
        example=EXAMPLE,
    )
    p.add_argument("questions", nargs="*", metavar="QUESTION", help="as people type them")
    p.add_argument("--ask", metavar="A", help="value, remainder or poly (default: what the question asks for)")
    p.add_argument("--work", action="store_true", help="show the calculations on the side, too")
    p.add_argument(
        "--model",
        default="calculator",
        metavar="RUN",
        help="the folder of a calculator that you grew (default: the ready one)",
    )
    p.add_argument("--jsonl", metavar="FILE", help='lines {"id", "expr", "ask"} instead; - reads standard input')
    p.add_argument(
        "--out", metavar="FILE", help="where answers to --jsonl go, a JSON line each (default: standard output)"
    )
    p.add_argument("--json", action="store_true", help="print one JSON object for each question")
    return p


def run(arguments: Sequence[str]) -> int:
    # A question may begin with a minus; with a space before it, it is not taken for an option.
    arguments = [f" {a}" if a[:1] == "-" and a[:2] != "--" and a not in ("-", "-h") else a for a in arguments]
    given = parser().parse_args(arguments)
    if bool(given.questions) == bool(given.jsonl):
        what = "a question and --jsonl" if given.jsonl else "no question"
        raise TextError(f"{what} was given", allowed="one of both", hint='mebuki answer "3*(4+5)-6/2"')
    if given.out and not given.jsonl:
        raise TextError("--out is where answers to --jsonl go", hint="--jsonl FILE, or leave --out out")
    if given.ask and given.ask not in ASKS:
        raise TextError(f"--ask is {given.ask!r}", allowed=", ".join(ASKS))
    from ..runs.answering import Calculator

    calculator = Calculator.open(given.model)
    if given.jsonl:
        return _lines(calculator, given.jsonl, given.out)
    refused = 0
    for number, text in enumerate(given.questions):
        try:
            answer = calculator.answer(text, given.ask)
        except MebukiError as error:
            if len(given.questions) == 1:
                raise
            print(f"mebuki: {error}", file=sys.stderr)
            refused = 2
            continue
        if given.json:
            print(json.dumps({"question": answer.question.expression, **answer.to_dict()}, ensure_ascii=False))
        else:
            if number:
                print()
            _show(answer, given.work)
    return refused


def _show(answer: Answer, work: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from ..runs.live import LEAF

    console = Console(highlight=False)

    def say(*parts: Any) -> None:
        console.print(Text.assemble(*parts), soft_wrap=True)

    say(("  " + str(answer.question), "bold"))
    for line in answer.steps:
        side = line.work if work else line.equations
        beside = "    " + "   ".join(side) if side else ""
        say("= " + line.text, (beside, "bright_black"))
    if not answer.answer:
        say(("  … it came to no end", "bright_black"))
    if answer.latex:
        say("\n  ", (answer.latex, "cyan"))
    mark, style = ("✓", LEAF) if answer.verdict.right else ("✗", "red")
    say(f"  {mark} ", (answer.verdict.why, style))


def _lines(calculator: Calculator, source: str, out: str | None) -> int:
    try:
        rows = (sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")).split("\n")
    except UnicodeDecodeError as error:
        raise TextError(f"{source} is no UTF-8 text: {error.reason}", allowed="JSON lines in UTF-8") from error
    except OSError as error:
        raise TextError(f"{source} cannot be read: {error.strerror or error}") from error
    rows = [row for row in rows if row.strip()]
    shown = sys.stderr.isatty()

    def told(done: int) -> None:
        if shown:
            print(f"\r  {done:,} of {len(rows):,} answered", end="", file=sys.stderr, flush=True)

    answers = [json.dumps(row, ensure_ascii=False) for row in calculator.lines(rows, told=told)]
    if shown:
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    if out is None:
        print("\n".join(answers))
        return 0
    _write(Path(out), answers)
    right = sum('"verdict": {"right": true' in answer for answer in answers)
    print(f"{len(answers):,} answers in {out}; the checker finds {right:,} of them right", file=sys.stderr)
    return 0


def _write(path: Path, rows: Iterable[str]) -> None:
    with new_file(path) as file:
        file.writelines(row + "\n" for row in rows)
