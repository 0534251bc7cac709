"""A text to start from: two years of the diary of an invented librarian, in Japanese and, written anew, in English.

Each line is `{"date": "2023-04-01", "text": "…"}`.
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
