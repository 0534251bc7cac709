"""Frequent groups of letters as tokens: byte-level byte-pair encoding, by the `tokenizers` library.

A text is cut into words, single digits and runs of signs; inside each, the pair of neighbours that is most frequent in
the training text is joined first, then the next, until the vocabulary is full. The smallest parts are the 256 bytes, so
that nothing is ever unknown.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mebuki.errors import RecipeError
from mebuki.text.encodings import without_surrogates
from mebuki.text.tokenizer import SPECIAL, Encoder, Tokenizer

if TYPE_CHECKING:
    import tokenizers

SMALLEST, LARGEST = 256 + len(SPECIAL), 65536
_PIECE = 1 << 14  # letters in one piece for the library, which takes several at once on several cores
_BATCH = 1 << 20  # letters that an encoder collects before it encodes them
_WINDOW = 1 << 10  # letters searched at once for the last cut
_LONGEST = 1 << 22  # letters held while waiting for a place to cut; no natural text comes near
# Places where the pre-tokenizer cuts in any case: before a blank that follows no blank, and between a Japanese full
# stop or comma and a kana or kanji.
_CUT = re.compile("(?<=\\S)(?=[ \\n])|(?<=[。、])(?=[ぁ-ゖァ-ヺ一-龥])")


class BytePairs(Tokenizer):
    """Byte-level byte pairs with single digits. Ids: the special tokens, the 256 bytes, then the pairs as learned.

    Every string without halves of surrogate pairs comes back as it was; such halves become U+FFFD.
    Made by `train` or `from_json`, not by hand. All ids count as letters: `letters == vocabulary_size`.

    >>> tokenizer = BytePairs.train(["low lower lowest " * 9], vocabulary=263)
    >>> [tokenizer.token(i) for i in tokenizer.encode("low 10")]
    ['low', '␣', '1', '0']
    >>> tokenizer.decode(tokenizer.encode("猫 <eos>"))
    '猫 <eos>'
    """

    kind = "byte-pairs"

    def __init__(self, library: tokenizers.Tokenizer) -> None:
        library.encode_special_tokens = True
        self._library = library
        self.vocabulary_size = self.letters = library.get_vocab_size()
        names = [library.id_to_token(i) or "" for i in range(self.vocabulary_size)]
        self.special = {name: names.index(name) for name in SPECIAL}
        byte_of = byte_of_sign()
        self.token_bytes = [b"" if n in self.special else bytes(byte_of[sign] for sign in n) for n in names]

    @classmethod
    def train(cls, chunks: Iterable[str], vocabulary: int) -> BytePairs:
        """Learn the pairs of a text. The same text gives the same tokenizer, however it comes in chunks.

        Args:
            chunks: the text, in pieces of any size.
            vocabulary: how many tokens there shall be, 260 to 65,536, the 4 special tokens and 256 bytes among them.
                A text that repeats too little gives fewer.

        Raises:
            RecipeError: the vocabulary is out of range.
        """
        import tokenizers
        from tokenizers import decoders, models, pre_tokenizers, trainers

        if not SMALLEST <= vocabulary <= LARGEST:
            raise RecipeError(
                f"a vocabulary of {vocabulary} byte pairs", allowed=f"{SMALLEST} to {LARGEST}", hint="2048"
            )
        library = tokenizers.Tokenizer(models.BPE())
        library.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore[reportAttributeAccessIssue]
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
            ]
        )
        library.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary,
            min_frequency=2,
            show_progress=False,
            special_tokens=list(SPECIAL),
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        )
        cutter = _Cutter()

        def pieces() -> Iterator[str]:
            for chunk in chunks:
                yield from _pieces(cutter.push(chunk))
            yield from _pieces(cutter.finish())

        library.train_from_iterator(pieces(), trainer)
        return cls(library)

    def encode(self, text: str) -> np.ndarray:
        """The ids of a text."""
        pieces = _pieces(without_surrogates(text))
        ids = [e.ids for e in self._library.encode_batch_fast(pieces, add_special_tokens=False)]
        return np.array([i for part in ids for i in part], dtype=self.dtype)

    def encoder(self) -> Encoder:
        """An encoder that holds back what stands after the last certain cut."""
        return _BytePairEncoder(self)

    def to_json(self) -> str:
        """`tokenizer.json`, the library's own."""
        return self._library.to_str(pretty=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> BytePairs:
        """The tokenizer that `to_json` wrote. ValueError: the text says anything else."""
        import tokenizers

        content: dict[str, Any] = json.loads(text)
        parts = [part["type"] for part in content["pre_tokenizer"]["pretokenizers"]]
        vocab = content["model"]["vocab"]
        odd = [content.get(part) for part in ("truncation", "padding", "normalizer")] + [
            content["model"].get("dropout")
        ]
        if any(odd) or parts != ["Digits", "ByteLevel"] or sorted(vocab.values()) != list(range(len(vocab))):
            raise ValueError("it does not describe byte-level byte pairs with single digits")
        try:
            return cls(tokenizers.Tokenizer.from_str(text))
        except Exception as error:  # the library raises nothing narrower
            raise ValueError(str(error)) from error


class _BytePairEncoder(Encoder):
    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self._cutter = _Cutter()

    def push(self, text: str) -> np.ndarray:
        return self.tokenizer.encode(self._cutter.push(text))

    def finish(self) -> np.ndarray:
        return self.tokenizer.encode(self._cutter.finish())


class _Cutter:
    """Collects a text that comes in pieces, and gives it out again in large ones that end at certain cuts."""

    def __init__(self, batch: int = _BATCH) -> None:
        self._batch, self._waiting = batch, 0
        self._held: list[str] = []

    def push(self, text: str) -> str:
        self._held.append(text)
        self._waiting += len(text)
        if self._waiting < self._batch:
            return ""
        whole = "".join(self._held)
        cut = _last_cut(whole) or (len(whole) if len(whole) > _LONGEST else 0)
        self._held, self._waiting = [whole[cut:]], 0
        return whole[:cut]

    def finish(self) -> str:
        whole, self._held, self._waiting = "".join(self._held), [], 0
        return whole


def _last_cut(text: str) -> int:
    """Where the last certain cut is, 0 if there is none."""
    end = len(text)
    while end > 0:
        start = max(0, end - _WINDOW)
        cuts = [match.start() for match in _CUT.finditer(text, start, end)]
        if cuts:
            return cuts[-1]
        end = start
    return 0


def _pieces(text: str) -> list[str]:
    """The text, cut at certain cuts into pieces of about 16,384 letters."""
    pieces, start = [], 0
    while start < len(text):
        match = _CUT.search(text, start + _PIECE)
        end = match.start() if match else len(text)
        pieces.append(text[start:end])
        start = end
    return pieces


@functools.cache
def byte_of_sign() -> dict[str, int]:
    """The byte that each printable sign of the byte-level alphabet stands for.

    Bytes that print are themselves; the others, in order, are the signs from U+0100.

    >>> byte_of_sign()["a"], byte_of_sign()["Ġ"]
    (97, 32)
    """
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printing]
    return {chr(b): b for b in printing} | {chr(0x100 + i): b for i, b in enumerate(others)}
