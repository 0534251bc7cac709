"""What comes with the package: a diary and a trained calculator.

The diary is that of an invented librarian, two years of it, in Japanese and, written anew, in English; each line is `{"date": "2023-04-01", "text": "…"}`.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import unknown

DIARIES = {"ja": "diary-ja.jsonl", "en": "diary-en.jsonl"}


def diary(language: str) -> Path:
    """Where the sample diary of a language lies.

    >>> diary("ja").name
    'diary-ja.jsonl'
    """
    if language not in DIARIES:
        raise unknown("language", language, DIARIES)
    return Path(__file__).with_name(DIARIES[language])


def calculator() -> Path:
    """Where the weights of the trained calculator lie; beside them, as .json, what it was made from."""
    return Path(__file__).with_name("calculator.safetensors")
