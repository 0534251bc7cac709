"""What every tokenizer does: strings to ids and back, token by token if need be, and a `tokenizer.json` on disk.

encode      str -> ids          decode    ids -> str
encoder()   the same for a text that comes in pieces (a file that does not fit into memory)
stream()    the same for ids that come one at a time (a model that is writing)
"""

from __future__ import annotations

import codecs
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mebuki.errors import MebukiError, RunError

SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")
"""Tokens that stand for no text. A person who types `<eos>` gets its five letters, never the special token."""

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍"}


def visible(text: str) -> str:
    """The text with a sign or a number for each letter that would not be seen.

    >>> visible("a b\\n\\u200b")
    'a␣b⏎U+200B'
    """
    return "".join(_VISIBLE.get(c, c if c.isprintable() else f"U+{ord(c):04X}") for c in text)


class Tokenizer(ABC):
    """Strings to ids and back.

    Attributes:
        kind: `characters`, `byte-pairs`, or `imported` from elsewhere.
        letters: ids below this stand for the letters learned from a text; a model without byte fallback has only these.
        vocabulary_size: how many ids there are; each id is in `range(vocabulary_size)`.
        token_bytes: the UTF-8 bytes that each id stands for, `b""` for special tokens.
        special: the special tokens, `{"<pad>": id, "<bos>": id, "<eos>": id, "<unk>": id}`.
    """

    kind: str
    letters: int
    vocabulary_size: int
    token_bytes: list[bytes]
    special: dict[str, int]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of ids: uint16 if all fit, else uint32."""
        return np.dtype(np.uint16 if self.vocabulary_size <= 0x10000 else np.uint32)

    @abstractmethod
    def encode(self, text: str) -> np.ndarray:
        """The ids of a text: one dimension, `dtype` as the attribute says."""

    @abstractmethod
    def to_json(self) -> str:
        """The tokenizer as `tokenizer.json`, as the `tokenizers` library reads it. Equal tokenizers, equal bytes."""

    def encoder(self) -> Encoder:
        """An encoder for a text that comes in pieces; its ids, joined, are those of the whole text."""
        return Encoder(self)

    def decode(self, ids: Iterable[int] | np.ndarray, errors: str = "replace") -> str:
        """The text of ids.

        Bytes that are no UTF-8 (a model may write such) become U+FFFD. Half a surrogate pair, which a Python string may
        hold and UTF-8 may not, comes back with `errors="surrogatepass"`.

        Raises:
            MebukiError: an id is out of range.
        """
        return b"".join([self.token_bytes[self._checked(i)] for i in _integers(ids)]).decode("utf-8", errors)

    def stream(self) -> Decoder:
        """A decoder for ids that come one at a time."""
        return Decoder(self)

    def token(self, token_id: int) -> str:
        """A name for an id, fit to print: a letter, `␣` for a space, `<0xE3>` for a byte, `<eos>`, `U+200B`."""
        token_id = self._checked(token_id)
        data = self.token_bytes[token_id]
        if not data:
            return next(name for name, i in self.special.items() if i == token_id)
        try:
            return visible(data.decode("utf-8"))
        except UnicodeDecodeError:
            return "".join(f"<0x{b:02X}>" for b in data)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `to_json()` to a file, UTF-8 with line ends `\\n` on every system."""
        Path(path).write_text(self.to_json(), encoding="utf-8", newline="\n")

    def _checked(self, token_id: int) -> int:
        if not 0 <= token_id < self.vocabulary_size:
            raise MebukiError(
                f"id {token_id} is not in the vocabulary",
                allowed=f"0 to {self.vocabulary_size - 1}",
                hint="the tokenizer that the model was trained with",
            )
        return int(token_id)


class Encoder:
    """Encodes a text that comes in pieces: `push` each, then `finish`; the ids joined are those of the whole text."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def push(self, text: str) -> np.ndarray:
        """The ids that are certain by now."""
        return self.tokenizer.encode(text)

    def finish(self) -> np.ndarray:
        """The ids that were held back."""
        return self.tokenizer.encode("")


class Decoder:
    """Decodes ids that come one at a time, and gives out whole letters only.

    One letter may be spread over several tokens; it comes with the last of them. The pieces joined, and `finish`, are
    the `decode` of all the ids.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token_id: int) -> str:
        """The letters that this id completes, often one, sometimes none. MebukiError: the id is out of range."""
        return self._utf8.decode(self.tokenizer.token_bytes[self.tokenizer._checked(token_id)])

    def finish(self) -> str:
        """What was held back: nothing, or U+FFFD for a letter that was never completed."""
        return self._utf8.decode(b"", final=True)


def load(path: str | os.PathLike[str], *, elsewhere: bool = False) -> Tokenizer:
    """Read a `tokenizer.json`.

    Args:
        elsewhere: it may have been made by another program.

    Raises:
        RunError: the file is missing, damaged, or of a kind that is not read.
    """
    from mebuki.text.byte_pairs import BytePairs
    from mebuki.text.characters import Characters
    from mebuki.text.imported import Imported

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RunError(f"the tokenizer {path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise _damaged(path, "it is not UTF-8") from error
    mistakes = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
    try:
        byte_fallback = json.loads(text)["model"]["byte_fallback"]
        return Characters.from_json(text) if byte_fallback else BytePairs.from_json(text)
    except mistakes as error:
        if not elsewhere:
            raise _damaged(path, f"{type(error).__name__}: {error}") from error
    try:
        return Imported.from_json(text)
    except mistakes as error:
        raise RunError(
            f"the tokenizer {path} is of a form that is not read here: {error}",
            allowed="byte-level pairs, or pairs with byte fallback, as the tokenizers library writes them",
            hint="tokenizer.save_pretrained(FOLDER) of a fast tokenizer, where the model can be opened",
        ) from error


def _damaged(path: Path, why: str) -> RunError:
    return RunError(
        f"the tokenizer {path} is damaged or of another kind ({why})",
        allowed="a tokenizer.json written by Mebuki",
        hint="encode the text again, or take the file from another checkpoint of the run",
    )


def _integers(ids: Iterable[int] | np.ndarray) -> list[int]:
    return ids.ravel().tolist() if isinstance(ids, np.ndarray) else [int(i) for i in ids]
