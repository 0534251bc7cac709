"""Why a question cannot be answered, as a code with what its sentence needs: the pages say it in the reader's language."""

from __future__ import annotations

import re

from ..tasks.reading import QuestionError

CODES = (  # the first that is found in the reason names it; groups become a, b
    ("zero", "division by zero"),
    ("empty", "nothing to work out"),
    ("long", r"it has ([\d,]+) characters"),
    ("letters", r"it has (\d+) different letters"),
    ("ends", r"it ends with '(.+?)'|ends too early"),
    ("equation", r"'(.*?)' is an equation"),
    ("two", r"'(.*?)' is one expression too many"),
    ("values", r"([a-z]) has two values"),
    ("cases", r"([A-Z]) and ([a-z]) are both there"),
    ("times_or_x", "x may be a letter or a product sign"),
    ("division", "a product without a sign follows a division"),
    ("power", "the power of a negative number"),
    ("word", r"the word '(.*?)' is not known"),
    ("sign", r"^'(.)' is not known"),
    ("command", r"the command (\S+|\\ ) is not known"),
    ("fraction", "a fraction lacks"),
    ("missing", r"the number '(.*?)' follows without an operator"),
    ("follows", r"'(.*?)' follows '(.*?)'"),
    ("place", r"'(.)' is at place (\d+) of"),
    ("remainder", "has no remainder"),
    ("below", "division by the sum|below the line"),
    ("value", r"([a-z]) has no value"),
    ("exponent", r"the exponent (\d+) is too large"),
    ("towers", "power of a power"),
    ("digits", r"'(.*?)' has (\d+) digits"),
)


def code_of_refusal(error: QuestionError) -> tuple[str, dict[str, str]]:
    """A code, and the parts of the question that its sentence shows.

    >>> from ..tasks.reading import read
    >>> try:
    ...     read("1++")
    ... except QuestionError as error:
    ...     code_of_refusal(error)
    ('ends', {'a': '+'})
    """
    reason = error.given.partition(" cannot be read: ")[2] or error.given
    for code, pattern in CODES:
        if found := re.search(pattern, reason):
            return code, dict(zip("ab", filter(None, found.groups()), strict=False))
    return "unreadable", {}
