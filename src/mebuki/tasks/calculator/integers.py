"""The four operations on whole numbers, worked out digit by digit, as the model has to write them.

Each function gives what follows "x op y=": the work and, at its end, the result. Every letter can be found from a few
others by a small table: no digit needs a look ahead. (Numbers are turned round here, the lowest digit first.)

    sum         21+93=321       signs alike: digits from the lowest up, and the carry
    difference  73-21=52        signs unlike: the positive number minus the other, as many digits as the longer one has, zeros too
                21-73=57~-52    … and where a borrow is left over, ~ and the complement of what was written, with a minus
    product     54*3=531        one of them has one digit: written at once
                21*43=4:84+3:063=804        otherwise: digit : first number times digit, moved up; + the next; = sum so far;
                                            a minus stands before the last sum only
    division    79/4=9B2:8;71A4:61;1        from the highest digit down: what is divided, the place (pointer A: the lowest), the digit of
                the quotient : digit times divisor ; then the rest with the next digit brought down, or at the end alone.
                It begins with as many digits as the divisor has, so that the first digit may be 0 and nothing has to be
                compared before; if these are all, they are not written again.

A rest that came out negative is followed by ~, one that holds the divisor again by !, and the digit is written anew.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from math import gcd

from .notation import POINTERS

NOT_LEARNED = "\x01"  # stands before a letter that is wrong on purpose, so that mending is learned and mistakes are not


@dataclass(frozen=True)
class Written:
    """A number as it stands in model text: whole, or a reduced fraction. Zeros on top are allowed.

    Attributes:
        negative: whether a minus stands before it.
        digits: the lowest first.
        below: the denominator's digits; empty: a whole number.
        mark: a pointer that stands behind it in a line of working, and is copied with it (`lines`).
    """

    negative: bool
    digits: str
    below: str = ""
    mark: str = field(default="", compare=False, repr=False)

    @property
    def text(self) -> str:
        return ("-" if self.negative else "") + self.digits + ("|" + self.below if self.below else "")

    @property
    def operand(self) -> str:
        """As it stands after an operator: in brackets if it is negative."""
        return f"({self.text})" if self.negative else self.text

    @property
    def above(self) -> int:
        """The numerator, with its sign."""
        size = int(self.digits[::-1])
        return -size if self.negative else size

    @property
    def under(self) -> int:
        return int(self.below[::-1]) if self.below else 1

    @property
    def clean(self) -> Written:
        """Without zeros on top, as it is copied to the next line."""
        return number(self.above, self.under)


def lowest_first(size: int, width: int = 1) -> str:
    return str(size).zfill(width)[::-1]


def number(above: int, under: int = 1) -> Written:
    """A number that is written as it should be.

    >>> number(-314).text, number(3, 10).text
    ('-413', '3|01')
    """
    common = gcd(above, under)
    above, under = above // common, under // common
    return Written(above < 0, lowest_first(abs(above)), lowest_first(under) if under > 1 else "")


def add(x: Written, y: Written, *, minus: bool = False) -> tuple[str, Written]:
    """x + y, or x - y.

    >>> add(number(12), number(39))[0], add(number(12), number(37), minus=True)[0]
    ('15', '57~-52')
    """
    a, b = abs(x.above), abs(y.above)
    width = max(len(x.digits), len(y.digits))
    sign = y.negative != minus
    if x.negative == sign:
        result = Written(x.negative, lowest_first(a + b, width))
        return result.text, result
    difference = b - a if x.negative else a - b
    raw = lowest_first(difference % 10**width, width)
    if difference >= 0:
        return raw, Written(False, raw)
    result = Written(True, lowest_first(-difference, width))
    return f"{raw}~{result.text}", result


def multiply(x: Written, y: Written) -> tuple[str, Written]:
    """x · y.

    >>> multiply(number(45), number(-3))[0], multiply(number(12), number(34))[0]
    ('-531', '4:84+3:063=804')
    """
    a, b = abs(x.above), abs(y.above)
    sign = x.negative != y.negative and a * b != 0
    if len(x.digits) == 1 or len(y.digits) == 1:
        digits = lowest_first(a * b, max(len(x.digits), len(y.digits)))
        return ("-" if sign else "") + digits, Written(sign, digits)
    parts, total, digits = [], 0, ""
    for place, digit in enumerate(y.digits):
        part = "0" * place + lowest_first(a * int(digit), len(x.digits))
        total += a * int(digit) * 10**place
        digits = lowest_first(total, max(len(part), len(digits)))
        minus = "-" if sign and place == len(y.digits) - 1 else ""
        parts.append(f"{digit}:{part}" + (f"={minus}{digits}" if place else ""))
    return "+".join(parts), Written(sign, digits)


@dataclass(frozen=True)
class Division:
    """The work of a long division, without the sign. `rest` has the divisor's width."""

    text: str
    quotient: str
    rest: str


def divide(x: str, y: str, slips: random.Random | None = None, share: float = 0.12) -> Division:
    """Divide digits by digits, both lowest first and without zeros on top, y > 0 not longer than x.

    Args:
        slips: where to draw wrong digits of the quotient from, that are mended at once; None: none.
        share: how often.

    >>> divide("79", "4")
    Division(text='9B2:8;71A4:61;1', quotient='42', rest='1')
    >>> divide("81", "3").text
    '1B0:0;81A6:81;0'
    """
    width, by = len(y), int(y[::-1])
    steps = len(x) - width
    text, quotient, current = "", "", x[steps:]
    for place in range(steps, -1, -1):
        value = int(current[::-1])
        digit = value // by
        down = x[place - 1] if place else ""
        text += current if steps else ""

        def step(digit: int, mark: str = "", place: int = place, value: int = value, down: str = down) -> str:
            over = value - digit * by
            rest = down + lowest_first(over if over >= 0 else over % 10**width, width)
            work = f"{POINTERS[place]}{mark}{digit}:{lowest_first(digit * by, width)};"
            return work + rest if mark else work

        if slips and slips.random() < share:
            up = 2 * (value % by) > by if slips.random() < 0.8 else slips.random() < 0.5
            wrong = digit + 1 if up else digit - 1
            if 0 <= wrong <= 9:
                text += step(wrong, NOT_LEARNED) + ("~" if up else "!")
        text += step(digit)
        quotient = str(digit) + quotient
        current = down + lowest_first(value % by, width)
    return Division(text + current, quotient, current)
