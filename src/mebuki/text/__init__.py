"""Strings to ids: tokenizers, and the corpus that a model grows on."""

from mebuki.text.byte_pairs import BytePairs
from mebuki.text.characters import Characters
from mebuki.text.corpus import Corpus
from mebuki.text.ids import Ids
from mebuki.text.settings import TextSettings
from mebuki.text.tokenizer import Decoder, Tokenizer
from mebuki.text.tokenizer import load as load_tokenizer

__all__ = ["BytePairs", "Characters", "Corpus", "Decoder", "Ids", "TextSettings", "Tokenizer", "load_tokenizer"]
