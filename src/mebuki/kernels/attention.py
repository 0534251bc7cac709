"""Causal attention of whole windows with queries and keys normalised and turned, forward and backward, in one kernel each.

Shapes: B windows, T positions in a window, N query heads, K key-value heads, E width of a head; all positions of a window
see those before them. Everything of one head is held in float32 scratch memory, padded to P positions and W numbers
(multiples of `PAD`), and only the heads themselves are read and written: scores never reach the memory.
The backward computes the softmax again (Dao et al. 2022). "number" is float32 or bfloat16.
"""

from __future__ import annotations

from .language import carray, f32, get, inner, kernel, like, np, put
from .tiles import COLUMNS, LANES, PAD, ROWS, dot, narrow, softmax_row, softmax_row_backward, tile, turn_block, widen

BLOCK = 32  # queries at once
ZERO, ONE = np.float32(0), np.float32(1)


@inner
def raw_head(x, row, column, stride, T, E, s, to, W):
    """A head's numbers x[row + t, column + e] as float32 to `to`, [T, W]; those beyond E are left as they are."""
    whole = E // LANES * LANES
    for t in range(T):
        place, here = (row + t) * stride + column, to + t * W
        widen(x, place, s, here, whole)
        for e in range(whole, E):
            put(s, here + e, f32(get(x, place + e)))


@inner
def store_head(s, a, W, y, row, column, stride, T, E):
    """The backward of `raw_head`: [T, W] at `a` to y[row + t, column + e]."""
    whole = E // LANES * LANES
    for t in range(T):
        place, here = (row + t) * stride + column, a + t * W
        narrow(s, here, y, place, whole)
        for e in range(whole, E):
            put(y, place + e, like(y, get(s, here + e)))


@inner
def spread(s, x, P, E, epsilon, inverse):
    """1 / sqrt(mean(x²) + ε) of each position of a turned head [E, P] to `inverse` [P]; 1 if ε < 0."""
    for t in range(P):
        put(s, inverse + t, ZERO if epsilon >= ZERO else ONE)
    if epsilon >= ZERO:
        for e in range(E):
            for t in range(P):
                v = get(s, x + e * P + t)
                put(s, inverse + t, get(s, inverse + t) + v * v)
        for t in range(P):
            put(s, inverse + t, ONE / np.sqrt(get(s, inverse + t) / np.float32(E) + epsilon))


@inner
def rotate(s, x, P, E, tables, inverse, scale):
    """A turned head [E, P] at `x`: normalised, turned by its positions, and scaled, in place."""
    half = E // 2
    for e in range(half):
        low, high, cos, sin = x + e * P, x + (e + half) * P, tables + e * P, tables + (e + half) * P
        for t in range(P):
            factor = get(s, inverse + t) * scale
            a, b = get(s, low + t) * factor, get(s, high + t) * factor
            put(s, low + t, a * get(s, cos + t) - b * get(s, sin + t))
            put(s, high + t, b * get(s, cos + t) + a * get(s, sin + t))


@inner
def rotate_backward(s, d, x, P, E, tables, inverse, scale, epsilon, along):
    """In place: d [E, P] becomes the gradient of the raw head x. `along` is [P] of room."""
    half = E // 2
    for t in range(P):
        put(s, along + t, ZERO)
    for e in range(half):
        low, high, cos, sin = e * P, (e + half) * P, tables + e * P, tables + (e + half) * P
        for t in range(P):
            factor = get(s, inverse + t) * scale
            a, b = get(s, d + low + t) * factor, get(s, d + high + t) * factor
            a, b = a * get(s, cos + t) + b * get(s, sin + t), b * get(s, cos + t) - a * get(s, sin + t)
            put(s, d + low + t, a)
            put(s, d + high + t, b)
            put(s, along + t, get(s, along + t) + a * get(s, x + low + t) + b * get(s, x + high + t))
    if epsilon >= ZERO:
        for t in range(P):
            i = get(s, inverse + t)
            put(s, along + t, get(s, along + t) * i * i / np.float32(E))
        for e in range(E):
            for t in range(P):
                put(s, d + e * P + t, get(s, d + e * P + t) - get(s, x + e * P + t) * get(s, along + t))


@inner
def turn(s, a, a_row, rows, columns, b, b_row):
    """Within scratch memory: the transpose of a [rows, columns] at b."""
    for r in range(0, rows, LANES):
        for c in range(0, columns, LANES):
            turn_block(s, a + r * a_row + c, a_row, s, b + c * b_row + r, b_row)


@inner
def product(s, c, c_row, a, a_row, a_step, b, b_row, rows, columns, count, add):
    """Within scratch memory: C [rows, columns] (+)= A [rows, count] B [count, columns]."""
    for r in range(0, rows, ROWS):
        for n in range(0, columns, COLUMNS):
            tile(s, c + r * c_row + n, c_row, s, a + r * a_row, a_row, a_step, s, b + n, b_row, count, add)


@inner
def padded(n):
    return (n + PAD - 1) // PAD * PAD


@inner
def lay_tables(s, at, cos_TE, sin_TE, T, E, P):
    """cos and sin of all positions, turned: [E, P], the first half of the rows cos."""
    half = E // 2
    cos, sin = carray(cos_TE, T * half), carray(sin_TE, T * half)
    for e in range(half):
        for t in range(T):
            put(s, at + e * P + t, get(cos, t * half + e))
            put(s, at + (e + half) * P + t, get(sin, t * half + e))


@kernel("int64*", "int64", "int64")
def room(size_1, T, E):
    """How many float32 of scratch memory both kernels need for windows of T positions and heads of E numbers."""
    size, P, W = carray(size_1, 1), padded(T), padded(E)
    size[0] = 15 * P * W + BLOCK * (2 * P + W) + 3 * P


@kernel(
    "number*", "number*", "float32*", "float32*", "float32*", "int64", "int64", "int64", "int64", "int64", "float32"
)  # fmt: skip
def attend(qkv_RHE, y_RD, cos_TE, sin_TE, scratch, B, T, N, K, E, epsilon):
    """qkv [B T, (N + 2K) E] → y [B T, N E]. ε < 0: queries and keys are not normalised.

    The tables are [T, E / 2]; how much scratch is needed, `room` tells.
    """
    width, P, W, group = (N + 2 * K) * E, padded(T), padded(E), N // K
    x, y = carray(qkv_RHE, B * T * width), carray(y_RD, B * T * N * E)
    size = P * W
    raw, keys, values, queries, tables, inverse = 0, size, 2 * size, 3 * size, 4 * size, 5 * size
    scores = inverse + P
    mixed = scores + BLOCK * P
    s = carray(scratch, mixed + BLOCK * W)
    scale = ONE / np.sqrt(np.float32(E))
    for i in range(inverse):
        put(s, i, ZERO)
    lay_tables(s, tables, cos_TE, sin_TE, T, E, P)
    for b in range(B):
        row = b * T
        for k in range(K):
            raw_head(x, row, (N + k) * E, width, T, E, s, raw, W)
            turn(s, raw, W, P, W, keys, P)
            spread(s, keys, P, E, epsilon, inverse)
            rotate(s, keys, P, E, tables, inverse, ONE)
            raw_head(x, row, (N + K + k) * E, width, T, E, s, values, W)
            for n in range(k * group, (k + 1) * group):
                raw_head(x, row, n * E, width, T, E, s, raw, W)
                turn(s, raw, W, P, W, queries, P)
                spread(s, queries, P, E, epsilon, inverse)
                rotate(s, queries, P, E, tables, inverse, scale)
                for first in range(0, T, BLOCK):
                    end = first + BLOCK
                    product(s, scores, P, queries + first, 1, P, keys, P, BLOCK, end, E, 0)
                    for r in range(BLOCK):
                        softmax_row(s, scores + r * P, end, first + r + 1)
                    product(s, mixed, W, scores, P, 1, values, W, BLOCK, W, end, 0)
                    store_head(s, mixed, W, y, row + first, n * E, N * E, min(BLOCK, T - first), E)


@kernel(
    "number*", "number*", "number*", "number*", "float32*", "float32*", "float32*", "int64", "int64", "int64", "int64", "int64", "float32"
)  # fmt: skip
def attend_backward(qkv_RHE, y_RD, dy_RD, d_qkv_RHE, cos_TE, sin_TE, scratch, B, T, N, K, E, epsilon):
    """From qkv, y and dy the gradient of qkv; P dP - P (dy · y) is that of the scores."""
    width, P, W, group = (N + 2 * K) * E, padded(T), padded(E), N // K
    x, dx = carray(qkv_RHE, B * T * width), carray(d_qkv_RHE, B * T * width)
    y, dy = carray(y_RD, B * T * N * E), carray(dy_RD, B * T * N * E)
    size = P * W
    raw, raw_keys, raw_queries, keys, turned_keys = 0, size, 2 * size, 3 * size, 4 * size
    turned_values, queries, turned_queries = 5 * size, 6 * size, 7 * size
    d_mixed, mixed, tables, d_queries, d_keys, d_values = 8 * size, 9 * size, 10 * size, 11 * size, 12 * size, 13 * size
    turned, scores = 14 * size, 15 * size
    d_scores, inverse = scores + BLOCK * P, scores + 2 * BLOCK * P
    of_keys, room = inverse + P, inverse + 2 * P
    s = carray(scratch, room + P)
    scale = ONE / np.sqrt(np.float32(E))
    for i in range(d_queries):
        put(s, i, ZERO)
    lay_tables(s, tables, cos_TE, sin_TE, T, E, P)
    for b in range(B):
        row = b * T
        for k in range(K):
            raw_head(x, row, (N + k) * E, width, T, E, s, raw, W)
            turn(s, raw, W, P, W, raw_keys, P)
            turn(s, raw, W, P, W, turned_keys, P)
            spread(s, turned_keys, P, E, epsilon, of_keys)
            rotate(s, turned_keys, P, E, tables, of_keys, ONE)
            turn(s, turned_keys, P, W, P, keys, W)
            raw_head(x, row, (N + K + k) * E, width, T, E, s, raw, W)
            turn(s, raw, W, P, W, turned_values, P)
            for i in range(d_keys, d_keys + 2 * size):
                put(s, i, ZERO)
            for n in range(k * group, (k + 1) * group):
                raw_head(x, row, n * E, width, T, E, s, raw, W)
                turn(s, raw, W, P, W, raw_queries, P)
                turn(s, raw, W, P, W, turned_queries, P)
                spread(s, turned_queries, P, E, epsilon, inverse)
                rotate(s, turned_queries, P, E, tables, inverse, scale)
                turn(s, turned_queries, P, W, P, queries, W)
                raw_head(dy, row, n * E, N * E, T, E, s, d_mixed, W)
                raw_head(y, row, n * E, N * E, T, E, s, mixed, W)
                for first in range(0, T, BLOCK):
                    end, here = first + BLOCK, first * W
                    product(s, scores, P, queries + here, W, 1, turned_keys, P, BLOCK, end, E, 0)
                    for r in range(BLOCK):
                        softmax_row(s, scores + r * P, end, first + r + 1)
                    product(s, d_values, W, scores, 1, P, d_mixed + here, W, end, W, BLOCK, 1)
                    product(s, d_scores, P, d_mixed + here, W, 1, turned_values, P, BLOCK, end, E, 0)
                    for r in range(BLOCK):
                        along = dot(s, d_mixed + here + r * W, s, mixed + here + r * W, W)
                        softmax_row_backward(s, scores + r * P, s, d_scores + r * P, end, along)
                    product(s, d_queries + here, W, d_scores, P, 1, keys, W, BLOCK, W, end, 0)
                    product(s, d_keys, W, d_scores, 1, P, queries + here, W, end, W, BLOCK, 1)
                turn(s, d_queries, W, P, W, turned, P)
                rotate_backward(s, turned, raw_queries, P, E, tables, inverse, scale, epsilon, room)
                turn(s, turned, P, W, P, d_queries, W)
                store_head(s, d_queries, W, dx, row, n * E, width, T, E)
            turn(s, d_keys, W, P, W, turned, P)
            rotate_backward(s, turned, raw_keys, P, E, tables, of_keys, ONE, epsilon, room)
            turn(s, turned, P, W, P, d_keys, W)
            store_head(s, d_keys, W, dx, row, (N + k) * E, width, T, E)
            store_head(s, d_values, W, dx, row, (N + K + k) * E, width, T, E)
