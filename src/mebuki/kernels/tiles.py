"""Small matrix products, transpositions and softmax in registers, in float32: what attention needs of one head.

LLVM's own vectoriser keeps no tile of a product in registers and is lost in short rows, so these are given to it with the
vectors written out. A vector has as many lanes as the processor's registers hold.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from .language import intrinsic
from .packing import LANES

ROWS = 4 if LANES == 8 else 8  # of a tile: so many that its sums fill half the registers
COLUMNS = 2 * LANES
PAD = 32  # every matrix here has a multiple of so many rows and columns

_float = ir.FloatType()
_vector = ir.VectorType(_float, LANES)
_index = ir.IntType(64)
_CONTRACT = ("contract",)


def _base(context: Any, b: Any, kind: Any, array: Any, offset: Any) -> Any:
    return b.gep(context.make_array(kind)(context, b, array).data, [offset])


def _load(b: Any, base: Any, offset: Any) -> Any:
    return b.load(b.bitcast(b.gep(base, [offset]), _vector.as_pointer()), align=4)


def _store(b: Any, value: Any, base: Any, offset: Any) -> None:
    b.store(value, b.bitcast(b.gep(base, [offset]), _vector.as_pointer()), align=4)


@intrinsic
def tile(tc: Any, C: Any, c: Any, c_row: Any, A: Any, a: Any, a_row: Any, a_step: Any, B: Any, b: Any, b_row: Any, count: Any, add: Any) -> Any:  # fmt: skip
    """C[r, n] (+)= sum over k < count of A[r, k] B[k, n] for ROWS rows and COLUMNS columns.

    Each matrix lies in a flat array from an offset on; `a_row` and `a_step` tell how far rows and columns of A stand
    apart, so that A may be a transposed one. With `add` 0 what C held is forgotten.
    """
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        C, c, c_row, A, a, a_row, a_step, B, b, b_row, count, add = arguments
        to, left, right = (_base(context, build, flat, array, at) for array, at in ((C, c), (A, a), (B, b)))
        places = [(row, half) for row in range(ROWS) for half in range(2)]
        sums = {place: cgutils.alloca_once(build, _vector) for place in places}
        at = {(r, h): build.add(build.mul(_index(r), c_row), _index(h * LANES)) for r, h in places}
        with build.if_else(build.icmp_signed("!=", add, _index(0))) as (kept, fresh):
            with kept:
                for place in places:
                    build.store(_load(build, to, at[place]), sums[place])
            with fresh:
                for place in places:
                    build.store(ir.Constant(_vector, [0.0] * LANES), sums[place])
        with cgutils.for_range(build, count) as loop:
            row = build.mul(loop.index, b_row)
            columns = [_load(build, right, build.add(row, _index(h * LANES))) for h in range(2)]
            step = build.mul(loop.index, a_step)
            for r in range(ROWS):
                many = _many(build, build.load(build.gep(left, [build.add(build.mul(_index(r), a_row), step)])))
                for h in range(2):
                    product = build.fmul(many, columns[h], flags=_CONTRACT)
                    build.store(build.fadd(build.load(sums[r, h]), product, flags=_CONTRACT), sums[r, h])
        for place in places:
            _store(build, build.load(sums[place]), to, at[place])
        return context.get_dummy_value()

    return types.void(flat, n, n, flat, n, n, n, flat, n, n, n, n), make


@intrinsic
def turn_block(tc: Any, A: Any, a: Any, a_row: Any, B: Any, b: Any, b_row: Any) -> Any:
    """B = A^T for LANES rows and columns."""
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        A, a, a_row, B, b, b_row = arguments
        left, to = _base(context, build, flat, A, a), _base(context, build, flat, B, b)
        rows = [_load(build, left, build.mul(_index(r), a_row)) for r in range(LANES)]
        half, word = LANES // 2, ir.IntType(32)
        low = [place for i in range(half) for place in (i, i + LANES)]
        order = [ir.Constant(ir.VectorType(word, LANES), [p + shift for p in low]) for shift in (0, half)]
        for _ in range(LANES.bit_length() - 1):  # perfect shuffles of rows and columns
            pairs = [(rows[i], rows[i + half]) for i in range(half)]
            rows = [build.shuffle_vector(x, y, which) for x, y in pairs for which in order]
        for r, row in enumerate(rows):
            _store(build, row, to, build.mul(_index(r), b_row))
        return context.get_dummy_value()

    return types.void(flat, n, n, flat, n, n), make


def _each(build: Any, count: Any) -> Any:
    """A loop over the places 0, LANES, 2 LANES … below count, a multiple of LANES."""
    return cgutils.for_range_slice(build, _index(0), count, _index(LANES))


def _many(build: Any, scalar: Any) -> Any:
    """A vector of one number."""
    one = build.insert_element(ir.Constant(_vector, ir.Undefined), scalar, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return build.shuffle_vector(one, ir.Constant(_vector, ir.Undefined), zeros)


def _across(build: Any, vector: Any, join: Any) -> Any:
    """All lanes of a vector joined to one number."""
    step = LANES // 2
    while step:  # each lane with the one `step` away
        order = [(lane + step) % LANES for lane in range(LANES)]
        vector = join(
            vector, build.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(ir.IntType(32), LANES), order))
        )
        step //= 2
    return build.extract_element(vector, ir.IntType(32)(0))


def _exp(build: Any, x: Any) -> Any:
    """`language.exp` of a vector that is at most 88."""
    words = ir.VectorType(ir.IntType(32), LANES)

    def number(value: float) -> Any:
        return ir.Constant(_vector, [value] * LANES)

    def plus(p: Any, factor: Any, more: Any) -> Any:
        return build.fadd(build.fmul(p, factor, flags=_CONTRACT), more, flags=_CONTRACT)

    x = build.select(build.fcmp_ordered(">", x, number(-87.0)), x, number(-87.0))
    power = build.fptosi(plus(x, number(1.4426950216293335), number(127.5)), words)
    whole = build.sitofp(build.sub(power, ir.Constant(words, [127] * LANES)), _vector)
    rest = plus(whole, number(2.1219444170128554e-4), plus(whole, number(-0.693359375), x))
    p = number(1.9875691214110702e-4)
    for factor in (1.3981999363750219e-3, 8.333452045917511e-3, 4.1665796190500260e-2, 1.6666665673255920e-1, 0.5):
        p = plus(p, rest, number(factor))
    p = build.fadd(plus(build.fmul(p, rest), rest, rest), number(1.0))
    return build.fmul(p, build.bitcast(build.shl(power, ir.Constant(words, [23] * LANES)), _vector))


@intrinsic
def softmax_row(tc: Any, A: Any, a: Any, count: Any, seen: Any) -> Any:
    """softmax of `count` numbers at `a`, a multiple of LANES, of which only the first `seen` count; the others become 0.

    Gives the logarithm of the sum of their exponentials.
    """
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        A, a, count, seen = arguments
        base, word = _base(context, build, flat, A, a), ir.IntType(32)
        words = ir.VectorType(word, LANES)
        none, least = ir.Constant(_vector, [0.0] * LANES), ir.Constant(_vector, [-1e30] * LANES)
        zeros = ir.Constant(words, [0] * LANES)
        lanes = ir.Constant(words, list(range(LANES)))

        def counts(place: Any) -> Any:
            """Which lanes of the vector at a place are among the first `seen`."""
            left = build.trunc(build.sub(seen, place), word)
            left = build.shuffle_vector(build.insert_element(zeros, left, word(0)), zeros, zeros)
            return build.icmp_signed("<", lanes, left)

        def larger(x: Any, y: Any) -> Any:
            return build.select(build.fcmp_ordered(">", x, y), x, y)

        top, total = cgutils.alloca_once(build, _vector), cgutils.alloca_once(build, _vector)
        build.store(least, top)
        build.store(none, total)
        with _each(build, count) as (place, _):
            x = build.select(counts(place), _load(build, base, place), least)
            build.store(larger(x, build.load(top)), top)
        highest = _many(build, _across(build, build.load(top), larger))
        with _each(build, count) as (place, _):
            x = _exp(build, build.fsub(_load(build, base, place), highest))
            x = build.select(counts(place), x, none)
            build.store(build.fadd(build.load(total), x), total)
            _store(build, x, base, place)
        whole = _across(build, build.load(total), build.fadd)
        share = _many(build, build.fdiv(_float(1.0), whole))
        with _each(build, count) as (place, _):
            _store(build, build.fmul(_load(build, base, place), share), base, place)
        logarithm = build.module.declare_intrinsic("llvm.log", [_float])
        return build.fadd(build.extract_element(highest, word(0)), build.call(logarithm, [whole]))

    return types.float32(flat, n, n, n), make


@intrinsic
def softmax_row_backward(tc: Any, P: Any, p: Any, D: Any, d: Any, count: Any, along: Any) -> Any:
    """d = p (d - along) for `count` numbers, a multiple of LANES."""
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        P, p, D, d, count, along = arguments
        shares, slopes = _base(context, build, flat, P, p), _base(context, build, flat, D, d)
        less = _many(build, along)
        with _each(build, count) as (place, _):
            slope = build.fsub(_load(build, slopes, place), less)
            _store(build, build.fmul(_load(build, shares, place), slope), slopes, place)
        return context.get_dummy_value()

    return types.void(flat, n, flat, n, n, types.float32), make


@intrinsic
def dot(tc: Any, A: Any, a: Any, B: Any, b: Any, count: Any) -> Any:
    """The scalar product of `count` numbers, a multiple of LANES."""
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        A, a, B, b, count = arguments
        left, right = _base(context, build, flat, A, a), _base(context, build, flat, B, b)
        total = cgutils.alloca_once(build, _vector)
        build.store(ir.Constant(_vector, [0.0] * LANES), total)
        with _each(build, count) as (place, _):
            both = build.fmul(_load(build, left, place), _load(build, right, place), flags=_CONTRACT)
            build.store(build.fadd(build.load(total), both, flags=_CONTRACT), total)
        return _across(build, build.load(total), build.fadd)

    return types.float32(flat, n, flat, n, n), make


def _stored(kind: Any) -> Any:
    """A vector of what an array holds: float32, or bfloat16 bits."""
    return ir.VectorType(_float if kind.dtype == types.float32 else ir.IntType(16), LANES)


@intrinsic
def widen(tc: Any, X: Any, x: Any, B: Any, b: Any, count: Any) -> Any:
    """`count` stored numbers (float32 or bfloat16) at `x` as float32 to `b`; `count` is a multiple of LANES."""
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        kind, (X, x, B, b, count) = signature.args[0], arguments
        base, to = _base(context, build, kind, X, x), _base(context, build, flat, B, b)
        words = ir.VectorType(ir.IntType(32), LANES)
        with _each(build, count) as (place, _):
            value = build.load(build.bitcast(build.gep(base, [place]), _stored(kind).as_pointer()), align=2)
            if kind.dtype != types.float32:
                value = build.shl(build.zext(value, words), ir.Constant(words, [16] * LANES))
                value = build.bitcast(value, _vector)
            _store(build, value, to, place)
        return context.get_dummy_value()

    return types.void(X, n, flat, n, n), make


@intrinsic
def narrow(tc: Any, A: Any, a: Any, Y: Any, y: Any, count: Any) -> Any:
    """`count` float32 at `a`, a multiple of LANES, as numbers to be stored (float32 or the nearest bfloat16) to `y`."""
    n, flat = types.int64, types.Array(types.float32, 1, "C")

    def make(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        kind, (A, a, Y, y, count) = signature.args[2], arguments
        base, to = _base(context, build, flat, A, a), _base(context, build, kind, Y, y)
        words = ir.VectorType(ir.IntType(32), LANES)

        def word(value: int) -> Any:
            return ir.Constant(words, [value] * LANES)

        with _each(build, count) as (place, _):
            value = _load(build, base, place)
            if kind.dtype != types.float32:
                bits = build.bitcast(value, words)
                odd = build.and_(build.lshr(bits, word(16)), word(1))
                bits = build.lshr(build.add(bits, build.add(odd, word(0x7FFF))), word(16))
                value = build.trunc(bits, ir.VectorType(ir.IntType(16), LANES))
            build.store(value, build.bitcast(build.gep(to, [place]), _stored(kind).as_pointer()), align=2)
        return context.get_dummy_value()

    return types.void(flat, n, Y, n, n), make
