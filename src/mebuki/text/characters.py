"""One letter, one token: the tokenizer of the first chapter, and the best one for small texts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from mebuki.text.tokenizer import SPECIAL, Tokenizer

_NONE = 0xFF


class Characters(Tokenizer):
    """One token for each different letter; any other letter is spelt with the bytes of its UTF-8.

    The ids: the letters in the order of their code points, then 256 bytes `<0x00>` to `<0xFF>`, then the special tokens
    `<pad> <bos> <eos> <unk>`. So every string can be encoded, and comes back as it was. Halves of surrogate pairs are
    never letters, they are always spelt (`decode(ids, errors="surrogatepass")` gives them back).

    Args:
        letters: a text, or its letters; the order and repetitions do not matter.

    >>> tokenizer = Characters("cat")
    >>> tokenizer.encode("tact").tolist()
    [2, 0, 1, 2]
    >>> [tokenizer.token(i) for i in tokenizer.encode("c猫")]
    ['c', '<0xE7>', '<0x8C>', '<0xAB>']
    >>> tokenizer.decode([1, 0, 2])
    'cat'
    """

    kind = "characters"

    def __init__(self, letters: str | Iterable[str]) -> None:
        distinct = sorted({c for c in "".join(letters) if not "\ud800" <= c <= "\udfff"})
        self.alphabet = "".join(distinct)
        self.letters = len(distinct)
        self.vocabulary_size = self.letters + 256 + len(SPECIAL)
        self.token_bytes = [c.encode() for c in distinct] + [bytes([b]) for b in range(256)] + [b""] * len(SPECIAL)
        self.special = {name: self.letters + 256 + i for i, name in enumerate(SPECIAL)}
        self._unknown = self.special["<unk>"]
        # From code point to id. Code points above the last letter are clipped to the last row, which says unknown.
        codes = code_points(self.alphabet)
        self._ids = np.full(int(codes[-1]) + 2 if len(codes) else 1, self._unknown, dtype=self.dtype)
        self._ids[codes] = np.arange(self.letters, dtype=self.dtype)
        # Letters of ASCII come first, so that their ids fit into a byte: a shorter way for texts of ASCII alone.
        ascii_ids = np.full(256, _NONE, dtype=np.uint8)
        ascii_ids[: len(self._ids)][:128] = np.minimum(self._ids[:128], _NONE)
        self._ascii_ids = ascii_ids.tobytes()

    @classmethod
    def from_counts(cls, counts: np.ndarray) -> Characters:
        """The tokenizer of a text whose letters were counted.

        Args:
            counts: shape [0x110000] or shorter; `counts[c]` says how often code point c occurs.

        >>> Characters.from_counts(np.bincount(code_points("tact"))).alphabet
        'act'
        """
        return cls(map(chr, np.flatnonzero(counts).tolist()))

    def encode(self, text: str) -> np.ndarray:
        """The ids of a text, one for each letter (for an unknown letter one for each of its 1 to 4 bytes)."""
        if text.isascii():
            known = text.encode().translate(self._ascii_ids)
            if _NONE not in known:
                return np.frombuffer(known, dtype=np.uint8).astype(self.dtype)
        ids = np.take(self._ids, code_points(text), mode="clip")
        unknown = ids == self._unknown
        return self._spell(text, ids, unknown) if unknown.any() else ids

    def _spell(self, text: str, ids: np.ndarray, unknown: np.ndarray) -> np.ndarray:
        codes = code_points(text)[unknown]
        lengths = np.ones(len(ids), dtype=np.intp)
        lengths[unknown] = 1 + (codes >= 0x80) + (codes >= 0x800) + (codes >= 0x10000)
        spelt = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass").encode("utf-8", "surrogatepass")
        ids = np.repeat(ids, lengths)
        ids[ids == self._unknown] = self.letters + np.frombuffer(spelt, dtype=np.uint8).astype(self.dtype)
        return ids

    def to_json(self) -> str:
        """`tokenizer.json`: byte-pair encoding without a single pair, with byte fallback.

        Written by hand; the `tokenizers` library gives the same ids if its `encode_special_tokens` is set.
        """
        names = [*self.alphabet, *(f"<0x{b:02X}>" for b in range(256)), *SPECIAL]
        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        content = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": i, "content": name, **flags} for name, i in self.special.items()],
            "normalizer": None,
            "pre_tokenizer": None,
            "post_processor": None,
            "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": "<unk>",
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": True,
                "ignore_merges": False,
                "vocab": {name: i for i, name in enumerate(names)},
                "merges": [],
            },
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Characters:
        """The tokenizer that `to_json` wrote. ValueError: the text says anything else."""
        content: dict[str, Any] = json.loads(text)
        tokenizer = cls(name for name in content["model"]["vocab"] if len(name) == 1)
        if json.loads(tokenizer.to_json()) != content:
            raise ValueError("it does not describe a tokenizer of characters")
        return tokenizer


def code_points(text: str) -> np.ndarray:
    """The code points of a text: shape [len(text)], uint32.

    >>> code_points("a猫").tolist()
    [97, 29483]
    """
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
