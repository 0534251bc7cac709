r"""Formulas in LaTeX as the plain text that `reading` reads: what `latex` writes, and what is copied from elsewhere.

    \frac{3}{4}+\frac12                 3/4+1/2
    $3 \times \left(4+5\right) \div 2$    3 * (4+5) ÷ 2
    \dfrac{x+1}{2}x^{2}                 ((x+1)/2)x^2
    1\frac{2}{3}                        (1+2/3)          a mixed number

Text without a backslash or a dollar comes back as it was.
"""

from __future__ import annotations

import re

from ..errors import TextError

SIGNS = {
    **dict.fromkeys((r"\times", r"\cdot", r"\ast"), " * "),
    r"\div": " ÷ ",
    **dict.fromkeys((r"\bmod", r"\mod"), " mod "),
    **dict.fromkeys((r"\lparen", r"\lbrack", r"\{", r"\lbrace"), "("),
    **dict.fromkeys((r"\rparen", r"\rbrack", r"\}", r"\rbrace"), ")"),
    **dict.fromkeys((r"\left", r"\right", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\big", r"\Big", r"\!"), ""),
    **dict.fromkeys((r"\displaystyle", r"\textstyle", r"\quad", r"\qquad", r"\,", r"\;", r"\:", "\\ ", "~"), " "),
    **dict.fromkeys((r"\(", r"\)", r"\[", r"\]", "$"), " "),
}
COMMAND = re.compile(r"\\(?:[A-Za-z]+|.|$)|[$~]")
WORDS = re.compile(r"\\(?:text|mathrm|textrm|mbox) *\{([^{}]*)\}")
POWER = re.compile(r"\^ *\{ *([0-9]+) *\}")
GROUP = r"(?:\{([^{}]*)\}|([0-9A-Za-z]))"
FRACTION = re.compile(rf"(?:(?<![0-9.^])([0-9]+) *)?\\[dtc]?frac *{GROUP} *{GROUP}")
FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac", r"\cfrac")
SINGLE = re.compile(r"[0-9]+|[A-Za-z](?:\^[0-9]+)?")  # stands below a line without a bracket
NOTHING_BEFORE = re.compile(r"(?:^|[^0-9A-Za-z.)\]}*×÷/^ ]|[A-Za-z]{2}) *$")  # that a fraction would be a factor of
NOTHING_AFTER = re.compile(r" *(?:$|[^0-9A-Za-z.([{^⁰¹²³⁴-⁹\\ ])")


def from_latex(text: str) -> str:
    r"""The text with its LaTeX in plain signs.

    >>> from_latex(r"\frac{x+1}{2}-\frac{1}{3}x^{2}"), from_latex("3+4")
    ('(x+1)/2-(1/3)x^2', '3+4')

    Raises:
        TextError: a command that is not known.
    """
    text = re.sub("[¥￥](?=[A-Za-z(){}\\[\\],;:! ])", r"\\", text)  # as a backslash looks on a Japanese keyboard
    if "\\" not in text and "$" not in text:
        return text
    text = COMMAND.sub(_sign, WORDS.sub(r" \1 ", text))
    before = ""
    while before != text:  # innermost first
        before = text
        text = FRACTION.sub(_fraction, POWER.sub(r"^\1", text))
    if "\\" in text:
        raise TextError("a fraction lacks what stands above or below its line", allowed=r"\frac{3}{4}")
    return text


def _sign(found: re.Match[str]) -> str:
    command = found[0]
    if command in FRACTIONS:
        return command
    if command not in SIGNS:
        raise TextError(f"the command {command} is not known", allowed=r"\frac \times \cdot \div \left( \right)")
    return SIGNS[command]


def _fraction(found: re.Match[str]) -> str:
    whole = found[1]
    above, below = ((found[k] or found[k + 1] or "").strip() for k in (2, 4))
    if not above or not below:
        raise TextError("a fraction lacks what stands above or below its line", allowed=r"\frac{3}{4}")
    over = f"({above})" if _is_sum(above) else above
    over += f"/{below}" if SINGLE.fullmatch(below) or _is_bracket(below) else f"/({below})"
    if whole and above.isdecimal() and below.isdecimal():
        return f"({whole}+{over})"
    alone = not whole and NOTHING_BEFORE.search(found.string[: found.start()])
    return (whole or "") + (over if alone and NOTHING_AFTER.match(found.string[found.end() :]) else f"({over})")


def _depths(text: str) -> list[int]:
    """How many brackets are open behind each letter."""
    depth, depths = 0, []
    for letter in text:
        depth += (letter in "({[") - (letter in ")}]")
        depths.append(depth)
    return depths


def _is_sum(text: str) -> bool:
    """Whether + or - stands outside of all brackets, not as a sign before the whole."""
    return any(letter in "+-−" and depth == 0 for letter, depth in list(zip(text, _depths(text), strict=True))[1:])


def _is_bracket(text: str) -> bool:
    """Whether one bracket is around all of it."""
    depths = _depths(text)
    return text[0] == "(" and depths[-1] == 0 and 0 not in depths[:-1]
