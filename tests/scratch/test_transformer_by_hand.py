"""The Transformer by hand is the PyTorch one: the same names, logits, gradients and steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from laws import CLOSE, far, keeps_the_law, stir

from mebuki.errors import RecipeError
from mebuki.models import Transformer as TorchTransformer
from mebuki.scratch import IdError, Layer, NotFiniteError, ShapeError, cross_entropy
from mebuki.scratch.transformer import Transformer
from mebuki.shapes import TransformerShape

V = 13
SHAPES: list[dict[str, Any]] = [
    {},
    {"key_value_heads": 2},
    {"key_value_heads": 1, "tied": False},
    {"qk_norm": False, "rope_base": 50.0},
    {"context": 1},
    {"context": 5, "hidden": 7},
    {"layers": 1, "heads": 1, "tied": False, "qk_norm": False, "context": 3},
]


def shape_of(shape: dict[str, Any]) -> dict[str, Any]:
    return {"width": 16, "layers": 2, "heads": 4, "context": 8} | shape


def letters(B: int, T: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, V, (B, T))


def both(shape: dict[str, Any]) -> tuple[Transformer, TorchTransformer]:
    """The two engines with the same random weights in float64."""
    ours = stir(Transformer(V, **shape_of(shape)))
    theirs = TorchTransformer(V, TransformerShape(**shape_of(shape))).double().eval()
    theirs.load_state_dict({n: torch.from_numpy(v) for n, v in ours.weights().items()}, strict=False)
    return ours, theirs


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_names_shapes_and_order_are_those_of_the_other_engine(shape: dict[str, Any]) -> None:
    ours, theirs = Transformer(V, **shape_of(shape)), TorchTransformer(V, TransformerShape(**shape_of(shape)))
    expected = {name: tuple(p.shape) for name, p in theirs.named_parameters()}
    assert list(expected.items()) == [(name, p.value.shape) for name, p in ours.named_parameters().items()]
    assert ours.parameter_count == theirs.parameter_count
    assert (ours.kind, ours.vocabulary, ours.context) == (theirs.kind, theirs.vocabulary, theirs.context)
    assert ours.shape == theirs.shape
    assert ("output.weight" in expected) != shape.get("tied", True)
    names = {id(p): name for name, p in ours.named_parameters().items()}
    their_names = {id(p): name for name, p in theirs.named_parameters()}
    mine = [(names[id(p)], rows) for p, rows in ours.matrices()]
    assert mine == [(their_names[id(p)], rows) for p, rows in theirs.matrices()]
    assert all(sum(rows) == p.value.shape[0] for p, rows in ours.matrices())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("T", [1, 8, 21])
def test_logits_and_all_gradients_equal_pytorch(shape: dict[str, Any], T: int) -> None:
    ours, theirs = both(shape)
    ids_BT, targets_BT = letters(3, T), letters(3, T, seed=1)
    logits_BTV, backward = ours(ids_BT)
    loss, loss_backward = cross_entropy(logits_BTV, targets_BT)
    their_logits = theirs(torch.from_numpy(ids_BT))
    their_loss = F.cross_entropy(their_logits.flatten(0, 1), torch.from_numpy(targets_BT).flatten())
    their_loss.backward()
    assert far(logits_BTV, their_logits.detach().numpy()) <= CLOSE
    assert loss == pytest.approx(their_loss.item(), rel=1e-12)
    for _ in range(2):
        backward(loss_backward())
    gradients = {name: p.grad for name, p in theirs.named_parameters()}
    assert gradients.keys() == ours.named_parameters().keys()
    for name, parameter in ours.named_parameters().items():
        expected = gradients[name]
        assert expected is not None
        assert far(parameter.gradient, 2 * expected.numpy()) <= CLOSE, name


@pytest.mark.parametrize(
    "shape", [{"key_value_heads": 2, "context": 3, "layers": 1}, {"tied": False, "layers": 1}], ids=str
)
def test_gradients_by_numbers(shape: dict[str, Any]) -> None:
    keeps_the_law(Transformer(V, **shape_of(shape)), letters(2, 5), step=3e-4)


class Dropped(Layer):
    """With the same places left out each time."""

    def __init__(self, model: Transformer) -> None:
        self.model = model

    def __call__(self, ids_BT: np.ndarray) -> Any:
        return self.model(ids_BT, np.random.default_rng(3))


def test_gradients_with_dropout() -> None:
    model = Transformer(V, **shape_of({"dropout": 0.3, "layers": 1}))
    keeps_the_law(Dropped(model), letters(2, 5), step=3e-4)
    ids = letters(2, 5)
    plain, _ = model(ids)
    assert np.array_equal(plain, model(ids)[0])
    one, other = (model(ids, np.random.default_rng(seed))[0] for seed in (3, 4))
    assert far(plain, one) > 0.01
    assert far(one, other) > 0.01


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("read", [1, 3, 8, 30])
def test_stepping_is_one_full_forward(shape: dict[str, Any], read: int) -> None:
    """Far beyond the context, and also where the prompt is longer than it."""
    ours, theirs = both(shape)
    ids_BT = letters(2, 70)
    expected, _ = ours(ids_BT)
    logits_BV, state = ours.start(ids_BT[:, :read])
    assert far(logits_BV, expected[:, read - 1]) <= CLOSE
    with torch.no_grad():
        their_logits, their_state = theirs.start(torch.from_numpy(ids_BT[:, :read]))
        assert far(logits_BV, their_logits.numpy()) <= CLOSE
        for t in range(read, 70):
            logits_BV, state = ours.step(ids_BT[:, t], state)
            assert far(logits_BV, expected[:, t]) <= CLOSE
        their_logits, _ = theirs.step(torch.from_numpy(ids_BT[:, read]), their_state)
        assert far(expected[:, read], their_logits.numpy()) <= CLOSE


def test_a_long_prompt_is_cut_to_what_the_layers_reach() -> None:
    model = stir(Transformer(V, **shape_of({"context": 3})))
    ids = letters(1, 200)
    reach = 2 * (3 - 1) + 1
    logits, state = model.start(ids)
    assert state[0].position == 200  # nothing is renumbered
    assert far(logits, model.start(ids[:, -reach:])[0]) <= CLOSE
    assert far(logits, model.start(ids[:, -reach + 1 :])[0]) > 1e-6  # the last one that reaches does


def test_no_letter_sees_what_comes_after_it_or_another_row() -> None:
    model = stir(Transformer(V, **shape_of({})))
    ids = letters(3, 12)
    changed = ids.copy()
    changed[1, 6] = (changed[1, 6] + 1) % V
    moved_BT = (model(changed)[0] != model(ids)[0]).any(-1)
    assert not moved_BT[[0, 2]].any()
    assert moved_BT[1].tolist() == [False] * 6 + [True] * 6


def test_first_weights() -> None:
    """Their spread is that of the other engine; what writes into the residual stream starts at zero."""
    shape: dict[str, Any] = {"width": 96, "layers": 2, "heads": 3, "key_value_heads": 1}
    for tied in (True, False):
        ours = Transformer(200, **shape, tied=tied, rng=5)
        torch.manual_seed(5)
        theirs = TorchTransformer(200, TransformerShape(**shape, tied=tied))
        for name, parameter in theirs.named_parameters():
            mine = ours.weights()[name]
            assert mine.dtype == np.float32
            assert mine.std() == pytest.approx(parameter.std(correction=0).item(), rel=0.05), name
            assert mine.mean() == pytest.approx(parameter.mean().item(), abs=0.02), name
    again = Transformer(200, **shape, tied=False, rng=np.random.default_rng(5))
    assert all(np.array_equal(a, b) for a, b in zip(ours.weights().values(), again.weights().values(), strict=True))
    first, second = (block.attention.qkv.weight.value for block in ours.blocks)
    assert not np.array_equal(first, second)


def test_float32_stays_float32() -> None:
    model = Transformer(V, **shape_of({"key_value_heads": 2}))
    logits, backward = model(letters(2, 9))
    backward(logits)
    assert logits.dtype == model.start(letters(2, 9))[0].dtype == np.float32
    assert {p.gradient.dtype for p in model.parameters()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("wrong", [-1, V])
def test_ids_outside_the_vocabulary_are_refused(wrong: int) -> None:
    model = Transformer(V, **shape_of({}))
    _, state = model.start(letters(2, 3))
    with pytest.raises(IdError):
        model(np.array([[0, wrong]]))
    with pytest.raises(IdError):
        model.start(np.array([[0, wrong]]))
    with pytest.raises(IdError):
        model.step(np.array([0, wrong]), state)


def test_other_wrong_input_is_refused() -> None:
    model = Transformer(V, **shape_of({}))
    _, state = model.start(letters(2, 3))
    for call in (
        lambda: model(letters(2, 3)[0]),
        lambda: model.start(letters(2, 3)[0]),
        lambda: model.step(letters(2, 3), state),
        lambda: model.step(letters(3, 1)[:, 0], state),
        lambda: model(letters(2, 3))[1](np.zeros((2, 3, V + 1))),
    ):
        with pytest.raises(ShapeError):
            call()
    wrong: list[Any] = [np.zeros((1, 0), int), np.zeros((1, 2)), [[1, 2]]]
    for ids in wrong:
        with pytest.raises(IdError):
            model(ids)
    with pytest.raises(NotFiniteError):
        model(letters(1, 2))[1](np.full((1, 2, V), np.nan))
    model.embedding.weight.value[3] = np.nan
    with pytest.raises(NotFiniteError):
        model(np.array([[3]]))
    for shape in ({"heads": 3}, {"key_value_heads": 3}, {"dropout": 1.0}, {"context": 0}):
        with pytest.raises(RecipeError):
            Transformer(V, **shape_of(shape))
