r"""Questions, lines of working and answers as LaTeX, the way a teacher would write them.

    49/6*x^2*z^8        \frac{49}{6} x^{2} z^{8}            beside letters, what is divided stands on a line
    (a+b)/2             \frac{a + b}{2}
    6/2                 6 \div 2                            among numbers alone, ÷ stays a sign …
    6/51                \frac{6}{51}                        … but a division of two numbers that leaves something is a fraction
    3*(-4)              3 \times \left(-4\right)
    2 r 14              2 \text{ remainder } 14

The formatter is fixed: it works nothing out, and what it writes means the same as what it was given.
"""

from __future__ import annotations

import re
from typing import Literal

from ..errors import TextError
from .expressions import (
    DEGREE,
    LARGEST,
    Ask,
    Bracket,
    Letter,
    Limits,
    Number,
    Power,
    Product,
    Sum,
    Tree,
    operands,
    parse,
    shown,
)

LINES = Limits(length=20_000, digits=LARGEST, exponent=DEGREE)
REMAINDER = {"en": "remainder", "ja": "あまり"}


def latex(text: str, *, ask: Ask | None = None, language: Literal["en", "ja"] = "en") -> str:
    r"""Canonical text, a question, a line of working or an answer, as LaTeX.

    >>> print(latex("7*x^2-7*p, p=-7, x=4/5"))
    7 x^{2} - 7 p, \quad p = -7, \quad x = \frac{4}{5}
    >>> print(latex("(-x^3*z^2)*(-7*x*z^3)^2/(-6*x^3)"))
    \frac{\left(-x^{3} z^{2}\right) \left(-7 x z^{3}\right)^{2}}{-6 x^{3}}
    >>> print(latex("2 r 14", language="ja"))
    2 \text{ あまり } 14

    Args:
        text: canonical text; values may follow.
        ask: of a question: with "remainder" its division stays a sign.
        language: of the word remainder.

    Raises:
        TextError: the text is not canonical.
    """
    if language not in REMAINDER:
        raise TextError(f"the language {shown(language)} is unknown", allowed=", ".join(REMAINDER), hint="en")
    if " r " in text:
        quotient, _, rest = text.partition(" r ")
        return rf"{_tree(parse(quotient, LINES))} \text{{ {REMAINDER[language]} }} {_tree(parse(rest, LINES))}"
    if ask == "remainder":
        operands(text)
        above, below = (_tree(parse(side)) for side in text.split("/"))
        return rf"{above} \div {below}"
    expression, *values = re.split(", ?", text)
    equations = [value.partition("=") for value in values]
    whole = [_factor(parse(expression, LINES))]
    whole += [f"{_tree(parse(name))} = {_tree(parse(value, LINES))}" for name, _, value in equations]
    return r", \quad ".join(whole)


def _tree(tree: Tree) -> str:
    match tree:
        case Number(value):
            return str(value)
        case Letter(name):
            return name
        case Bracket(inside):
            return rf"\left({_tree(inside)}\right)"
        case Power(base, exponent):
            return f"{_tree(base)}^{{{exponent}}}"
        case Product(first, rest):
            return _line(first, rest) if _has_letters(tree) or _is_fraction(tree) else _signs(first, rest)
        case Sum(parts):
            (sign, first), *others = parts
            written = "-" * (sign == "-") + _factor(first)
            return written + "".join(f" {sign} {_factor(part)}" for sign, part in others)


def _line(first: Tree, rest: tuple[tuple[str, Tree], ...]) -> str:
    """A product in which what is divided stands on a line, and × is written only where it must be."""
    written, alone = _factor(first), first  # alone: the only factor above a coming line, which needs no bracket there
    for sign, factor in rest:
        if sign == "/":
            above = _tree(alone.inside) if isinstance(alone, Bracket) else written
            below = _tree(factor.inside) if isinstance(factor, Bracket) else _tree(factor)
            written = rf"\frac{{{above}}}{{{below}}}"
        else:
            beside = _has_letters(factor)
            written = f"{written} {_factor(factor)}" if beside else rf"{written} \times {_factor(factor)}"
        alone = None
    return written


def _signs(first: Tree, rest: tuple[tuple[str, Tree], ...]) -> str:
    """A product of numbers alone, with a sign between any two."""
    return _factor(first) + "".join(rf" {_SIGNS[sign]} {_factor(factor)}" for sign, factor in rest)


_SIGNS = {"*": r"\times", "/": r"\div"}


def _factor(tree: Tree) -> str:
    """A bracket around nothing but a fraction is left out: the line holds it together."""
    return _tree(tree.inside) if isinstance(tree, Bracket) and _is_fraction(tree.inside) else _tree(tree)


def _is_fraction(tree: Tree) -> bool:
    """Whether it is one number over another, and does not come out even."""
    match tree:
        case Product(Number(above), (("/", Number(below)),)):
            return below != 0 and above % below != 0
    return False


def _has_letters(tree: Tree) -> bool:
    match tree:
        case Letter():
            return True
        case Bracket(inside):
            return _has_letters(inside)
        case Power(base):
            return _has_letters(base)
        case Product(first, rest):
            return _has_letters(first) or any(_has_letters(factor) for _, factor in rest)
        case Sum(parts):
            return any(_has_letters(part) for _, part in parts)
    return False
