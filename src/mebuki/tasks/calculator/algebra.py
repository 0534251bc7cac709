"""Expressions with letters, brought to normal form line by line.

    3*(a+2)-a=[AB:3*1=3]3*a[AC:3*2=6]+6D-a=[a:3,:6,a:3-1=2]2*a+6

In each line one thing is done, the leftmost first: a power is written out, two factors are multiplied or divided, a bracket is
taken away; when nothing but monomials is left, like terms are collected, highest degree first, even where there are none, and then
those that came out 0 are left out. What is calculated stands in square brackets before the terms that come of it. There pointers name the terms of the line before by their numbers
(`Places`), so that they need not be searched twice:

    [AC:-5*(-2)=01]01*a^2     terms A and C are multiplied
    [-5*3=-51,a:2,b:1+3=4]    two monomials with letters: of each letter the exponents, and their sum, or in a quotient their difference
    [3^2=3*3=9,a:2*2=4]       the power of a monomial
    [B:3/2=…=3|2]             term B's coefficient is divided by what stands behind the bracket
    [a:7,b:-3,a:7+5=21,:4]    the terms one after another: letters : coefficient, or if there was one like it before, the sum so far
                              + coefficient = new sum. What is left are the last sums, in order.

Behind what has come of a step, unless it ends the line, a pointer names the part of the line before up to which it reaches, as in
`lines`; it is copied with it. A bracket that is only taken away moves nothing, and needs none.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace

from .integers import Written, add, multiply, number
from .notation import POINTERS_SET
from .rationals import compute
from .terms import ONE, Bracket, Factor, Letters, Mono, Render, Term, Terms, joined, marked, order, term, text_of


def simplify(terms: Terms, slips: random.Random | None = None, largest: int = 10**7) -> tuple[str, Terms]:
    """All that follows the question's "=", and the normal form; no term at all is 0.

    Raises:
        OverflowError: a number grows beyond `largest`, an exponent would be negative, or terms are too many to name.

    >>> a, b = (("a", 1),), (("b", 1),)
    >>> simplify((term(number(7), a), term(number(-3), b), term(number(5), a), term(number(4))))[0]
    '[a:7,b:-3,a:7+5=21,:4]21*a-3*b+4'
    >>> simplify((term(number(7), a), term(number(-3), b), term(number(-7), a)))[0]
    '[a:7,b:-3,a:7-7=0]0*a-3*b=-3*b'
    """
    parts = []

    def note(written: str) -> None:
        if any(max(abs(c.above), c.under) > largest for c in _coefficients(terms)) or len(written) > 640:
            raise OverflowError
        parts.append(written)
        if len(parts) > 40:
            raise OverflowError

    while not all(t.flat for t in terms):
        written, terms = Line(terms, slips).step()
        note(written)
    if len(terms) > 1:
        written, terms = Line(terms, slips).collect(terms)
        note(written)
    if not all(t.mono.coefficient.above for t in terms):
        terms = tuple(t for t in terms if t.mono.coefficient.above)
        note(text_of(terms) or "0")
    return "=".join(parts) or text_of(terms), terms


def _coefficients(terms: Terms) -> list[Written]:
    found = []
    for t in terms:
        for _, factor in t.factors:
            found += [factor.coefficient] if isinstance(factor, Mono) else _coefficients(factor.terms)
    return found


def _exponents(n: int, op: str, m: int) -> str:
    x, y = number(n), number(m)
    result = multiply(x, y)[0] if op == "*" else add(x, y, minus=op == "-")[0]
    return f"{x.text}{op}{y.text}={result}"


def _letters(x: Letters, op: str, y: Letters) -> str:
    """The exponents of a product or quotient of monomials, if both have letters."""
    if not x or not y:
        return ""
    left, right = dict(x), dict(y)
    text = ""
    for name in sorted({*left, *right}):
        n, m = left.get(name), right.get(name)
        text += f",{name}:" + (_exponents(n, op, m) if n and m else number(n or m or 0).text)
    return text


def _alike(terms: Terms) -> bool:
    return len({t.mono.letters for t in terms}) < len(terms)


class Line:
    """One line, and the step that leads to the next."""

    def __init__(self, terms: Terms, slips: random.Random | None) -> None:
        self.terms, self.slips, self.render = terms, slips, Render().sum(terms)

    def step(self) -> tuple[str, Terms]:
        """What is written, scratch between its terms, and the new line."""
        text, terms = self._inside(self.terms)
        return (text[:-1], marked(terms, "")) if text[-1] in POINTERS_SET else (text, terms)

    def _inside(self, terms: Terms) -> tuple[str, Terms]:
        place = next(place for place, t in enumerate(terms) if not t.flat)
        before, after = terms[:place], terms[place + 1 :]
        written, new = self._reduce(terms[place], leads=not before)
        text = text_of(before) + written
        for t in after:
            text += ("" if t.negative or not text else "+") + text_of((t,))
        return text, (*before, *new, *after)

    def _reduce(self, t: Term, leads: bool) -> tuple[str, Terms]:
        """One step in a product; `leads`: nothing stands before it, so that no + is written."""
        for place, (op, factor) in enumerate(t.factors):  # inner brackets first
            if isinstance(factor, Bracket):
                flat = all(inner.flat for inner in factor.terms)
                if flat and not _alike(factor.terms):
                    continue
                written, terms = self._collect_within(factor.terms) if flat else self._inside(factor.terms)
                inner = replace(factor, terms=terms)
                new = Term(t.negative, (*t.factors[:place], (op, inner), *t.factors[place + 1 :]))
                head, tail = self._beside(t, place, leads)
                power = f"^{factor.power}" if factor.power > 1 else ""
                return f"{head}({written}){power}{factor.mark}{tail}", (new,)
        for place, (op, factor) in enumerate(t.factors):
            if isinstance(factor, Bracket) and factor.power > 1:
                written, parts = self._power(op, factor)
                new = Term(t.negative, (*t.factors[:place], *parts, *t.factors[place + 1 :]))
                head, tail = self._beside(t, place, leads)
                return head + written + tail, (new,)
        if len(t.factors) == 1:
            (_, only), rest = t.factors[0], ()
            assert isinstance(only, Bracket)
            terms, texts = self._negated(only.terms) if t.negative else only.terms, [""] * len(only.terms)
            terms = marked(terms, only.mark) if only.mark else terms
        else:
            (_, x), (op, y), *rest = t.factors
            texts, terms = self._combine(x, op, y, t.negative)
            mark = self.render.mark(y)
            if rest and len(terms) > 1:
                new = Term(False, (("*", Bracket(terms, 1, mark)), *rest))
                written = ("" if leads else "+") + "(" + self._spell(texts, terms, True) + ")" + mark
                return written + self._factors(tuple(rest), True), (new,)
            terms = marked(terms, mark)
        written = self._spell(texts, terms, leads)
        if not rest:
            return written, terms
        new = Term(terms[0].negative, (*terms[0].factors, *rest))
        return written + self._factors(tuple(rest), True), (new,)

    def _spell(self, texts: list[str], terms: Terms, leads: bool) -> str:
        """Terms, each behind its scratch."""
        written = ""
        for place, (text, t) in enumerate(zip(texts, terms, strict=True)):
            written += text + ("-" if t.negative else "" if leads and not place else "+") + t.mono.text + t.mono.mark
        return written

    def _factors(self, factors: tuple[tuple[str, Factor], ...], joined_on: bool) -> str:
        text = text_of((Term(False, factors),))
        return (factors[0][0] + text) if joined_on and factors else text

    def _beside(self, t: Term, place: int, leads: bool) -> tuple[str, str]:
        """What stands before and behind a factor."""
        head = "-" if t.negative else "" if leads else "+"
        if place:
            head += self._factors(t.factors[:place], False) + t.factors[place][0]
        tail = self._factors(t.factors[place + 1 :], True) if t.factors[place + 1 :] else ""
        return head, tail

    def _power(self, op: str, factor: Bracket) -> tuple[str, tuple[tuple[str, Factor], ...]]:
        """(a+b)^n to (a+b)*(a+b)^(n-1); a monomial's power at once."""
        mark = self.render.mark(factor)
        if len(factor.terms) > 1:
            rest = Bracket(deepcopy(factor.terms), factor.power - 1, mark)  # its terms have names of their own
            parts: tuple[tuple[str, Factor], ...] = ((op, Bracket(factor.terms)), (op, rest))
            return self._factors(parts, False), parts
        inner = next(iter(factor.terms))
        letters = tuple((name, n * factor.power) for name, n in inner.mono.letters)
        scratch, value = [], inner.signed
        if value.text in ("1", "-1"):
            value = number(-1) if value.negative and factor.power % 2 else number(1)
        else:
            work, value = compute(value, "^", number(factor.power), self.slips)
            base = f"({inner.signed.text})" if inner.negative or inner.mono.coefficient.below else inner.signed.text
            scratch.append(f"{base}^{factor.power}={work}")
        for name, n in inner.mono.letters:
            scratch.append(f"{name}:{_exponents(n, '*', factor.power)}")
        new = Bracket((term(value.clean, letters),), 1, mark)
        return f"[{','.join(scratch)}]({text_of(new.terms)}){mark}", ((op, new),)

    @staticmethod
    def _negated(terms: Terms) -> Terms:
        return tuple(Term(not t.negative, t.factors) for t in terms)

    def _combine(self, x: Factor, op: str, y: Factor, negative: bool) -> tuple[list[str], Terms]:
        """The terms of ± x · y or ± x / y, with the work before each."""
        left = x.terms if isinstance(x, Bracket) else (Term(False, (("*", x),)),)
        right = y.terms if isinstance(y, Bracket) else (Term(False, (("*", y),)),)
        if negative:
            left = self._negated(left)
        texts, terms = [], []
        if op == "/":
            (divisor,) = right
            for t in left:
                pointer = self.render.pointer(t.mono) + ":" if len(left) > 1 else ""
                work, value = compute(t.signed, "/", divisor.signed, self.slips)
                work += _letters(t.mono.letters, "-", divisor.mono.letters)
                texts.append(f"[{pointer}{t.signed.text}/{divisor.signed.operand}={work}]")
                terms.append(term(value.clean, joined(t.mono.letters, divisor.mono.letters, -1)))
            return texts, tuple(terms)
        for t in left:
            for u in right:
                pointers = (
                    "" if len(left) == len(right) == 1 else self.render.pointer(t.mono) + self.render.pointer(u.mono)
                )
                work, value = compute(t.signed, "*", u.signed, self.slips)
                work += _letters(t.mono.letters, "+", u.mono.letters)
                work = f"{':' if pointers else ''}{t.signed.text}*{u.signed.operand}={work}"
                texts.append(f"[{pointers}{work}]")
                terms.append(term(value.clean, joined(t.mono.letters, u.mono.letters)))
        return texts, tuple(terms)

    def _collect_within(self, terms: Terms) -> tuple[str, Terms]:
        """Like terms in a bracket added up."""
        text, new = self.collect(terms)
        mark = self.render.mark(terms[-1].mono)
        return text + mark, marked(new, mark)

    def collect(self, terms: Terms) -> tuple[str, Terms]:
        """Like terms added up, in order; sums that came out 0 stand there too."""
        sums: dict[Letters, Written] = {}
        entries = []
        for t in terms:
            letters, c = t.mono.letters, t.mono.coefficient
            entry = Mono(ONE, letters).text + ":" if letters else ":"
            if letters in sums:
                sign = "-" if t.negative else "+"
                work, value = compute(sums[letters], sign, c, self.slips)
                entry += f"{sums[letters].text}{sign}{c.text}={work}"
                sums[letters] = value.clean
            else:
                entry += t.signed.text
                sums[letters] = t.signed
            entries.append(entry)
        new = tuple(term(sums[letters], letters) for letters in sorted(sums, key=order))
        return f"[{','.join(entries)}]{text_of(new)}", new
