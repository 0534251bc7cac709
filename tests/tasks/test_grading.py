"""Grading: equal and worked out, against a second opinion; and how sure a share is."""

from __future__ import annotations

import builtins
import math
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_expressions import IN_LETTERS, IN_NUMBERS

from mebuki.errors import TextError
from mebuki.tasks.expressions import Ask, truth
from mebuki.tasks.grading import Verdict, carries, digits, grade, second_opinion, wilson
from mebuki.tasks.polynomials import Polynomial
from mebuki.tasks.reading import Question

FRACTIONS = st.fractions(-9, 9, max_denominator=6)
POLYNOMIALS = st.dictionaries(st.text("xyz", max_size=4), FRACTIONS, max_size=5).map(Polynomial)

EQUAL, ECHO, WRONG, UNREAD = "equal and worked out", "equal, but not worked out", "not equal", "cannot be read"


@pytest.mark.parametrize(
    ("expression", "ask", "answer", "why"),
    [
        ("4*9", "value", "36", EQUAL),
        ("4*9", "value", "4*9", ECHO),
        ("4*9", "value", "+36", ECHO),
        ("4*9", "value", "(36)", ECHO),
        ("4*9", "value", "36/1", ECHO),
        ("4*9", "value", "72/2", ECHO),
        ("4*9", "value", "036", UNREAD),
        ("4*9", "value", "36 ", UNREAD),
        ("4*9", "value", "36.0", UNREAD),
        ("4*9", "value", "", UNREAD),
        ("4*9", "value", "36\n", UNREAD),
        ("4*9", "value", "３６", UNREAD),
        ("4*9", "value", "63", "not equal: it is 36"),
        ("4*9", "value", "-36", WRONG),
        ("4*9", "value", "x", WRONG),
        ("4*9", "value", "36 r 0", UNREAD),
        ("4*9", "value", "1/0", UNREAD),
        ("4*9", "value", "9" * 5000, UNREAD),
        ("5-5", "value", "0", EQUAL),
        ("5-5", "value", "-0", ECHO),
        ("5-5", "value", "0/3", ECHO),
        ("6/51", "value", "2/17", EQUAL),
        ("6/51", "value", "6/51", ECHO),
        ("-6/51", "value", "-2/17", EQUAL),
        ("6/(-51)", "value", "2/(-17)", ECHO),
        ("2/17", "value", "2/17", EQUAL),
        ("x+1, x=2/3", "value", "5/3", EQUAL),
        ("x+1, x=2/3", "value", "x+1", WRONG),
        (f"{10**99}*{10**99}", "value", str(10**198), EQUAL),
        ("96/41", "remainder", "2 r 14", EQUAL),
        ("96/41", "remainder", "1 r 55", ECHO),
        ("96/41", "remainder", "3 r -27", ECHO),
        ("96/41", "remainder", "96/41", ECHO),
        ("96/41", "remainder", "1+1 r 14", ECHO),
        ("96/41", "remainder", "2 r 15", "not equal: it is 2 r 14"),
        ("96/41", "remainder", "2r14", UNREAD),
        ("96/41", "remainder", "2", WRONG),
        ("96/41", "remainder", "x r 14", UNREAD),
        ("8/2", "remainder", "4 r 0", EQUAL),
        ("8/2", "remainder", "4", ECHO),
        ("3/8", "remainder", "0 r 3", EQUAL),
        ("3/8", "remainder", "-0 r 3", ECHO),
        ("-7/2", "remainder", "-4 r 1", EQUAL),
        ("-7/2", "remainder", "-3 r -1", ECHO),
        ("7/(-2)", "remainder", "-3 r 1", EQUAL),
        ("2*x+x", "poly", "3*x", EQUAL),
        ("2*x+x", "poly", "2*x+x", ECHO),
        ("2*x+x", "poly", "x*3", ECHO),
        ("2*x+x", "poly", "(3*x)", ECHO),
        ("2*x+x", "poly", "3*x+0", ECHO),
        ("2*x+x", "poly", "6/2*x", ECHO),
        ("2*x+x", "poly", "3*x^1", ECHO),
        ("2*x+x", "poly", "+3*x", ECHO),
        ("2*x+x", "poly", "3*x*y^0", ECHO),
        ("2*x+x", "poly", "3x", UNREAD),
        ("2*x+x", "poly", "4*x", "not equal: it is 3*x"),
        ("2*x-x", "poly", "x", EQUAL),
        ("2*x-x", "poly", "1*x", ECHO),
        ("x-2*x", "poly", "-x", EQUAL),
        ("x-2*x", "poly", "-1*x", ECHO),
        ("x-x", "poly", "0", EQUAL),
        ("x-x", "poly", "-0", ECHO),
        ("x-x", "poly", "0*x", ECHO),
        ("(x+1)^2", "poly", "x^2+2*x+1", EQUAL),
        ("(x+1)^2", "poly", "2*x+x^2+1", ECHO),
        ("(x+1)^2", "poly", "x*x+2*x+1", ECHO),
        ("(x+1)^2", "poly", "x^2+x+x+1", ECHO),
        ("(x+1)^2", "poly", "(x+1)*(x+1)", ECHO),
        ("x*y+y*z", "poly", "y*z+x*y", EQUAL),
        ("x*y+y*z", "poly", "y*x+y*z", ECHO),
        ("x/2+x/3", "poly", "5/6*x", EQUAL),
        ("x/2+x/3", "poly", "5*x/6", ECHO),
        ("x^12*x^12", "poly", "x^24", EQUAL),
        ("12*c-3*n+4", "poly", "12*c-3*n+4", EQUAL),
    ],
)
def test_verdicts(expression: str, ask: Ask, answer: str, why: str) -> None:
    verdict = grade(Question(expression, ask), answer)
    assert verdict.why.startswith(why)
    assert verdict.right == (why == EQUAL) == (verdict.equal and verdict.worked_out)
    assert verdict.equal == (why in (EQUAL, ECHO))


def test_a_wrong_answer_may_be_worked_out() -> None:
    assert grade(Question("4*9"), "63") == Verdict(False, False, True, "not equal: it is 36")


def terms(text: str) -> list[str]:
    """The terms of a text without brackets, each with its sign; those of one degree may come in any order."""
    return sorted(re.findall("[+-][^+-]+", text if text.startswith("-") else f"+{text}"))


@given(IN_NUMBERS | IN_LETTERS)
def test_the_truth_is_right(text: str) -> None:
    try:
        answer = truth(text)
    except TextError:
        return
    question = Question(text, "poly" if set("xy") & set(text) else "value")
    assert grade(question, answer).right
    assert grade(question, text).right or text != answer
    assert not grade(question, text).right or terms(text) == terms(answer)  # unless it was in that form already
    assert not grade(question, f"{answer}+1").equal


@given(POLYNOMIALS, POLYNOMIALS)
def test_polynomials_in_normal_form_are_worked_out(one: Polynomial, other: Polynomial) -> None:
    question = Question(f"({one})*({other})", "poly")
    assert grade(question, str(one * other)).right
    assert not grade(question, f"({one})*({other})").right


@given(st.integers(-9999, 9999), st.integers(1, 99), st.integers(-2, 2))
def test_one_quotient_and_remainder_is_right(a: int, b: int, off: int) -> None:
    question = Question(f"{a}/{b}", "remainder")
    verdict = grade(question, f"{a // b + off} r {a % b - off * b}")
    assert verdict.equal
    assert verdict.right == (off == 0)


@settings(deadline=None, max_examples=60)
@given(IN_NUMBERS | IN_LETTERS, st.sampled_from(["", "+1", "-x", "*2"]))
def test_sympy_agrees(text: str, change: str) -> None:
    """Both judges say the same of right and of wrong answers."""
    try:
        answer = truth(text) + change
    except TextError:
        return
    opinion = second_opinion(Question(text, "poly"), answer)
    assert opinion is None or opinion == grade(Question(text, "poly"), answer).equal
    assert opinion is not None or len(text) > 20


@pytest.mark.parametrize(
    ("expression", "ask", "answer", "opinion"),
    [
        ("96/41", "remainder", "2 r 14", True),
        ("96/41", "remainder", "2 r 15", False),
        ("96/41", "remainder", "96/41", True),
        ("4*9", "value", "36 r 0", False),
        ("x+1/x, x=2/3", "value", "13/6", True),
        ("x+1/x, x=2/3", "value", "13/5", False),
        ("x^3/x-y", "poly", "x^2-y", True),
        ("4*9", "value", "6×6", None),
        ("4*9", "value", "1/0", None),
        ("(a+b+c+1)^10", "poly", "a", None),
        ("1/0", "value", "1", None),
    ],
)
def test_second_opinions(expression: str, ask: Ask, answer: str, opinion: bool | None) -> None:
    assert second_opinion(Question(expression, ask), answer) is opinion


def test_without_sympy_there_is_no_second_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "sympy":
            raise ImportError(name)
        return original(name, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(builtins, "__import__", without)
    assert second_opinion(Question("4*9"), "36") is None
    assert grade(Question("4*9"), "36").right


def test_what_has_no_answer_is_not_graded() -> None:
    with pytest.raises(TextError, match="division by zero"):
        grade(Question("1/0"), "1")


@pytest.mark.parametrize(
    "answer",
    [
        "(a+b+c+d+e)^100",
        "1/" * 9_999 + "1",
        "x+" * 9_999 + "1",
        "9" * 400 + "*9" * 1000,
        "(" * 20_000,
        "9^100" * 99,
        "x" * 10**6,
        "((x+1)^100-y)^100",
        "+".join(["(a+b+c+d)^9"] * 1_600),
        "\ud800",
        "1 r " * 5_000,
    ],
)
@pytest.mark.parametrize("ask", ["value", "poly"])
def test_hostile_answers_are_judged_at_once(answer: str, ask: Ask) -> None:
    start = time.process_time()
    assert not grade(Question("4*9", ask), answer).right
    assert time.process_time() - start < 1


def test_digits() -> None:
    assert [digits(Question(text)) for text in ("4637-(-93068)", "x", "2*x, x=123")] == [5, 0, 3]


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_carries_and_borrows(a: int, b: int) -> None:
    """A carry turns ten ones into one: it lowers the sum of all digits by nine (and a borrow raises it)."""

    def total(number: int) -> int:
        return sum(map(int, str(number)))

    assert 9 * carries(a, b) == total(a) + total(b) - total(a + b)
    assert carries(-a, -b - 1) == carries(a, b + 1)
    high, low = max(a, b), min(a, b)
    assert 9 * carries(high, -low) == total(high - low) + total(low) - total(high) or low == 0
    assert carries(a + 1, -b - 1) == carries(-b - 1, a + 1)


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_wilson_holds_the_share_and_solves_its_equation(right: int, total: int) -> None:
    right = min(right, total)
    low, high = wilson(right, total)
    assert 0 <= low <= right / total + 1e-12
    assert right / total - 1e-12 <= high <= 1
    for bound in (low, high):  # each is as far from the share as z standard errors of its own
        assert math.isclose((right / total - bound) ** 2, 1.96**2 * bound * (1 - bound) / total, abs_tol=1e-9)


def test_wilson_at_the_ends() -> None:
    assert wilson(0, 0) == (0, 1)
    low, high = wilson(9_999, 10_000)
    assert (round(low, 5), round(high, 5)) == (0.99943, 0.99998)
