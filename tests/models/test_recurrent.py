"""Our cells are those of torch: same weights, same values, same gradients, in float64."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mebuki.models import build, shape_of

V, H, LAYERS = 17, 6, 2


def copied(kind: str) -> tuple[nn.Module, nn.Module]:
    """Our model and torch's layers with the same weights.

    torch orders LSTM gates i, f, g, o and ours are i, f, o, g; it adds two biases where ours has one.
    """
    torch.manual_seed(11)
    ours = build(kind, V, shape_of(kind, "tiny", width=H, layers=LAYERS, context=8)).double()
    theirs = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind](H, H, LAYERS, batch_first=True).double()

    def rows(tensor: torch.Tensor) -> torch.Tensor:
        if kind != "lstm":
            return tensor
        i, f, o, g = tensor.chunk(4)
        return torch.cat((i, f, g, o))

    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
        for number, layer in enumerate(ours.layers):
            getattr(theirs, f"weight_ih_l{number}").copy_(rows(layer.from_input.weight))
            getattr(theirs, f"weight_hh_l{number}").copy_(rows(layer.from_state.weight))
            getattr(theirs, f"bias_ih_l{number}").copy_(rows(layer.from_input.bias))
            getattr(theirs, f"bias_hh_l{number}").zero_()
            if kind == "gru":
                getattr(theirs, f"bias_hh_l{number}")[2 * H :].copy_(layer.reset_bias)
    return ours, theirs


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_values_and_gradients_are_those_of_torch(kind: str) -> None:
    ours, theirs = copied(kind)
    ids_BT = torch.randint(V, (3, 10))
    weight = torch.randn(3, 10, V, dtype=torch.float64)

    logits = ours(ids_BT)
    (logits * weight).sum().backward()
    own = {name: p.grad.clone() for name, p in ours.named_parameters()}
    ours.zero_grad()

    hidden, _ = theirs(ours.embedding(ids_BT))
    expected = ours.output(hidden)
    (expected * weight).sum().backward()

    assert (logits - expected).abs().max() <= 1e-12
    for name in ("embedding.weight", "output.weight", "output.bias"):
        assert (own[name] - ours.get_parameter(name).grad).abs().max() <= 1e-10, name

    def rows(tensor: torch.Tensor) -> torch.Tensor:
        if kind != "lstm":
            return tensor
        i, f, g, o = tensor.chunk(4)
        return torch.cat((i, f, o, g))

    for number in range(LAYERS):
        for part, name in (
            ("weight_ih", "from_input.weight"),
            ("weight_hh", "from_state.weight"),
            ("bias_ih", "from_input.bias"),
        ):
            gradient = rows(getattr(theirs, f"{part}_l{number}").grad)
            assert (own[f"layers.{number}.{name}"] - gradient).abs().max() <= 1e-10, name
        if kind == "gru":
            gradient = getattr(theirs, f"bias_hh_l{number}").grad[2 * H :]
            assert (own[f"layers.{number}.reset_bias"] - gradient).abs().max() <= 1e-10


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_states_are_those_of_torch(kind: str) -> None:
    """What is carried on after a prompt."""
    ours, theirs = copied(kind)
    ids_BT = torch.randint(V, (2, 7))
    with torch.no_grad():
        _, states = ours.start(ids_BT)
        _, expected = theirs(ours.embedding(ids_BT))
    parts = expected if kind == "lstm" else (expected,)
    for number in range(LAYERS):
        for mine, yours in zip(states[number], parts, strict=True):
            assert (mine - yours[number]).abs().max() <= 1e-12


def test_forget_gates_begin_open() -> None:
    model = build("lstm", V, shape_of("lstm", "tiny", width=H))
    bias = model.layers[0].from_input.bias
    assert bias[H : 2 * H].tolist() == [1.0] * H
    assert bias.sum().item() == H


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_recurrent_matrices_begin_orthogonal(kind: str) -> None:
    model = build(kind, V, shape_of(kind, "tiny", width=H))
    for gate in model.layers[0].from_state.weight.chunk(model.layers[0].gates):
        assert torch.allclose(gate @ gate.T, torch.eye(H), atol=1e-5)
