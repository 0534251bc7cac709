"""One exception family. Every message says what was given, what is allowed and what to try.

>>> print(MebukiError("size 'huge' is unknown", allowed="tiny, small, base", hint="--size small"))
size 'huge' is unknown
  allowed: tiny, small, base
  try: --size small
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class MebukiError(Exception):
    """A mistake or a misfortune that its reader can mend. The command line prints it and exits with 2.

    Args:
        given: what was given or what happened, in one sentence.
        allowed: what would have been right.
        hint: what to try next, best a command or an option.
    """

    def __init__(self, given: str, *, allowed: str = "", hint: str = "") -> None:
        self.given, self.allowed, self.hint = given, allowed, hint
        lines = [given]
        if allowed:
            lines.append(f"  allowed: {allowed}")
        if hint:
            lines.append(f"  try: {hint}")
        super().__init__("\n".join(lines))


class TextError(MebukiError):
    """A text that cannot be read, is empty, or is too short for what is asked of it."""


class RecipeError(MebukiError):
    """A recipe with a field that does not exist, has the wrong type or is out of range."""


class RunError(MebukiError):
    """A run or checkpoint that is missing, damaged or of a kind that is not opened (pickle files)."""


class DivergenceError(MebukiError):
    """A training whose loss or gradient is not a finite number any more."""


class StorageError(MebukiError):
    """A disk that is full, or a folder that may not be written."""


def unknown(what: str, given: object, allowed: Iterable[str]) -> RecipeError:
    """An error for a name that is not in a list, with the nearest name as the thing to try.

    >>> print(unknown("model", "transfomer", ["bigram", "transformer"]))
    model 'transfomer' is unknown
      allowed: bigram, transformer
      try: transformer
    """
    names = list(allowed)
    near = difflib.get_close_matches(str(given), names, n=1)
    return RecipeError(f"{what} {str(given)!r} is unknown", allowed=", ".join(names), hint=near[0] if near else "")


def out_of_range(what: str, given: Any, low: float, high: float) -> RecipeError:
    """An error for a number outside its range, with the nearest one inside as the thing to try.

    >>> print(out_of_range("split", 1.5, 0.01, 0.999))
    split is 1.5
      allowed: 0.01 to 0.999
      try: 0.999
    """
    shown = "a huge number" if isinstance(given, int) and abs(given) > 10**18 else f"{given:g}"
    near = f"{min(max(given, low), high):g}" if given == given else ""
    return RecipeError(f"{what} is {shown}", allowed=f"{low:g} to {high:g}", hint=near)
