"""One problem of the calculator: the question in plain text, and what its model reads and writes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from ..expressions import Ask
from .notation import END, renamed, turned

HELD_OUT = 20  # one problem in so many is never learned from


@dataclass(frozen=True)
class Problem:
    """A question with its worked answer.

    Attributes:
        expression: in plain text, as `96/41` or `7*x^2-p, p=2, x=1`.
        ask: value, remainder or poly.
        work: what the model is to write after the question, up to its end.
    """

    expression: str
    ask: Ask
    work: str

    plain: bool = False  # the highest digit first, and letters by their own names

    @property
    def question(self) -> str:
        if self.plain:
            return self.expression.replace(" ", "") + ("%" if self.ask == "remainder" else "=")
        return question(self.expression, self.ask)[0]

    def without_steps(self, *, plain: bool = False) -> Problem:
        """The same problem with nothing but its answer to be written.

        >>> Problem("3*4-20", "value", "[3*4=21]21-02=80~-8").without_steps().work
        '-8'
        """
        from .answers import Worked

        answer = Worked.read(self.work.replace("\x01", "") + END).answer.replace(" r ", "%")
        if plain:
            names = question(self.expression, self.ask)[1]
            answer = "".join(names.get(letter, letter) for letter in answer) if self.ask == "poly" else answer
            return replace(self, work="?" if answer == "undefined" else answer, plain=True)
        return replace(self, work="?" if answer == "undefined" else turned(answer))

    @property
    def held_out(self) -> bool:
        """Whether it is kept aside for testing, a function of what the model reads alone: names of letters change nothing.

        >>> Problem("1+2", "value", "3").held_out
        False
        """
        key = hashlib.blake2b(question(self.expression, self.ask)[0].encode(), digest_size=8).digest()
        return int.from_bytes(key, "little") % HELD_OUT == 0

    @property
    def text(self) -> str:
        return self.question + self.work + END


def tidy(expression: str) -> str:
    """The expression without brackets that change nothing: around all of it, doubled, or around a single number or letter.
    Those of factors with letters stay: they are learned so.

    >>> tidy("((4+5))*(7)"), tidy("(-3)+(x)"), tidy("(-3)^2+((1+2)*3)")
    ('(4+5)*7', '-3+x', '(-3)^2+((1+2)*3)')
    """
    before = ""
    while before != expression:
        before = expression
        expression = re.sub(r"\((\d+)\)", r"\1", expression)
        expression = re.sub(r"(?<![*/])\(([a-z])\)(?![*/^])", r"\1", expression)
        expression = re.sub(r"(^|\()\((-\d+)\)(?!\^)", r"\1\2", expression)
        pairs = _pairs(expression)
        for first, last in pairs.items():
            around_all = first == 0 and last == len(expression) - 1
            if around_all or pairs.get(first + 1) == last - 1:
                expression = expression[:first] + expression[first + 1 : last] + expression[last + 1 :]
                break
    return expression


def _pairs(expression: str) -> dict[int, int]:
    """Where each bracket opens and closes."""
    open_, pairs = [], {}
    for place, letter in enumerate(expression):
        if letter == "(":
            open_.append(place)
        elif letter == ")" and open_:
            pairs[open_.pop()] = place
    return pairs


def question(expression: str, ask: Ask) -> tuple[str, dict[str, str]]:
    """The question as the model reads it, and its letters by the names that the model gives them.

    >>> question("7*x-12*p", "poly")
    ('7*b-21*a=', {'a': 'p', 'b': 'x'})
    >>> question("96/41", "remainder")[0]
    '69/14%'
    """
    body, comma, values = expression.replace(" ", "").partition(",")
    text, names = renamed(tidy(body) + comma + values)
    return turned(text) + ("%" if ask == "remainder" else "="), names
