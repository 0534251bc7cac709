"""What is looked at is what the model does: attention, states, gates and gradients are those of its own forward."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from mebuki.models import build, shape_of
from mebuki.models.attention_weights import attention_weights
from mebuki.models.hidden_states import gradient_reach, hidden_states
from mebuki.models.placed import PlacedTransformer
from mebuki.models.recurrent import Cell, Recurrent
from mebuki.models.transformer import Block, Transformer
from mebuki.shapes import TransformerShape


def shaken(model: Any) -> Any:
    """With weights that are nowhere zero, in float64."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model.double().eval()


def transformer(**changes: Any) -> Transformer:
    return shaken(build("transformer", 30, shape_of("transformer", "tiny", width=32, heads=4, context=8, **changes)))


def recurrent(kind: str) -> Recurrent:
    return shaken(build(kind, 30, shape_of(kind, "tiny", width=10, layers=2, context=8, dropout=0.2)))


def keep(values: list[Tensor], width: int) -> Any:
    """A hook that keeps the last columns of what comes out."""

    def hook(module: Any, given: Any, out: Any) -> None:
        values.append(out[..., out.shape[-1] - width :])

    return hook


IDS = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4]])


@pytest.mark.parametrize("changes", [{}, {"key_value_heads": 2}, {"qk_norm": False, "tied": False}])
def test_attention_is_that_of_the_forward(changes: dict[str, Any]) -> None:
    """Rows sum to one, see neither what follows nor beyond the context; values mixed by them are what the layers go on with."""
    model = transformer(**changes)
    went_in: list[Tensor] = []
    values: list[Tensor] = []
    for block in model.blocks:
        assert isinstance(block, Block)
        width = block.attention.kv_heads * block.attention.head_width
        block.attention.out.register_forward_pre_hook(lambda module, given: went_in.append(given[0]))
        block.attention.qkv.register_forward_hook(keep(values, width))
    with torch.no_grad():
        expected = model(IDS)
    mixed, given = list(went_in), list(values)
    weights, logits = attention_weights(model, IDS)
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    for t in range(11):
        assert (weights[..., t, t + 1 :] == 0).all()
        assert (weights[..., t, : max(0, t - 7)] == 0).all()
    for layer, (w, v) in enumerate(zip(weights, given, strict=True)):
        v_BTKE = v.unflatten(-1, (-1, 8)).repeat_interleave(4 // (v.shape[-1] // 8), 2)
        torch.testing.assert_close(torch.einsum("bnts,bsne->btne", w, v_BTKE).flatten(2), mixed[layer])


def test_attention_of_a_model_that_is_told_places() -> None:
    model = shaken(
        PlacedTransformer(7, (7, 7, 4), TransformerShape(width=32, layers=3, heads=2, context=8, tied=False))
    )
    ids = torch.randint(0, 18, (2, 8, 3), generator=torch.Generator().manual_seed(0))
    weights, logits = attention_weights(model, ids)
    with torch.no_grad():
        torch.testing.assert_close(logits, model(ids))
    assert weights.shape == (3, 2, 2, 8, 8)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_states_are_those_of_the_forward(kind: str) -> None:
    """The last layer's states give the logits; every layer's last is what the model would step on from."""
    model = recurrent(kind)
    states = hidden_states(model, IDS)
    with torch.no_grad():
        torch.testing.assert_close(model.output(states.hidden[-1]), model(IDS))
        _, after = model.read(IDS, None)
    for layer, state in enumerate(after):
        torch.testing.assert_close(states.hidden[layer, :, -1], state[0])
        if kind == "lstm":
            assert states.cell is not None
            torch.testing.assert_close(states.cell[layer, :, -1], state[1])
    assert (states.cell is None) == (kind != "lstm")


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_make_the_states(kind: str) -> None:
    states = hidden_states(recurrent(kind), IDS)
    h, gates = states.hidden, states.gates
    before = torch.cat((torch.zeros_like(h[:, :, :1]), h[:, :, :-1]), 2)
    if kind == "lstm":
        assert states.cell is not None
        c = torch.cat((torch.zeros_like(h[:, :, :1]), states.cell), 2)
        torch.testing.assert_close(c[:, :, 1:], gates["forget"] * c[:, :, :-1] + gates["input"] * gates["candidate"])
        torch.testing.assert_close(h, gates["output"] * c[:, :, 1:].tanh())
    else:
        torch.testing.assert_close(h, gates["update"] * before + (1 - gates["update"]) * gates["candidate"])
        assert ((gates["reset"] > 0) & (gates["reset"] < 1)).all()
    assert hidden_states(recurrent("rnn"), IDS).gates == {}


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_reach_is_the_slope_of_the_loss(kind: str) -> None:
    """Moving a state a little, in the direction in which nothing else moves, moves the loss by as much as is said."""
    model = recurrent(kind)
    ids = IDS[0, :-1]
    hidden, cell, loss = gradient_reach(model, ids, 4)
    assert all(parameter.grad is None for parameter in model.parameters())
    with torch.no_grad():
        expected = torch.nn.functional.cross_entropy(model(ids[None])[:, -1], torch.tensor([4]))
    assert loss == pytest.approx(float(expected))
    for t in range(
        1, 10
    ):  # from the states after t letters the model is read on, and the loss differentiated by its own backward
        _, states = model.read(ids[None, :t], None)
        leaves = [tuple(part.detach().clone().requires_grad_() for part in state) for state in states]
        h, _ = model.read(ids[None, t:], leaves)
        torch.nn.functional.cross_entropy(model.output(h[-1]), torch.tensor([4])).backward()
        # What a lower layer's h gives to the layer above at the same letter is not in `leaves`, so only the last layer is held.
        top = leaves[-1]
        assert top[0].grad is not None
        assert float(hidden[-1, t - 1]) == pytest.approx(float(top[0].grad.norm()), rel=1e-6)
        if cell is not None:
            assert top[1].grad is not None
            inside = hidden_states(model, ids[None, :t])
            assert inside.cell is not None
            slope = inside.gates["output"][-1, :, -1] * (1 - inside.cell[-1, :, -1].tanh() ** 2)  # of h_t by c_t
            whole = top[1].grad + slope * top[0].grad
            assert float(cell[-1, t - 1]) == pytest.approx(float(whole.norm()), rel=1e-6)


def test_reach_of_lower_layers_against_differences() -> None:
    """A lower layer's state, too: moved by a hair where the model makes it, the loss follows the gradient."""
    model = recurrent("gru")
    ids, t, hair = IDS[0, :-1], 4, 1e-6
    hidden, _, _ = gradient_reach(model, ids, 4)
    lower, upper = model.layers
    assert isinstance(lower, Cell)
    assert isinstance(upper, Cell)
    with torch.no_grad():

        def loss(nudge: Tensor) -> float:
            x = model.embedding(ids[:, None])
            first, state = lower(x[: t + 1], lower.zero_state(x))
            state = (state[0] + nudge,)
            first = torch.cat((first[:-1], state[0][None]))
            rest, _ = lower(x[t + 1 :], state)
            second, _ = upper(torch.cat((first, rest)), upper.zero_state(x))
            return float(torch.nn.functional.cross_entropy(model.output(second[-1]), torch.tensor([4])))

        slopes = [(loss(hair * axis[None]) - loss(-hair * axis[None])) / (2 * hair) for axis in torch.eye(10).double()]
    assert float(hidden[0, t]) == pytest.approx(float(torch.tensor(slopes).norm()), rel=1e-4)
