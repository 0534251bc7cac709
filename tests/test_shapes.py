"""Sizes by name, parameter counts, and shapes that cannot be built."""

from __future__ import annotations

import pytest

from mebuki.errors import RecipeError
from mebuki.models import SHAPES, Bigram, BigramShape, TransformerShape, build, shape_of
from mebuki.shapes import SIZES


def test_bigram_has_the_numbers_of_the_notebook() -> None:
    assert [p.numel() for p in Bigram(83).parameters()] == [10624, 128, 10624, 83]


def test_small_transformer_stays_small() -> None:
    assert build("transformer", 325, shape_of("transformer", "small")).parameter_count <= 810_000


@pytest.mark.parametrize("kind", SHAPES)
def test_sizes_grow(kind: str) -> None:
    """tiny < small < base, and small is what a shape is by itself."""
    counts = [build(kind, 83, shape_of(kind, size)).parameter_count for size in ("tiny", "small", "base")]
    assert counts == sorted(set(counts))
    assert shape_of(kind, "small") == SHAPES[kind]()


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_a_tied_matrix_counts_once(kind: str) -> None:
    tied, untied = (build(kind, 83, shape_of(kind, "tiny", tied=tied)) for tied in (True, False))
    assert tied.output.weight is tied.embedding.weight
    assert untied.parameter_count - tied.parameter_count == untied.output.weight.numel()


@pytest.mark.parametrize("kind", SHAPES)
def test_sizes_name_fields_that_exist(kind: str) -> None:
    for size in SIZES[SHAPES[kind]]:
        assert isinstance(shape_of(kind, size), SHAPES[kind])


def test_single_numbers_change_a_size() -> None:
    assert shape_of("lstm", "base", width=64).width == 64
    assert shape_of("lstm", "base", width=64).layers == 2


@pytest.mark.parametrize(
    ("kind", "size", "numbers", "words"),
    [
        ("transfomer", "small", {}, "model 'transfomer' is unknown.*try: transformer"),
        ("lstm", "smal", {}, "size 'smal' is unknown.*tiny, small, base.*try: small"),
        ("bigram", "small", {"layers": 2}, "bigram.*'layers'.*hidden, context"),
        ("transformer", "small", {"heads": 3}, "width 128 does not divide into 3 heads.*heads 1, 2, 4.*--heads 2"),
        ("transformer", "small", {"width": 66, "heads": 6}, "even width"),
        ("transformer", "small", {"key_value_heads": 3}, "4 query heads.*3.*1, 2, 4"),
    ],
)
def test_impossible_shapes_are_refused(kind: str, size: str, numbers: dict[str, int], words: str) -> None:
    with pytest.raises(RecipeError, match="(?s)" + words):
        shape_of(kind, size, **numbers)


def test_shapes_are_frozen() -> None:
    with pytest.raises(AttributeError):
        BigramShape().hidden = 3  # pyright: ignore[reportAttributeAccessIssue]


def test_hidden_width_is_eight_thirds_in_steps_of_32() -> None:
    assert [TransformerShape(width=w, heads=2).hidden_width for w in (16, 64, 128, 384)] == [32, 160, 320, 1024]
    assert TransformerShape(hidden=100).hidden_width == 100


def test_an_odd_width_is_told_as_such() -> None:
    with pytest.raises(RecipeError, match="width 7 is odd"):
        shape_of("transformer", width=7)
