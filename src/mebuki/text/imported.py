"""The tokenizer of a model that was made elsewhere, as the `tokenizers` library reads it from its `tokenizer.json`.

Two forms are taken, which nearly all models have: byte-level pairs (GPT-2, Qwen, Llama 3), and pairs of letters with bytes for what
is unknown, `▁` for a space (Llama 1 and 2, Mistral). In both, every token stands for certain bytes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from mebuki.errors import RunError
from mebuki.text.byte_pairs import byte_of_sign
from mebuki.text.encodings import without_surrogates
from mebuki.text.tokenizer import Encoder, Tokenizer

if TYPE_CHECKING:
    import tokenizers

_BYTE = re.compile("<0x([0-9A-F]{2})>")


class Imported(Tokenizer):
    """A tokenizer from elsewhere. All ids count as letters; special tokens stand for no text, typed ones stay text.

    >>> from mebuki.text.byte_pairs import BytePairs
    >>> there = BytePairs.train(["low lower lowest " * 9], vocabulary=263).to_json()
    >>> tokenizer = Imported.from_json(there)
    >>> tokenizer.decode(tokenizer.encode("lower 猫 <eos>"))
    'lower 猫 <eos>'

    Args:
        content: the whole `tokenizer.json`.

    Raises:
        ValueError: it is of another form.
    """

    kind = "imported"

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = _of_whole_texts(content)
        self._library = _library(self._content)
        self._library.encode_special_tokens = True
        self.vocabulary_size = self.letters = _size(self._library)
        added = self._library.get_added_tokens_decoder()
        self.special = {token.content: i for i, token in added.items() if token.special}
        named = self._library.get_vocab(with_added_tokens=False)
        self.token_bytes = [b""] * self.vocabulary_size
        as_bytes = _byte_level if _is_byte_level(self._content) else _with_fallback
        for name, i in named.items():
            if i not in added:
                self.token_bytes[i] = as_bytes(name)
        for i, token in added.items():
            self.token_bytes[i] = b"" if token.special else token.content.encode()

    def encode(self, text: str) -> np.ndarray:
        """The ids of a text, without any that begin or end it.

        Raises:
            RunError: the tokenizer gives up on it, as one with a pattern that takes for ever.
        """
        try:
            found = self._library.encode(without_surrogates(text), add_special_tokens=False).ids
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # as in `_library`
            raise RunError(f"the imported tokenizer cannot cut a text of {len(text):,} characters: {error}") from error
        return np.array(found, dtype=self.dtype)

    def encoder(self) -> Encoder:
        """An encoder that waits for the whole text: where such a tokenizer may be cut is not known."""
        return _Waiting(self)

    def to_json(self) -> str:
        """The `tokenizer.json` that was read, without what is not done to a text here."""
        return json.dumps(self._content, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Imported:
        """The tokenizer of a `tokenizer.json`. ValueError: it is of another form."""
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("it is no tokenizer.json")
        return cls(content)


class _Waiting(Encoder):
    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self._held: list[str] = []

    def push(self, text: str) -> np.ndarray:
        self._held.append(text)
        return self.tokenizer.encode("")

    def finish(self) -> np.ndarray:
        return self.tokenizer.encode("".join(self._held))


def _of_whole_texts(content: dict[str, Any]) -> dict[str, Any]:
    """The same without what it would do to the texts of a training: cut them, fill them up, leave pairs out at random."""
    model = content.get("model")
    if isinstance(model, dict) and model.get("dropout") is not None:
        model = {**model, "dropout": None}
    return {**content, "truncation": None, "padding": None, "model": model}


def _library(content: dict[str, Any]) -> tokenizers.Tokenizer:
    import tokenizers

    model = content.get("model")
    if not isinstance(model, dict) or model.get("type") != "BPE":
        kind = model.get("type") if isinstance(model, dict) else None
        raise ValueError(f"a tokenizer of the kind {kind}, and only BPE is read")
    if not (_is_byte_level(content) or model.get("byte_fallback")):
        raise ValueError("its tokens are neither bytes nor fall back on bytes")
    try:
        return tokenizers.Tokenizer.from_str(json.dumps(content))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library raises nothing narrower, and its panics are no Exceptions
        raise ValueError(str(error)) from error


def _size(library: tokenizers.Tokenizer) -> int:
    """How many ids there are; each stands for something."""
    ids = sorted(library.get_vocab(with_added_tokens=True).values())
    if ids != list(range(len(ids))):
        raise ValueError("its ids have gaps, or two tokens share one")
    return len(ids)


def _is_byte_level(content: dict[str, Any]) -> bool:
    decoder = content.get("decoder")
    return isinstance(decoder, dict) and "ByteLevel" in (decoder.get("type"), *_types(decoder.get("decoders")))


def _types(parts: Any) -> list[Any]:
    return [part.get("type") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _byte_level(name: str) -> bytes:
    signs = byte_of_sign()
    if any(sign not in signs for sign in name):
        raise ValueError(f"its token {name!r} stands for no bytes")
    return bytes(signs[sign] for sign in name)


def _with_fallback(name: str) -> bytes:
    if byte := _BYTE.fullmatch(name):
        return bytes([int(byte[1], 16)])
    return name.replace("▁", " ").encode()
