"""Long prompts and long ways in small memory, and paths that belong to one kind of device."""

from __future__ import annotations

import pytest
import torch

from mebuki.models import LSTM, RecurrentShape, Transformer, TransformerShape, build, by_hand, parts
from mebuki.models.parts import Rotary

V = 13


def ids(B: int, T: int) -> torch.Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("length", [1, 6, 7, 12, 40])
@torch.no_grad()
def test_a_prompt_read_in_pieces_is_the_prompt_read_at_once(kind: str, length: int) -> None:
    """Logits and every state; no piece is longer than the context."""
    torch.manual_seed(3)
    model = build(kind, V, RecurrentShape(width=9, layers=2, context=6)).double().eval()
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.4)
    prompt_BT = ids(2, length)
    h_TBH, expected = model.read(prompt_BT, None)
    read, lengths = model.read, []
    model.read = lambda part, states: (lengths.append(part.shape[1]), read(part, states))[1]
    logits_BV, states = model.start(prompt_BT)
    torch.testing.assert_close(logits_BV, model.output(h_TBH[-1]))
    torch.testing.assert_close(states, expected)
    assert max(lengths) <= 6
    assert sum(lengths) == length


def test_one_letter_more_needs_no_longer_state() -> None:
    """What is kept from a long prompt is the states alone, not the outputs that they were a part of."""
    model = LSTM(V, RecurrentShape(width=9, context=6))
    with torch.no_grad():
        _, states = model.start(ids(1, 600))
    assert all(part.untyped_storage().nbytes() <= 4 * 9 * 8 for state in states for part in state)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_positions_far_away_need_no_larger_table(dtype: torch.dtype) -> None:
    rotary, whole = Rotary(8, 100.0, 10), Rotary(8, 100.0, 3000)
    for position in (9, 10, 11, 2999):
        for mine, expected in zip(
            rotary.table(position, position + 1, dtype), whole.table(position, position + 1, dtype), strict=True
        ):
            torch.testing.assert_close(mine, expected, rtol=0, atol=1e-15 if dtype == torch.float64 else 1e-7)
    assert len(rotary.cos) == len(rotary.sin) == 10


@torch.inference_mode()
def test_a_long_way_needs_no_larger_table() -> None:
    model = Transformer(V, TransformerShape(width=8, layers=1, heads=2, context=4)).eval()
    before = len(model.rotary.cos)
    _, state = model.start(ids(1, 3))
    for _ in range(5 * before):
        _, state = model.step(torch.tensor([1]), state)
    assert len(model.rotary.cos) == before


@pytest.mark.parametrize("qk_norm", [True, False])
def test_the_path_by_hand_is_the_processors_alone(qk_norm: bool, monkeypatch) -> None:
    """On any other device (here the one without memory) automatic differentiation is used."""

    def refuse(*arguments: object) -> None:
        raise AssertionError("by hand")

    for part in (by_hand.RotaryAttention, by_hand.RMSNormalise, by_hand.GatedSiLU):
        monkeypatch.setattr(part, "apply", refuse)
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda kind: False)  # which knows no such device
    shape = TransformerShape(width=8, layers=1, heads=2, context=4, qk_norm=qk_norm)
    model = Transformer(V, shape).to("meta")
    model(ids(2, 4).to("meta")).sum().backward()
    with pytest.raises(AssertionError, match="by hand"):
        parts.normalise(torch.ones(2))


def test_gradients_by_hand_stay_on_their_device() -> None:
    qkv = torch.ones(2, 4, 6, 4, device="meta", requires_grad=True)
    cos, sin = (torch.ones(4, 4, device="meta") for _ in range(2))
    bias = torch.zeros(4, 4, device="meta")
    by_hand.RotaryAttention.apply(qkv, 2, cos, sin, bias, 1e-6).sum().backward()
    assert qkv.grad is not None
    assert qkv.grad.device.type == "meta"
