"""From what the model wrote to what a person reads: the lines of working, the calculations on the side, the answer.

Only the order of digits, the names of letters, zeros on top and a few signs are changed; nothing is calculated.

>>> worked = Worked.read("[4+5=9]3*9-6=[3*9=72]72-6=12\\n")
>>> worked.answer
'21'
>>> [(line.text, line.work) for line in worked.lines]
[('3*9-6', ['4+5=9']), ('27-6', ['3*9=27']), ('21', [])]
>>> Worked.read("[AB:21*43=4:84+3:063=804]804*a\\n").lines[0].equations
['12*34=408']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .notation import END, LETTERS, POINTERS, turned

SCRATCH = set(":;&~!?")  # what no line of working holds
UNDEFINED = "undefined"


@dataclass(frozen=True)
class Line:
    """One line of working, and the calculations on the side that led to it, in plain text.

    Attributes:
        work: the calculations with all their scratch.
        equations: what they come to, each in one equation.
    """

    text: str
    work: list[str]
    equations: list[str] = field(default_factory=list)


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
        lines, work, equations, torn, depth, text, scratch = [], [], [], [], 0, "", ""
        for letter in written.removesuffix(END) + "=":
            if letter == "]" and depth:
                depth -= 1
                if not depth:
                    work.append(_plain(scratch, names))
                    equations += [_plain(equation, names, tidy=True) for equation in _equations(scratch)]
                    scratch = ""
                    continue
            if depth:
                scratch += letter
            elif letter == "[":
                if SCRATCH & set(text):
                    work.append(_plain("=".join([*torn, text]), names))
                    torn, text = [], ""
                depth = 1
                continue
            elif letter == "=":
                if SCRATCH & set(text) and "?" not in text:
                    torn.append(text)
                    head, _, text = text.rpartition("~")  # a sum that came out negative ends with its result
                    text = text if head and not SCRATCH & set(text) else ""
                elif torn and re.match(r"-?\d", text):
                    torn.append("".join(re.findall(r"^-?[\d|]+", text)))
                text = "".join(letter for letter in text if letter not in POINTERS)
                if text:
                    if torn:
                        work.append(_plain("=".join(torn), names))
                    said = _plain(text, names)
                    if lines and lines[-1].text == said:  # the same number written otherwise
                        before = lines.pop()
                        work, equations = before.work + work, before.equations + equations
                    lines.append(Line(said, work, equations))
                    work, equations, torn = [], [], []
                text = ""
            else:
                text += letter
            depth += letter == "["
        if depth or not ended or not lines:
            return cls(lines, "")
        last = lines[-1].text
        if "?" in last:
            return cls([*lines[:-1], replace(lines[-1], text=UNDEFINED)], UNDEFINED)
        answer = last.replace("%", " r ")
        return cls([*lines[:-1], replace(lines[-1], text=answer)], answer)


def _equations(scratch: str) -> list[str]:
    """What a calculation on the side comes to: first what was asked, then the last result.

    >>> _equations("AB:21*43=4:84+3:063=804,a:1+2=3"), _equations("a:7,b:-3,a:7+5=21")
    (['21*43=804'], ['a:7+5=21'])
    """
    while "[" in scratch:
        scratch = re.sub(r"\[[^\[\]]*\]?", "", scratch)
    found = []
    for entry in scratch.split(","):
        asked, equals, _ = entry.partition("=")
        name, colon, calculation = asked.rpartition(":")
        result = entry.rpartition("=")[2].rpartition("~")[2]
        named = bool(set(name) & set(LETTERS))
        if equals and result != calculation.replace("/", "|") and not (named and "*" in calculation):
            found.append(f"{name}:{calculation}={result}" if named else f"{calculation}={result}")
        if not named and not (colon and not name):
            break  # two terms: what follows are the exponents of their letters
    return found


def _plain(text: str, names: Mapping[str, str] | None, *, tidy: bool = False) -> str:
    """Model text as a person writes it: digits the right way round, without zeros on top, letters by their own names. In
    scratch zeros on top stay, unless it is to be `tidy`."""
    text = re.sub(r"(?<!\d)0+(?=\d)", "", turned(text)) if tidy or not SCRATCH & set(text) else turned(text)
    text = re.sub(r"(?<=[*/])(\d+)\|(\d+)", r"(\1/\2)", text).replace("|", "/")
    return "".join((names or {}).get(letter, letter) for letter in text)
