"""RNN, LSTM and GRU by hand: the same as their PyTorch twins; stepping, states, truncated back-propagation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from laws import CLOSE, against_torch, far, keeps_the_law, leaves, numbers, stir

from mebuki.errors import RecipeError, TextError
from mebuki.models import recurrent as twins
from mebuki.scratch import IdError, Layer, ShapeError, check_gradients, cross_entropy
from mebuki.scratch.recurrent import GRU, LSTM, RNN, Recurrent
from mebuki.scratch.truncated import streams, truncated_bptt
from mebuki.shapes import RecurrentShape

MODELS = [RNN, LSTM, GRU]
V, B, T = 7, 2, 6
IDS = np.random.default_rng(0).integers(0, V, (B, T))


def small(kind: type[Recurrent], **numbers: Any) -> Recurrent:
    return kind(V, **{"width": 4, "layers": 2, "context": 4, "rng": 1, **numbers})


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", MODELS)
def test_the_twin_in_pytorch(kind: type[Recurrent], tied: bool) -> None:
    model = small(kind, tied=tied)
    against_torch(model, getattr(twins, kind.__name__)(V, model.shape), IDS)


@pytest.mark.parametrize("kind", MODELS)
def test_first_weights_are_of_the_same_kind(kind: type[Recurrent]) -> None:
    for tied in (True, False):
        model = kind(500, width=64, tied=tied)
        twin = getattr(twins, kind.__name__)(500, model.shape)
        for name, their in twin.named_parameters():
            our, their = model.weights()[name], their.detach().numpy()
            assert our.shape == their.shape
            assert our.dtype == np.float32
            assert our.std() == pytest.approx(their.std(), rel=0.1, abs=1e-6), name
            assert our.mean() == pytest.approx(their.mean(), abs=0.02), name
        assert [(p.value.shape, rows) for p, rows in model.matrices()] == [
            (tuple(p.shape), rows) for p, rows in twin.matrices()
        ]


@pytest.mark.parametrize("kind", MODELS)
def test_by_hand_is_by_numbers(kind: type[Recurrent]) -> None:
    keeps_the_law(small(kind, layers=1, tied=True), IDS)


class InAWindow(Layer):
    def __init__(self, model: Recurrent) -> None:
        self.model = model

    def __call__(self, ids_BT: np.ndarray, states: Any) -> Any:
        return self.model.window(ids_BT, states, np.random.default_rng(5))


@pytest.mark.parametrize("kind", MODELS)
def test_a_window_with_states_and_dropout(kind: type[Recurrent]) -> None:
    model = small(kind, dropout=0.3)
    states = tuple(tuple(numbers(B, 4, seed=10 * layer + n) for n in range(kind.cell.parts)) for layer in range(2))
    stir(model)
    check_gradients(InAWindow(model), IDS, states)
    check_gradients(InAWindow(model), IDS, None)
    one, other = (model(IDS, np.random.default_rng(seed))[0] for seed in (1, 2))
    assert far(one, other) > 0.01  # training leaves out at random
    assert np.array_equal(model(IDS)[0], model(IDS)[0])


@pytest.mark.parametrize("kind", MODELS)
def test_stepping_is_one_forward(kind: type[Recurrent]) -> None:
    """Also when the prompt is longer than a window."""
    model = stir(small(kind))
    whole = model(IDS)[0]
    for prompt in (1, 3, 5):
        logits, state = model.start(IDS[:, :prompt])
        assert far(logits, whole[:, prompt - 1]) <= CLOSE
        for t in range(prompt, T):
            logits, state = model.step(IDS[:, t], state)
            assert far(logits, whole[:, t]) <= CLOSE


@pytest.mark.parametrize("kind", MODELS)
def test_forward_kept(kind: type[Recurrent]) -> None:
    """Truncated back-propagation through time sees the numbers of one long forward; the last window is shorter."""
    model = stir(small(kind))
    text = np.random.default_rng(3).integers(0, V, 2 * 11 + 1)
    windows = list(truncated_bptt(model, text, rows=2, length=4))
    assert [window.ids_BT.shape for window in windows] == [(2, 4), (2, 4), (2, 3)]
    (logits, states), _ = model.window(text[:-1].reshape(2, 11), None)
    losses = [cross_entropy(logits[:, i : i + 4], text[1:].reshape(2, 11)[:, i : i + 4])[0] for i in (0, 4, 8)]
    assert [window.loss for window in windows] == pytest.approx(losses, rel=1e-12)
    for mine, whole in zip(leaves(windows[-1].states), leaves(states), strict=True):
        assert far(mine, whole) <= CLOSE


@pytest.mark.parametrize("kind", MODELS)
def test_backward_cut(kind: type[Recurrent]) -> None:
    """The second window's gradients are those of that window alone, begun with the state as a constant."""
    model = stir(small(kind))
    text = np.random.default_rng(3).integers(0, V, 2 * 8 + 1)
    windows = truncated_bptt(model, text, rows=2, length=4)
    first = next(windows)
    model.zero_gradients()
    second = next(windows)
    found = [p.gradient.copy() for p in model.parameters()]
    model.zero_gradients()
    (logits, _), backward = model.window(second.ids_BT, first.states)
    backward(cross_entropy(logits, second.targets_BT)[1]())
    for gradient, parameter in zip(found, model.parameters(), strict=True):
        assert np.array_equal(gradient, parameter.gradient)
    model.zero_gradients()  # and they are not those of a long backward
    (logits, _), backward = model.window(text[:-1].reshape(2, 8), None)
    dlogits = np.zeros_like(logits)
    dlogits[:, 4:] = cross_entropy(logits[:, 4:], second.targets_BT)[1]()
    backward(dlogits)
    assert max(far(g, p.gradient) for g, p in zip(found, model.parameters(), strict=True)) > 1e-4


def test_a_text_goes_on_from_states_that_were_kept() -> None:
    model = stir(small(LSTM))
    text = np.random.default_rng(3).integers(0, V, 2 * 8 + 1)
    ids, targets = text[:-1].reshape(2, 8), text[1:].reshape(2, 8)
    (_, kept), _ = model.window(ids[:, :4], None)
    second = list(truncated_bptt(model, text, rows=2, length=4))[1]
    (logits, _), _ = model.window(ids[:, 4:], kept)
    assert cross_entropy(logits, targets[:, 4:])[0] == pytest.approx(second.loss, rel=1e-12)
    begun = next(truncated_bptt(model, text[4:], rows=1, length=2, states=tuple((h[:1], c[:1]) for h, c in kept)))
    assert far(begun.states[0][0], model.window(ids[:1, :6], None)[0][1][0][0]) <= CLOSE


def test_streams_refuse() -> None:
    with pytest.raises(TextError, match="2 ids"):
        next(streams(np.arange(2), 2, 4))
    for rows, length in ((0, 4), (2, 0)):
        with pytest.raises(RecipeError, match="1 or more"):
            next(streams(np.arange(9), rows, length))
    with pytest.raises(ShapeError):
        next(streams(np.zeros((3, 3), int), 1, 1))
    with pytest.raises(ShapeError, match="ids of list"):
        next(streams([1, 2, 3], 1, 1))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", MODELS)
def test_what_models_refuse(kind: type[Recurrent]) -> None:
    model = small(kind)
    for wrong in (-1, V):
        ids = np.array([[0, wrong]])
        for call in (model, model.start, lambda ids: model.step(ids[0], model.start(IDS)[1])):
            with pytest.raises(IdError, match=str(wrong)):
                call(ids)
    with pytest.raises(ShapeError, match=kind.__name__):
        model(IDS[0])
    with pytest.raises(IdError, match="float"):
        model(IDS * 1.0)  # pyright: ignore[reportArgumentType]
    with pytest.raises(IdError, match="no ids"):
        model(IDS[:, :0])
    _, states = model.start(IDS)
    with pytest.raises(ShapeError, match="2, one for each layer"):
        model.window(IDS, states[:1])
    with pytest.raises(ShapeError, match="state of shape"):
        model.window(IDS[:1], states)
    (logits, states), backward = model.window(IDS, states)
    with pytest.raises(ShapeError, match=r"1 gradients of states\n.*2, one for each layer"):
        backward(logits, states[:1])
    for wrong in (logits[0], logits[..., :-1], logits.tolist()):
        with pytest.raises(ShapeError, match=f"{kind.__name__} was given dlogits"):
            backward(wrong)
    with pytest.raises(RecipeError):
        kind(V, layers=0)
    with pytest.raises(RecipeError):
        kind(V, dropout=1.0)


def test_numbers_are_kept_as_a_shape() -> None:
    assert small(GRU, dropout=0.25, tied=True).shape == RecurrentShape(4, 2, 4, 0.25, True)
