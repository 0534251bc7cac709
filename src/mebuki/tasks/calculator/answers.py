"""From what the model wrote to what a person reads: the lines of working, the calculations on the side, the answer.

Only the order of digits, the names of letters, zeros on top and a few signs are changed; nothing is calculated.

>>> worked = Worked.read("[4+5=9]3*9-6=[3*9=72]72-6=12\\n")
>>> worked.answer
'21'
>>> [(line.text, line.work) for line in worked.lines]
[('3*9-6', ['4+5=9']), ('27-6', ['3*9=27']), ('21', [])]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .notation import END, POINTERS, turned

SCRATCH = set(":;&~!?")  # what no line of working holds
UNDEFINED = "undefined"


@dataclass(frozen=True)
class Line:
    """One line of working, and the calculations on the side that led to it, in plain text."""

    text: str
    work: list[str]


@dataclass(frozen=True)
class Worked:
    """What was written after a question.

    Attributes:
        lines: of working; the last one is the answer.
        answer: in canonical text; empty if the model came to no end, "undefined" if it says that there is none.
    """

    lines: list[Line]
    answer: str

    @classmethod
    def read(cls, written: str, names: Mapping[str, str] | None = None, *, plain: bool = False) -> Worked:
        """Read model text; `names` gives letters their own names back. `plain`: it is an answer alone, as people write it."""
        if plain:
            answer = written.removesuffix(END).replace("%", " r ").replace("?", UNDEFINED)
            return cls([Line(answer, [])], answer if written.endswith(END) else "")
        ended = written.endswith(END)
        lines, work, depth, text, scratch = [], [], 0, "", ""
        for letter in written.removesuffix(END) + "=":
            if letter == "]" and depth:
                depth -= 1
                if not depth:
                    work.append(_plain(scratch, names))
                    scratch = ""
                    continue
            if depth:
                scratch += letter
            elif letter == "[":
                depth = 1
                continue
            elif letter == "=":
                if SCRATCH & set(text) and "?" not in text:
                    head, _, text = text.rpartition("~")  # a sum that came out negative ends with its result
                    work.append(_plain(head or text, names))
                    text = text if head else ""
                text = "".join(letter for letter in text if letter not in POINTERS)
                if text:
                    lines.append(Line(_plain(text, names), work))
                    work = []
                text = ""
            else:
                text += letter
            depth += letter == "["
        if depth or not ended or not lines:
            return cls(lines, "")
        last = lines[-1].text
        if "?" in last:
            return cls([*lines[:-1], Line(UNDEFINED, lines[-1].work)], UNDEFINED)
        answer = last.replace("%", " r ")
        return cls([*lines[:-1], Line(answer, lines[-1].work)], answer)


def _plain(text: str, names: Mapping[str, str] | None) -> str:
    """Model text as a person writes it: digits the right way round, without zeros on top, letters by their own names."""
    text = re.sub(r"(?<!\d)0+(?=\d)", "", turned(text)) if not SCRATCH & set(text) else turned(text)
    text = re.sub(r"(?<=[*/])(\d+)\|(\d+)", r"(\1/\2)", text).replace("|", "/")
    return "".join((names or {}).get(letter, letter) for letter in text)
