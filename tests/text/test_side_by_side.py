"""One text, several tokenizers."""

from __future__ import annotations

import pytest

from mebuki.errors import RecipeError
from mebuki.text.characters import Characters
from mebuki.text.side_by_side import cut, side_by_side

TEXT = "Rain again. 4837 + 5169, 雨の日 🐟"


def test_every_way_says_the_whole_text() -> None:
    for way in side_by_side(TEXT):
        assert sum(token.size for token in way.tokens) == len(TEXT.encode()), way.way
        assert all(0 <= token.id < way.vocabulary for token in way.tokens)


def test_ways_differ_as_they_should() -> None:
    letters, in_bytes, pairs = side_by_side(TEXT)
    assert len(in_bytes.tokens) == len(TEXT.encode())
    assert len(pairs.tokens) < len(letters.tokens) < len(in_bytes.tokens)
    assert [token.token for token in pairs.tokens].count("4") == 1  # digits stay single
    assert not any(token.whole for token in in_bytes.tokens if token.token.startswith("<0x"))


def test_more_pairs_make_fewer_pieces() -> None:
    text = "The rain came back in the evening, and the library was warm."
    few, many = (len(side_by_side(text, size)[2].tokens) for size in (512, 4096))
    assert many < few


def test_a_tokenizer_of_ones_own() -> None:
    assert [token.token for token in cut("run", Characters("cat"), "tac").tokens] == ["t", "a", "c"]


def test_a_vocabulary_out_of_range() -> None:
    with pytest.raises(RecipeError):
        side_by_side("a", 12)
