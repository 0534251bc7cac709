"""Problems beyond the sizes of an examination: longer work, larger numbers, divisions that do not come out, signs anywhere.

What has learned these too is surer of what people type, which keeps to nobody's sizes. They are learned from with the setting
`problems="wide"` alone, at best when the suites' own are known.
"""

from __future__ import annotations

import random

from . import letter_problems as letters
from . import number_problems as numbers
from .integers import number
from .lines import Line
from .notation import LETTERS
from .problem import Problem, tidy
from .terms import Bracket, Factor, Mono, Term

LONGER, BOUND = 900, 10**12  # letters of work, and largest number above or below a bar


def brackets(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Two to six operations, brackets up to three deep, few divisions of which come out.

    >>> len(brackets(random.Random(5)).work) <= LONGER
    True
    """
    depth = rng.choice((0, 0, 1, 1, 2, 2, 3))
    operators = rng.randint(max(2, depth + 1), 6)
    exact, minus = rng.choice((0.0, 0.0, 0.4, 0.85)), rng.choice((0.02, 0.12))
    line = numbers.nested(rng, operators, depth, rng.choice((20, 99, 99, 999)), exact, minus)
    return numbers.solved(line, slips, largest=BOUND, longest=LONGER)


def signs(rng: random.Random) -> Problem:
    """Minus signs before brackets within brackets.

    >>> signs(random.Random(2)).expression.count("-(") > 0
    True
    """
    line: Line = [number(rng.randint(-99, 99))]
    for _ in range(rng.randint(1, 4)):
        other = number(rng.randint(1, 99))
        kind = rng.random()
        inside: Line = ["(", *line, ")"]
        line = ["-", *inside] if kind < 0.5 else [other, "-", *inside] if kind < 0.8 else [*inside, "-", other]
    problem = numbers.solved(line)
    if tidy(problem.expression) != problem.expression:
        raise OverflowError  # a bracket that changes nothing is not read
    return problem


def division(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Quotients of up to five digits, by one to three."""
    return numbers.division(rng, rng.choice(("exact", "remainder", "fraction")), 5, 3, slips)


def fractions(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Two to four fractions, larger and more often negative."""
    kind, count = rng.choice(("sum", "product", "mixed", "mixed")), rng.choice((2, 3, 3, 4))
    return numbers.fractions(rng, kind, count, rng.choice((20, 30, 60)), slips, 0.2, BOUND, LONGER)


def like_terms(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Up to ten terms, with squares as often as not, and larger numbers."""
    return letters.like_terms(rng, rng.randint(1, 4), 10, rng.choice((20, 50, 99)), slips, squares=0.5)


def products(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Two or three brackets, with larger numbers, and a monomial before them at times."""
    names = LETTERS[: rng.choice((1, 1, 2))]
    count = rng.choice((2, 2, 3))
    size = 20 if count == 2 else 9
    factors: list[tuple[str, Factor]] = [("*", letters.binomial(rng, names, size)) for _ in range(count)]
    if rng.random() < 0.3:
        factors.insert(0, ("*", Mono(number(rng.randint(2, 12)), ((names[0], 1),) if rng.random() < 0.4 else ())))
    return letters.solved(rng, (Term(rng.random() < 0.15, tuple(factors)),), slips, LONGER)


def substitute(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Values for letters with powers, fractions as often as not."""
    return letters.substitute(rng, 12, slips, (1, 2, 3), 0.4, BOUND, LONGER)


def literal_fractions(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Two or three brackets over numbers up to 20."""
    names, terms = LETTERS[: rng.choice((1, 2, 2, 3))], []
    for place in range(rng.choice((2, 2, 3))):
        inside = letters.binomial(rng, names, 20)
        above: list[tuple[str, Factor]] = [("*", inside if rng.random() < 0.85 else Bracket(inside.terms[:1]))]
        if rng.random() < 0.2:
            above.insert(0, ("*", Mono(number(rng.randint(2, 9)))))
        terms.append(Term(rng.random() < (0.5 if place else 0.15), (*above, ("/", Mono(number(rng.randint(2, 20)))))))
    return letters.solved(rng, tuple(terms), slips, LONGER)
