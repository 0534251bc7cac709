"""Problems of numbers, drawn at random: sums, products, divisions, mixed operations, brackets, fractions.

Every function takes a source of randomness, and sizes; it gives a `Problem` with its work, or raises OverflowError where the
draw came out too large, so that another is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction

from ..expressions import Ask
from .integers import Written, number
from .lines import Line, text_of, work_out
from .notation import turned
from .problem import Problem
from .rationals import remainder

LONGEST = 640  # letters of work


def of_digits(rng: random.Random, count: int) -> int:
    """A number of so many digits."""
    return rng.randrange(10 ** (count - 1) if count > 1 else 0, 10**count)


def solved(
    line: Line,
    slips: random.Random | None = None,
    largest: int = 10**9,
    ask: Ask = "value",
    longest: int = LONGEST,
) -> Problem:
    """A problem from a line of numbers and signs."""
    work, _ = work_out(line, slips, largest)
    if len(work) > longest:
        raise OverflowError
    return Problem(turned(text_of(line)), ask, work)


def addition(rng: random.Random, shortest: int, longest: int, hard: float = 0.3, signs: float = 0.2) -> Problem:
    """a + b or a - b, of shortest … longest digits.

    Args:
        hard: share with long carries, cancelling digits, or many zeros and nines.
        signs: share of negative numbers, of each of the two.
    """
    digits = rng.randint(shortest, longest)
    other = digits if rng.random() < 0.4 else rng.randint(shortest, longest)
    a, b, minus = of_digits(rng, digits), of_digits(rng, other), rng.random() < 0.5
    if rng.random() < hard:
        a, b = _hard(rng, digits, other, a, minus)
    a, b = (-v if rng.random() < signs else v for v in (a, b))
    return solved([number(a), "-" if minus else "+", number(b)], largest=10 ** (max(digits, other) + 2))


def _hard(rng: random.Random, digits: int, other: int, a: int, minus: bool) -> tuple[int, int]:
    kind = rng.random()
    if kind < 0.4:  # a carry or borrow that runs through digits first … last - 1
        first = rng.randrange(digits)
        last = rng.randint(first + 1, digits)
        width = max(digits, other)
        upper = [int(c) for c in str(a)[::-1].ljust(width, "0")]
        lower = [rng.randrange(10) for _ in range(width)]
        lower[first:last] = [u if minus else 9 - u for u in upper[first:last]]
        return a, int("".join(map(str, lower[::-1])))
    if kind < 0.7:  # equal digits on top
        same = 10 ** rng.randint(0, digits)
        return a, a // same * same + rng.randrange(same)
    signs = "0099919", "0090111"
    return tuple(int("".join(rng.choice(s) for _ in range(n))) for s, n in zip(signs, (digits, other), strict=True))  # pyright: ignore[reportReturnType]


def product(rng: random.Random, shortest: int, longest: int, other: int | None = None, signs: float = 0.1) -> Problem:
    """a · b; of shortest … longest digits each, or the second of `other` digits."""
    first = rng.randint(shortest, longest)
    second = other or rng.randint(shortest, longest)
    values = []
    for digits in (first, second):
        value = (
            int("".join(rng.choice("0019") for _ in range(digits))) if rng.random() < 0.06 else of_digits(rng, digits)
        )
        values.append(number(-value if rng.random() < signs else value))
    return solved([values[0], "*", values[1]], largest=10**20)


def division(rng: random.Random, kind: str, top: int, bottom: int, slips: random.Random | None = None) -> Problem:
    """a / b: exact, with a remainder, or as a fraction.

    Args:
        kind: exact, remainder or fraction.
        top: most digits of the quotient; for fractions, of the numerator.
        bottom: most digits of the divisor.
    """
    b = max(2 if kind == "fraction" else 1, of_digits(rng, rng.randint(1, bottom)))
    if kind == "exact":
        a = b * of_digits(rng, rng.randint(1, top))
        sign = -1 if rng.random() < 0.1 else 1
        return solved([number(sign * a), "/", number(b if rng.random() > 0.05 else -b)], slips)
    if kind == "remainder":
        a = of_digits(rng, rng.randint(1, top + len(str(b))))
        if rng.random() < 0.1:
            a -= a % b
        work, _ = remainder(number(a), number(b), slips)
        return Problem(f"{a}/{b}", "remainder", work)
    a = max(1, of_digits(rng, rng.randint(1, top)))
    if rng.random() < 0.4:
        common = rng.randint(2, 30)
        if max(a, b) * common < 10 ** max(top, bottom):
            a, b = a * common, b * common
    sign = -1 if rng.random() < 0.1 else 1
    return solved([number(sign * a), "/", number(b)], slips)


def power(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """A small number, at times negative or a fraction, to the power of 0 … 12."""
    base: Line = [number(rng.choice((2, 3, rng.randint(0, 20))) * (-1 if rng.random() < 0.25 else 1))]
    if rng.random() < 0.15:
        base = ["(", number(rng.randint(1, 9)), "/", number(rng.randint(2, 9)), ")"]
    sign: Line = ["-"] if rng.random() < 0.12 else []
    return solved([*sign, *base, "^", number(rng.choice((2, 3, rng.randint(0, 12))))], slips, largest=10**7)


def long_sum(rng: random.Random) -> Problem:
    """Three to five numbers of up to six digits, added and subtracted; some of them 0, one perhaps times another."""
    line: Line = [number(of_digits(rng, rng.randint(1, 6)))]
    for _ in range(rng.randint(2, 4)):
        value = 0 if rng.random() < 0.06 else of_digits(rng, rng.randint(1, 6))
        line += [rng.choice("+++---*") if value < 10 else rng.choice("+-"), number(value)]
    return solved(line, largest=10**8)


def decimals(rng: random.Random, slips: random.Random | None = None) -> Problem:
    """Numbers with one or two digits behind the point, as they are read: 12.5 is (25/2)."""
    line: Line = []
    for place in range(rng.choice((2, 2, 3))):
        if place:
            line.append(rng.choice("++--**/"))
        ratio = Fraction(rng.randint(1, 10 ** rng.choice((2, 3, 4))), rng.choice((10, 10, 100, 2, 4)))
        if rng.random() < 0.3:
            ratio = Fraction(rng.randint(1, 99))
        top, bottom = number(ratio.numerator), number(ratio.denominator)
        line += ["(", top, "/", bottom, ")"] if ratio.denominator > 1 else [top]
    return solved(line, slips, largest=10**7)


def _operand(rng: random.Random, largest: int) -> int:
    return rng.randint(1, largest) if rng.random() < 0.55 else rng.randint(1, 12)


def _flat(rng: random.Random, operators: int, largest: int, signs: str) -> Line:
    line: Line = [number(_operand(rng, largest))]
    for _ in range(operators):
        line += [rng.choice(signs), number(_operand(rng, largest))]
    return line


def _nested(rng: random.Random, operators: int, depth: int, largest: int, signs: str, minus: float) -> Line:
    """An expression with brackets `depth` deep."""
    if depth == 0:
        return _flat(rng, operators, largest, signs)
    inner = operators - 1 if operators - 1 <= depth else rng.randint(depth, operators - 1)
    second = 0
    if inner < operators - 1 and rng.random() < 0.35:
        second = rng.randint(1, operators - 1 - inner)
    parts: list[Line] = [["(", *_nested(rng, inner, depth - 1, largest, signs, minus), ")"]]
    if second:
        parts.append(["(", *_flat(rng, second, largest, signs), ")"])
    outside = operators - inner - second
    for _ in range(outside + 1 - len(parts)):
        parts.append([number(_operand(rng, largest))])
    rng.shuffle(parts)
    line = parts[0]
    for part in parts[1:]:
        line = [*line, rng.choice(signs), *part]
    if rng.random() < minus:
        line = ["-", *line]
    return line


def _exactly(rng: random.Random, line: Line, share: float) -> Line:
    """Makes most divisions of two numbers come out, by multiplying the first."""
    line = list(line)
    for place in range(1, len(line) - 1):
        x, y = line[place - 1], line[place + 1]
        if line[place] == "/" and isinstance(x, Written) and isinstance(y, Written) and rng.random() < share:
            line[place - 1] = number(y.above * rng.randint(1, 40 if rng.random() < 0.3 else 12))
    return line


def nested(
    rng: random.Random, operators: int, depth: int, largest: int, exact: float = 0.85, minus: float = 0.04
) -> Line:
    """A line of numbers up to `largest` with so many operators, and brackets `depth` deep.

    Args:
        exact: share of the divisions of two numbers that come out.
        minus: share of negative numbers, and of brackets' insides that begin with a minus.
    """
    signs = "++--**//" if rng.random() < 0.7 else "++--***/"
    size = rng.choice((largest, largest, 20, 999)) if largest > 20 else largest
    line = _exactly(rng, _nested(rng, operators, depth, min(size, 999), signs, minus), exact)
    for place, item in enumerate(line):
        if isinstance(item, Written) and rng.random() < minus:
            powered = place and line[place - 1] == "^"
            line[place] = item if powered else number(-item.above)
    if rng.random() < 0.07:
        place = rng.choice([place for place, item in enumerate(line) if isinstance(item, Written)])
        small = number(rng.randint(2, 12))
        line = [*line[:place], small, "^", number(rng.choice((2, 2, 3))), *line[place + 1 :]]
    return line


def mixed(
    rng: random.Random,
    operators: int,
    depth: int = 0,
    largest: int = 99,
    slips: random.Random | None = None,
    powers: float = 0.0,
) -> Problem:
    """Several operations, some of them in brackets, `powers` of these raised to one."""
    line = nested(rng, operators, depth, largest)
    if depth and rng.random() < powers:
        place = rng.choice([place for place, item in enumerate(line) if item == ")"])
        line = [*line[: place + 1], "^", number(rng.choice((2, 2, 3))), *line[place + 1 :]]
    return solved(line, slips, largest=10**7)


def _fraction(rng: random.Random, largest: int, bracket: float, minus: float) -> Line:
    a, b = rng.randint(1, largest), rng.randint(2, largest)
    line: Line = [number(-a if rng.random() < minus else a), "/", number(b)]
    return ["(", *line, ")"] if rng.random() < bracket else line


def fractions(
    rng: random.Random,
    kind: str,
    count: int = 2,
    largest: int = 20,
    slips: random.Random | None = None,
    minus: float = 0.05,
    bound: int = 10**7,
    longest: int = LONGEST,
) -> Problem:
    """Fractions added and subtracted (sum), multiplied and divided (product), or both (mixed), some in brackets."""
    signs = {"sum": "+-", "product": "*/", "mixed": "+-*/"}[kind]
    line = _fraction(rng, largest, 0.5 if kind == "sum" else 1.0, minus)
    for _ in range(count - 1):
        sign = rng.choice(signs)
        if rng.random() < 0.12:
            other: Line = [number(rng.randint(1, largest))]
        else:
            other = _fraction(rng, largest, 0.5 if kind == "sum" else 1.0, minus)
        if kind == "mixed" and rng.random() < 0.4 and len(line) > 5:
            line = ["(", *line, ")"]
        line = [*line, sign, *other] if rng.random() < 0.5 or kind == "sum" else [*other, sign, *line]
    if kind == "mixed" and count > 2 and rng.random() < 0.5 and line[0] == "(":
        x, y, z = (_fraction(rng, largest, 1.0, minus) for _ in range(3))
        line = [*x, rng.choice("*/"), "(", *y, rng.choice("+-"), *z, ")"]
    return solved(line, slips, largest=bound, longest=longest)


def undefined(rng: random.Random) -> Problem:
    """A division by zero."""
    a, b = of_digits(rng, rng.randint(1, 3)), of_digits(rng, rng.randint(1, 2))
    kinds: Sequence[Callable[[], Line]] = (
        lambda: [number(a), "/", number(0)],
        lambda: [number(a), "/", "(", number(b), "-", number(b), ")"],
        lambda: [number(b), "+", number(a), "/", number(0)],
        lambda: [number(a), "/", "(", number(0), "*", number(b), ")"],
    )
    return solved(rng.choice(kinds)())
