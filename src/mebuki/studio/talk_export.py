"""A talk as Markdown: questions quoted, answers under them, a verdict where there is one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .talk_shapes import Answer, Done, Talk, Worked

WORDS = {
    "en": {
        "right": "Correct", "wrong": "Wrong", "open": "Not checked", "other": "another way", "cut": "cut off", "none": "no answer",
    },
    "ja": {
        "right": "正しい", "wrong": "まちがい", "open": "たしかめていません", "other": "別のつづき", "cut": "とちゅうまで",
        "none": "答えなし",
    },
}  # fmt: skip


def markdown(talk: Talk, language: Literal["en", "ja"]) -> str:
    """The whole talk."""
    words = WORDS[language]
    parts = [f"# {talk.title}", f"{talk.model}, {datetime.fromtimestamp(talk.created):%Y-%m-%d %H:%M}"]
    turn = -1
    for answer in talk.answers:
        if answer.turn != turn:
            parts.append("\n".join(f"> {line}" for line in answer.question.splitlines() or [""]))
        else:
            parts.append(f"*({words['other']})*")
        turn = answer.turn
        parts.append(_said(answer, words))
    return "\n\n".join(parts) + "\n"


def _said(answer: Answer, words: dict[str, str]) -> str:
    worked = answer.result.worked if isinstance(answer.result, Done) else None
    if worked:
        return _worked(worked, words)
    text = "".join(token.text for token in answer.tokens)
    if not text:
        return f"*({words['none']})*"
    ended = answer.state == "done"
    return _fenced(text) + ("" if ended else f"\n\n*({words['cut']})*")


def _fenced(text: str) -> str:
    """As it is, whatever signs are in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def _worked(worked: Worked, words: dict[str, str]) -> str:
    lines = [row.latex.replace(r"\htmlClass{next}", r"\underline") for row in worked.rows if row.latex]
    verdict = f"**{words[worked.verdict.state]}**"
    if worked.verdict.truth:
        verdict += f" (${worked.verdict.truth}$)"
    return "\n\n".join([*(f"$${'= ' * (place > 0)}{line}$$" for place, line in enumerate(lines)), verdict])
