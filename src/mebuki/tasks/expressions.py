"""Expressions as text, strictly read and exactly worked out: the judge beside a model that learns to calculate.

Canonical text holds digits, single lower-case letters, + - * / ^ ( ) and nothing else, no space either:

    sum      [+-] product {(+|-) product}        a sign stands at the beginning or after a bracket, so 3*(-4), not 3*-4
    product  power {(*|/) power}                 from left to right: a/b/c is (a/b)/c, 6/2*3 is 9
    power    atom [^ digits]                     binds closest: -3^2 is -9; 2^3^2 is refused
    atom     digits | letter | ( sum )

Values of letters may follow: "7*x^2-c, c=4/5, x=1". Everything is bounded, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..errors import TextError
from .polynomials import Polynomial

Ask = Literal["value", "remainder", "poly"]
Value = Fraction | Polynomial

LARGEST = 400  # digits of a number on the way and in a result
BITS = 1_328  # below 2**1328 are at most 400 digits
TERMS, DEGREE = 300, 100  # of a polynomial on the way and in a result
WORK = 10_000  # products and sums of two coefficients in all


@dataclass(frozen=True)
class Limits:
    """How much text is read."""

    length: int = 2_000
    digits: int = 120
    depth: int = 50
    exponent: int = 12


QUESTIONS = Limits()
ANSWERS = Limits(length=20_000, digits=LARGEST, exponent=DEGREE)  # 100 digits times 100 digits are 200 digits


@dataclass(frozen=True)
class Number:
    value: int


@dataclass(frozen=True)
class Letter:
    name: str


@dataclass(frozen=True)
class Bracket:
    inside: Tree


@dataclass(frozen=True)
class Power:
    base: Tree
    exponent: int


@dataclass(frozen=True)
class Product:
    """The first factor, then each further one with its sign, * or /."""

    first: Tree
    rest: tuple[tuple[str, Tree], ...]


@dataclass(frozen=True)
class Sum:
    """Each part with its sign, + or -."""

    parts: tuple[tuple[str, Tree], ...]


Tree = Number | Letter | Bracket | Power | Product | Sum


def shown(text: str, most: int = 60) -> str:
    """A text as a message shows it: in quotes, shortened, and printable whatever is in it.

    >>> shown("1" * 3000, 9)
    "'1111…1111'"
    """
    return repr(text if len(text) <= most else f"{text[: most // 2]}…{text[-(most // 2) :]}")


def parse(text: str, limits: Limits = QUESTIONS) -> Tree:
    """Canonical text as a tree; nothing is worked out yet.

    Raises:
        TextError: it is no expression, or beyond the limits.

    >>> parse("-2*x")
    Sum(parts=(('-', Product(first=Number(value=2), rest=(('*', Letter(name='x')),))),))
    """
    if len(text) > limits.length:
        raise TextError(
            f"{shown(text)} has {len(text)} characters", allowed=f"up to {limits.length}", hint="a shorter expression"
        )
    return _Reader(text, limits).whole()


class _Reader:
    """Recursive descent. Only brackets go deeper, and their depth is bounded."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits, self.at, self.depth = text, limits, 0, 0

    def whole(self) -> Tree:
        tree = self.sum()
        if self.at < len(self.text):
            raise self.wrong("an operator or the end")
        return tree

    def sum(self) -> Tree:
        sign = self.take("+-") or "+"
        parts = [(sign, self.product())]
        while sign := self.take("+-"):
            parts.append((sign, self.product()))
        return Sum(tuple(parts)) if len(parts) > 1 or parts[0][0] == "-" else parts[0][1]

    def product(self) -> Tree:
        first, rest = self.power(), []
        while sign := self.take("*/"):
            rest.append((sign, self.power()))
        return Product(first, tuple(rest)) if rest else first

    def power(self) -> Tree:
        base = self.atom()
        if not self.take("^"):
            return base
        most = self.limits.exponent
        exponent = self.number(f"an exponent from 0 to {most}", digits=len(str(most)))
        if exponent > most:
            raise TextError(f"the exponent {exponent} is too large", allowed=f"0 to {most}", hint="x^2")
        if self.text[self.at : self.at + 1] == "^":
            raise TextError(f"{shown(self.text)} has a power of a power", allowed="brackets", hint="(2^3)^2")
        return Power(base, exponent)

    def atom(self) -> Tree:
        if self.take("("):
            self.depth += 1
            if self.depth > self.limits.depth:
                raise TextError(
                    f"{shown(self.text)} is nested too deep",
                    allowed=f"{self.limits.depth} brackets in each other",
                    hint="fewer brackets",
                )
            inside = self.sum()
            if not self.take(")"):
                raise self.wrong("an operator or a closing bracket")
            self.depth -= 1
            return Bracket(inside)
        if letter := self.take("abcdefghijklmnopqrstuvwxyz"):
            return Letter(letter)
        return Number(self.number("a number, a letter or an opening bracket", self.limits.digits))

    def number(self, expected: str, digits: int) -> int:
        found = re.compile("[0-9]*").match(self.text, self.at)
        literal = found.group() if found else ""
        if not literal:
            raise self.wrong(expected)
        if len(literal) > digits:
            raise TextError(
                f"{shown(literal)} has {len(literal)} digits", allowed=f"up to {digits} here", hint="a shorter number"
            )
        if literal[0] == "0" and len(literal) > 1:
            raise TextError(
                f"{shown(literal)} begins with 0", allowed="numbers without it", hint=literal.lstrip("0") or "0"
            )
        self.at += len(literal)
        return int(literal)

    def take(self, signs: str) -> str:
        sign = self.text[self.at : self.at + 1]
        if not sign or sign not in signs:
            return ""
        self.at += 1
        return sign

    def wrong(self, expected: str) -> TextError:
        if self.at == len(self.text):
            found = f"{shown(self.text)} ends too early" if self.text else "nothing was given"
        else:
            found = f"{self.text[self.at]!r} is at place {self.at + 1} of {shown(self.text)}"
        return TextError(found, allowed=f"{expected} there", hint="3*(4+5)")


def evaluate(tree: Tree, values: Mapping[str, Fraction] | None = None, *, work: int = WORK) -> Value:
    """What an expression comes to: a fraction, or a polynomial if letters without values are left.

    Raises:
        TextError: a division by zero or one that does not come out, 0^0, or a result or way there beyond the limits.

    >>> evaluate(parse("6/2*3-1/3"))
    Fraction(26, 3)
    >>> print(evaluate(parse("(x+y)^2"), {"y": Fraction(2)}))
    x^2+4*x+4
    """
    value = _Evaluation(values or {}, work).of(tree)
    number = value.number if isinstance(value, Polynomial) else value
    return value if number is None else number


class _Evaluation:
    def __init__(self, values: Mapping[str, Fraction], work: int) -> None:
        self.values, self.left = values, work

    def of(self, tree: Tree) -> Value:
        self.spend(1)
        match tree:
            case Number(value):
                return Fraction(value)
            case Letter(name):
                return self.values[name] if name in self.values else Polynomial.letter(name)
            case Bracket(inside):
                return self.of(inside)
            case Power(base, exponent):
                return self.power(self.of(base), exponent)
            case Product(first, rest):
                value = self.of(first)
                for sign, factor in rest:
                    value = self.times(value, self.of(factor)) if sign == "*" else self.over(value, self.of(factor))
                return value
            case Sum(parts):
                return self.total([self.of(part) if sign == "+" else -self.of(part) for sign, part in parts])

    def total(self, parts: list[Value]) -> Value:
        self.spend(sum(map(_size, parts)))
        value = parts[0]
        if any(isinstance(part, Polynomial) for part in parts):
            return self.checked(Polynomial.sum(parts))
        for part in parts[1:]:
            value = self.checked(value + part)
        return value

    def times(self, one: Value, other: Value) -> Value:
        self.spend(_size(one) * _size(other))
        return self.checked(one * other)

    def over(self, above: Value, below: Value) -> Value:
        self.spend(_size(above))
        if isinstance(below, Fraction) and below:
            return self.checked(above / below)
        above = above if isinstance(above, Polynomial) else Polynomial.constant(above)
        return self.checked(above / below)

    def power(self, base: Value, exponent: int) -> Value:
        if base == 0 and exponent == 0:
            raise TextError("0^0 has no value", allowed="0^1, 0^2, …", hint="1")
        if isinstance(base, Fraction):
            return self.checked(base**exponent)
        if len(base.terms) == 1:
            ((word, coefficient),) = base.terms.items()
            if len(word) * exponent > DEGREE:
                raise _too_large("has too high a degree", f"degree {DEGREE}")
            return Polynomial({word * exponent: Fraction(1)}) * self.power(coefficient, exponent)
        value: Value = Fraction(1)
        for _ in range(exponent):
            value = self.times(value, base)
        return value

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise _too_large("takes too much work", f"{WORK:,} products and sums of terms")

    def checked(self, value: Value) -> Value:
        terms = value.terms if isinstance(value, Polynomial) else {"": value}
        if len(terms) > TERMS:
            raise _too_large("has too many terms", f"{TERMS} terms")
        if isinstance(value, Polynomial) and value.degree > DEGREE:
            raise _too_large("has too high a degree", f"degree {DEGREE}")
        if any(max(c.numerator.bit_length(), c.denominator.bit_length()) > BITS for c in terms.values()):
            raise _too_large("has too large a number on the way", f"{LARGEST} digits")
        return value


def _size(value: Value) -> int:
    return max(1, len(value.terms)) if isinstance(value, Polynomial) else 1


def _too_large(what: str, allowed: str) -> TextError:
    return TextError(f"the expression {what}", allowed=f"up to {allowed}", hint="a smaller expression")


def letters(expression: str) -> list[str]:
    """The letters of an expression without its values, in alphabetical order.

    >>> letters("7*x^2-c, c=4/5, x=1")
    ['c', 'x']
    """
    return sorted(set(re.findall("[a-z]", expression.partition(",")[0])))


def substitution(text: str) -> tuple[str, dict[str, Fraction]]:
    """An expression and the values that follow it.

    Raises:
        TextError: they are no values, or not exactly those of its letters.

    >>> substitution("x+c, c=-4/5, x=1")
    ('x+c', {'c': Fraction(-4, 5), 'x': Fraction(1, 1)})
    """
    expression, *given = text.split(",")
    values: dict[str, Fraction] = {}
    for assignment in given:
        found = re.fullmatch(r" ?([a-z])=(-?[0-9]+(?:/[0-9]+)?)", assignment)
        if not found:
            raise TextError(f"{shown(assignment.strip())} is no value", allowed="a letter, =, a number", hint="x=-4/5")
        name = found[1]
        if name in values:
            raise TextError(f"{name} has two values", allowed="one for each letter", hint=assignment.strip())
        value = evaluate(parse(found[2]))
        assert isinstance(value, Fraction)
        values[name] = value
    wanted = letters(expression)
    for name in sorted(set(values) ^ set(wanted)) if values else ():
        what = "has no value" if name in wanted else "has a value and is not in the expression"
        raise TextError(
            f"{name} {what}", allowed=f"values for {', '.join(wanted) or 'no letter'}", hint="x+p, p=2, x=1"
        )
    return expression, values


def operands(expression: str) -> tuple[int, int]:
    """The two whole numbers of a division with remainder.

    Raises:
        TextError: it is something else.

    >>> operands("(-96)/41")
    (-96, 41)
    """
    found = re.fullmatch(r"(-?[0-9]+|\(-[0-9]+\))/([0-9]+|\(-[0-9]+\))", expression)
    if not found:
        raise TextError(
            f"{shown(expression)} has no remainder", allowed="one whole number divided by another", hint="96/41"
        )
    parse(expression)
    one, other = (int(number.strip("()")) for number in found.groups())
    if not other:
        raise TextError(f"{shown(expression)} is a division by zero", allowed="any other divisor", hint="96/41")
    return one, other


def default_ask(expression: str) -> Ask:
    """What is asked where nobody says it: a polynomial where letters have no values, else a value.

    >>> default_ask("2*x+x"), default_ask("2*x+x, x=1"), default_ask("6/51")
    ('poly', 'value', 'value')
    """
    return "poly" if "=" not in expression and letters(expression) else "value"


def truth(expression: str, ask: Ask | None = None) -> str:
    """The exact answer in its one canonical form.

    A remainder is never negative: a = q*b + r with 0 <= r < |b|, so -7/2 is -4 r 1, and 7/(-2) is -3 r 1.

    Args:
        expression: canonical text, perhaps with values.
        ask: "value", "remainder" or "poly"; by default what `default_ask` says.

    Raises:
        TextError: it cannot be read or has no such answer.

    >>> truth("6*9-92*4*2/2"), truth("6/51"), truth("96/41", "remainder")
    ('-314', '2/17', '2 r 14')
    >>> truth("-4*(-5*y+12)*(-2*y-9)"), truth("7*x^2-7*p+5*c, c=4/5, p=-7, x=1")
    ('-40*y^2-84*y+432', '60')
    """
    if ask == "remainder":
        one, other = operands(expression)
        remainder = one % abs(other)
        return f"{(one - remainder) // other} r {remainder}"
    text, values = substitution(expression)
    value = evaluate(parse(text), values)
    if isinstance(value, Polynomial) and (ask or default_ask(expression)) == "value":
        raise TextError(f"{shown(expression)} has letters without values", allowed="a value for each", hint="x+1, x=2")
    answer = str(value)
    if len(answer) > ANSWERS.length:
        raise _too_large("has too long an answer", f"{ANSWERS.length:,} characters")
    return answer
