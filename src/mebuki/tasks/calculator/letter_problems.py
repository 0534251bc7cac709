"""Problems with letters, drawn at random: like terms, products, monomials, literal fractions, substitution.

As in `number_problems`, OverflowError asks for another draw.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from .algebra import simplify
from .integers import Written, number
from .lines import Line, work_out
from .lines import text_of as line_text
from .notation import LETTERS, turned
from .number_problems import LONGEST, nested
from .problem import Problem, question, tidy
from .rationals import compute
from .terms import ONE, Bracket, Factor, Letters, Mono, Term, Terms, term, text_of

NAMES = "abcdefghijklmnopqrstuvwxyz"


def solved(rng: random.Random, terms: Terms, slips: random.Random | None, longest: int = LONGEST) -> Problem:
    """A problem whose letters have got other names, of the same order."""
    work, _ = simplify(terms, slips)
    if len(work) > longest:
        raise OverflowError
    text = turned(text_of(terms))
    if tidy(text) != text or any(_runs_together(t) for t in terms):
        raise OverflowError  # what people type is read as another problem
    used = sorted(set(text) & set(LETTERS))
    if not used or used != list(LETTERS[: len(used)]):
        raise OverflowError  # a letter was not drawn: the model would call the others otherwise, or see a problem of numbers
    return Problem(_named(rng, text, used), "poly", work)


def _goes_on(before: Mono, factor: Mono) -> bool:
    """Whether a monomial reads as the rest of the one before it."""
    alone = factor.coefficient == ONE and bool(factor.letters)
    return alone and (not before.letters or factor.letters[0][0] > before.letters[-1][0])


def _runs_together(t: Term) -> bool:
    """Whether two monomials beside each other read as one: 2*a and b, as against 2*b and a, or a and 2*b. What stands behind / is a
    number or a power of a letter, and nothing runs together with it."""
    before: Factor | None = None
    for op, factor in t.factors:
        if isinstance(factor, Bracket):
            if any(_runs_together(inner) for inner in factor.terms):
                return True
        elif isinstance(before, Mono) and op == "*" and _goes_on(before, factor):
            return True
        before = factor if op == "*" else None
    return False


def _named(rng: random.Random, text: str, used: list[str]) -> str:
    names = dict(zip(used, sorted(rng.sample(NAMES, len(used))), strict=True))
    return "".join(names.get(letter, letter) for letter in text)


def coefficient(rng: random.Random, largest: int) -> int:
    size = rng.randint(1, largest) if rng.random() < 0.85 else 1
    return -size if rng.random() < 0.5 else size


def like_terms(
    rng: random.Random,
    letters: int,
    most: int = 8,
    largest: int = 20,
    slips: random.Random | None = None,
    squares: float = 0.15,
) -> Problem:
    """A sum of 2 … most terms in so many letters, of first degree, a share with `squares`, and numbers."""
    kinds: list[Letters] = [((name, 1),) for name in LETTERS[:letters]]
    if rng.random() < squares:
        kinds += [((name, 2),) for name in LETTERS[:letters]]
    if letters > 1 and rng.random() < 0.08:
        kinds += [(("a", 1), ("b", 1))]
    if rng.random() < 0.75:
        kinds += [()]
    size = rng.choice((largest, largest, 9, 99))
    terms = [term(number(coefficient(rng, size)), rng.choice(kinds)) for _ in range(rng.randint(max(2, letters), most))]
    if rng.random() < 0.06:
        terms[-1] = Term(not terms[0].negative, terms[0].factors)
        terms[-1] = term(terms[-1].signed, terms[0].mono.letters)
    return solved(rng, tuple(terms), slips)


def binomial(rng: random.Random, names: str, largest: int, count: int = 2) -> Bracket:
    kinds: list[Letters] = [((rng.choice(names), 1),), ()]
    if len(names) > 1 and rng.random() < 0.4:
        kinds = [((name, 1),) for name in names[:2]]
    if count > 2:
        kinds = [((name, 1),) for name in names[:2]] + [()] if len(names) > 1 else [(("a", 2),), (("a", 1),), ()]
    elif rng.random() < 0.06:
        kinds[0] = ((kinds[0][0][0], 2),)
    terms = [term(number(coefficient(rng, largest)), kind) for kind in kinds]
    if rng.random() < 0.35:
        rng.shuffle(terms)
    return Bracket(tuple(terms))


def _names(rng: random.Random) -> str:
    return LETTERS[: 1 if rng.random() < 0.65 else 2]


def distribute(rng: random.Random, largest: int = 12, slips: random.Random | None = None) -> Problem:
    """A number or a monomial times a bracket; sometimes two such, or terms beside."""
    names = LETTERS[: rng.choice((1, 1, 2, 2, 3))]

    def one() -> Term:
        k = coefficient(rng, largest)
        letters: Letters = ((rng.choice(names), 1),) if rng.random() < 0.25 else ()
        bracket = binomial(rng, names, largest, 3 if rng.random() < 0.2 else 2)
        if abs(k) == 1 and not letters and rng.random() < 0.5:
            return Term(k < 0, (("*", bracket),))
        factors: list[tuple[str, Factor]] = [("*", Mono(number(abs(k)), letters)), ("*", bracket)]
        if k > 0 and rng.random() < 0.12:
            factors.reverse()
        return Term(k < 0, tuple(factors))

    kind = rng.random()
    if kind < 0.6:
        return solved(rng, (one(),), slips)
    beside = term(number(coefficient(rng, largest)), ((rng.choice(names), 1),) if rng.random() < 0.6 else ())
    return solved(rng, (one(), one()) if kind < 0.85 else (one(), beside) if kind < 0.93 else (beside, one()), slips)


def expand(rng: random.Random, largest: int = 12, slips: random.Random | None = None, cubes: float = 0.0) -> Problem:
    """A product of two brackets, sometimes with a number before them; squares; a share of `cubes`."""
    names, kind = _names(rng), rng.random()
    if rng.random() < cubes:
        return solved(rng, (Term(False, (("*", Bracket(binomial(rng, names, 4).terms, 3)),)),), slips)
    x, y = binomial(rng, names, largest), binomial(rng, names, largest)
    if kind < 0.12:
        return solved(rng, (Term(rng.random() < 0.1, (("*", Bracket(x.terms, 2)),)),), slips)
    factors: list[tuple[str, Factor]] = [("*", x), ("*", y)]
    negative = False
    if kind < 0.4:
        k = coefficient(rng, 9)
        negative = k < 0
        if abs(k) > 1:
            factors.insert(0, ("*", Mono(number(abs(k)))))
    if 0.4 < kind < 0.46:
        factors[1] = ("*", binomial(rng, names, largest, 3))
    t = Term(negative, tuple(factors))
    if 0.46 < kind < 0.52:
        return solved(rng, (t, term(number(coefficient(rng, largest)), ((names[0], 1),))), slips)
    return solved(rng, (t,), slips)


def monomials(rng: random.Random, letters: int = 3, highest: int = 4, slips: random.Random | None = None) -> Problem:
    """Products, quotients and powers of two to four monomials."""
    names = LETTERS[: rng.randint(1, letters)]

    def mono(largest: int) -> Term:
        powers = {name: rng.randint(1, highest) for name in names if rng.random() < 0.75}
        return term(number(coefficient(rng, largest)), tuple(sorted(powers.items())))

    def factor(op: str, power: int, bare: bool) -> Factor:
        if op == "/" and bare and power == 1:  # a number, or a power of one letter, stands without a bracket
            if rng.random() < 0.4:
                return Mono(number(rng.randint(2, 12)))
            return Mono(ONE, ((rng.choice(names), rng.randint(1, highest)),))
        t = mono(12 if power == 1 else 9)
        if not t.mono.letters and not bare:
            raise OverflowError
        return t.mono if bare and not t.negative and power == 1 else Bracket((t,), power)

    count, bare, factors = rng.choice((1, 2, 2, 2, 2, 3, 3, 3, 4)), rng.choice((0.0, 0.0, 0.5, 1.0)), []
    for place in range(count):
        op = "/" if place and rng.random() < 0.4 else "*"
        power = rng.choice((1, 1, 1, 2, 2, 3)) if op == "*" else rng.choice((1, 1, 1, 1, 2))
        factors.append((op, factor(op, rng.choice((2, 3)) if count == 1 else power, rng.random() < bare)))
    first = factors[0][1]
    negative = isinstance(first, Mono) and rng.random() < 0.3
    return solved(rng, (Term(negative, tuple(factors)),), slips)


def literal_fractions(
    rng: random.Random, count: int = 2, largest: int = 12, slips: random.Random | None = None
) -> Problem:
    """Sums of brackets over numbers, as (a-3)/2-(2*a+1)/3."""
    names, terms = LETTERS[: rng.choice((1, 2, 2))], []
    for place in range(count):
        d = rng.randint(2, min(12, largest))
        if rng.random() < 0.85:
            factors: list[tuple[str, Factor]] = [("*", binomial(rng, names, largest)), ("/", Mono(number(d)))]
            if rng.random() < 0.1:
                factors.insert(0, ("*", Mono(number(rng.randint(2, 9)))))
        else:
            factors = [
                ("*", Mono(number(abs(coefficient(rng, largest))), ((rng.choice(names), 1),))),
                ("/", Mono(number(d))),
            ]
            if rng.random() < 0.3:
                factors.pop()
        terms.append(Term(rng.random() < (0.5 if place else 0.1), tuple(factors)))
    return solved(rng, tuple(terms), slips)


def fractions_of_letters(rng: random.Random, largest: int = 12, slips: random.Random | None = None) -> Problem:
    """Fractions beside letters and brackets, as 1/2*a+3*b/4-1/3, (1/2)*a+1, 2/3*(6*a-9), a/2+5."""
    names, terms = LETTERS[: rng.choice((1, 1, 2))], []
    for place in range(rng.choice((1, 2, 2, 2, 3))):
        above, below = (
            rng.choice((1, 1, rng.randint(1, largest))),
            rng.choice((2, 3, 4, 5, 10, rng.randint(2, largest))),
        )
        ratio: tuple[tuple[str, Factor], ...] = (("*", Mono(number(above))), ("/", Mono(number(below))))
        letter: tuple[str, Factor] = ("*", Mono(ONE, ((rng.choice(names), rng.choice((1, 1, 1, 2))),)))
        whole: tuple[str, Factor] = ("*", Bracket((Term(False, ratio),)))
        kind = rng.random()
        factors = (
            (*ratio, letter)
            if kind < 0.25
            else (whole, letter)
            if kind < 0.45
            else ((("*", Mono(number(above), letter[1].letters)) if above > 1 else letter), ratio[1])  # pyright: ignore
            if kind < 0.65
            else (*rng.choice((ratio, (whole,))), ("*", binomial(rng, names, largest)))
            if kind < 0.8
            else (("*", Mono(number(above), letter[1].letters if rng.random() < 0.5 else ())),)  # pyright: ignore
            if kind < 0.95
            else ratio
        )
        terms.append(Term(rng.random() < (0.4 if place else 0.1), factors))
    return solved(rng, tuple(terms), slips)


def anything(rng: random.Random, largest: int = 9, slips: random.Random | None = None) -> Problem:
    """Sums of products of monomials and brackets, within each other and raised to powers, as they come."""
    names = LETTERS[: rng.choice((1, 1, 1, 2, 2, 3, 4))]

    def mono() -> tuple[bool, Mono]:
        k = 0 if rng.random() < 0.02 else coefficient(rng, largest)
        found: dict[str, int] = {}
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            found[rng.choice(names)] = rng.choice((1, 1, 1, 2, 3))
        return k < 0, Mono(number(abs(k)), tuple(sorted(found.items())))

    def sum_(deep: int, count: int) -> Terms:
        terms = []
        for _ in range(count):
            negative, first = mono()
            factors: list[tuple[str, Factor]] = [("*", first)]
            if deep and rng.random() < 0.55:
                bracket = Bracket(sum_(deep - 1, rng.choice((2, 2, 3))), rng.choice((1, 1, 1, 1, 2)))
                factors = [("*", bracket)] if rng.random() < 0.4 else [*factors, ("*", bracket)]
                if rng.random() < 0.3:
                    more = mono()
                    inner = Bracket((Term(more[0], (("*", more[1]),)),)) if more[0] else more[1]
                    factors.append(("*", inner if rng.random() < 0.4 else Bracket(sum_(0, 2))))
            elif rng.random() < 0.25:
                more = mono()
                factors.append(("*", Bracket((Term(True, (("*", more[1]),)),)) if more[0] else more[1]))
            terms.append(Term(negative, tuple(factors)))
        return tuple(terms)

    return solved(rng, sum_(rng.choice((0, 1, 1, 1, 2)), rng.choice((1, 1, 2, 2, 3))), slips)


def combined(rng: random.Random, largest: int = 9, slips: random.Random | None = None) -> Problem:
    """Two or three terms: products of brackets, squares, monomials before brackets, monomials."""
    names = _names(rng)

    def one() -> Term:
        kind, k = rng.random(), coefficient(rng, largest)
        if kind < 0.3:
            return term(number(k), ((rng.choice(names), rng.choice((1, 1, 2))),) if rng.random() < 0.8 else ())
        bracket = binomial(rng, names, largest)
        if kind < 0.5:
            return Term(k < 0, (("*", Bracket(bracket.terms, 2)),))
        if kind < 0.75:
            return Term(k < 0, (("*", bracket), ("*", binomial(rng, names, largest))))
        letters: Letters = ((rng.choice(names), 1),) if rng.random() < 0.3 else ()
        return Term(k < 0, (("*", Mono(number(abs(k)), letters)), ("*", bracket)))

    return solved(rng, tuple(one() for _ in range(rng.choice((2, 2, 3)))), slips)


def substitute_within(rng: random.Random, largest: int = 12, slips: random.Random | None = None) -> Problem:
    """Values for letters that stand among numbers and in brackets, as 3*(a+2)-b, a=4, b=-1."""
    line = nested(rng, rng.randint(1, 4), rng.choice((0, 1, 1, 2)), largest)
    if ")" in line and rng.random() < 0.2:
        end = rng.choice([place for place, item in enumerate(line) if item == ")"])
        line = [*line[: end + 1], "^", number(rng.choice((2, 2, 3))), *line[end + 1 :]]
    places = [p for p, item in enumerate(line) if isinstance(item, Written) and not (p and line[p - 1] == "^")]
    names = LETTERS[: rng.randint(1, min(3, len(places)))]
    shown, values = list(line), dict[str, Written]()
    for name in names:
        values[name] = number(rng.randint(0, largest) * (-1 if rng.random() < 0.3 else 1))
        for place in rng.sample(places, min(len(places), rng.choice((1, 1, 2)))):
            line[place], shown[place] = values[name], name
            places.remove(place)
        if not places:
            break
    order = sorted(values)
    expression = turned(line_text(shown)) + "".join(f", {name}={turned(values[name].text)}" for name in order)
    if question(expression, "value")[0] != turned(expression.replace(" ", "")) + "=" or re.search(
        r"\([a-z]\)", expression
    ):
        raise OverflowError
    work, value = work_out(line, slips, 10**7)
    first = line_text(line)
    text = work if work == first else f"{first}={work}"
    if len(text) > LONGEST or not value:
        raise OverflowError
    return Problem(_named(rng, expression, order), "value", text)


def substitute(
    rng: random.Random,
    largest: int = 12,
    slips: random.Random | None = None,
    powers: Sequence[int] = (1, 1, 1, 2, 2, 3),
    fractions: float = 0.25,
    bound: int = 10**7,
    longest: int = LONGEST,
) -> Problem:
    """A polynomial and values for its letters: whole numbers, a share of `fractions`."""
    names = LETTERS[: rng.choice((1, 2, 2, 3))]
    kinds: list[Letters] = [((name, rng.choice(powers)),) for name in names]
    if len(names) > 1 and rng.random() < 0.3:
        kinds.append((("a", 1), ("b", rng.choice((1, 1, 2)))))
    if rng.random() < 0.4:
        kinds.append(())
    if rng.random() < 0.2:
        kinds.append(((names[0], 1),))
    rng.shuffle(kinds)
    terms = tuple(term(number(coefficient(rng, largest)), kind) for kind in kinds)
    values: dict[str, tuple[int, int]] = {}
    for name in names:
        fraction = rng.random() < fractions
        top = rng.randint(1, 9) if fraction else rng.randint(0 if rng.random() < 0.3 else 1, largest)
        values[name] = (-top if rng.random() < 0.4 else top), (rng.randint(2, 9) if fraction else 1)
    shown = {name: f"{p}/{q}" if q > 1 else str(p) for name, (p, q) in values.items()}
    expression = turned(text_of(terms)) + "".join(f", {name}={shown[name]}" for name in names)
    if question(expression, "value")[0] != turned(expression.replace(" ", "")) + "=":
        raise OverflowError  # a letter is missing
    scratch, reduced = "", dict[str, Written]()
    for name in names:
        p, q = values[name]
        reduced[name] = number(p)
        if q > 1:
            top, bottom = Written(p < 0, str(abs(p))[::-1]), Written(False, str(q)[::-1])
            reduced[name] = compute(top, "/", bottom)[1]
            scratch += f"[{name}:{top.text}/{bottom.text}={compute(top, '/', bottom, slips)[0]}]"
    line = substituted(terms, reduced)
    work, _ = work_out(line, slips, bound)
    first = line_text(line)
    text = scratch + (work if len(line) == 1 and work == first else f"{first}={work}")
    if len(text) > longest:
        raise OverflowError
    return Problem(_named(rng, expression, list(names)), "value", text)


def substituted(terms: Terms, values: dict[str, Written]) -> Line:
    """The terms with values in the places of letters: a line of numbers."""
    line: Line = []
    for place, t in enumerate(terms):
        if t.negative:
            line.append("-")
        elif place:
            line.append("+")
        factors: list[Line] = []
        if t.mono.coefficient.text != "1" or not t.mono.letters:
            factors.append([t.mono.coefficient])
        for name, n in t.mono.letters:
            factors.append([values[name], "^", number(n)] if n > 1 else [values[name]])
        for number_, factor in enumerate(factors):
            line += ["*", *factor] if number_ else factor
    return line
