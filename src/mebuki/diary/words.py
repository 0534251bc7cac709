"""The words of an entry, in Japanese and English: which they are, under which key they count, and where they stand.

A key makes one word of several spellings: こども, 子ども and 子供 are one, so are ねこ, ネコ and 猫, or walks and Walking. What is shown to the
reader is the spelling that the writer uses most. Japanese is cut by SudachiPy where it is installed (the extra `ja`), with its longest
units; without it, runs of kanji, of katakana, and of letters count as words.

All pieces are kept, also those that say little by themselves (の, the): names and phrases are made of them (`phrases`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from .english import JOINING, is_number, lemma
from .english import STOP as ENGLISH_STOP
from .japanese import STOP as JAPANESE_STOP

BREAK = 0  # no phrase goes across it
JOINT = 1  # may stand within a phrase
CONTENT = 2  # counts as a word
ALONE = 3  # counts as a word, and is part of no phrase: what is inflected, as 小さく in まわり小さく
LEADING = 4  # counts as a word, and may begin a phrase: what is said of the word behind it, as 白い in 白い恋人

_LETTER = r"[^\W\d_\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]"
_KNOWN = re.compile(  # words with Latin letters; and what analysers take for ちゃんと, as in ばあちゃんと
    rf"{_LETTER}+(?:['’\-]{_LETTER}+)*|(?P<kin>お?(?:[ばじか]あ|じい|とう|にい|ねえ|ばー|じー|にー|ねー)(?:ちゃん|さん|さま))"
)
_END = re.compile(r"[。．！？!?\n\u2026]+|\.(?=\s|$)")
_PLAIN = re.compile(r"[\u4e00-\u9fff々〆ヶ]{2,}|[\u30a1-\u30fa\u30fcー]{2,}|[\u4e00-\u9fff]")
LIMIT = 12_000  # letters given to Sudachi at once: it takes 49,149 bytes

KIN = re.compile(r"[ぁ-ん]{1,3}|お?[父母兄姉祖爺婆嬢坊]")  # what is one word with the title behind it
TITLES = frozenset(
    ["さん", "ちゃん", "君", "様", "氏", "殿", "先生", "達", "等", "共"]
)  # behind a name, and no part of it


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text.

    Attributes:
        key: what it counts as.
        spelling: as it is shown: the form in a dictionary, in the writer's letters.
        start, end: where it stands in the text.
        kind: BREAK, JOINT, CONTENT, ALONE or LEADING.
    """

    key: str
    spelling: str
    start: int
    end: int
    kind: int


Segmenter = Callable[[str, int], Iterator[Piece]]  # cuts text without spaces, which stands so far into the whole


def pieces(text: str) -> list[list[Piece]]:
    """The sentences of a text, each as its pieces.

    >>> [[piece.key for piece in sentence if piece.kind >= CONTENT] for sentence in pieces("Two cats slept. Rain!")]
    [['cat', 'sleep'], ['rain']]
    """
    return list(sentences(text))


def sentences(text: str) -> Iterator[list[Piece]]:
    """The same, one after another: of a text that is a whole book, too."""
    start = 0
    for end, behind in [*((stop.start(), stop.end()) for stop in _END.finditer(text)), (len(text), len(text))]:
        if found := _sentence(text, start, end):
            yield found
        start = behind


def _sentence(text: str, start: int, end: int) -> list[Piece]:
    cut = segmenter()
    found: list[Piece] = []
    for known in _KNOWN.finditer(text, start, end):
        found += cut(text[start : known.start()], start)
        if known["kin"]:
            said = known.group()
            found.append(Piece(said.removeprefix("お"), said, known.start(), known.end(), CONTENT))
        else:
            found.append(_english(known, first=not any(piece.kind for piece in found)))
        start = known.end()
    found += cut(text[start:end], start)
    return found


def _english(latin: re.Match[str], *, first: bool) -> Piece:
    said = unicodedata.normalize("NFKC", latin.group()).replace("’", "'")
    lower = said.lower()
    number = is_number(lower) or latin.string[max(0, latin.start() - 1)].isdigit()  # as th in 4th
    stop = number or lower in ENGLISH_STOP or len(lower) < 2
    capital = said[0].isupper() and not stop and not (first and said[1:].islower())
    bare = said[:-2] if lower.endswith("'s") else said
    key = bare.lower() if capital else lemma(bare.lower())
    kind = (JOINT if number or lower in JOINING else BREAK) if stop else CONTENT
    return Piece(key, bare, latin.start(), latin.end(), kind)


@cache
def finely() -> bool:
    """Whether Japanese is cut by Sudachi."""
    return find_spec("sudachipy") is not None


@cache
def segmenter() -> Segmenter:
    """Sudachi's, or the plain one where it is not installed."""
    if not finely():
        return plain
    from sudachipy import Dictionary

    return _Sudachi(Dictionary(dict="core"))


def plain(text: str, offset: int) -> Iterator[Piece]:
    """Runs of kanji, and of katakana.

    >>> [piece.key for piece in plain("鏡ヶ池までサイクリングした", 0) if piece.kind == CONTENT]
    ['鏡ヶ池', 'サイクリング']
    """
    start = 0
    for run in _PLAIN.finditer(text):
        if text[start : run.start()].strip():
            yield Piece(text[start : run.start()], "", offset + start, offset + run.start(), BREAK)
        said = run.group()
        stop = said in JAPANESE_STOP
        yield Piece(said, said, offset + run.start(), offset + run.end(), JOINT if stop else CONTENT)
        start = run.end()
    if text[start:].strip():
        yield Piece(text[start:], "", offset + start, offset + len(text), BREAK)


class _Sudachi:
    """Sudachi's longest units; what each word of its dictionary counts as is looked up once."""

    def __init__(self, dictionary: Any) -> None:
        self.cut = dictionary.tokenizer(mode="C").tokenize
        self.known: dict[tuple[str, int], tuple[str, int, bool]] = {}

    def __call__(self, text: str, offset: int) -> Iterator[Piece]:
        for start in range(0, len(text), LIMIT):  # sentences end with lines, so that nothing but nonsense is longer
            yield from self._pieces(text[start : start + LIMIT], offset + start)

    def _pieces(self, text: str, offset: int) -> Iterator[Piece]:
        if not text.strip():
            return
        before: Piece | None = None
        for morpheme in self.cut(text):
            surface = morpheme.surface()
            if surface.isspace():
                continue
            about = self.known.get((surface, morpheme.part_of_speech_id()))
            if about is None:
                about = self._about(morpheme)
                self.known[surface, morpheme.part_of_speech_id()] = about
            key, kind, inflected = about
            spelling = morpheme.dictionary_form() if inflected else surface
            start, end = offset + morpheme.begin(), offset + morpheme.end()
            if key in TITLES and before and before.end == start and KIN.fullmatch(before.spelling):
                before = Piece(before.key + key, before.spelling + surface, before.start, end, CONTENT)  # ばあちゃん
                continue
            if before:
                yield before
            before = Piece(key, spelling, start, end, kind)
        if before:
            yield before

    def _about(self, morpheme: Any) -> tuple[str, int, bool]:
        """Key, kind, and whether it is shown in its dictionary form."""
        pos = morpheme.part_of_speech()
        key, group, sub, third = morpheme.normalized_form(), pos[0], pos[1], pos[2]
        surface = morpheme.surface()
        if group in ("補助記号", "記号", "空白"):
            return key, JOINT if surface in "・=＝-ー々ヶ" else BREAK, False
        if group in ("助詞", "助動詞", "代名詞", "副詞", "接続詞", "連体詞"):
            joins = surface == "の" or all("ァ" <= c <= "ヿ" for c in surface)
            return key, JOINT if joins else BREAK, False
        if group == "接尾辞" and key in TITLES:
            return key, BREAK, False
        stop = key in JAPANESE_STOP or (len(key) == 1 and "ぁ" <= key <= "ヿ")
        if pos[4] != "*":  # it is inflected
            counts = group in ("動詞", "形容詞") and not stop
            return key, (LEADING if pos[5].startswith("連体形") else ALONE) if counts else BREAK, True
        if sub == "固有名詞":
            return surface if third == "一般" else key, CONTENT, False
        content = (group == "名詞" and sub not in ("数詞", "助動詞語幹")) or (group == "形状詞" and sub == "一般")
        return key, CONTENT if content and not stop else JOINT, False
