"""Operations on whole numbers and reduced fractions, worked out by those of `integers`, as the model has to write them.

Each function gives what follows "x op y=": the work, and the result.

    quotient    21/4=A3:21;0=3                          without rest: the quotient, gathered from the places
                6/15=&15%6=…;3&6%3=A2:6;0[6/3=…=2][15/3=…=71]=2|71
                with a rest: Euclid's algorithm (& divides the divisor by the rest) until the rest is 1, and the fraction
                stands as it is, or 0, and both are divided by the last divisor
    remainder   69%14=A2:28;41=2%41                     the quotient, % and the rest
    fractions   1|2+2|3=&3%2=…1[1*3=3][2*2=4][3+4=7][2*3=6]=7|6     no factor in common: over the product of the denominators
                1|6-1|4=&6%4=…0[6/2=…=3][4/2=…=2][1*2=2][1*3=3][2-3=9~-1][3*4=21]-1/21=…=-1|21          otherwise divided by it
                1|2*3|4=[1*3=3][2*4=8]3/8=…=3|8                     numerators, denominators, one division
                1|2/3|4=[1*4=4][2*3=6]4/6=…=2|3
    power       3^3=3*3=9*3=72                          factor by factor

A factor or denominator 1 is left out of the work: 1|2+3=[3*2=6][1+6=7]=7|2.
"""

from __future__ import annotations

import random
from math import gcd

from . import integers
from .integers import Written, divide, lowest_first, number


class Undefined(ArithmeticError):
    """A division by zero: `text` is what the model writes."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def quotient(x: Written, y: Written, slips: random.Random | None = None) -> tuple[str, Written]:
    """x / y of whole numbers, as a whole number or a reduced fraction.

    >>> quotient(number(12), number(4))[0]
    '1B0:0;21A3:21;0=30'
    >>> quotient(number(3), number(4))[0]
    'A0:0;3&4%3=A1:3;1=3|4'

    Raises:
        Undefined: y is 0.
    """
    a, b = abs(x.above), abs(y.above)
    if b == 0:
        raise Undefined("?")
    result = number(x.above, y.above) if y.above > 0 else number(-x.above, -y.above)
    sign = "-" if x.negative != y.negative and a else ""
    if a == 0:
        return "0", Written(False, "0")
    if len(x.digits) >= len(y.digits):
        work = divide(x.digits, y.digits, slips)
        text, rest = work.text, a % b
        if rest == 0:
            return f"{text}={sign}{work.quotient}", Written(bool(sign), work.quotient)
    else:
        text, rest = "", a
    text += _euclid(y.digits, lowest_first(rest), slips)
    common = b
    while rest:
        common, rest = rest, common % rest
    if common > 1:
        for part in (x.digits, y.digits):
            text += "[" + part + "/" + lowest_first(common) + "="
            text += quotient(Written(False, part), number(common), slips)[0] + "]"
    return f"{text}={result.text}", result


def _euclid(x: str, y: str, slips: random.Random | None) -> str:
    text = ""
    while y not in ("0", "1"):
        work = divide(x, y, slips)
        text += f"&{x}%{y}={work.text}"
        x, y = y, lowest_first(int(work.rest[::-1]))
    return text


def remainder(x: Written, y: Written, slips: random.Random | None = None) -> tuple[str, str]:
    """x divided by y with a rest, both ≥ 0: the work, and quotient % rest.

    >>> remainder(number(96), number(41))[0]
    'A2:28;41=2%41'
    """
    if y.above == 0:
        raise Undefined("?")
    if len(x.digits) < len(y.digits):
        return f"=0%{x.digits}", f"0%{x.digits}"
    work = divide(x.digits, y.digits, slips)
    answer = f"{work.quotient}%{work.rest}"
    return f"{work.text}={answer}", answer


def compute(x: Written, op: str, y: Written, slips: random.Random | None = None) -> tuple[str, Written]:
    """What follows "x op y=", for op one of + - * / ^.

    >>> compute(number(1, 2), "+", number(3))
    ('[3*2=6][1+6=7]=7|2', Written(negative=False, digits='7', below='2'))

    Raises:
        Undefined: a division by zero.
    """
    if op == "^":
        return _power(x, y.above, slips)
    if not x.below and not y.below:
        if op in "+-":
            return integers.add(x, y, minus=op == "-")
        return integers.multiply(x, y) if op == "*" else quotient(x, y, slips)
    return _fractions(x, op, y, slips)


def _power(x: Written, exponent: int, slips: random.Random | None) -> tuple[str, Written]:
    if exponent == 0:
        return "1", number(1)
    if exponent == 1:
        return x.text, x
    text, result = "", x
    for _ in range(exponent - 1):
        work, after = compute(result, "*", x, slips)
        text += f"{result.text}*{x.operand}={work}" if not text else f"*{x.operand}={work}"
        result = after
    return text, result


class _Work:
    """Calculations on the side, one after another."""

    def __init__(self, slips: random.Random | None) -> None:
        self.text, self.slips = "", slips

    def __call__(self, x: Written, op: str, y: Written) -> Written:
        if op == "*" and "1" in (x.text, y.text):
            return y if x.text == "1" else x
        work, result = compute(x, op, y, self.slips)
        self.text += f"[{x.text}{op}{y.operand}={work}]"
        return result.clean


def _fractions(x: Written, op: str, y: Written, slips: random.Random | None) -> tuple[str, Written]:
    p, q, r, s = number(x.above), number(x.under), number(y.above), number(y.under)
    work, reduced = _Work(slips), False
    if op in "+-":
        common = gcd(x.under, y.under)
        reduced = common == 1  # the sum of reduced fractions whose denominators have no factor in common is reduced
        if q == s:
            top, bottom = work(p, op, r), q
        else:
            if x.below and y.below:
                large, small = (q, s) if q.above >= s.above else (s, q)
                work.text += _euclid(large.digits, small.digits, slips)
            over = number(common)
            left, right = (work(q, "/", over), work(s, "/", over)) if common > 1 else (q, s)
            top = work(work(p, "*", right), op, work(r, "*", left))
            bottom = work(left, "*", s)
    elif op == "*":
        top, bottom = work(p, "*", r), work(q, "*", s)
    else:
        if y.above == 0:
            raise Undefined("?")
        top, bottom = work(p, "*", s), work(q, "*", r)
    if reduced:
        result = Written(top.negative, top.digits, bottom.digits)
        return f"{work.text}={result.text}", result
    last, result = quotient(top, bottom, slips)
    return f"{work.text}{top.text}/{bottom.operand}={last}", result.clean
