"""How the calculator's model writes: its alphabet, and where each letter stands.

Model text is plain text with every number turned round, lowest digit first, and with the letters of a problem renamed
a, b, c … in alphabetical order. Beside the letters of mathematics it has a few signs for scratch work:

    |          the bar of a reduced fraction, 3|4, where / is a division yet to be done
    [ … ]      scratch: a calculation on the side
    ~          the difference before it came out negative: what follows is its complement, with a minus
    : ; & %    parts of multiplications and divisions (see `integers`)
    A … Z f … z   pointers: places of digits, terms, parts of a line
    ! ~        a digit of a quotient was too small, too large
    ?          there is no answer, as for a division by zero

Besides itself and the two letters before it, the model is told of every letter where it stands, as far as that can be read off the
text from left to right (`Places`): a digit's place in its number, counted from its first letter, the lowest digit (Abacus
embeddings, McLeish et al. 2024), the part and the term of its line, how deep in scratch it stands, and which line it is.

>>> turned("63+7*5")
'36+7*5'
>>> places = Places()
>>> [tuple(places.read(letter))[:3] for letter in "36+5"]
[(1, 0, 0), (2, 0, 0), (0, 1, 1), (1, 1, 1)]
"""

from __future__ import annotations

import re
from typing import NamedTuple

END, PAD = "\n", " "
LETTERS = "abcde"  # of a problem, renamed
POINTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZfghijklmnopqrstuvwxyz"
ALPHABET = PAD + END + "0123456789+-*/^()=,|[]:;~!&%?" + LETTERS + POINTERS
ID = {letter: number for number, letter in enumerate(ALPHABET)}
DIGITS = frozenset("0123456789")
POINTERS_SET = frozenset(POINTERS)
LAST = (127, 63, 31, 7, 15)  # places beyond count as these: digit, part, term, depth, line


def turned(text: str) -> str:
    """Every number from the other end: model text to plain text, and back.

    >>> turned("48*5=042")
    '84*5=240'
    """
    return re.sub(r"\d+", lambda number: number.group()[::-1], text)


def renamed(text: str) -> tuple[str, dict[str, str]]:
    """The text with its letters renamed a, b, c … in alphabetical order, and the names to give back.

    >>> renamed("7*x-3*p")
    ('7*b-3*a', {'a': 'p', 'b': 'x'})

    Raises:
        ValueError: more letters than `LETTERS`.
    """
    found = sorted({letter for letter in text if "a" <= letter <= "z"})
    if len(found) > len(LETTERS):
        raise ValueError(f"{len(found)} letters")
    to = dict(zip(found, LETTERS, strict=False))
    return "".join(to.get(letter, letter) for letter in text), {new: old for old, new in to.items()}


class Place(NamedTuple):
    """Where a letter stands.

    Attributes:
        digit: from 1, the lowest; 0: no digit.
        part: of the line: a new one begins at every operator, unless the line or a bracket has just begun there; and at the signs of
            Euclid's algorithm.
        term: of the line: a new one begins at a sign + or -, at an opening bracket, and at a * or / after a closing one.
        depth: in square brackets.
        line: how many "=" stand before it outside of square brackets.
    """

    digit: int
    part: int
    term: int
    depth: int
    line: int


class Places:
    """Reads a text letter by letter, and tells where each stands.

    Lines begin after "="; scratch counts for itself, from 0, on at its own "=", and there "," begins a new term. A pointer that
    stands behind a number is a part: of the line before, outside of scratch, so that what is copied from there has the places of what it
    is copied from; or in a division the place of the digit. Brackets change no part: a value put in the place of a letter, or a
    bracket taken away, moves nothing.
    """

    def __init__(self) -> None:
        self.digit = self.part = self.term = self.line = 0
        self.before = self.last = "="
        self.outside: list[tuple[int, int, str]] = []

    def read(self, letter: str) -> Place:
        """The next letter's place."""
        last, self.last = self.last, letter
        depth = len(self.outside)
        self.digit = self.digit + 1 if letter in DIGITS else 0
        if letter == "[":
            self.outside.append((self.part, self.term, self.before))
            self.part, self.term, self.before = 0, 0, "="
            return self._at(depth + 1)
        if letter == "]" and depth:
            found = self._at(depth)
            self.part, self.term, self.before = self.outside.pop()
            return found
        if letter in "=:" or (letter == "," and depth):
            found, self.before = self._at(depth), "="
            if letter == "," or (letter == "=" and not depth):
                self.part = 0
            if letter == "=" and not depth:
                self.term, self.line = 0, self.line + 1
            self.term += letter == ","
            self.part += letter == "=" and depth > 0
            return found
        if letter in POINTERS_SET:
            if last != "[" and last not in POINTERS_SET:
                self.part = POINTERS.index(letter)
            return self._at(depth)
        if self.before not in "=(" or letter + self.before == "((":
            self.part += letter in "+-*/^%&"
            self.term += not depth and (letter in "+-(" or (letter in "*/" and self.before == ")"))
        self.before = letter
        return self._at(depth)

    def _at(self, depth: int) -> Place:
        return Place(
            *(
                min(place, last)
                for place, last in zip((self.digit, self.part, self.term, depth, self.line), LAST, strict=True)
            )
        )


def places_of(text: str) -> list[Place]:
    """The places of all letters of a text."""
    places = Places()
    return [places.read(letter) for letter in text]
