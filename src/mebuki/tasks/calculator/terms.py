"""Expressions with letters: monomials, brackets, and sums of products, as the calculator's model writes them.

Letters are a … e, numbers are turned round. A product's factors are monomials and brackets, each with * or / before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .integers import Written, number
from .notation import LAST, POINTERS, Place, places_of

Letters = tuple[tuple[str, int], ...]  # in alphabetical order, each once, exponents from 1
ONE = number(1)


@dataclass(frozen=True)
class Mono:
    """coefficient · letters; the coefficient is not negative: signs belong to terms. `mark`: a pointer behind it."""

    coefficient: Written
    letters: Letters = ()
    mark: str = ""

    @property
    def text(self) -> str:
        """
        >>> Mono(number(12), (("a", 2), ("b", 1))).text
        '21*a^2*b'
        """
        powers = [name if n == 1 else f"{name}^{str(n)[::-1]}" for name, n in self.letters]
        if self.coefficient == ONE and powers:
            return "*".join(powers)
        return "*".join([self.coefficient.text, *powers])


@dataclass(frozen=True)
class Bracket:
    terms: tuple[Term, ...]
    power: int = 1
    mark: str = ""


Factor = Mono | Bracket
Terms = tuple["Term", ...]


@dataclass(frozen=True)
class Term:
    """A product with its sign: of its factors, the first one's operator is always *."""

    negative: bool
    factors: tuple[tuple[str, Factor], ...]

    @property
    def flat(self) -> bool:
        return len(self.factors) == 1 and isinstance(self.factors[0][1], Mono)

    @property
    def mono(self) -> Mono:
        """The one monomial of a flat term."""
        mono = self.factors[0][1]
        assert isinstance(mono, Mono)
        return mono

    @property
    def signed(self) -> Written:
        """The coefficient of a flat term, with its sign."""
        c = self.mono.coefficient
        return Written(self.negative, c.digits, c.below)


def term(coefficient: Written, letters: Letters = ()) -> Term:
    """A flat term from a coefficient with its sign."""
    return Term(coefficient.negative, (("*", Mono(Written(False, coefficient.digits, coefficient.below), letters)),))


def order(letters: Letters) -> tuple[int, list[tuple[str, int]]]:
    """Sorts monomials: highest degree first, then alphabetical, a^2 before a·b before b^2."""
    return -sum(n for _, n in letters), [(name, -n) for name, n in letters]


def joined(x: Letters, y: Letters, sign: int = 1) -> Letters:
    """The letters of a product, or with sign -1 of a quotient.

    Raises:
        OverflowError: an exponent would be negative.
    """
    powers = dict(x)
    for name, n in y:
        powers[name] = powers.get(name, 0) + sign * n
    if min(powers.values(), default=0) < 0:
        raise OverflowError
    return tuple(sorted((name, n) for name, n in powers.items() if n))


@dataclass
class Render:
    """A sum as text, and where in it each factor stands; factors are known by identity."""

    text: str = ""
    spans: list[tuple[Factor, int, int]] = field(default_factory=list)

    def sum(self, terms: tuple[Term, ...]) -> Render:
        for place, item in enumerate(terms):
            self.text += "-" if item.negative else "+" if place else ""
            for number_, (op, factor) in enumerate(item.factors):
                self.text += op if number_ else ""
                start = len(self.text)
                if isinstance(factor, Mono):
                    self.text += factor.text
                else:
                    self.text += "("
                    self.sum(factor.terms)
                    self.text += ")" + (f"^{factor.power}" if factor.power > 1 else "")
                self.text += factor.mark
                self.spans.append((factor, start, len(self.text)))
        return self

    def pointer(self, mono: Mono) -> str:
        """Names the term that a monomial is or begins.

        Raises:
            OverflowError: it stands too far back to be pointed at.
        """
        return self._named(self._span(mono)[0], "term")

    def mark(self, last: Factor) -> str:
        """Names the part of the line that a factor ends with: what follows it is copied from there.

        Raises:
            OverflowError: it stands too far back to be pointed at.
        """
        return self._named(self._span(last)[1] - 1, "part")

    def _span(self, factor: Factor) -> tuple[int, int]:
        return next((start, end) for found, start, end in self.spans if found is factor)

    def _named(self, letter: int, kind: str) -> str:
        place = getattr(places_of(self.text)[letter], kind)
        if place >= min(len(POINTERS), LAST[Place._fields.index(kind)]):
            raise OverflowError
        return POINTERS[place]


def text_of(terms: tuple[Term, ...]) -> str:
    return Render().sum(terms).text


def marked(terms: Terms, mark: str) -> Terms:
    """The terms with a pointer behind the last factor; "" takes it away.

    >>> text_of(marked((term(number(7)),), "C"))
    '7C'
    """
    if not terms:
        return terms
    *before, last = terms
    *factors, (op, factor) = last.factors
    return (*before, replace(last, factors=(*factors, (op, replace(factor, mark=mark)))))
