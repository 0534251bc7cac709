"""Products of packed matrices with a few vectors: `y = W x`, or `y += W x`, for one to many x.

Shapes: K columns, n vectors, ROWS rows of a block (`packing.py` tells how a matrix lies in memory).

    multiply = product("bfloat16")
    x, step = ready(x, step, n, K, scratch)                       # for int8: quantised; else as it is
    multiply(w, x, step, y, step_y, n, K, first, last)            # blocks first … last - 1

Addresses are int64, steps from one vector to the next are bytes. The inner loops are written in LLVM's own words with
vectors of the processor's width, since sums over columns must stay in registers. Every sum is taken in the same order
for any n, so a vector's product does not depend on those beside it.
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite import ir
from numba import types

from .language import carray, inner, intrinsic
from .loading import processor
from .packing import GROUP, LANES, ROWS
from .vectors import BYTE, FLOAT, FLOATS, LONG, WORD, WORDS, Writer

TOGETHER = 3 if LANES == 16 else 1  # vectors that go through a block at once: as many sums as registers hold


def _column(w: Writer, storage: str, address: Any, offset: Any, vectors: int) -> list[Any]:
    """The weights of one column, in float32."""
    b = w.b
    if storage == "float32":
        return [w.load(FLOATS, b.add(address, offset), 4 * LANES * v) for v in range(vectors)]
    found = []
    for v in range(vectors // 2):
        words = w.load(WORDS, b.add(address, offset), 4 * LANES * v)
        low, high = b.shl(words, w.spread(WORD(16))), b.and_(words, w.spread(WORD(0xFFFF0000)))
        found += [b.bitcast(low, FLOATS), b.bitcast(high, FLOATS)]
    return found


def _float_sums(
    w: Writer, storage: str, n: int, vectors: int, split: int, ahead: int, given: list[Any]
) -> list[list[Any]]:
    """Sums over the columns, [n][vectors]; every `split`-th column has sums of its own, so that none waits for another."""
    b, (matrix, x, step, columns) = w.b, given
    width = LANES * vectors * (4 if storage == "float32" else 2)
    starts = [b.add(x, b.mul(step, LONG(i))) for i in range(n)]

    def body(i: Any, sums: list[Any]) -> list[Any]:
        found = []
        for s in range(split):
            k = b.add(b.mul(i, LONG(split)), LONG(s))
            offset = b.mul(k, LONG(width))
            if ahead:
                for line in range(0, width, 64):
                    w.prefetch(b.add(matrix, offset), ahead + line)
            weights = _column(w, storage, matrix, offset, vectors)
            for m in range(n):
                number = w.spread(w.load(FLOAT, starts[m], b.mul(k, LONG(4))))
                at = (s * n + m) * vectors
                found += [w.fused(weight, number, sums[at + v]) for v, weight in enumerate(weights)]
        return found

    zero = ir.Constant(FLOATS, [0.0] * LANES)
    sums = w.repeat(b.sdiv(columns, LONG(split)), [zero] * (split * n * vectors), body)
    parts = [sums[i : i + n * vectors] for i in range(0, len(sums), n * vectors)]
    while len(parts) > 1:
        parts = [[b.fadd(x, y) for x, y in zip(parts[i], parts[i + 1], strict=True)] for i in range(0, len(parts), 2)]
    return [parts[0][m * vectors : (m + 1) * vectors] for m in range(n)]


def _dot(w: Writer, sums: Any, weights: Any, x: Any) -> Any:
    """Lane by lane: sums + the four unsigned bytes of a weight times the four signed bytes of x."""
    b, features = w.b, processor()[1].split(",")
    bits = 32 * LANES
    if {512: "+avx512vnni", 256: "+avxvnni"}.get(bits) in features:
        octets = ir.VectorType(BYTE, 4 * LANES)
        return w.call(f"llvm.x86.avx512.vpdpbusd.{bits}", WORDS, sums, b.bitcast(weights, octets), b.bitcast(x, octets))
    for place in range(0, 32, 8):
        byte = b.and_(b.lshr(weights, w.spread(WORD(place))), w.spread(WORD(255)))
        other = b.ashr(b.shl(x, w.spread(WORD(24 - place))), w.spread(WORD(24)))
        sums = b.add(sums, b.mul(byte, other))
    return sums


def _int8_sums(w: Writer, n: int, ahead: int, given: list[Any]) -> list[list[Any]]:
    """Exact sums in integers within a group of columns, then one scale for the row and one for x."""
    b, (matrix, x, step, columns) = w.b, given
    starts = [b.add(x, b.mul(step, LONG(i))) for i in range(n)]
    size, row = ROWS * (GROUP + 4), 4 * LANES

    def body(group: Any, sums: list[Any]) -> list[Any]:
        at, at_x = b.add(matrix, b.mul(group, LONG(size))), b.mul(group, LONG(GROUP + 8))
        if ahead:
            for line in range(0, size, 64):
                w.prefetch(at, ahead + line)
        here = [b.add(start, at_x) for start in starts]
        whole = [[w.spread(w.load(WORD, place, GROUP + 4))] * 4 for place in here]
        for quad in range(GROUP // 4):
            weights = [w.load(WORDS, at, (quad * 4 + v) * row) for v in range(4)]
            for m in range(n):
                numbers = w.spread(w.load(WORD, here[m], 4 * quad))
                whole[m] = [_dot(w, whole[m][v], weights[v], numbers) for v in range(4)]
        scales = [w.load(FLOATS, at, ROWS * GROUP + v * row) for v in range(4)]
        found = []
        for m in range(n):
            scale = w.spread(w.load(FLOAT, here[m], GROUP))
            for v in range(4):
                found.append(w.fused(b.sitofp(whole[m][v], FLOATS), b.fmul(scales[v], scale), sums[4 * m + v]))
        return found

    zero = ir.Constant(FLOATS, [0.0] * LANES)
    sums = w.repeat(b.sdiv(columns, LONG(GROUP)), [zero] * (4 * n), body)
    return [sums[4 * m : 4 * m + 4] for m in range(n)]


@functools.cache
def block(storage: str, n: int, *, vectors: int = 4, split: int = 2, add: bool = False, ahead: int = 0) -> Any:
    """One block with n vectors: f(w, x, step_x, y, step_y, columns as stored)."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        w = Writer(b)
        matrix, x, step, y, step_y, columns = arguments
        given = [matrix, x, step, columns]
        sums = (
            _int8_sums(w, n, ahead, given)
            if storage == "int8"
            else _float_sums(w, storage, n, vectors, split, ahead, given)
        )
        for m in range(n):
            for v, value in enumerate(sums[m]):
                address = b.add(y, b.mul(step_y, LONG(m)))
                if add:
                    value = b.fadd(value, w.load(FLOATS, address, 4 * LANES * v))
                w.store(value, address, 4 * LANES * v)
        return context.get_dummy_value()

    @intrinsic
    def multiply_block(typing_context: Any, w: Any, x: Any, step_x: Any, y: Any, step_y: Any, columns: Any) -> Any:
        return types.void(*[types.int64] * 6), make

    return multiply_block


@functools.cache
def product(storage: str, *, vectors: int = 4, split: int = 2, add: bool = False, ahead: int = 0) -> Any:
    """An inner function: rows of blocks first … last - 1 of `y = W x` (or `y += W x`) for n vectors.

    Args (of the inner function):
        w: address of the packed matrix.
        x, step_x: address of the first vector, as `ready` left it, and bytes from one to the next.
        y, step_y: where results go, float32, in rows of whole blocks.
        n: vectors. K: columns as stored. size: bytes of a block. first, last: blocks.
    """
    many, one = (block(storage, n, vectors=vectors, split=split, add=add, ahead=ahead) for n in (TOGETHER, 1))
    rows = 4 * LANES * vectors  # bytes

    @inner
    def multiply(
        w: int, x: int, step_x: int, y: int, step_y: int, n: int, K: int, size: int, first: int, last: int
    ) -> None:
        for number in range(first, last):
            m = 0
            while n - m >= TOGETHER and TOGETHER > 1:
                many(w + number * size, x + m * step_x, step_x, y + m * step_y + number * rows, step_y, K)
                m += TOGETHER
            while m < n:
                one(w + number * size, x + m * step_x, step_x, y + m * step_y + number * rows, step_y, K)
                m += 1

    return multiply


@intrinsic
def _quantise(typing_context: Any, x: Any, columns: Any, out: Any) -> Any:
    """For each group of columns: 64 signed bytes, their scale, and -128 times their sum (weights are stored + 128)."""

    def make(context: Any, b: Any, signature: Any, arguments: Any) -> Any:
        w, (x, columns, out) = Writer(b), arguments
        shape = f"v{LANES}"

        def body(group: Any, carried: list[Any]) -> list[Any]:
            at, to = b.add(x, b.mul(group, LONG(4 * GROUP))), b.add(out, b.mul(group, LONG(GROUP + 8)))
            numbers = [w.load(FLOATS, at, 4 * LANES * v) for v in range(GROUP // LANES)]
            sizes = [w.call(f"llvm.fabs.{shape}f32", FLOATS, number) for number in numbers]
            largest = w.across("fmax", w.largest(*sizes))
            turn = b.select(b.fcmp_ordered(">", largest, FLOAT(0)), b.fdiv(FLOAT(127), largest), FLOAT(0))
            total = ir.Constant(WORDS, [0] * LANES)
            for v, number in enumerate(numbers):
                whole = b.fptosi(w.call(f"llvm.rint.{shape}f32", FLOATS, b.fmul(number, w.spread(turn))), WORDS)
                w.store(b.trunc(whole, ir.VectorType(BYTE, LANES)), to, v * LANES)
                total = b.add(total, whole)
            w.store(b.fdiv(largest, FLOAT(127)), to, GROUP)
            w.store(b.mul(w.across("add", total), WORD(-128 % 2**32)), to, GROUP + 4)
            return carried

        w.repeat(b.sdiv(columns, LONG(GROUP)), [], body)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), make


@functools.cache
def ready(storage: str) -> Any:
    """An inner function that makes vectors what `product` wants, and gives their address and step.

    For int8 they are quantised into `scratch`, 9/8 K bytes each, with one scale for 64 numbers; else nothing is done.
    """

    @inner
    def quantised(x: int, step_x: int, n: int, K: int, scratch: int) -> tuple[int, int]:
        step = K // GROUP * (GROUP + 8)
        for m in range(n):
            _quantise(x + m * step_x, K, scratch + m * step)
        return scratch, step

    @inner
    def as_it_is(x: int, step_x: int, n: int, K: int, scratch: int) -> tuple[int, int]:
        return x, step_x

    return quantised if storage == "int8" else as_it_is


@intrinsic
def _floats(typing_context: Any, address: Any) -> Any:
    return types.CPointer(types.float32)(types.int64), _pointer


@intrinsic
def _halves(typing_context: Any, address: Any) -> Any:
    return types.CPointer(types.uint16)(types.int64), _pointer


@intrinsic
def _longs(typing_context: Any, address: Any) -> Any:
    return types.CPointer(types.int64)(types.int64), _pointer


def _pointer(context: Any, b: Any, signature: Any, given: Any) -> Any:
    return b.inttoptr(given[0], context.get_value_type(signature.return_type))


@inner
def floats(address: int, size: int) -> Any:
    """The float32 array that begins at an address."""
    return carray(_floats(address), size)


@inner
def halves(address: int, size: int) -> Any:
    """The uint16 array that begins at an address."""
    return carray(_halves(address), size)


@inner
def longs(address: int, size: int) -> Any:
    """The int64 array that begins at an address."""
    return carray(_longs(address), size)
