"""What one token hears of those before it, head by head: part of `decoding.py`.

Shapes: N query heads, K key-value heads, G = N/K, E width of a head, C context, n tokens.

Keys lie as [position / ROWS, E, ROWS], so that scores are a product with a packed matrix; values as
[E / half a block, position, half a block], so that a mean over positions is one too. Position p is in slot p mod C.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import njit, types

from .decoding_plan import (
    CONTEXT,
    FIELDS,
    FIRST_TURN,
    HEAD_WIDTH,
    HEADS,
    KEY_VALUE_HEADS,
    KEYS,
    MIXED,
    QK_NORM,
    QKV,
    STREAMS,
    TURNS,
    VALUES,
)
from .language import FAST, bf16, inner, intrinsic, np
from .packing import LANES, ROWS
from .products import floats, halves, longs, product
from .vectors import FLOAT, FLOATS, LONG, Writer

HALF = ROWS // 2
EPSILON = np.float32(1e-6)
within = njit(**FAST, forceinline=True)  # takes arrays: what is called with them would count who holds them


@inner
def up(number: int, multiple: int) -> int:
    return (number + multiple - 1) // multiple * multiple


@within
def normalise(x: Any, y: Any, E: int) -> None:
    """y = x / sqrt(mean(x²) + ε) over E numbers; zeros in what y has beyond them."""
    squares = np.float32(0)
    for i in range(E):
        squares += x[i] * x[i]
    scale = np.float32(1) / np.sqrt(squares / np.float32(E) + EPSILON)
    for i in range(E):
        y[i] = x[i] * scale
    for i in range(E, len(y)):
        y[i] = np.float32(0)


@within
def turn(x: Any, turns: Any, E: int, scale: Any) -> None:
    """Rotary position in place, times a scale; `turns` holds E/2 cosines, then E/2 sines."""
    half = E // 2
    for i in range(half):
        a, b = x[i] * scale, x[i + half] * scale
        x[i] = a * turns[i] - b * turns[i + half]
        x[i + half] = b * turns[i] + a * turns[i + half]


@intrinsic
def _softmax(typing_context: Any, scores: Any, vectors: Any) -> Any:
    """exp(scores - their largest) in place, and 1 / their sum, for whole vectors of scores."""

    def make(context: Any, b: Any, signature: Any, given: Any) -> Any:
        w, (scores, vectors) = Writer(b), given
        width = 4 * LANES

        def highest(i: Any, high: list[Any]) -> list[Any]:
            return [w.largest(high[0], w.load(FLOATS, scores, b.mul(i, LONG(width))))]

        def power(i: Any, total: list[Any]) -> list[Any]:
            place = b.mul(i, LONG(width))
            e = w.exp(b.fsub(w.load(FLOATS, scores, place), high))
            w.store(e, scores, place)
            return [b.fadd(total[0], e)]

        high = w.spread(w.across("fmax", w.repeat(vectors, [w.load(FLOATS, scores)], highest)[0]))
        total = w.repeat(vectors, [w.spread(FLOAT(0))], power)[0]
        return b.fdiv(FLOAT(1), w.across("fadd", total, FLOAT(0)))

    return types.float32(types.int64, types.int64), make


@inner
def softmax(scores: int, n: int) -> float:
    """exp(score - the largest) of n scores, in place, then next to nothing up to a whole vector; gives 1 / their sum."""
    rest = floats(scores, up(n, LANES))
    for i in range(n, up(n, LANES)):
        rest[i] = -np.inf
    return _softmax(scores, up(n, LANES) // LANES)


@functools.cache
def attention(cached: str) -> Any:
    """`attend` for keys and values in float32 or bfloat16."""
    exactly, number = cached == "float32", 4 if cached == "float32" else 2  # bytes
    score, mix = product(cached), product(cached, vectors=2, split=4)

    @within
    def keep_key(keys: int, x: Any, slot: int, E: int) -> None:
        """Into column `slot` of a packed matrix of keys."""
        block, lane = slot // ROWS * (E * ROWS), slot % ROWS
        if exactly:
            here = floats(keys, block + E * ROWS)
            for e in range(E):
                here[block + e * ROWS + lane] = x[e]
        else:
            there = halves(keys, block + E * ROWS)
            lane = lane // HALF * HALF + lane % LANES * 2 + lane % HALF // LANES
            for e in range(E):
                there[block + e * ROWS + lane] = bf16(x[e])

    @within
    def keep_value(values: int, x: Any, slot: int, E: int, C: int) -> None:
        for start in range(0, E, HALF):
            row = (start * up(C, 4)) + slot * HALF
            if exactly:
                here = floats(values + row * 4, HALF)
                for e in range(min(HALF, E - start)):
                    here[e] = x[start + e]
            else:
                there = halves(values + row * 2, HALF)
                for e in range(min(HALF, E - start)):
                    there[e % LANES * 2 + e // LANES] = bf16(x[start + e])

    @inner
    def attend(about: int, layer: int, n: int, places: int, first: int, last: int, scratch: int) -> None:
        """Key-value heads first … last - 1: positions into queries and keys, keys and values kept, values mixed."""
        plan, positions, streams = longs(about, len(FIELDS)), longs(places, n), longs(places + 8 * n, n)
        N, K, E, C = plan[HEADS], plan[KEY_VALUE_HEADS], plan[HEAD_WIDTH], plan[CONTEXT]
        G, row, room = N // K, up((N + 2 * K) * E, ROWS), up(C, ROWS)
        width, cells = up(N * E, 64), up(E, HALF) * up(C, 4)
        scale = np.float32(1) / np.sqrt(np.float32(E))
        scores, found = scratch, scratch + 4 * G * room
        for head in range(first, last):
            for token in range(n):
                slot, seen = positions[token] % C, min(positions[token] + 1, C)
                at = (layer * plan[STREAMS] + streams[token]) * K + head
                keys, values = plan[KEYS] + at * (room * E * number), plan[VALUES] + at * (cells * number)
                turns = floats(plan[TURNS] + (positions[token] - plan[FIRST_TURN]) * (4 * E), E)
                qkv = plan[QKV] + token * (4 * row)
                k, v = floats(qkv + (N + head) * (4 * E), E), floats(qkv + (N + K + head) * (4 * E), E)
                if plan[QK_NORM]:
                    normalise(k, k, E)
                turn(k, turns, E, np.float32(1))
                keep_key(keys, k, slot, E)
                keep_value(values, v, slot, E, C)
                queries = qkv + head * G * (4 * E)
                for g in range(G):
                    q = floats(queries + g * (4 * E), E)
                    if plan[QK_NORM]:
                        normalise(q, q, E)
                    turn(q, turns, E, scale)
                score(keys, queries, 4 * E, scores, 4 * room, G, E, E * ROWS * number, 0, up(seen, ROWS) // ROWS)
                for g in range(G):
                    weights = scores + g * (4 * room)
                    whole = softmax(weights, seen)
                    mix(values, weights, 0, found, 0, 1, up(seen, 4), up(C, 4) * HALF * number, 0, up(E, HALF) // HALF)
                    mixed = floats(plan[MIXED] + token * (4 * width) + (head * G + g) * (4 * E), E)
                    heard = floats(found, E)
                    for e in range(E):
                        mixed[e] = heard[e] * whole

    return attend
