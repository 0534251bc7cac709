"""The suites of the calculator: what it is examined in, and what it learns from, easy at first.

`SUITES` are the problems of an examination, at their full size. `draw` gives problems to learn from: of every suite, in sizes that
grow with `level`, from 0 to 1, more hard cases early than late, and none that is kept aside.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from ...errors import unknown
from . import letter_problems as letters
from . import number_problems as numbers
from . import wider_problems as wider
from .problem import Problem

Make = Callable[[random.Random], Problem]


def _depth(rng: random.Random, depth: int, slips: random.Random | None = None, most: int = 5) -> Problem:
    return numbers.mixed(rng, rng.randint(depth + 1, max(depth + 1, most)), depth, slips=slips)


SUITES: dict[str, Make] = {
    "add 1-3 digits": partial(numbers.addition, shortest=1, longest=3, hard=0),
    "add 4-6 digits": partial(numbers.addition, shortest=4, longest=6, hard=0),
    "add 7-10 digits": partial(numbers.addition, shortest=7, longest=10, hard=0),
    "add 11-20 digits": partial(numbers.addition, shortest=11, longest=20, hard=0),
    "long carries": partial(numbers.addition, shortest=1, longest=10, hard=1),
    "multiply 2x2": partial(numbers.product, shortest=2, longest=2),
    "multiply 3x3": partial(numbers.product, shortest=3, longest=3),
    "multiply 4x4": partial(numbers.product, shortest=4, longest=4),
    "divide exactly": partial(numbers.division, kind="exact", top=4, bottom=3),
    "divide with remainder": partial(numbers.division, kind="remainder", top=4, bottom=2),
    "divide to a fraction": partial(numbers.division, kind="fraction", top=3, bottom=3),
    **{f"mixed {n} operators": partial(numbers.mixed, operators=n) for n in (2, 3, 4, 5)},
    **{f"brackets depth {n}": partial(_depth, depth=n) for n in (1, 2, 3)},
    "fractions + -": partial(numbers.fractions, kind="sum"),
    "fractions * /": partial(numbers.fractions, kind="product"),
    "fractions mixed": partial(numbers.fractions, kind="mixed", count=3),
    **{f"like terms {n} letters": partial(letters.like_terms, letters=n) for n in (1, 2, 3)},
    "expand": letters.expand,
    "distribute": letters.distribute,
    "monomials": letters.monomials,
    "substitute": letters.substitute,
    "literal fractions": letters.literal_fractions,
}


def _grown(level: float, small: float, large: float) -> int:
    return round(small + (large - small) * min(1.0, max(0.0, level)))


def _addition(rng: random.Random, level: float, slips: random.Random, most: int = 20) -> Problem:
    hard = 0.6 - 0.4 * level
    longest = min(3 if level < 0.2 else 6 if level < 0.4 else 10 if level < 0.7 else most, most)
    if longest > 6 and rng.random() < 0.5:
        return numbers.addition(rng, longest // 2 + 1, longest, hard)
    return numbers.addition(rng, 1, longest, hard)


def _product(rng: random.Random, level: float, slips: random.Random) -> Problem:
    longest = 2 if level < 0.25 else 3 if level < 0.5 else 4
    if longest > 2 and rng.random() < 0.35:
        return numbers.product(rng, longest, longest)
    return numbers.product(rng, 1, longest)


def _single(rng: random.Random, level: float, slips: random.Random) -> Problem:
    """A digit times a number, and sums of small numbers: what all else is made of."""
    if rng.random() < 0.6:
        a = numbers.product(rng, 1, _grown(level, 2, 4), other=1)
        return a if rng.random() < 0.8 else numbers.product(rng, 1, 1, other=_grown(level, 2, 4))
    return numbers.addition(rng, 1, 3, 0.3)


def _division(rng: random.Random, level: float, slips: random.Random) -> Problem:
    kind = rng.choice(("exact", "remainder", "fraction"))
    top, bottom = _grown(level * 1.5, 2, 4), _grown(level * 1.5, 1, 3)
    if kind == "fraction":
        top, bottom = min(3, top), min(3, max(2, bottom))
    if bottom == 3 and rng.random() < 0.6:
        bottom = 2
    return numbers.division(rng, kind, top, bottom, slips)


def _mixed(rng: random.Random, level: float, slips: random.Random) -> Problem:
    most = _grown(level * 1.6, 1, 5)
    operators = rng.randint(min(2, most), most)
    return numbers.mixed(rng, operators, 0, 99 if level > 0.2 else 20, slips)


def _brackets(rng: random.Random, level: float, slips: random.Random, deepest: int = 3) -> Problem:
    depth = rng.randint(1, _grown(level * 1.6, 1, deepest))
    return numbers.mixed(
        rng,
        rng.randint(depth + 1, max(depth + 1, _grown(level * 1.6, 2, 5))),
        depth,
        99 if level > 0.2 else 20,
        slips,
        powers=0.08,
    )


def _fractions(rng: random.Random, level: float, slips: random.Random) -> Problem:
    if level < 0.15:
        return numbers.division(rng, "fraction", 2, 2, slips)
    kind = rng.choice(("sum", "sum", "product", "mixed") if level > 0.35 else ("sum", "product"))
    count = 3 if kind == "mixed" or (level > 0.5 and rng.random() < 0.15) else 2
    return numbers.fractions(rng, kind, count, _grown(level * 2, 9, 20), slips)


def _like_terms(rng: random.Random, level: float, slips: random.Random) -> Problem:
    names = rng.randint(4, 5) if level > 0.5 and rng.random() < 0.06 else rng.randint(1, _grown(level * 2, 1, 3))
    return letters.like_terms(rng, names, _grown(level * 2, 4, 8), 20, slips)


def _substitute(rng: random.Random, level: float, slips: random.Random) -> Problem:
    return (letters.substitute_within if rng.random() < 0.25 else letters.substitute)(rng, 12, slips)


def _literal_fractions(rng: random.Random, level: float, slips: random.Random) -> Problem:
    if rng.random() < 0.3:
        return letters.fractions_of_letters(rng, 12, slips)
    return letters.literal_fractions(rng, rng.choice((1, 2, 2, 2)), 12, slips)


LEARNED: dict[str, tuple[Callable[..., Problem], float]] = {  # with a share of problems
    "addition": (_addition, 2.0),
    "single digits": (_single, 0.8),
    "multiplication": (_product, 1.3),
    "division": (_division, 2.6),
    "mixed": (_mixed, 1.8),
    "brackets": (_brackets, 2.0),
    "fractions": (_fractions, 1.8),
    "like terms": (_like_terms, 4.0),
    "distribute": (lambda rng, level, slips: letters.distribute(rng, 12, slips), 1.8),
    "expand": (lambda rng, level, slips: letters.expand(rng, 12, slips, 0.03), 1.2),
    "monomials": (lambda rng, level, slips: letters.monomials(rng, slips=slips), 1.5),
    "substitute": (_substitute, 1.6),
    "literal fractions": (_literal_fractions, 1.1),
    "combined": (lambda rng, level, slips: letters.combined(rng, 9, slips), 0.6),
    "anything": (lambda rng, level, slips: letters.anything(rng, 9, slips), 1.2),
    "long sums": (lambda rng, level, slips: numbers.long_sum(rng), 0.4),
    "decimals": (lambda rng, level, slips: numbers.decimals(rng, slips), 0.4),
    "powers": (lambda rng, level, slips: numbers.power(rng, slips), 0.3),
    "undefined": (lambda rng, level, slips: numbers.undefined(rng), 0.06),
}
WIDER: dict[str, tuple[Callable[..., Problem], float]] = {  # beside those, for problems="wide"
    "wider brackets": (lambda rng, level, slips: wider.brackets(rng, slips), 6.0),
    "signs": (lambda rng, level, slips: wider.signs(rng), 0.4),
    "wider division": (lambda rng, level, slips: wider.division(rng, slips), 4.0),
    "wider fractions": (lambda rng, level, slips: wider.fractions(rng, slips), 2.5),
    "wider like terms": (lambda rng, level, slips: wider.like_terms(rng, slips), 1.2),
    "wider products": (lambda rng, level, slips: wider.products(rng, slips), 1.5),
    "wider substitution": (lambda rng, level, slips: wider.substitute(rng, slips), 3.0),
    "wider literal fractions": (lambda rng, level, slips: wider.literal_fractions(rng, slips), 2.0),
}
FIRST_LEVEL = {
    "brackets": 0.1,
    "combined": 0.3,
    "anything": 0.4,
    "decimals": 0.3,
    "powers": 0.1,
    "fractions": 0.05,
    "expand": 0.25,
    "literal fractions": 0.3,
    "substitute": 0.3,
    "distribute": 0.1,
}


def draw(
    rng: random.Random, count: int, level: float, *, only: str = "all", digits: int = 20, depth: int = 3
) -> list[Problem]:
    """Problems to learn from, none of them kept aside.

    Args:
        level: from 0, the easiest, to 1, the size of the suites.
        only: "all"; "wide": those, and as many beyond the suites' sizes; or one kind, as "addition".
        digits: most digits of the numbers that are added.
        depth: deepest brackets.

    >>> problems = draw(random.Random(0), 3, 1.0)
    >>> any(problem.held_out for problem in problems)
    False
    """
    kinds = LEARNED | WIDER if only == "wide" else LEARNED
    names = [name for name in kinds if FIRST_LEVEL.get(name, 0.0) <= level] if only in ("all", "wide") else [only]
    limits = {"addition": {"most": digits}, "brackets": {"deepest": depth}}
    shares = [kinds[name][1] for name in names]
    problems: list[Problem] = []
    while len(problems) < count:
        (name,) = rng.choices(names, shares)
        at = level if rng.random() < 0.75 else level * rng.random()  # some easier ones, always
        problem = made(partial(kinds[name][0], rng, at, rng, **limits.get(name, {})))
        if not problem.held_out:
            problems.append(problem)
    return problems


def made(make: Callable[[], Problem]) -> Problem:
    """The first draw that does not come out too large."""
    while True:
        try:
            return make()
        except OverflowError:
            continue


def examination(suite: str, count: int, seed: int) -> list[Problem]:
    """So many different problems of a suite, all of them kept aside: never learned from by any training.

    Raises:
        RecipeError: an unknown suite.
    """
    (suite,) = chosen(suite)
    rng = random.Random(f"{suite} {seed}")
    found: dict[str, Problem] = {}
    for _ in range(1000 * count):
        problem = made(lambda: SUITES[suite](rng))
        if problem.held_out and not problem.work.endswith("?"):
            found[problem.expression] = problem
            if len(found) == count:
                break
    return list(found.values())


def chosen(names: str) -> list[str]:
    """Suites by their names, with commas between; "all" are all, and the beginning of names are those that begin so.

    Raises:
        RecipeError: no suite is called so.

    >>> chosen("expand, divide e")
    ['expand', 'divide exactly']
    """
    found: list[str] = []
    for name in (part.strip() for part in names.split(",")):
        fits = [s for s in SUITES if name == s] or [s for s in SUITES if name == "all" or (name and s.startswith(name))]
        if not fits:
            raise unknown("suite", name, ["all", *SUITES])
        found += [suite for suite in fits if suite not in found]
    return found
