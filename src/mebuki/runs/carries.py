"""Where a calculator decides a carry: for each digit of a sum, where it looks, and what it would write if the carry were another.

    for digit in carries(Calculator.ready(), 12, 39).digits:
        print(digit.letter, digit.probability, digit.flipped)

The carry into a place is turned over by changing digits below it, as few and as little as can be; the digits at the place and above stay.
A model that adds then gives the other digit.

Shapes: L layers, N heads, T letters of question and sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from ..generation.telling import softmax
from ..jsonable import jsonable
from ..tasks.calculator.notation import END, ID
from .calculator_inside import looked_at

if TYPE_CHECKING:
    from .answering import Calculator

MOST = 40  # digits


@dataclass(frozen=True)
class Letter:
    """A letter that the model reads.

    Attributes:
        part: `a`, `b` or `sum` for their digits, `sign` for + and =.
        place: of a digit, 0 for the ones; of a sign None.
    """

    letter: str
    part: str
    place: int | None


@dataclass(frozen=True)
class Flipped:
    """The same digits at a place and above, with the other carry into it.

    Attributes:
        a, b: the numbers that bring it.
        letter: that is then right.
        probability: of `letter`.
        kept: of the letter that was right before.
    """

    a: int
    b: int
    letter: str
    probability: float
    kept: float


@dataclass(frozen=True)
class Digit:
    """A digit of the sum, or the line end behind it, after the right letters before it.

    Attributes:
        place: 0 for the ones; the last one, behind both numbers, is 1 if there is a carry, else the end ⏎.
        carry: into this place, 0 or 1.
        letter: the right one.
        probability: of it, by the model.
        looks: for each letter before it in `Carries.letters`, its share of the attention, a mean over all layers and heads; sums to 1.
        layers: the same of each layer, a mean over its heads.
        flipped: what the other carry does; None at place 0.
    """

    place: int
    carry: int
    letter: str
    probability: float
    looks: tuple[float, ...]
    layers: tuple[tuple[float, ...], ...]
    flipped: Flipped | None


@dataclass(frozen=True)
class Carries:
    """A sum, as a calculator writes it.

    Attributes:
        letters: question and sum, as the model reads them.
        digits: of the sum, the lowest first, one more than the longer number has.
    """

    a: int
    b: int
    letters: tuple[Letter, ...]
    digits: tuple[Digit, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


def carries(calculator: Calculator, a: int, b: int) -> Carries:
    """How a calculator decides the carries of a + b.

    Raises:
        RecipeError: a number is negative or has more than 40 digits, or the calculator writes the highest digit first.
    """
    if calculator.settings.work == "plain":
        raise RecipeError(
            "this calculator writes the highest digit first",
            allowed="one that writes the lowest first",
            hint="calculator",
        )
    for number in (a, b):
        if not 0 <= number < 10**MOST:
            raise RecipeError(
                f"{number} cannot be shown here", allowed=f"whole numbers from 0, of at most {MOST} digits"
            )
    question, total = _written(a, b)
    weights, logits = looked_at(calculator, question + total)
    digits, size = [], max(len(str(a)), len(str(b)))
    for place in range(size + 1):
        row = len(question) + place - 1
        look = weights[:, :, row, : row + 1].mean(1)
        carry = (a % 10**place + b % 10**place) // 10**place
        letter = total[place]
        digits.append(
            Digit(
                place,
                carry,
                _shown(letter),
                float(softmax(logits[row])[ID[letter]]),
                tuple(look.mean(0).tolist()),
                tuple(map(tuple, look.tolist())),
                _flipped(calculator, a, b, place, letter),
            )
        )
    return Carries(a, b, _letters(a, b, question, total), tuple(digits))


def other_carry(a: int, b: int, place: int) -> tuple[int, int] | None:
    """Two numbers like a and b at `place` and above, with the other carry into it; none: there are no digits below.

    Both have as many digits as before. Of the digits below, the next one is changed, and only if that is not enough those below it
    too; as little as can be, those of a rather.

    >>> other_carry(12, 39, 1), other_carry(12, 39, 2), other_carry(5, 30, 1), other_carry(5, 30, 0)
    ((10, 39), (62, 39), (9, 31), None)
    """
    if place == 0:
        return None
    below = place - 1
    carry = (a % 10**place + b % 10**place) // 10**place
    for a_below, b_below in ((a, b), other_carry(a, b, below) or (a, b)):
        into = (a_below % 10**below + b_below % 10**below) // 10**below
        x, y = a // 10**below % 10, b // 10**below % 10
        pairs = [(p, q) for p in _digits(a, below) for q in _digits(b, below) if (p + q + into) // 10 != carry]
        if pairs:
            p, q = min(pairs, key=lambda pair: (abs(pair[0] - x) + abs(pair[1] - y), abs(pair[1] - y), pair))
            return a_below + (p - x) * 10**below, b_below + (q - y) * 10**below
    return None


def _digits(number: int, place: int) -> range:
    """What may stand at a place, so that the number keeps its length."""
    size = len(str(number))
    if place >= size:
        return range(1)
    return range(1 if place == size - 1 and size > 1 else 0, 10)


def _flipped(calculator: Calculator, a: int, b: int, place: int, letter: str) -> Flipped | None:
    found = other_carry(a, b, place)
    if found is None:
        return None
    question, total = _written(*found)
    _, logits = looked_at(calculator, question + total[:place])
    p = softmax(logits[-1])
    return Flipped(*found, _shown(total[place]), float(p[ID[total[place]]]), float(p[ID[letter]]))


def _written(a: int, b: int) -> tuple[str, str]:
    """Question and sum in the model's letters."""
    return f"{str(a)[::-1]}+{str(b)[::-1]}=", str(a + b)[::-1] + END


def _shown(letter: str) -> str:
    return "⏎" if letter == END else letter


def _letters(a: int, b: int, question: str, total: str) -> tuple[Letter, ...]:
    sizes = {"a": len(str(a)), "b": len(str(b)), "sum": len(total)}
    places: list[tuple[str, int | None]] = []
    for part, size in sizes.items():
        places += [(part, place) for place in range(size)] + ([("sign", None)] if part != "sum" else [])
    return tuple(
        Letter(_shown(letter), *((part, place) if letter != END else ("sign", None)))
        for letter, (part, place) in zip(question + total, places, strict=True)
    )
