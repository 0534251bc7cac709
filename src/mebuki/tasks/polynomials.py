"""Exact polynomials in several letters, with fractions as coefficients: what an answer in letters is held against.

A monomial is the word that its letters spell in alphabetical order: x^2*y is "xxy", and "" is the monomial 1. So a product is
a sorted concatenation, a degree is a length, and the order of an answer is the order of a dictionary: longest words
first, then alphabetically (xx, xy, yy, x, y, 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import groupby

from ..errors import TextError

Exact = int | Fraction


class Polynomial:
    """A sum of unlike monomials. It never changes, and two that are equal have the same terms in the same order.

    >>> x, y = Polynomial.letter("x"), Polynomial.letter("y")
    >>> print((x + y) ** 2 - 3 * x / 2 + 1)
    x^2+2*x*y+y^2-3/2*x+1
    >>> print((x + y) * (x - y) - x**2 + y**2)
    0

    Args:
        terms: from a monomial's word to its coefficient.
    """

    __slots__ = ("_terms",)

    def __init__(self, terms: Mapping[str, Exact]) -> None:
        spelled: dict[str, Fraction] = {}
        for word, coefficient in terms.items():
            word = "".join(sorted(word))
            spelled[word] = spelled.get(word, Fraction(0)) + coefficient
        order = sorted((word for word, c in spelled.items() if c), key=lambda word: (-len(word), word))
        self._terms = {word: spelled[word] for word in order}

    @classmethod
    def letter(cls, name: str) -> Polynomial:
        return cls({name: 1})

    @classmethod
    def constant(cls, value: Exact) -> Polynomial:
        return cls({"": value})

    @classmethod
    def sum(cls, parts: Iterable[Polynomial | Exact]) -> Polynomial:
        """All parts added in one go.

        >>> print(Polynomial.sum([Polynomial.letter("x"), 2, Fraction(1, 3)]))
        x+7/3
        """
        total: dict[str, Fraction] = {}
        for part in parts:
            for word, coefficient in _polynomial(part)._terms.items():
                total[word] = total.get(word, Fraction(0)) + coefficient
        return cls(total)

    @property
    def terms(self) -> dict[str, Fraction]:
        """A copy: from each monomial's word to its coefficient, in the order of an answer."""
        return dict(self._terms)

    @property
    def letters(self) -> list[str]:
        return sorted(set("".join(self._terms)))

    @property
    def degree(self) -> int:
        """The highest total degree of a term; 0 for a number, zero too."""
        return max(map(len, self._terms), default=0)

    @property
    def number(self) -> Fraction | None:
        """Its value if no letter is in it, else None."""
        return None if self.degree else self._terms.get("", Fraction(0))

    def substitute(self, values: Mapping[str, Exact]) -> Polynomial:
        """Numbers in place of some letters; the others stay.

        >>> x, y = Polynomial.letter("x"), Polynomial.letter("y")
        >>> print((x**2 * y + y).substitute({"x": Fraction(1, 2)}))
        5/4*y
        """
        total: dict[str, Fraction] = {}
        for word, coefficient in self._terms.items():
            for letter in word:
                coefficient *= values.get(letter, 1)
            rest = "".join(letter for letter in word if letter not in values)
            total[rest] = total.get(rest, Fraction(0)) + coefficient
        return Polynomial(total)

    def evaluate(self, values: Mapping[str, Exact]) -> Fraction:
        """The number that comes out when every letter has a value.

        Raises:
            TextError: a letter has none.
        """
        missing = [letter for letter in self.letters if letter not in values]
        if missing:
            raise TextError(f"{missing[0]} has no value", allowed="a value for each letter", hint=f"{missing[0]}=1")
        return self.substitute(values).number or Fraction(0)

    def __add__(self, other: Polynomial | Exact) -> Polynomial:
        return Polynomial.sum((self, other))

    def __neg__(self) -> Polynomial:
        return Polynomial({word: -coefficient for word, coefficient in self._terms.items()})

    def __sub__(self, other: Polynomial | Exact) -> Polynomial:
        return self + -other

    def __rsub__(self, other: Exact) -> Polynomial:
        return -self + other

    def __mul__(self, other: Polynomial | Exact) -> Polynomial:
        total: dict[str, Fraction] = {}
        for word, coefficient in self._terms.items():
            for further, factor in _polynomial(other)._terms.items():
                joined = "".join(sorted(word + further))
                total[joined] = total.get(joined, Fraction(0)) + coefficient * factor
        return Polynomial(total)

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, exponent: int) -> Polynomial:
        if exponent < 0:
            raise TextError(f"the exponent {exponent} is negative", allowed="0, 1, 2, …", hint="a fraction")
        power = Polynomial.constant(1)
        for _ in range(exponent):
            power = power * self
        return power

    def __truediv__(self, other: Polynomial | Exact) -> Polynomial:
        """Exact division by a number or a monomial.

        Raises:
            TextError: by zero, by a sum, or a letter would be left below the line.

        >>> x = Polynomial.letter("x")
        >>> print((x**2 - 6 * x) / (3 * x))
        1/3*x-2
        """
        divisor = _polynomial(other)
        if not divisor._terms:
            raise TextError("a division by zero", allowed="any other divisor", hint="6/2")
        if len(divisor._terms) > 1:
            raise TextError(
                f"a division by the sum {divisor}", allowed="division by a number or a monomial", hint="(x^2+x)/x"
            )
        ((below, by),) = divisor._terms.items()
        return Polynomial({_without(word, below): coefficient / by for word, coefficient in self._terms.items()})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Fraction):
            return self.number == other
        return self._terms == other._terms if isinstance(other, Polynomial) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._terms.items())) if self.degree else hash(self.number)

    def __str__(self) -> str:
        text = "".join(f"{'-' if c < 0 else '+'}{_monomial(word, abs(c))}" for word, c in self._terms.items())
        return text.removeprefix("+") or "0"

    def __repr__(self) -> str:
        return f"Polynomial({self})"


def _polynomial(value: Polynomial | Exact) -> Polynomial:
    return value if isinstance(value, Polynomial) else Polynomial.constant(value)


def _without(word: str, below: str) -> str:
    """The word without the letters of another.

    >>> _without("xxxy", "xy")
    'xx'
    """
    for letter in sorted(set(below)):
        times = below.count(letter)
        if word.count(letter) < times:
            raise TextError(
                f"{_monomial(word, Fraction(1))} divided by {_monomial(below, Fraction(1))} leaves {letter} below the line",
                allowed="divisions that come out without letters in the divisor",
                hint="6*x^2/(3*x)",
            )
        word = word.replace(letter, "", times)
    return word


def _monomial(word: str, coefficient: Fraction) -> str:
    powers = [(letter, len(list(run))) for letter, run in groupby(word)]
    factors = [letter if times == 1 else f"{letter}^{times}" for letter, times in powers]
    return "*".join(factors if factors and coefficient == 1 else [str(coefficient), *factors])
