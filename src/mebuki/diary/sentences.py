"""Where a word stands in a text, as a word; and the text without it, or without the sentences that hold it.

What is searched is compared as `search` does. A word in letters that stand in words, as Ann, is not found in Anniversary; one in Japanese,
which has no spaces, is found wherever it stands.
"""

from __future__ import annotations

import re

from .search import CJK, folded, places

Span = tuple[int, int]
BLANK = "＿"
OPEN, CLOSED = "「『（［【〈《“", "」』）］】〉》”"
_END = re.compile(r"[。．！？!?…]+|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bProf)\.+(?=[\s\"'”’)\]]|$)")
_AFTER = re.compile(r"[\"'”’)]*\s*")
_INSIDE = re.compile(rf"[^\W_{CJK}]")  # letters and digits of words with spaces between


def said(text: str, query: str) -> tuple[Span, ...]:
    """Where a folded query stands, by words.

    >>> said("Ann met ANN's aunt on our anniversary.", "ann")
    ((0, 3), (8, 11))
    """
    if query not in folded(text):
        return ()
    first, last = bool(_INSIDE.match(query)), bool(_INSIDE.match(query[-1]))
    return tuple(
        (start, end)
        for start, end in places(text, query)
        if not (first and start and _INSIDE.match(text[start - 1]))
        and not (last and end < len(text) and _INSIDE.match(text[end]))
    )


def blanked(text: str, spans: tuple[Span, ...]) -> str:
    """The text with a line in the place of each.

    >>> blanked("Ann met ANN's aunt.", said("Ann met ANN's aunt.", "ann"))
    "＿ met ＿'s aunt."
    """
    for start, end in reversed(spans):
        text = text[:start] + BLANK + text[end:]
    return text


def without(text: str, spans: tuple[Span, ...]) -> tuple[str, list[str]]:
    """The text without the sentences that these stand in, and those; a line that says nothing then is gone.

    >>> text = "Rain. Ann came!  We had tea.\\nAnn left"
    >>> without(text, said(text, "ann"))
    ('Rain. We had tea.', ['Ann came!', 'Ann left'])
    """
    lines, taken, start = list[str](), list[str](), 0
    for line in text.split("\n"):
        inside = [(a - start, b - start) for a, b in spans if a < start + len(line) and b > start]
        start += len(line) + 1
        if not inside:
            lines.append(line)
            continue
        kept = ""
        for a, b in sentences(line):
            if any(x < b and y > a for x, y in inside):
                taken.append(line[a:b].strip())
            else:
                kept += line[a:b]
        if kept.strip():
            lines.append(kept.rstrip())
    return "\n".join(lines), taken


def sentences(line: str) -> list[Span]:
    """The sentences of a line, with the spaces behind them; what stands in brackets does not end one.

    >>> [line[a:b] for line in ["「来た。嬉しい。」と母。雨。"] for a, b in sentences(line)]
    ['「来た。嬉しい。」と母。', '雨。']
    """
    found, start, depth, place = [], 0, 0, 0
    for end in _END.finditer(line):
        for sign in line[place : end.start()]:
            depth = max(0, depth + (sign in OPEN) - (sign in CLOSED))
        place = end.start()
        if depth:
            continue
        stop = end.end() + len(_AFTER.match(line[end.end() :])[0])  # pyright: ignore[reportOptionalSubscript]
        found.append((start, stop))
        start = stop
    if start < len(line):
        found.append((start, len(line)))
    return found
