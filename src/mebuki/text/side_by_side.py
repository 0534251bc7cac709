"""One text cut by several tokenizers: what each makes of it, and how long it becomes.

The letters and the pairs are those of the two sample diaries, Japanese and English, that come with the package.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from ..samples import DIARIES, diary
from .byte_pairs import BytePairs
from .characters import Characters
from .tokenizer import Tokenizer


@dataclass(frozen=True)
class Token:
    """A piece of a text.

    Attributes:
        token: its name, fit to print.
        size: how many bytes of UTF-8 it stands for.
        whole: whether it is made of whole letters, and not of a part of one.
    """

    id: int
    token: str
    size: int
    whole: bool


@dataclass(frozen=True)
class Cut:
    """A text as one tokenizer cuts it.

    Attributes:
        way: `characters`, `bytes`, `byte-pairs` or `run`.
        vocabulary: how many ids there are.
    """

    way: str
    vocabulary: int
    tokens: tuple[Token, ...]


def side_by_side(text: str, vocabulary: int = 2048) -> list[Cut]:
    """The text by letters, by bytes and by byte pairs.

    >>> for cut in side_by_side("雨 12"):
    ...     print(cut.way, [token.token for token in cut.tokens])
    characters ['雨', '␣', '1', '2']
    bytes ['<0xE9>', '<0x9B>', '<0xA8>', '␣', '1', '2']
    byte-pairs ['雨', '␣', '1', '2']

    Args:
        vocabulary: of the byte pairs, 260 to 65536.

    Raises:
        RecipeError: the vocabulary is out of range.
    """
    ways = {"characters": _characters(), "bytes": Characters(""), "byte-pairs": _byte_pairs(vocabulary)}
    return [cut(way, tokenizer, text) for way, tokenizer in ways.items()]


def cut(way: str, tokenizer: Tokenizer, text: str) -> Cut:
    """The text as one tokenizer cuts it."""
    tokens = []
    for id in tokenizer.encode(text).tolist():
        piece = tokenizer.token_bytes[id]
        tokens.append(Token(id, tokenizer.token(id), len(piece), _whole(piece)))
    return Cut(way, tokenizer.vocabulary_size, tuple(tokens))


def _whole(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(1)
def _texts() -> tuple[str, ...]:
    lines = (diary(language).read_text(encoding="utf-8").splitlines() for language in DIARIES)
    return tuple(json.loads(line)["text"] + "\n" for text in lines for line in text)


@lru_cache(1)
def _characters() -> Characters:
    return Characters(_texts())


@lru_cache(8)
def _byte_pairs(vocabulary: int) -> BytePairs:
    return BytePairs.train(_texts(), vocabulary)
