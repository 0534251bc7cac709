"""Sequence to sequence by hand: by hand = by numbers = by PyTorch, and stepping = reading at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from laws import against_torch, keeps_the_law, numbers, stir

from mebuki.models import seq2seq as theirs
from mebuki.scratch import IdError, NotFiniteError, ShapeError, check_gradients
from mebuki.scratch.attention_over_source import attention_over_source, weights_over_source
from mebuki.scratch.seq2seq import Seq2seq

MEANS = [(False, False), (True, False), (False, True), (True, True)]
SOURCE, TARGET = np.array([[5, 7, 2, 5, 0], [1, 1, 3, 4, 4]]), np.array([[8, 6, 2], [8, 0, 0]])


def model(peeky: bool, attention: bool) -> Seq2seq:
    return stir(Seq2seq(9, width=6, embedding=4, peeky=peeky, attention=attention, rng=1))


# Attention.

QUERY, READ = numbers(3, 2, 4, seed=1), numbers(5, 2, 4, seed=2)


def test_attention() -> None:
    keeps_the_law(attention_over_source, QUERY, READ)
    against_torch(attention_over_source, theirs.attention_over_source, QUERY, READ)


def test_the_mix_is_of_the_weights() -> None:
    weights_BTS = weights_over_source(QUERY, READ)
    assert weights_BTS.shape == (2, 3, 5)
    np.testing.assert_allclose(weights_BTS.sum(-1), 1)
    context_TBH, _ = attention_over_source(QUERY, READ)
    for t, b in np.ndindex(3, 2):
        np.testing.assert_allclose(context_TBH[t, b], weights_BTS[b, t] @ READ[:, b], atol=1e-14)


def test_a_source_that_fits_by_far_is_all_that_is_seen() -> None:
    context, _ = attention_over_source(1e4 * READ[2:3], READ)
    for b in range(2):
        fits = int(np.argmax(READ[:, b] @ READ[2, b]))
        np.testing.assert_allclose(context[0, b], READ[fits, b])


@pytest.mark.parametrize(
    ("query", "source", "error"),
    [
        (QUERY[:, :1], READ, ShapeError),
        (QUERY[..., :3], READ, ShapeError),
        (QUERY[0], READ, ShapeError),
        (np.full_like(QUERY, np.nan), READ, NotFiniteError),
        (QUERY, np.full_like(READ, np.inf), NotFiniteError),
        (QUERY, READ.astype(int), ShapeError),
    ],
)
def test_attention_refuses(query: np.ndarray, source: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error, match="attention_over_source"):
        attention_over_source(query, source)


# The model.


class Fixed(Seq2seq):
    """The ids are constants: a function of the parameters alone."""

    def __call__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        logits, backward = super().__call__(SOURCE, TARGET)
        return logits, lambda dlogits: (backward(dlogits), ())[1]


@pytest.mark.parametrize(("peeky", "attention"), MEANS)
def test_by_numbers(peeky: bool, attention: bool) -> None:
    fixed = Fixed(9, width=3, embedding=2, peeky=peeky, attention=attention, rng=1)
    if peeky and attention:
        keeps_the_law(fixed)
    else:
        check_gradients(stir(fixed))


@pytest.mark.parametrize(("peeky", "attention"), MEANS)
def test_by_torch(peeky: bool, attention: bool) -> None:
    """Logits and every gradient, in float64, twice: gradients are added, and nothing is used up."""

    class Given(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.their = theirs.Seq2seq(9, width=6, embedding=4, peeky=peeky, attention=attention)

        def forward(self) -> torch.Tensor:
            return self.their(torch.from_numpy(SOURCE), torch.from_numpy(TARGET))

    ours = Fixed(9, width=6, embedding=4, peeky=peeky, attention=attention, rng=1)
    against_torch(ours, Given(), rename=lambda name: f"their.{name}")


@pytest.mark.parametrize(("peeky", "attention"), MEANS)
def test_stepping_is_reading_at_once(peeky: bool, attention: bool) -> None:
    ours = model(peeky, attention)
    whole_BTV, _ = ours(SOURCE, TARGET)
    reading = ours.encode(SOURCE)
    for t in range(TARGET.shape[1]):
        logits_BV, reading = ours.step(TARGET[:, t], reading)
        np.testing.assert_allclose(logits_BV, whole_BTV[:, t], atol=1e-12)


@pytest.mark.parametrize(("peeky", "attention"), MEANS)
def test_it_writes_what_it_finds_likeliest(peeky: bool, attention: bool) -> None:
    """Given what it wrote, each next letter is the likeliest; and one question's answer knows nothing of the other."""
    ours = model(peeky, attention)
    written = ours.generate(SOURCE, 4, 8)
    read = np.concatenate([np.full((2, 1), 8), written[:, :-1]], 1)
    np.testing.assert_array_equal(ours(SOURCE, read)[0].argmax(-1), written)
    np.testing.assert_array_equal(ours.generate(SOURCE[1:], 4, 8), written[1:])


def test_a_map_is_where_it_looks() -> None:
    ours = model(False, True)
    weights_BTS = ours.attention_map(SOURCE, TARGET)
    assert weights_BTS.shape == (2, 3, 5)
    np.testing.assert_allclose(weights_BTS.sum(-1), 1)
    turned = ours.attention_map(SOURCE[::-1], TARGET[::-1])
    np.testing.assert_allclose(turned[::-1], weights_BTS, atol=1e-12)


def test_the_future_of_the_target_is_not_seen() -> None:
    ours = model(True, True)
    changed = TARGET.copy()
    changed[:, 2] = 1
    np.testing.assert_allclose(ours(SOURCE, changed)[0][:, :2], ours(SOURCE, TARGET)[0][:, :2], atol=1e-14)


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        (SOURCE, TARGET + 1, IdError),
        (SOURCE - 1, TARGET, IdError),
        (SOURCE, TARGET[:1], ShapeError),
        (SOURCE[0], TARGET, ShapeError),
        (SOURCE, TARGET.astype(float), IdError),
    ],
)
def test_wrong_ids_are_refused(source: np.ndarray, target: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error, match="Seq2seq"):
        Seq2seq(9, width=6)(source, target)


def test_a_wrong_gradient_is_refused() -> None:
    logits, backward = Seq2seq(9, width=6)(SOURCE, TARGET)
    with pytest.raises(ShapeError, match="Seq2seq was given dlogits"):
        backward(logits[0])


def test_float32_stays_float32() -> None:
    logits, backward = Seq2seq(9, width=6, peeky=True, attention=True)(SOURCE, TARGET)
    backward(logits)
    assert logits.dtype == np.float32


def test_shapes_are_the_torch_models() -> None:
    build: list[Callable[..., Any]] = [Seq2seq, theirs.Seq2seq]
    for peeky, attention in MEANS:
        ours, their = (make(9, width=6, embedding=4, peeky=peeky, attention=attention) for make in build)
        shapes = {name: tuple(p.shape) for name, p in their.named_parameters()}
        assert {name: p.value.shape for name, p in ours.named_parameters().items()} == shapes
