"""LayerNorm, RMSNorm, RoPE, attention, SwiGLU, a block: by hand = by numbers = by PyTorch, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from laws import against_torch, far, keeps_the_law, numbers, stir

from mebuki.models import parts
from mebuki.models.by_hand import turn
from mebuki.models.transformer import Attention
from mebuki.models.transformer import Block as TorchBlock
from mebuki.scratch import NotFiniteError, ShapeError
from mebuki.scratch.attention import attend, attention_weights, window_mask
from mebuki.scratch.block import Block
from mebuki.scratch.causal_attention import CausalAttention
from mebuki.scratch.key_value_cache import KeyValueCache
from mebuki.scratch.layer_norm import LayerNorm
from mebuki.scratch.rms_norm import RMSNorm, normalise
from mebuki.scratch.rotary import BASE, rotate, turns
from mebuki.scratch.swiglu import SwiGLU, gated_silu
from mebuki.shapes import TransformerShape

B, T, D = 2, 7, 16
X = numbers(B, T, D)
P = np.arange(T)
SHAPES: list[dict[str, Any]] = [
    {"heads": 4},
    {"heads": 1},
    {"heads": 4, "key_value_heads": 2},
    {"heads": 4, "key_value_heads": 1, "qk_norm": False},
    {"heads": 2, "context": 3},
    {"heads": 2, "context": 1},
]


def test_layer_norm() -> None:
    keeps_the_law(LayerNorm(D), X)
    against_torch(LayerNorm(D), torch.nn.LayerNorm(D), X)
    y, _ = LayerNorm(D)(X * 100 + 5)
    assert abs(y.mean(-1)).max() < 1e-6
    assert far(y.std(-1), np.ones((B, T))) < 1e-6


def test_rms_norm() -> None:
    keeps_the_law(normalise, X)
    keeps_the_law(RMSNorm(D), X)
    against_torch(normalise, lambda x: F.rms_norm(x, (D,), None, parts.EPSILON), X)
    against_torch(RMSNorm(D), parts.RMSNorm(D), X)


@pytest.mark.parametrize("norm", [normalise, LayerNorm(D), RMSNorm(D)], ids=lambda norm: type(norm).__name__)
def test_norms_take_a_row_of_zeros_and_of_huge_numbers(norm: Callable[..., Any]) -> None:
    for scale in (0.0, 1e15):
        y, backward = norm(X.astype(np.float32) * np.float32(scale))
        assert y.dtype == np.float32
        assert np.isfinite(y).all()
        assert np.isfinite(backward(np.ones_like(y))).all()


def by_parts(x: torch.Tensor, positions: np.ndarray = P, base: float = 10000.0) -> torch.Tensor:
    cos, sin = parts.Rotary(x.shape[-1], base, 1).table(0, int(positions.max()) + 1, x.dtype)
    return turn(x, cos[positions], sin[positions])


def test_rotary() -> None:
    keeps_the_law(rotate, X, P)
    against_torch(lambda x: rotate(x, P), by_parts, X)
    far_away = np.array([0, 5, 70, 1000, 2, 99, 31])
    against_torch(lambda x: rotate(x, far_away, 50.0), lambda x: by_parts(x, far_away, 50.0), X)


def test_products_of_turned_vectors_depend_on_distance_alone() -> None:
    q, k = numbers(1, 8), numbers(1, 8, seed=1)

    def product(i: int, j: int) -> float:
        return float(np.vdot(rotate(q, np.array([i]))[0], rotate(k, np.array([j]))[0]))

    assert product(5, 2) == pytest.approx(product(1037, 1034))
    assert product(5, 2) != pytest.approx(product(5, 3))


def test_turning_is_orthogonal() -> None:
    cos, sin = turns(np.array([11]), 6)
    matrix = np.stack([rotate(row[None], np.array([11]))[0][0] for row in np.eye(6)], 1)
    assert far(matrix.T @ matrix, np.eye(6)) < 1e-14
    assert far(rotate(X, P)[1](rotate(X, P)[0]), X) < 1e-14
    assert cos.dtype == sin.dtype == np.float64


@pytest.mark.parametrize("mask", [None, window_mask(T, 5, 5), window_mask(T, 5, 2) | (np.arange(5) == 0)], ids=str)
def test_attention(mask: np.ndarray | None) -> None:
    if mask is not None:
        mask = mask | (~mask.any(-1, keepdims=True) & (np.arange(5) == 0))  # each query sees something
    q, k, v = numbers(B, 3, T, 4), numbers(B, 3, 5, 4, seed=1), numbers(B, 3, 5, 6, seed=2)
    keeps_the_law(lambda q, k, v: attend(q, k, v, mask), q, k, v)
    seen = None if mask is None else torch.from_numpy(mask)
    against_torch(
        lambda q, k, v: attend(q, k, v, mask), lambda q, k, v: F.scaled_dot_product_attention(q, k, v, seen), q, k, v
    )
    weights = attention_weights(q, k, mask)
    assert far(weights.sum(-1), np.ones((B, 3, T))) < 1e-14
    assert far(attend(q, k, v, mask)[0], weights @ v) < 1e-14
    if mask is not None:
        assert (weights[..., ~mask] == 0).all()


def test_attention_of_one_query_set_without_leading_axes() -> None:
    q, k, v = numbers(2, 4), numbers(3, 4, seed=1), numbers(3, 4, seed=2)
    scores = q @ k.T / math.sqrt(4)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    assert far(attend(q, k, v)[0], weights @ v) < 1e-14


def test_attention_keeps_float32() -> None:
    q, k, v = (numbers(2, 3, 4, seed=n).astype(np.float32) for n in range(3))
    y, backward = attend(q, k, v, window_mask(3, 3, 2))
    assert [part.dtype for part in (y, *backward(y), rotate(q, np.arange(3))[0])] == [np.float32] * 5


@pytest.mark.parametrize(("queries", "keys", "window"), [(5, 5, 5), (5, 5, 2), (2, 6, 3), (1, 4, 4), (4, 4, 1)])
def test_window_mask_is_that_of_the_other_engine(queries: int, keys: int, window: int) -> None:
    bias = parts.window_bias(queries, keys, window, torch.zeros(1)).numpy()
    assert (window_mask(queries, keys, window) == (bias == 0)).all()


class TorchAttention(Attention):
    """The attention of `mebuki.models` as one module, from its own parts."""

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__(shape)
        self.shape = shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        T = x.shape[1]
        cos, sin = parts.Rotary(self.head_width, self.shape.rotary_base, T).table(0, T, x.dtype)
        q, k, v = self.place(self.project(x), cos, sin)
        return self.out(parts.attend(q, k, v, parts.window_bias(T, T, self.shape.context, x)).flatten(2))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_causal_attention(shape: dict[str, Any]) -> None:
    keeps_the_law(CausalAttention(D, **shape), X)
    against_torch(CausalAttention(D, **shape), TorchAttention(TransformerShape(D, 1, rope_base=BASE, **shape)), X)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_causal_attention_step_by_step(shape: dict[str, Any]) -> None:
    layer = stir(CausalAttention(D, **shape))
    x = numbers(B, 40, D)
    expected, _ = layer(x)
    for read in (1, 2, 9):
        cache = KeyValueCache(B, layer.key_value_heads, layer.context, layer.head_width, np.float64)
        layer(x[:, :read], cache)
        rest = [layer.step(x[:, t], cache) for t in range(read, 40)]
        assert far(np.stack(rest, 1), expected[:, read:]) < 1e-12


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_attention_maps(shape: dict[str, Any]) -> None:
    """Rows add up to 1, nothing ahead is seen, nor anything beyond the context."""
    layer = stir(CausalAttention(D, **shape))
    weights_BNTT = layer.weights_of(X)
    assert weights_BNTT.shape == (B, shape["heads"], T, T)
    assert far(weights_BNTT.sum(-1), np.ones((B, shape["heads"], T))) < 1e-12
    seen = window_mask(T, T, layer.context)
    assert (weights_BNTT[..., ~seen] == 0).all()
    assert (weights_BNTT[..., seen] > 0).all()


@pytest.mark.parametrize("context", [3, 64])
def test_what_a_place_sees(context: int) -> None:
    """A change at place 2 touches the places 2 to 2 + context - 1, and no other row of the batch."""
    layer = stir(CausalAttention(D, heads=4, key_value_heads=2, context=context))
    changed = X.copy()
    changed[1, 2] += 1
    moved_BT = (layer(changed)[0] != layer(X)[0]).any(-1)
    assert moved_BT.tolist() == [[False] * T, [2 <= t < 2 + context for t in range(T)]]


def test_swiglu() -> None:
    keeps_the_law(gated_silu, X)
    keeps_the_law(SwiGLU(D, 6), X)
    against_torch(SwiGLU(D, 6), parts.SwiGLU(D, 6), X)
    y, backward = gated_silu(np.array([[-1000.0, 1000.0, 2.0, 2.0]], np.float32))
    assert np.array_equal(y, [[0, 2000]])
    assert np.array_equal(backward(np.ones_like(y)), [[0, 2, 0, 1000]])


class TorchWholeBlock(torch.nn.Module):
    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        block = TorchBlock(shape)
        self.attention, self.mlp = TorchAttention(shape), block.mlp

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(parts.normalise(x))
        return x + self.mlp(parts.normalise(x))


def test_block() -> None:
    def block() -> Block:
        return Block(CausalAttention(D, heads=4, key_value_heads=2, context=4), SwiGLU(D, 10))

    keeps_the_law(block(), X)
    shape = TransformerShape(D, 1, heads=4, key_value_heads=2, context=4, hidden=10, rope_base=BASE)
    against_torch(block(), TorchWholeBlock(shape), X)
    y, backward = block()(X)
    assert np.array_equal(y, X)  # fresh, it passes its input on, and the gradient too
    assert np.array_equal(backward(X), X)


NAN = np.full((B, T, D), np.nan)
WRONG_SHAPES: dict[str, Callable[[], Any]] = {
    "LayerNorm": lambda: LayerNorm(3)(X),
    "RMSNorm": lambda: RMSNorm(3)(X),
    "RMSNorm backward": lambda: RMSNorm(D)(X)[1](X[:1]),
    "LayerNorm backward": lambda: LayerNorm(D)(X)[1](X[:1]),
    "normalise backward": lambda: normalise(X)[1](X[:1]),
    "normalise integers": lambda: normalise(np.ones((2, 2), int)),
    "rotate odd": lambda: rotate(X[..., :5], P),
    "rotate too few positions": lambda: rotate(X, np.arange(T - 1)),
    "rotate one position": lambda: rotate(X[:, :1], np.array(0)),
    "rotate backward": lambda: rotate(X, P)[1](X[:, :3]),
    "attend q": lambda: attend(X[0, 0], X[0], X[0]),
    "attend k": lambda: attend(X, X[..., :4], X),
    "attend leading": lambda: attend(X, X[:1], X[:1]),
    "attend v": lambda: attend(X, X, X[:, :3]),
    "attend mask": lambda: attend(X, X, X, np.ones((T, T - 1), bool)),
    "attend mask of numbers": lambda: attend(X, X, X, np.ones((T, T))),
    "attend mask of more axes": lambda: attend(X[0], X[0], X[0], np.ones((2, T, T), bool)),
    "attend mask of other axes": lambda: attend(X, X, X, np.ones((3, T, T), bool)),
    "attend mask is a list": lambda: attend(X, X, X, np.ones((T, T), bool).tolist()),  # pyright: ignore
    "attend mask hides all": lambda: attend(X, X, X, window_mask(T, T, 0)),
    "attend backward": lambda: attend(X, X, X)[1](X[:1]),
    "CausalAttention": lambda: CausalAttention(D, heads=2)(X[0]),
    "CausalAttention width": lambda: CausalAttention(D, heads=2)(X[..., :8]),
    "CausalAttention backward": lambda: CausalAttention(D, heads=2)(X)[1](X[:, :3]),
    "CausalAttention heads": lambda: CausalAttention(D, heads=3),
    "CausalAttention odd heads": lambda: CausalAttention(D, heads=16),
    "CausalAttention groups": lambda: CausalAttention(D, heads=4, key_value_heads=3),
    "SwiGLU": lambda: SwiGLU(3, 4)(X),
    "SwiGLU backward": lambda: SwiGLU(D, 4)(X)[1](X[..., :3]),
    "gated_silu odd": lambda: gated_silu(X[..., :5]),
    "gated_silu list": lambda: gated_silu([1.0, 2.0]),  # pyright: ignore
    "gated_silu without axes": lambda: gated_silu(np.array(1.0)),
    "cache": lambda: KeyValueCache(1, 2, 3, 4).add(np.zeros((2, 2, 1, 4)), np.zeros((2, 2, 1, 4))),
    "cache keys": lambda: KeyValueCache(1, 2, 3, 4).add(np.zeros((1, 2, 1, 3)), np.zeros((1, 2, 1, 4))),
    "cache values": lambda: KeyValueCache(1, 2, 3, 4).add(np.zeros((1, 2, 1, 4)), np.zeros((1, 2, 2, 4))),
}
NOT_FINITE: dict[str, Callable[[], Any]] = {
    "LayerNorm": lambda: LayerNorm(D)(NAN),
    "RMSNorm": lambda: RMSNorm(D)(NAN),
    "RMSNorm backward": lambda: RMSNorm(D)(X)[1](NAN),
    "normalise": lambda: normalise(NAN),
    "rotate": lambda: rotate(NAN, P),
    "attend q": lambda: attend(NAN, X, X),
    "attend k": lambda: attend(X, NAN, X),
    "attend v": lambda: attend(X, X, NAN),
    "attend backward": lambda: attend(X, X, X)[1](NAN),
    "CausalAttention": lambda: CausalAttention(D, heads=2)(NAN),
    "CausalAttention backward": lambda: CausalAttention(D, heads=2)(X)[1](NAN),
    "SwiGLU": lambda: SwiGLU(D, 4)(NAN),
    "gated_silu": lambda: gated_silu(NAN),
}


@pytest.mark.parametrize("call", WRONG_SHAPES.values(), ids=list(WRONG_SHAPES))
def test_wrong_shapes_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(ShapeError):
        call()


@pytest.mark.parametrize("call", NOT_FINITE.values(), ids=list(NOT_FINITE))
def test_numbers_that_are_not_finite_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(NotFiniteError):
        call()


def test_a_gradient_that_is_refused_is_not_added() -> None:
    norm = RMSNorm(D)
    with pytest.raises(NotFiniteError, match=r"RMSNorm\(16\) was given dy"):
        norm(X)[1](NAN)
    assert not norm.weight.gradient.any()
