"""Backwards written by hand equal automatic differentiation of `parts.py`, values and gradients, in float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mebuki.models.by_hand import GatedSiLU, RMSNormalise, RotaryAttention, turn
from mebuki.models.parts import EPSILON, RMSNorm, Rotary, SwiGLU, attend, normalise, window_bias

GROUPS = [(1, 1), (2, 2), (4, 4), (4, 2), (4, 1), (6, 3)]
E = 4


def draw(*shape: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=random, dtype=torch.float64).requires_grad_()


def gradients(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Value and gradient of a random projection of it."""
    y = function(x)
    (dx,) = torch.autograd.grad((y * draw(*y.shape, seed=1)).sum(), x)
    return y, dx


def assert_same(mine: Callable[[Tensor], Tensor], plain: Callable[[Tensor], Tensor], x: Tensor) -> None:
    for a, b in zip(gradients(mine, x), gradients(plain, x), strict=True):
        assert (a - b).abs().max() <= 1e-10


def by_parts(kv_heads: int, cos: Tensor, sin: Tensor, bias: Tensor, norm: bool) -> Callable[[Tensor], Tensor]:
    """The same attention from single steps, with torch's own RMSNorm."""

    def function(qkv: Tensor) -> Tensor:
        heads = qkv.shape[2] - 2 * kv_heads
        q, k, v = qkv.split((heads, kv_heads, kv_heads), 2)
        if norm:
            q, k = (F.rms_norm(t, (E,), None, EPSILON) for t in (q, k))
        turned = [t * cos[:, None] + torch.cat(t.chunk(2, -1)[::-1], -1) * sin[:, None] for t in (q, k)]
        return attend(*turned, v, bias).flatten(2)

    return function


@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("norm", [True, False], ids=["normalised", "plain"])
@pytest.mark.parametrize("window", [3, 100])
def test_rotary_attention(groups: tuple[int, int], norm: bool, window: int) -> None:
    heads, kv_heads = groups
    qkv = draw(2, 7, heads + 2 * kv_heads, E)
    cos, sin = Rotary(E, 100.0, 7).table(0, 7, torch.float64)
    bias = window_bias(7, 7, window, qkv)
    epsilon = EPSILON if norm else None
    assert_same(
        lambda x: RotaryAttention.apply(x, kv_heads, cos, sin, bias, epsilon),
        by_parts(kv_heads, cos, sin, bias, norm),
        qkv,
    )


@pytest.mark.parametrize("norm", [True, False], ids=["normalised", "plain"])
def test_rotary_attention_by_finite_differences(norm: bool) -> None:
    qkv = draw(1, 4, 4 + 2 * 2, E)
    cos, sin = Rotary(E, 100.0, 4).table(0, 4, torch.float64)
    bias = window_bias(4, 4, 3, qkv)
    epsilon = EPSILON if norm else None
    assert torch.autograd.gradcheck(lambda x: RotaryAttention.apply(x, 2, cos, sin, bias, epsilon), (qkv,))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_normalise(scale: float) -> None:
    x = (draw(3, 5, 8) * scale).detach().requires_grad_()
    assert_same(normalise, lambda t: F.rms_norm(t, (8,), None, EPSILON), x)
    if scale == 1:
        assert torch.autograd.gradcheck(lambda t: RMSNormalise.apply(t, EPSILON), (draw(2, 5),))


def test_normalise_takes_a_row_of_zeros() -> None:
    """The epsilon keeps it finite, and so its gradient."""
    x = torch.zeros(2, 8, dtype=torch.float64, requires_grad=True)
    y, dx = gradients(normalise, x)
    assert torch.isfinite(y).all()
    assert torch.isfinite(dx).all()


def test_gated_silu() -> None:
    def plain(gate_up: Tensor) -> Tensor:
        gate, up = gate_up.chunk(2, -1)
        return F.silu(gate) * up

    assert_same(GatedSiLU.apply, plain, draw(2, 3, 10))
    assert torch.autograd.gradcheck(GatedSiLU.apply, (draw(2, 6),))


def test_swiglu_gates_the_first_half() -> None:
    layer = SwiGLU(6, 10).double()
    x = draw(2, 3, 6)
    gate, up = layer.gate_up.weight.chunk(2)
    assert torch.allclose(layer(x), (F.silu(x @ gate.T) * (x @ up.T)) @ layer.down.weight.T)


def test_rms_norm_multiplies_with_its_weight() -> None:
    norm = RMSNorm(8).double()
    with torch.no_grad():
        norm.weight.copy_(torch.arange(8.0))
    x = draw(3, 8)
    assert torch.allclose(norm(x), F.rms_norm(x, (8,), norm.weight, EPSILON))


def test_turning_back_undoes_turning() -> None:
    cos, sin = Rotary(E, 100.0, 9).table(0, 9, torch.float64)
    x = draw(2, 9, E)
    assert torch.allclose(turn(turn(x, cos, sin), cos, -sin), x)


def test_products_of_turned_vectors_depend_on_distance_alone() -> None:
    cos, sin = Rotary(E, 100.0, 40).table(0, 40, torch.float64)
    q, k = draw(E), draw(E, seed=2)

    def product(i: int, j: int) -> float:
        return (turn(q, cos[i], sin[i]) @ turn(k, cos[j], sin[j])).item()

    assert product(5, 2) == pytest.approx(product(37, 34))
    assert product(5, 2) != pytest.approx(product(5, 3))


def test_positions_beyond_the_rotary_tables() -> None:
    """They are those of a larger table."""
    small, large = Rotary(E, 100.0, 4), Rotary(E, 100.0, 200)
    for mine, expected in zip(small.table(90, 100, torch.float64), large.table(90, 100, torch.float64), strict=True):
        assert torch.equal(mine, expected)


@pytest.mark.parametrize(("queries", "keys", "window"), [(5, 5, 5), (5, 5, 2), (2, 6, 3), (1, 4, 4), (4, 4, 1)])
def test_window_bias_hides_the_future_and_the_far_past(queries: int, keys: int, window: int) -> None:
    bias = window_bias(queries, keys, window, torch.zeros(1))
    for row in range(queries):
        at = keys - queries + row
        assert [b == 0 for b in bias[row].tolist()] == [at - window < s <= at for s in range(keys)]
