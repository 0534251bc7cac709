r"""A worked answer as a teacher writes it on a board: line under line, the part that is worked next underlined, and why.

Nothing is calculated for the reader that the model has not written: what is underlined is what its own calculations on the side begin
with, and a part that could be read in two ways is left alone.

>>> rows = board(Question("3*(4+5)-6"), [Line("3*9-6", [], ["4+5=9"]), Line("27-6", [], ["3*9=27"]), Line("21", [])])
>>> [(row.part, row.why) for row in rows]
[('4+5', 'bracket'), ('3*9', 'product'), ('27-6', ''), ('', '')]
>>> print(rows[0].latex)
3 \times \left(\htmlClass{next}{4 + 5}\right) - 6
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...errors import TextError
from ..expressions import evaluate, parse
from ..latex import LINES, latex
from ..reading import Question
from .answers import UNDEFINED, Line

Why = Literal["", "bracket", "product"]
STANDS_FOR = 7_070_707  # a number for a part of a line, while the rest is set
SINGLE = re.compile(r"-?\d+[-+*/](?:\d+|\(-\d+\))")  # one operation, which may be done without a note on the side


@dataclass(frozen=True)
class Row:
    r"""One line on the board.

    Attributes:
        text: in canonical text; latex: the same, with the part in `\\\\htmlClass{next}{…}`; both empty if it cannot be set.
        part: what is worked next; empty: that is not known.
        why: it comes first because it stands in a bracket, or because a product goes before a sum; empty: that goes without saying.
        equations: what was worked on the side to come to this line.
        work: the same as the model wrote it, with all its scratch.
    """

    text: str
    latex: str
    part: str
    why: Why
    equations: list[str]
    work: list[str]


def board(question: Question, lines: Sequence[Line], language: Literal["en", "ja"] = "en") -> list[Row]:
    """The question and each line of working, the last of which is the answer."""
    whole, rows = [Line(question.expression, [])], []
    for line in lines:
        if line.text == whole[-1].text and line is not lines[-1]:  # written once more, as it was
            continue
        whole.append(line)
    for place, (line, following) in enumerate(zip(whole, [*whole[1:], None], strict=True)):
        part = _next(line.text, following.equations) if following else ""
        if following and not part and not following.equations and SINGLE.fullmatch(line.text):
            part = line.text
        asked = question.ask if place == 0 else None
        plain, marked = _set(line.text, asked, language), ""
        if part and asked != "remainder":
            marked = _marked(line.text, part, plain, language)
        why = _why(line.text, part) if marked else ""
        rows.append(Row(line.text, marked or plain, part if marked else "", why, list(line.equations), list(line.work)))
    return rows


def _set(text: str, asked: Literal["value", "remainder", "poly"] | None, language: Literal["en", "ja"]) -> str:
    try:
        return latex(text, ask=asked, language=language) if text and text != UNDEFINED else ""
    except TextError:
        return ""


def _next(text: str, equations: Sequence[str]) -> str:
    """The first part of a line that the following calculations begin with."""
    for equation in equations:
        part = equation.partition("=")[0]
        if ":" not in part and not part.isdigit() and _place(text, part) >= 0:
            return part
    return ""


def _place(text: str, part: str) -> int:
    """Where a part stands as an operand of its own; -1: nowhere."""
    expression = text.partition(",")[0]
    for found in re.finditer(rf"(?<![0-9a-z^]){re.escape(part)}(?![0-9a-z^])", expression):
        try:
            whole = evaluate(parse(expression, LINES))
            alone = evaluate(parse(f"{expression[: found.start()]}({part}){expression[found.end() :]}", LINES))
        except TextError:
            continue
        if whole == alone:
            return found.start()
    return -1


def _marked(text: str, part: str, plain: str, language: Literal["en", "ja"]) -> str:
    """The line with its part marked; empty if that would change how it is set."""
    at = _place(text, part)
    inside = _set(part, None, language)
    if at < 0 or not inside or "," in text:
        return ""
    around = _set(f"{text[:at]}{STANDS_FOR}{text[at + len(part) :]}", None, language)
    if around.replace(str(STANDS_FOR), inside) != plain:
        return ""
    return around.replace(str(STANDS_FOR), rf"\htmlClass{{next}}{{{inside}}}")


def _why(text: str, part: str) -> Why:
    at = _place(text, part)
    before, after = text[:at], text[at + len(part) :]
    if before.endswith("(") and after.startswith(")"):
        return "bracket"
    outside = re.sub(r"\([^()]*\)", "", before + after)
    return "product" if re.search("[*/]", part) and re.search(r"(?<=[0-9a-z)])[+-]|[+-](?=[0-9a-z(])", outside) else ""
