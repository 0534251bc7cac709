"""Strings to ids: tokenizers, and the corpus that a model grows on. NumPy is loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mebuki.text.byte_pairs import BytePairs
    from mebuki.text.characters import Characters
    from mebuki.text.corpus import Corpus
    from mebuki.text.ids import Ids
    from mebuki.text.settings import TextSettings
    from mebuki.text.tokenizer import Decoder, Tokenizer
    from mebuki.text.tokenizer import load as load_tokenizer

_HOMES = {
    "BytePairs": "byte_pairs",
    "Characters": "characters",
    "Corpus": "corpus",
    "Decoder": "tokenizer",
    "Ids": "ids",
    "TextSettings": "settings",
    "Tokenizer": "tokenizer",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "load_tokenizer":
        return import_module(".tokenizer", __name__).load
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["BytePairs", "Characters", "Corpus", "Decoder", "Ids", "TextSettings", "Tokenizer", "load_tokenizer"]
