"""Expressions: the grammar, exact values against Python's own arithmetic, and bounds that hold."""

from __future__ import annotations

import re
import time
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mebuki.errors import TextError
from mebuki.tasks.expressions import (
    ANSWERS,
    Ask,
    Letter,
    Number,
    Power,
    Product,
    Sum,
    default_ask,
    evaluate,
    operands,
    parse,
    substitution,
    truth,
)
from mebuki.tasks.polynomials import Polynomial


def canonical(atoms: st.SearchStrategy[str], operators: str = "+-*") -> st.SearchStrategy[str]:
    """Random canonical expressions over some atoms."""

    def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        bracket = st.tuples(st.sampled_from(["(", "(-"]), inner, st.sampled_from([")", ")^2"])).map("".join)
        factor = atoms | bracket.map(lambda text: text.replace("(--", "(-"))
        further = st.tuples(st.sampled_from(operators), factor).map("".join)
        return st.tuples(factor, st.lists(further, min_size=1, max_size=3)).map(lambda pair: pair[0] + "".join(pair[1]))

    return st.recursive(atoms, longer, max_leaves=8)


NUMBERS = st.integers(0, 99).map(str)
IN_NUMBERS = canonical(NUMBERS, "+-*/")
IN_LETTERS = canonical(NUMBERS | st.sampled_from(["x", "y", "x^2", "y^3"]))


def by_python(text: str, **values: Fraction) -> Fraction:
    """Python's own grammar and fractions: another parser, for texts that the tests make themselves."""
    python = re.sub(r"(?<!\^)\b[0-9]+", r"Fraction(\g<0>)", text).replace("^", "**")
    return eval(python, {"Fraction": Fraction}, dict(values))


@given(IN_NUMBERS)
def test_values_are_those_of_python(text: str) -> None:
    try:
        right = by_python(text)
    except ZeroDivisionError:
        with pytest.raises(TextError, match="division by zero"):
            truth(text)
    else:
        assume(max(abs(right.numerator), right.denominator) < 10**300)
        assert truth(text) == str(right)


@given(IN_LETTERS, st.fractions(-9, 9, max_denominator=6), st.fractions(-9, 9, max_denominator=6))
def test_polynomials_have_the_values_of_their_questions(text: str, x: Fraction, y: Fraction) -> None:
    answer = truth(text, "poly")
    assert by_python(text, x=x, y=y) == by_python(answer, x=x, y=y)
    assert str(evaluate(parse(answer, ANSWERS))) == answer
    assert evaluate(parse(text), {"x": x, "y": y}) == by_python(text, x=x, y=y)


@pytest.mark.parametrize(
    ("expression", "ask", "answer"),
    [
        ("6*9-92*4*2/2", "value", "-314"),
        ("4637-(-93068)", "value", "97705"),
        ("387090/45", "value", "8602"),
        ("6/51", "value", "2/17"),
        ("7*4-456/(3*(12-(16+15)))", "value", "36"),
        ("(13/12)*((7/5)+(17/7))", "value", "871/210"),
        ("-3^2", "value", "-9"),
        ("(-3)^2", "value", "9"),
        ("8/4/2", "value", "1"),
        ("2-3-4", "value", "-5"),
        ("+5", "value", "5"),
        ("7^0", "value", "1"),
        ("96/41", "remainder", "2 r 14"),
        ("-7/2", "remainder", "-4 r 1"),
        ("(-7)/2", "remainder", "-4 r 1"),
        ("7/(-2)", "remainder", "-3 r 1"),
        ("(-7)/(-2)", "remainder", "4 r 1"),
        ("8/2", "remainder", "4 r 0"),
        ("7*c-3*n+5*c+4", "poly", "12*c-3*n+4"),
        ("-4*(-5*y+12)*(-2*y-9)", "poly", "-40*y^2-84*y+432"),
        ("(-x^3*z^2)*(-7*x*z^3)^2/(-6*x^3)", "poly", "49/6*x^2*z^8"),
        ("(-c-8*q)/2-(c-8*q)/2", "poly", "-c"),
        ("7*x^2-7*p+5*c, c=4/5, p=-7, x=1", "value", "60"),
        ("1/(x-1), x=3", "value", "1/2"),
        ("x-x", "poly", "0"),
    ],
)
def test_answers_of_the_table(expression: str, ask: Ask, answer: str) -> None:
    assert truth(expression, ask) == answer
    if ask != "remainder":
        assert default_ask(expression) == ask
        assert truth(expression) == answer


@given(st.integers(-999, 999), st.integers(-99, 99).filter(bool))
def test_remainders_obey_their_law(a: int, b: int) -> None:
    one, other = (f"({number})" if number < 0 else str(number) for number in (a, b))
    quotient, remainder = map(int, truth(f"{one}/{other}", "remainder").split(" r "))
    assert a == quotient * b + remainder
    assert 0 <= remainder < abs(b)


def test_trees() -> None:
    assert parse("2*x^3-1") == Sum(
        (("+", Product(Number(2), (("*", Power(Letter("x"), 3)),))), ("-", Number(1))),
    )
    assert substitution("x+1") == ("x+1", {})
    assert operands("(-7)/(-2)") == (-7, -2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing was given"),
        ("1+", "ends too early"),
        ("1+*2", r"'\*' is at place 3"),
        ("3*-4", "'-' is at place 3"),
        ("(1+2", "ends too early"),
        ("1+2)", r"'\)' is at place 4"),
        ("()", r"'\)' is at place 2"),
        ("12 34", "' ' is at place 3"),
        ("2x", "'x' is at place 2"),
        ("X", "'X' is at place 1"),
        ("٣", "is at place 1"),
        ("2^3^2", "power of a power"),
        ("2^(3)", "is at place 3"),
        ("2^-1", "is at place 3"),
        ("2^13", "exponent 13 is too large"),
        ("2^999", "has 3 digits"),
        ("007", "begins with 0"),
        ("1" * 121, "has 121 digits"),
        ("(" * 51 + "1" + ")" * 51, "nested too deep"),
        ("1+" * 1000 + "1", "has 2001 characters"),
        ("6/0", "division by zero"),
        ("6/(x-x)", "division by zero"),
        ("0^0", "has no value"),
        ("(x-x)^0", "has no value"),
        ("x/y", "leaves y below the line"),
        ("(x^2-1)/(x-1)", "by the sum x-1"),
        ("x+1, y=2", "x has no value"),
        ("x+1, x=2, y=2", "y has a value and is not in"),
        ("x+1, x=2, x=3", "x has two values"),
        ("x+1, x=y", "is no value"),
        ("x+1, x=1/0", "division by zero"),
        ("x+1, ", "is no value"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(TextError, match=message) as caught:
        truth(text, "poly")
    assert caught.value.allowed
    assert caught.value.hint
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["96", "96*41", "96/0", "x/2", "1+96/41", "96/41/2", "1/2, x=1"])
def test_no_remainder(text: str) -> None:
    with pytest.raises(TextError):
        truth(text, "remainder")


def test_letters_without_values_have_no_value() -> None:
    with pytest.raises(TextError, match="letters without values"):
        truth("x+1", "value")


def test_answers_may_be_longer_than_questions() -> None:
    long = str(7**400)
    assert evaluate(parse(long, ANSWERS)) == 7**400
    assert evaluate(parse("x^24", ANSWERS)) == Polynomial({"x" * 24: 1})
    with pytest.raises(TextError):
        parse(long)


BIG = "9" * 100


@pytest.mark.parametrize(
    "text",
    [
        "((9^12)^12)^12",
        "((x^12)^12)^12",
        "(a+b+c+d+e)^12",
        "+".join(["(a+b+c+1)^5*(a-b-c)^2"] * 60),
        "-".join(["(x+1)^12*(x-1)^12*(x+2)^12"] * 40),
        "*".join([BIG] * 10),
        "*".join([f"(x+{BIG}/7)"] * 9),
        "+".join(f"1/{10**9 + number}" for number in range(100)),
    ],
)
def test_hostile_expressions_are_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(TextError, match="the expression"):
        truth(text, "poly")
    assert time.process_time() - start < 1


def test_deep_and_long_is_quick() -> None:
    start = time.process_time()
    assert truth("(" * 50 + "1" + ")" * 50) == "1"
    assert truth("1+" * 999 + "1") == "1000"
    assert truth("(x+1)^12*(x-1)^12*(x+2)^12", "poly").startswith("x^36+24*x^35")
    assert time.process_time() - start < 1
