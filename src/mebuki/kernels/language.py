"""What kernels are written in: Numba's Python, its arithmetic set for speed, and a few words of our own.

A kernel takes pointers and numbers, and returns nothing:

    @kernel("float32*", "float32*", "int64")
    def double(x_N, y_N, N):
        x, y = carray(x_N, N), carray(y_N, N)
        for i in range(N):
            y[i] = 2 * x[i]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, config, extending, njit, types

from .loading import processor

config.CPU_NAME, config.CPU_FEATURES = processor()  # pyright: ignore[reportAttributeAccessIssue]

# Sums may be reordered and fused; NaN and infinity keep their meaning.
FAST = {
    "fastmath": {"reassoc", "nsz", "arcp", "contract", "afn"},
    "error_model": "numpy",
    "boundscheck": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
inner: Any = njit(**FAST)  # a function that kernels call
intrinsic: Any = extending.intrinsic  # a function that writes its LLVM code itself

KERNELS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {}  # by name


def kernel(*signature: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A function to be called from outside. Each argument is int64, float32, float64, or a pointer as "float32*".

    With "number*" among them there are two of it, name_float32 and name_bfloat16 (bits in uint16).
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if "number*" not in signature:
            KERNELS[function.__name__] = function, signature
            return function
        for name, stored in (("float32", "float32*"), ("bfloat16", "uint16*")):
            types_of_it = tuple(stored if word == "number*" else word for word in signature)
            KERNELS[f"{function.__name__}_{name}"] = function, types_of_it
        return function

    return register


def _type(word: str) -> Any:
    plain = getattr(types, word.rstrip("*"))
    return types.CPointer(plain) if word.endswith("*") else plain


def compile_kernel(function: Callable[..., None], signature: tuple[str, ...]) -> tuple[str, str]:
    """The LLVM code of a kernel, and the name of the function in it."""
    compiled = njit(types.void(*map(_type, signature)), **FAST)(function)
    (types_of_it,) = compiled.signatures
    return compiled.inspect_llvm(types_of_it), compiled.overloads[types_of_it].fndesc.llvm_func_name


@intrinsic
def f32(typing_context: Any, value: Any) -> Any:
    """The float32 of a stored number: float32, bfloat16 bits in uint16, int8, or raw bits in uint32."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        kind, v = signature.args[0], arguments[0]
        if kind == types.float32:
            return v
        if kind == types.int8:
            return b.sitofp(v, ir.FloatType())
        if kind == types.uint16:
            v = b.shl(b.zext(v, ir.IntType(32)), ir.Constant(ir.IntType(32), 16))
        return b.bitcast(v, ir.FloatType())

    return types.float32(value), make


@intrinsic
def bf16(typing_context: Any, value: Any) -> Any:
    """The nearest bfloat16 of a float32, ties to even, as bits in uint16."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        return _round(b, arguments[0])

    return types.uint16(types.float32), make


def _round(b: Any, value: Any) -> Any:
    word = ir.IntType(32)
    bits = b.bitcast(value, word)
    odd = b.and_(b.lshr(bits, word(16)), word(1))
    return b.trunc(b.lshr(b.add(bits, b.add(odd, word(0x7FFF))), word(16)), ir.IntType(16))


@intrinsic
def like(typing_context: Any, array: Any, value: Any) -> Any:
    """A float32 as an element of an array: itself, or the nearest bfloat16."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        return arguments[1] if signature.return_type == types.float32 else _round(b, arguments[1])

    return array.dtype(array, types.float32), make


def _element(context: Any, b: Any, kind: Any, array: Any, index: Any) -> Any:
    return b.gep(context.make_array(kind)(context, b, array).data, [index])


@intrinsic
def get(typing_context: Any, array: Any, index: Any) -> Any:
    """array[index] of a flat array, where a negative index has no meaning: such loops become vectors."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        return b.load(_element(context, b, signature.args[0], *arguments))

    return array.dtype(array, types.int64), make


@intrinsic
def put(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """array[index] = value of a flat array, where a negative index has no meaning."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        b.store(arguments[2], _element(context, b, signature.args[0], *arguments[:2]))
        return context.get_dummy_value()

    return types.void(array, types.int64, array.dtype), make


@inner
def exp(x: Any) -> Any:
    """float32 e^x in -87 … 88 (beyond: held there), by polynomial, so that whole vectors go at once; error 2e-7."""
    x = min(max(x, np.float32(-87)), np.float32(88))
    power = np.int32(x * np.float32(1.44269504) + np.float32(127.5))  # 127 + the power of two, rounded
    whole = np.float32(np.int32(power - np.int32(127)))  # Numba's difference alone has 64 bits
    rest = (x - whole * np.float32(0.693359375)) + whole * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * rest + np.float32(1.3981999507e-3)
    p = p * rest + np.float32(8.3334519073e-3)
    p = p * rest + np.float32(4.1665795894e-2)
    p = p * rest + np.float32(1.6666665459e-1)
    p = p * rest + np.float32(5.0000001201e-1)
    return (p * rest * rest + rest + np.float32(1)) * f32(np.uint32(np.uint32(power) << np.uint32(23)))


__all__ = [
    "FAST",
    "KERNELS",
    "bf16",
    "carray",
    "compile_kernel",
    "exp",
    "f32",
    "get",
    "inner",
    "intrinsic",
    "kernel",
    "like",
    "np",
    "put",
]
