"""LaTeX: what a teacher would write, and the same meaning when it is read again."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from test_expressions import IN_LETTERS, IN_NUMBERS

from mebuki.errors import TextError
from mebuki.tasks.expressions import evaluate, parse, truth
from mebuki.tasks.latex import latex
from mebuki.tasks.reading import QuestionError, read


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("49/6*x^2*z^8", r"\frac{49}{6} x^{2} z^{8}"),
        ("-40*y^2-84*y+432", "-40 y^{2} - 84 y + 432"),
        ("1/6*x-17/6", r"\frac{1}{6} x - \frac{17}{6}"),
        ("-c", "-c"),
        ("x*y", "x y"),
        ("x^10", "x^{10}"),
        ("2/17", r"\frac{2}{17}"),
        ("-2/17", r"-\frac{2}{17}"),
        ("6/2", r"6 \div 2"),
        ("6/51", r"\frac{6}{51}"),
        ("1/2+1/3", r"\frac{1}{2} + \frac{1}{3}"),
        ("6*9-92*4*2/2", r"6 \times 9 - 92 \times 4 \times 2 \div 2"),
        ("3*(-4)", r"3 \times \left(-4\right)"),
        ("4637-(-93068)", r"4637 - \left(-93068\right)"),
        ("(13/12)*((7/5)+(17/7))", r"\frac{13}{12} \times \left(\frac{7}{5} + \frac{17}{7}\right)"),
        ("(2/3)^2", r"\left(\frac{2}{3}\right)^{2}"),
        ("3/(2/3)", r"3 \div \frac{2}{3}"),
        ("2*(1/3)", r"2 \times \frac{1}{3}"),
        ("456/(3*(12-27))", r"456 \div \left(3 \times \left(12 - 27\right)\right)"),
        ("-4*(-5*y+12)*(-2*y-9)", r"-4 \left(-5 y + 12\right) \left(-2 y - 9\right)"),
        ("(a+b)/2", r"\frac{a + b}{2}"),
        ("(-c-8*q)/2-(c-8*q)/2", r"\frac{-c - 8 q}{2} - \frac{c - 8 q}{2}"),
        ("(a+b)^2/2", r"\frac{\left(a + b\right)^{2}}{2}"),
        ("2*(a+b)/3*c", r"\frac{2 \left(a + b\right)}{3} c"),
        ("6*x^2/(3*x)", r"\frac{6 x^{2}}{3 x}"),
        ("x*3", r"x \times 3"),
        ("2*3*x", r"2 \times 3 x"),
        ("x*(1/3)", r"x \times \frac{1}{3}"),
        ("(3+4)*x", r"\left(3 + 4\right) x"),
        ("x*(3+4)", r"x \times \left(3 + 4\right)"),
        ("7*x^2-7*p, p=-7, x=4/5", r"7 x^{2} - 7 p, \quad p = -7, \quad x = \frac{4}{5}"),
        ("2 r 14", r"2 \text{ remainder } 14"),
        ("-4 r 1", r"-4 \text{ remainder } 1"),
    ],
)
def test_what_a_teacher_would_write(text: str, formula: str) -> None:
    assert latex(text) == formula


def test_remainders() -> None:
    assert latex("2 r 14", language="ja") == r"2 \text{ あまり } 14"
    assert latex("96/41", ask="remainder") == r"96 \div 41"
    assert latex("(-7)/(-2)", ask="remainder") == r"\left(-7\right) \div \left(-2\right)"


@given(IN_NUMBERS | IN_LETTERS.map(lambda text: text.replace("x", "a")))
def test_the_meaning_stays(text: str) -> None:
    try:
        answer = truth(text)
    except TextError:
        return
    assert truth(read(latex(text)).expression) == answer
    letters = {"a": Fraction(7, 3), "y": Fraction(-5, 2)}
    with suppress(QuestionError):  # the degree of an answer may be beyond that of a question
        again = read(latex(answer))
        assert evaluate(parse(again.expression), letters) == evaluate(parse(answer), letters)


@given(IN_LETTERS.map(lambda text: text.replace("x", "a")))
def test_lines_over_letters_keep_their_meaning(text: str) -> None:
    text = f"({text})/6*a*({text})/(2*a)/7"
    try:
        answer = truth(text)
    except TextError:
        return
    assert truth(read(latex(text)).expression) == answer


@pytest.mark.parametrize("text", ["", "1+", "2x", "a r b r c", "1 r ", "X", "x, y", r"\frac{1}{2}"])
def test_no_formula_without_a_meaning(text: str) -> None:
    with pytest.raises(TextError):
        latex(text)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(TextError, match="language 'fr'"):
        latex("1", language="fr")  # pyright: ignore[reportArgumentType]


def test_long_lines_are_quick() -> None:
    start = time.process_time()
    assert latex("x/" * 9_999 + "1").endswith("{1}")
    assert latex("x*(" * 50 + "1" + ")" * 50)
    assert time.process_time() - start < 1
