"""How the calculator's model writes: its alphabet, and where each letter stands.

Model text is plain text with every number turned round, lowest digit first, and with the letters of a problem renamed
a, b, c … in alphabetical order. Beside the letters of mathematics it has a few signs for scratch work:

    |          the bar of a reduced fraction, 3|4, where / is a division yet to be done
    [ … ]      scratch: a calculation on the side
    ~          the difference before it came out negative: what follows is its complement, with a minus
    : ; & %    parts of multiplications and divisions (see `integers`)
    A … P      places of digits, and numbers of terms
    ! ~        a digit of a quotient was too small, too large
    ?          there is no answer, as for a division by zero

Besides itself the model is told of every letter two things that can be read off the text: a digit's place in its number,
counted from its first letter, the lowest digit (Abacus embeddings, McLeish et al. 2024), and the number of the term that
it stands in. `Places` reads both from left to right.

>>> turned("63+7*5")
'36+7*5'
>>> places = Places()
>>> [places.read(letter) for letter in "36+5"]
[(1, 0), (2, 0), (0, 1), (1, 1)]
"""

from __future__ import annotations

import re

END, PAD = "\n", " "
LETTERS = "abcde"  # of a problem, renamed
POINTERS = "ABCDEFGHIJKLMNOP"
ALPHABET = PAD + END + "0123456789+-*/^()=,|[]:;~!&%?" + LETTERS + POINTERS
ID = {letter: number for number, letter in enumerate(ALPHABET)}
DIGITS = frozenset("0123456789")
DEEPEST_DIGIT, LAST_TERM = 127, 31  # places beyond count as these


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


class Places:
    """Reads a text letter by letter: of each, the place of a digit (from 1; 0: no digit), and the number of its term.

    A new term begins at a sign + or -, at an opening bracket, and at a * or / after a closing one, unless the line has just
    begun there. Lines begin after "=" and ","; scratch in square brackets counts for itself.
    """

    def __init__(self) -> None:
        self.digit, self.term, self.before = 0, 0, "="
        self.outside: list[tuple[int, str]] = []

    def read(self, letter: str) -> tuple[int, int]:
        """The next letter's two places."""
        if letter in DIGITS:
            self.digit += 1
            self.before = letter
            return min(self.digit, DEEPEST_DIGIT), self.term
        self.digit = 0
        if letter == "[":
            self.outside.append((self.term, self.before))
            self.term, self.before = 0, "="
            return 0, 0
        if letter == "]":
            here = self.term
            if self.outside:
                self.term, self.before = self.outside.pop()
            return 0, here
        if letter in "=,:":
            here, self.term, self.before = self.term, 0, "="
            return 0, here
        if self.before != "=" and (
            (letter in "+-" and self.before != "(")
            or (letter == "(" and self.before not in "(")
            or (letter in "*/" and self.before == ")")
        ):
            self.term = min(self.term + 1, LAST_TERM)
        self.before = letter
        return 0, self.term


def places_of(text: str) -> tuple[list[int], list[int]]:
    """The digits' places and the terms' numbers of a whole text."""
    places = Places()
    pairs = [places.read(letter) for letter in text]
    return [digit for digit, _ in pairs], [term for _, term in pairs]
