"""The next token from logits, inside a kernel: what `generation.sampler` does, number for number.

Shapes: V vocabulary, N tokens so far.

A kernel that draws ends its signature with `*DRAW` and its arguments with the names below. Its loop over new tokens calls
`token = choose(logits, V, i, N, how, bias, uniforms, history, z, p, order)`, with `logits` a float32 array and the rest
passed on as they came. `generation.compiled.Draw` makes them.

    N         int64        tokens so far
    how       float64[6]   repetition_penalty, repetition_window, temperature, top_k, top_p, min_p
    bias      float64[V]   added to the logits: 0, or -infinity for a token that is never drawn
    uniforms  float64[…]   random numbers in [0, 1), the i-th for the i-th new token
    history   int64[N + …] tokens so far, and room for those to come: the i-th goes to history[N + i]
    z, p      float64[V]   scratch
    order     int64[V]     scratch
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types

from .language import FAST, carray, inner, intrinsic, kernel, np

DRAW = ("int64", "float64*", "float64*", "float64*", "int64*", "float64*", "float64*", "int64*")
EXACT: dict[str, Any] = {**FAST, "fastmath": {"contract"}}
exact = njit(**EXACT)  # sums stay in the order in which they are written


@intrinsic
def _bits(typing_context: Any, value: Any) -> Any:
    """The bits of a float64, as int64."""
    return types.int64(types.float64), lambda context, b, signature, given: b.bitcast(given[0], ir.IntType(64))


@intrinsic
def _number(typing_context: Any, value: Any) -> Any:
    """The float64 with these bits."""
    return types.float64(types.int64), lambda context, b, signature, given: b.bitcast(given[0], ir.DoubleType())


@intrinsic
def _doubles(typing_context: Any, address: Any) -> Any:
    return types.CPointer(types.float64)(types.int64), _pointer


@intrinsic
def _longs(typing_context: Any, address: Any) -> Any:
    return types.CPointer(types.int64)(types.int64), _pointer


def _pointer(context: Any, b: Any, signature: Any, given: Any) -> Any:
    return b.inttoptr(given[0], context.get_value_type(signature.return_type))


@exact
def exp64(x: float) -> float:
    """e^x for x ≤ 0, whole vectors at once: 2^n times a Taylor series on ±ln2/2, error 3e-16; 0 below -708."""
    held = max(x, -708.0)
    shifted = held * 1.4426950408889634 + 6755399441055744.0  # 1.5 · 2^52: the lowest bits are now n, rounded
    n = shifted - 6755399441055744.0
    r = (held - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    s = 1 / 6227020800.0
    s = s * r + 1 / 479001600.0
    s = s * r + 1 / 39916800.0
    s = s * r + 1 / 3628800.0
    s = s * r + 1 / 362880.0
    s = s * r + 1 / 40320.0
    s = s * r + 1 / 5040.0
    s = s * r + 1 / 720.0
    s = s * r + 1 / 120.0
    s = s * r + 1 / 24.0
    s = s * r + 1 / 6.0
    s = s * r + 0.5
    s = s * r + 1.0
    s = s * r + 1.0
    e = s * _number((_bits(shifted) + np.int64(1023)) << np.int64(52))
    return e if x > -708.0 else 0.0


@inner
def largest(z: Any, V: int) -> float:
    """The largest of V numbers, in four strands that need not wait for each other."""
    a = b = c = d = -np.inf
    for i in range(0, V - 3, 4):
        a, b, c, d = max(a, z[i]), max(b, z[i + 1]), max(c, z[i + 2]), max(d, z[i + 3])
    for i in range(V // 4 * 4, V):
        a = max(a, z[i])
    return max(max(a, b), max(c, d))


@inner
def _sink(order_V: Any, z_V: Any, place: int, size: int) -> None:
    """Let one entry of a heap of ids sink to its place: the likeliest on top, of equals the lower id."""
    order, z = carray(order_V, size), carray(z_V, size)
    token = order[place]
    logit = z[token]
    while 2 * place + 1 < size:
        child = 2 * place + 1
        one = order[child]
        if child + 1 < size:
            other = order[child + 1]
            if z[other] > z[one] or (z[other] == z[one] and other < one):
                child, one = child + 1, other
        if z[one] < logit or (z[one] == logit and one > token):
            break
        order[place] = one
        place = child
    order[place] = token


@exact
def _keep_likeliest(z_V: Any, p_V: Any, order_V: Any, V: int, top_k: Any, top_p: float) -> None:
    """Set p to 0 but for the top_k likeliest, and of those the fewest that together reach top_p of them."""
    p, order = carray(p_V, V), carray(order_V, V)
    for i in range(V):
        order[i] = i
    for place in range(V // 2 - 1, -1, -1):
        _sink(order_V, z_V, place, V)
    total, heap, together = 0.0, V, 0.0
    if top_k == V:
        for i in range(V):
            total += p[i]
    while V - heap < top_k:  # the likeliest of the heap goes behind it, so that the first of all is last
        if top_k == V:
            share = p[order[0]] / total
            together += share
            if together - share >= top_p:
                break
        heap -= 1
        order[0], order[heap] = order[heap], order[0]
        _sink(order_V, z_V, 0, heap)
    if top_k < V:
        for i in range(heap, V):
            total += p[order[i]]
        first, together = heap, 0.0
        heap = V
        while heap > first:
            share = p[order[heap - 1]] / total
            together += share
            if top_p < 1 and together - share >= top_p:
                break
            heap -= 1
    for i in range(heap):
        p[order[i]] = 0.0


@inner
def choose(
    logits: Any,
    V: int,
    i: int,
    N: int,
    how_6: Any,
    bias_V: Any,
    uniforms: Any,
    history_N: Any,
    z_V: Any,
    p_V: Any,
    order_V: Any,
) -> int:
    """Draw the i-th new token, in [0, V) whatever the logits are, and write it into the history."""
    history = carray(history_N, N + i + 1)
    token = _choice(logits, V, how_6, bias_V, carray(uniforms, i + 1)[i], history, N + i, z_V, p_V, order_V)
    history[N + i] = token
    return token


@inner
def _choice(
    logits: Any, V: int, how_6: Any, bias_V: Any, uniform: float, history: Any, N: int, z_V: Any, p_V: Any, order_V: Any
) -> int:
    how, bias = carray(how_6, 6), carray(bias_V, V)
    z, p = carray(z_V, V), carray(p_V, V)
    penalty, window, temperature, top_k, top_p, min_p = (
        how[0],
        np.int64(how[1]),
        how[2],
        np.int64(how[3]),
        how[4],
        how[5],
    )
    for i in range(V):
        z[i] = np.float64(logits[i]) + bias[i]
    if penalty != 1:
        for j in range(max(0, N - window), N):
            token = history[j]
            logit = np.float64(logits[token])
            z[token] = (logit / penalty if logit > 0 else logit * penalty) + bias[token]
    high = largest(z, V)
    likeliest = 0
    for i in range(V):
        if z[i] == high:
            likeliest = i
            break
    if temperature == 0:
        return likeliest
    total = 0.0
    for i in range(V):
        z[i] = (z[i] - high) / temperature
        p[i] = exp64(z[i])
        total += p[i]
    limit = top_k if 0 < top_k < V else V
    if limit < V or top_p < 1:
        _keep_likeliest(z_V, p_V, order_V, V, limit, top_p)
        total = 0.0
        for i in range(V):
            total += p[i]
    if min_p > 0:
        left = 0.0
        for i in range(V):
            p[i] = p[i] if p[i] / total >= min_p * (p[likeliest] / total) else 0.0
            left += p[i]
        total = left
    together, target = 0.0, uniform * total
    for i in range(V):
        together += p[i]
        if together > target:
            return i
    return likeliest


@kernel("float32*", "int64", "int64", *DRAW)
def draw(
    logits_MV: Any, V: int, M: int, N: int, how: Any, bias: Any, uniforms: Any, history: Any, z: Any, p: Any, order: Any
) -> None:
    """M tokens, one from each row of logits."""
    logits = carray(logits_MV, (M, V))
    for i in range(M):
        choose(logits[i], V, i, N, how, bias, uniforms, history, z, p, order)


@kernel("float32*", "int64", "int64", "int64", "int64*", "int64*")
def draw_each(logits_nS: Any, S: int, V: int, n: int, given_nX: Any, tokens_n: Any) -> None:
    """A token for each of n texts, from the first V numbers of its row; `given` holds what follows M in `draw`, a row for each."""
    logits, given, tokens = carray(logits_nS, (n, S)), carray(given_nX, (n, len(DRAW))), carray(tokens_n, n)
    for i in range(n):
        N, how, bias, uniforms, history, z, p, order = given[i]
        tokens[i] = choose(
            logits[i],
            V,
            0,
            N,
            _doubles(how),
            _doubles(bias),
            _doubles(uniforms),
            _longs(history),
            _doubles(z),
            _doubles(p),
            _longs(order),
        )
