"""Whether an answer is right: it must be equal to the truth, and worked out.

Worked out means that nothing is left to do. A value is an integer or a reduced fraction; a remainder is `q r m` with m smaller
than the divisor; a polynomial is a sum of unlike monomials without brackets, the highest degree first. So echoing the
question scores nothing, unless it was in that form already. Nothing here changes an answer.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import TextError
from .expressions import (
    ANSWERS,
    Bracket,
    Letter,
    Number,
    Power,
    Product,
    Sum,
    Tree,
    evaluate,
    operands,
    parse,
    shown,
    substitution,
    truth,
)
from .polynomials import Polynomial
from .reading import Question

INTEGER = "(?:0|[1-9][0-9]*)"
RATIO = rf"{INTEGER}(?:/{INTEGER})?"
POWERS = r"[a-z](?:\^[1-9][0-9]*)?(?:\*[a-z](?:\^[1-9][0-9]*)?)*"
MONOMIAL = re.compile(rf"({RATIO})?(?:(?:(?<=[0-9])\*|(?<![0-9]))({POWERS}))?")


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an answer; it is right when it is equal and worked out."""

    right: bool
    equal: bool
    worked_out: bool
    why: str


def grade(question: Question, answer: str) -> Verdict:
    """Judge an answer.

    Args:
        question: as `read` gives it.
        answer: exactly as it was written.

    Raises:
        TextError: the question has no answer.

    >>> question = Question("6/4*x+x", "poly")
    >>> grade(question, "5/2*x").why, grade(question, "6/4*x+x").why, grade(question, "2*x").why
    ('equal and worked out', 'equal, but not worked out', 'not equal: it is 5/2*x')
    >>> grade(Question("96/41", "remainder"), "1 r 55")
    Verdict(right=False, equal=True, worked_out=False, why='equal, but not worked out')
    """
    right = truth(question.expression, question.ask)
    try:
        equal = _equals(question, answer)
        worked_out = _worked_out(question, answer)
    except TextError:
        return Verdict(False, False, False, "cannot be read")
    if not equal:
        return Verdict(False, False, worked_out, f"not equal: it is {right}")
    return Verdict(worked_out, True, worked_out, "equal and worked out" if worked_out else "equal, but not worked out")


def _equals(question: Question, answer: str) -> bool:
    if question.ask == "remainder":
        one, other = operands(question.expression)
        if " r " in answer:
            quotient, rest = (_number(part) for part in answer.split(" r ", 1))
            return quotient * other + rest == one
        return evaluate(parse(answer, ANSWERS)) == Fraction(one, other)
    text, values = substitution(question.expression)
    return evaluate(parse(answer, ANSWERS)) == evaluate(parse(text), values)


def _number(text: str) -> Fraction:
    value = evaluate(parse(text, ANSWERS))
    if isinstance(value, Polynomial):
        raise TextError(f"{shown(text)} is no number", allowed="quotient r remainder", hint="2 r 14")
    return value


def _worked_out(question: Question, answer: str) -> bool:
    if question.ask == "poly":
        return answer == "0" or _is_normal(answer)
    if question.ask == "value":
        return answer == "0" or (re.fullmatch(f"-?{RATIO}", answer) is not None and _is_reduced(answer.lstrip("-")))
    found = re.fullmatch(rf"(-?{INTEGER}) r ({INTEGER})", answer)
    return found is not None and found[1] != "-0" and int(found[2]) < abs(operands(question.expression)[1])


def _is_reduced(ratio: str) -> bool:
    """Whether a number without sign is neither zero nor a fraction that could be shortened.

    >>> [_is_reduced(ratio) for ratio in ("7", "2/17", "6/51", "4/1", "0")]
    [True, True, False, False, False]
    """
    above, _, below = ratio.partition("/")
    return int(above) != 0 and (not below or (int(below) > 1 and math.gcd(int(above), int(below)) == 1))


def _is_normal(answer: str) -> bool:
    """Whether it is a sum of unlike monomials, none of which could be written shorter, the highest degree first.

    >>> [_is_normal(text) for text in ("x^2-1/2*x*y+3", "x+x", "x+x^2", "y*x", "1*x", "x^1", "2*3*x")]
    [True, False, False, False, False, False, False]
    """
    seen: list[str] = []
    for monomial in re.split("[+-]", answer.removeprefix("-")):
        found = MONOMIAL.fullmatch(monomial)
        if not monomial or not found:
            return False
        coefficient, powers = found[1], found[2] or ""
        if coefficient and (not _is_reduced(coefficient) or (powers and coefficient == "1")):
            return False
        word = ""
        for factor in filter(None, powers.split("*")):
            letter, _, exponent = factor.partition("^")
            if exponent == "1" or (word and letter <= word[-1]):
                return False
            word += letter * int(exponent or "1")
        if word in seen or (seen and len(word) > len(seen[-1])):
            return False
        seen.append(word)
    return True


def second_opinion(question: Question, answer: str) -> bool | None:
    """Whether SymPy, too, finds an answer equal to the question; None without SymPy, or where it would take long.

    SymPy is given the tree that our own parser read, never text.

    >>> second_opinion(Question("(a+b)^2", "poly"), "a^2+2*a*b+b^2")
    True
    """
    try:
        import sympy
    except ImportError:
        return None
    try:
        text, values = substitution(question.expression)
        trees = [parse(text), *(parse(part, ANSWERS) for part in answer.split(" r ", 1))]
        for tree in trees:
            evaluate(tree, values, work=1_000)
    except TextError:
        return None
    left, right, *rest = (_sympy(sympy, tree) for tree in trees)
    if question.ask == "remainder" and rest:
        one, other = map(sympy.Integer, operands(question.expression))
        return bool(right * other + rest[0] == one)
    given = {sympy.Symbol(name): sympy.Rational(value.numerator, value.denominator) for name, value in values.items()}
    return not rest and sympy.expand(left.subs(given) - right) == 0


def _sympy(sympy: Any, tree: Tree) -> Any:
    match tree:
        case Number(value):
            return sympy.Integer(value)
        case Letter(name):
            return sympy.Symbol(name)
        case Bracket(inside):
            return _sympy(sympy, inside)
        case Power(base, exponent):
            return _sympy(sympy, base) ** exponent
        case Product(first, rest):
            product = _sympy(sympy, first)
            for sign, factor in rest:
                product = product * _sympy(sympy, factor) if sign == "*" else product / _sympy(sympy, factor)
            return product
        case Sum(parts):
            return sympy.Add(*(_sympy(sympy, part) * (1 if sign == "+" else -1) for sign, part in parts))


def digits(question: Question) -> int:
    """How many digits the longest number of a question has.

    >>> digits(Question("4637-(-93068)"))
    5
    """
    return max(map(len, re.findall("[0-9]+", question.expression)), default=0)


def carries(a: int, b: int) -> int:
    """How often something is carried when a and b are added, or borrowed if one of them is negative.

    >>> carries(999, 1), carries(123, 456), carries(1000, -1), carries(-5, 3)
    (3, 0, 3, 0)
    """
    if (a < 0) == (b < 0):
        one, other, sign = abs(a), abs(b), 1
    else:
        one, other, sign = max(abs(a), abs(b)), min(abs(a), abs(b)), -1
    count = carry = 0
    while one or other:
        carry = int(not 0 <= one % 10 + sign * (other % 10 + carry) < 10)
        count, one, other = count + carry, one // 10, other // 10
    return count


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The range in which the true share lies, by Wilson's score interval; z = 1.96 for 95%.

    >>> [round(share, 4) for share in wilson(10_000, 10_000)]
    [0.9996, 1.0]
    """
    if not total:
        return 0.0, 1.0
    share = right / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
