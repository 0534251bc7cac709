"""Products of packed matrices: what plain NumPy gives, for every storage, and the same for one vector as for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from mebuki.errors import RecipeError
from mebuki.kernels import address
from mebuki.kernels.packing import GROUP, LANES, ROWS, STORAGES, bfloat16_bits, block_bytes, columns, pack, up

SHAPES = ((3, 6), (65, 50), (130, 128))
Multiply = Callable[..., np.ndarray]


def compiled(storage: str, **how: Any) -> Multiply:
    """y_nR = multiply(W_RK, x_nK, first y)."""
    numba = pytest.importorskip("numba")
    from mebuki.kernels.language import FAST
    from mebuki.kernels.products import product, ready

    multiply, prepare = product(storage, **how), ready(storage)

    @numba.njit(**{**FAST, "no_cpython_wrapper": False})
    def run(w, x, step, y, step_y, n, K, size, blocks, scratch):
        given, given_step = prepare(x, step, n, K, scratch)
        multiply(w, given, given_step, y, step_y, n, K, size, 0, blocks)

    def whole(W_RK: np.ndarray, x_nK: np.ndarray, y_nR: np.ndarray | None = None) -> np.ndarray:
        (R, K), n = W_RK.shape, len(x_nK)
        stored, packed = columns(K, storage), pack(W_RK, storage)
        x, y = np.zeros((n, stored), np.float32), np.full((n, up(R, ROWS)), 7, np.float32)
        x[:, :K] = x_nK
        if y_nR is not None:
            y[:, :R] = y_nR
        scratch = np.empty(2 * n * stored, np.uint8)
        sizes = n, stored, block_bytes(K, storage), up(R, ROWS) // ROWS
        run(address(packed), address(x), 4 * stored, address(y), y.strides[0], *sizes, address(scratch))
        return y[:, :R]

    return whole


@pytest.fixture(scope="module", params=STORAGES)
def storage(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def multiply(storage: str) -> Multiply:
    return compiled(storage)


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def as_stored(W_RK: np.ndarray, storage: str) -> np.ndarray:
    """The matrix that a storage stands for, in float64."""
    if storage == "bfloat16":
        return (bfloat16_bits(W_RK).astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if storage == "int8":
        return rounded(W_RK)
    return W_RK.astype(np.float64)


def rounded(x: np.ndarray) -> np.ndarray:
    """Each group of columns to 255 levels."""
    whole = np.zeros((len(x), up(x.shape[1], GROUP)))
    whole[:, : x.shape[1]] = x
    groups = whole.reshape(len(x), -1, GROUP)
    scale = np.abs(groups).max(-1, keepdims=True) / 127
    return (np.rint(groups / np.where(scale > 0, scale, 1)) * scale).reshape(len(x), -1)[:, : x.shape[1]]


@pytest.mark.parametrize(("R", "K"), SHAPES)
def test_it_is_the_product_with_what_is_stored(storage: str, multiply: Multiply, R: int, K: int) -> None:
    W, x = random(R, K), random(5, K)
    expected = (rounded(x) if storage == "int8" else x.astype(np.float64)) @ as_stored(W, storage).T
    np.testing.assert_allclose(multiply(W, x), expected, atol=2e-5 * K**0.5)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_a_vector_does_not_feel_those_beside_it(multiply: Multiply, n: int) -> None:
    W, x = random(65, 50), random(7, 50)[:n]
    alone = np.concatenate([multiply(W, x[m : m + 1]) for m in range(n)])
    np.testing.assert_array_equal(multiply(W, x), alone)


def test_it_adds_to_what_is_there(storage: str, multiply: Multiply) -> None:
    W, x, y = random(65, 50), random(4, 50), random(4, 65)
    np.testing.assert_array_equal(compiled(storage, add=True)(W, x, y), multiply(W, x) + y)


def test_zeros_stay_zeros(multiply: Multiply) -> None:
    """A row or a vector of zeros has no scale to be divided by."""
    W, x = random(65, 50), random(3, 50)
    W[3], x[1] = 0, 0
    y = multiply(W, x)
    assert np.isfinite(y).all()
    assert not y[:, 3].any()
    assert not y[1].any()


def test_integers_are_multiplied_alike_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the processor's own instruction and without: the same sums."""
    pytest.importorskip("numba")
    from mebuki.kernels import products

    W, x = random(65, 128), random(2, 128)
    monkeypatch.setattr(products, "TOGETHER", 1)
    own = compiled("int8")(W, x)
    for cached in (products.block, products.product):
        monkeypatch.setattr(products, cached.__name__, cached.__wrapped__)
    monkeypatch.setattr(products, "processor", lambda: ("plain", ""))
    np.testing.assert_array_equal(compiled("int8")(W, x), own)


def test_bfloat16_is_rounded_to_the_nearest() -> None:
    """A tie goes to the even neighbour: of 1 + 2⁻⁸ down, of 1 + 3·2⁻⁸ up."""
    x = np.array([1, 1 + 2**-8, 1 + 2**-8 + 2**-20, 1 + 3 * 2**-8, -1 - 2**-7], np.float32)
    kept = (bfloat16_bits(x).astype(np.uint32) << 16).view(np.float32)
    assert kept.tolist() == [1, 1, 1 + 2**-7, 1 + 2**-6, -1 - 2**-7]


@pytest.mark.parametrize("K", [1, 6, 64, 200])
def test_every_block_takes_the_bytes_that_are_told(storage: str, K: int) -> None:
    assert pack(random(2 * ROWS + 1, K), storage).size == 3 * block_bytes(K, storage)
    assert columns(K, storage) >= K
    assert ROWS == 4 * LANES


def test_an_unknown_storage_is_refused() -> None:
    with pytest.raises(RecipeError, match="float16"):
        pack(random(2, 2), "float16")
