"""Exact polynomials: the laws of a ring, the order of an answer, and SymPy's second opinion."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import TextError
from mebuki.tasks.polynomials import Polynomial

X, Y, Z = (Polynomial.letter(name) for name in "xyz")
FRACTIONS = st.fractions(-9, 9, max_denominator=6)
POLYNOMIALS = st.dictionaries(st.text("xyz", max_size=4), FRACTIONS, max_size=4).map(Polynomial)


def in_sympy(polynomial: Polynomial) -> sympy.Expr:
    terms = polynomial.terms.items()
    return sympy.Add(*(sympy.Mul(sympy.Rational(str(c)), *map(sympy.Symbol, word)) for word, c in terms))


@given(POLYNOMIALS, POLYNOMIALS, POLYNOMIALS)
def test_laws_of_a_ring(a: Polynomial, b: Polynomial, c: Polynomial) -> None:
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0
    assert a + 0 == a * 1 == a
    assert hash(a * (b + c)) == hash(a * b + a * c)


@settings(deadline=None)
@given(POLYNOMIALS, POLYNOMIALS, st.integers(0, 3))
def test_sympy_agrees(a: Polynomial, b: Polynomial, exponent: int) -> None:
    assert sympy.expand(in_sympy(a) * in_sympy(b) - in_sympy(a * b)) == 0
    assert sympy.expand(in_sympy(a) ** exponent - in_sympy(a**exponent)) == 0


@given(POLYNOMIALS, POLYNOMIALS, st.tuples(FRACTIONS, FRACTIONS, FRACTIONS))
def test_values_go_through_sums_and_products(a: Polynomial, b: Polynomial, values: tuple[Fraction, ...]) -> None:
    given_values = dict(zip("xyz", values, strict=True))
    assert (a * b - a).evaluate(given_values) == a.evaluate(given_values) * (b.evaluate(given_values) - 1)
    step_by_step = a.substitute({"x": values[0]}).substitute({"y": values[1]}).substitute({"z": values[2]})
    assert step_by_step == a.evaluate(given_values)


@given(POLYNOMIALS, st.text("xyz", max_size=3), FRACTIONS.filter(bool))
def test_division_undoes_a_product_with_a_monomial(a: Polynomial, word: str, coefficient: Fraction) -> None:
    monomial = Polynomial({word: coefficient})
    assert a * monomial / monomial == a


@pytest.mark.parametrize(
    ("polynomial", "text"),
    [
        (12 * Polynomial.letter("c") - 3 * Polynomial.letter("n") + 4, "12*c-3*n+4"),
        (Fraction(49, 6) * X**2 * Z**8, "49/6*x^2*z^8"),
        (-Polynomial.letter("c"), "-c"),
        (X - X, "0"),
        (X / 6 - Fraction(17, 6), "1/6*x-17/6"),
        (1 + Y + X + Y**2 + X * Y + X**2, "x^2+x*y+y^2+x+y+1"),
        (Y**3 + X * Z**2 + X * Y * Z + X**2 * Z, "x^2*z+x*y*z+x*z^2+y^3"),
        (Z * Y * X * -1, "-x*y*z"),
        (2 - X, "-x+2"),
        (Polynomial({"yx": 1, "xy": 1}), "2*x*y"),
    ],
)
def test_the_form_of_an_answer(polynomial: Polynomial, text: str) -> None:
    assert str(polynomial) == text


@pytest.mark.parametrize(
    ("above", "below", "message"),
    [
        (X, Y, "leaves y below the line"),
        (X**2 + X, X**2, "leaves x below the line"),
        (X, Polynomial.constant(0), "by zero"),
        (X**2 - 1, X - 1, "by the sum x-1"),
    ],
)
def test_divisions_that_do_not_come_out(above: Polynomial, below: Polynomial, message: str) -> None:
    with pytest.raises(TextError, match=message):
        above / below


def test_what_has_no_value() -> None:
    with pytest.raises(TextError, match="y has no value"):
        (X + Y).evaluate({"x": 1})
    with pytest.raises(TextError, match="negative"):
        X**-1
    assert (X + 1).number is None
    assert (X - X + 7).number == 7
    assert (X * Y**2 + X).degree == 3
    assert (X * Y + 1).letters == ["x", "y"]
