"""What stands on the board: the part that is worked next, and nothing that the model has not written."""

from __future__ import annotations

import re

import pytest

from mebuki.tasks.calculator.answers import Line
from mebuki.tasks.calculator.showing import board
from mebuki.tasks.expressions import evaluate, parse
from mebuki.tasks.latex import latex
from mebuki.tasks.reading import Question, read


def rows(question: str, *lines: tuple[str, list[str]]):
    return board(read(question), [Line(text, [], equations) for text, equations in lines])


def test_brackets_and_products_come_first() -> None:
    found = rows("3*(4+5)-6/2", ("3*9-6/2", ["4+5=9"]), ("27-6/2", ["3*9=27"]), ("27-3", ["6/2=3"]), ("24", []))
    assert [(row.part, row.why) for row in found] == [
        ("4+5", "bracket"), ("3*9", "product"), ("6/2", "product"), ("27-3", ""), ("", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "equation"),
    [
        ("8-3-2", "3-2=1"),
        ("2*3+4", "3+4=7"),
        ("12/6/2", "6/2=3"),
        ("13+4", "3+4=7"),
        ("2*3^2", "2*3=6"),
        ("5-3*2", "5-3=2"),
    ],
)
def test_what_would_be_another_sum_is_not_underlined(text: str, equation: str) -> None:
    found = rows(text, ("1", [equation]))
    assert found[0].part != equation.partition("=")[0]
    assert "htmlClass" not in found[0].latex


@pytest.mark.parametrize("text", ["3*(4+5)-6/2", "1*6/2+4", "-3^2+(-4)*2", "7*1^2-7*(-7)", "2*(3-(4+1))*5"])
def test_a_mark_changes_nothing_else(text: str) -> None:
    for part in re.findall(r"\d+[-+*/]\d+", text):
        found = board(Question(text), [Line("0", [], [f"{part}={evaluate(parse(part))}"])])[0]
        assert re.sub(r"\\htmlClass\{next\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", found.latex) == latex(text)


def test_a_line_that_says_the_same_again_is_written_once() -> None:
    found = rows("1/2+1/3", ("1/2+1/3", []), ("5/6", ["3+2=5", "2*3=6"]))
    assert [row.text for row in found] == ["1/2+1/3", "5/6"]


def test_no_answer_is_set_as_nothing() -> None:
    assert [row.latex for row in rows("1+2+3", ("undefined", []))] == ["1 + 2 + 3", ""]
