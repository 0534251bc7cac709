"""A Transformer reads one token: of one stream, of several, or the tokens of a prompt one after another.

Shapes: D width, N query heads, K key-value heads, G = N/K, E width of a head, H hidden, V vocabulary, C context, n tokens.

What the kernels work on is told by a table of int64, `plan`: sizes, and addresses of weights, caches and buffers; its
fields are FIELDS, filled by `generation/compiled_transformer.py`. Weights lie in the order of use, packed as
`packing.py` says: for each layer qkv, out, gate_up (gate and up in turns of half a block), down; then the output.

Threads divide rows among themselves and meet after every product. A sum is never divided, so any number gives the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .decoding_attention import HALF, attention, normalise, up
from .decoding_plan import (
    ACTIVE,
    EMBEDDING,
    FIELDS,
    GATE_UP,
    HEAD_WIDTH,
    HEADS,
    HIDDEN,
    KEY_VALUE_HEADS,
    LAYERS,
    LOGITS,
    MEETING,
    MIXED,
    NORM,
    QKV,
    RESIDUAL,
    SCRATCH,
    SCRATCH_BYTES,
    VOCABULARY,
    WEIGHTS,
    WIDTH,
)
from .language import exp, inner, kernel, np
from .packing import ROWS, STORAGES, block_bytes, columns
from .products import floats, longs, product, ready
from .sampling import DRAW, choose
from .threads import meet

AHEAD = 4096  # bytes that are asked for before they are needed: the next page


@inner
def normalise_all(x: int, y: int, n: int, D: int) -> None:
    """n vectors, one after another in rows of whole groups."""
    row = up(D, 64)
    for token in range(n):
        normalise(floats(x + token * (4 * row), D), floats(y + token * (4 * row), row), D)


@inner
def share(whole: int, me: int, threads: int) -> tuple[int, int]:
    """The part of one thread: first and last + 1."""
    return whole * me // threads, whole * (me + 1) // threads


@inner
def activate(about: int, n: int, first: int, last: int) -> None:
    """silu(gate) · up, for half blocks first … last - 1."""
    plan = longs(about, len(FIELDS))
    row = up(plan[HIDDEN], 64)
    for token in range(n):
        both = floats(plan[GATE_UP] + token * (8 * row), 2 * row)
        active = floats(plan[ACTIVE] + token * (4 * row), row)
        for block in range(first, last):
            for i in range(HALF):
                gate = both[block * ROWS + i]
                active[block * HALF + i] = gate / (np.float32(1) + exp(-gate)) * both[block * ROWS + HALF + i]


def named(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def rename(function: Callable[..., None]) -> Callable[..., None]:
        function.__name__ = name
        return function

    return rename


def decoder(storage: str) -> None:
    """The kernel of one storage."""
    attend = attention("float32" if storage == "float32" else "bfloat16")
    multiply, multiply_add = product(storage, ahead=AHEAD), product(storage, add=True, ahead=AHEAD)
    prepare, group = ready(storage), columns(1, storage)
    of_group = block_bytes(1, storage)

    @inner
    def read(about: int, tokens_n: int, places: int, n: int, kept: int, me: int, threads: int) -> None:
        """n tokens through all layers; logits of those from `kept` on, one row each."""
        plan, tokens = longs(about, len(FIELDS)), longs(tokens_n, n)
        D, H, V = plan[WIDTH], plan[HIDDEN], plan[VOCABULARY]
        N, K, E = plan[HEADS], plan[KEY_VALUE_HEADS], plan[HEAD_WIDTH]
        row, hidden, qkv_row, logits_row = up(D, 64), up(H, 64), up((N + 2 * K) * E, ROWS), up(V, ROWS)
        x, mixed, active, meeting = plan[RESIDUAL], plan[MIXED], plan[ACTIVE], plan[MEETING]
        scratch = plan[SCRATCH] + me * plan[SCRATCH_BYTES]
        normed, quantised = scratch, scratch + n * (4 * row)
        size, size_down = up(D, group) // group * of_group, up(H, group) // group * of_group
        blocks_qkv, blocks_out = qkv_row // ROWS, up(D, ROWS) // ROWS
        blocks_gate = up(H, HALF) // HALF
        width, width_down = up(D, group), up(H, group)  # columns as stored
        w = plan[WEIGHTS]
        if me == 0:
            for token in range(n):
                here = floats(x + token * (4 * row), D)
                vector = floats(plan[EMBEDDING] + tokens[token] * (4 * D), D)
                for i in range(D):
                    here[i] = vector[i]
        meet(meeting, me, threads)
        out_first, out_last = share(blocks_out, me, threads)
        for layer in range(plan[LAYERS]):
            normalise_all(x, normed, n, D)
            given, step = prepare(normed, 4 * row, n, width, quantised)
            first, last = share(blocks_qkv, me, threads)
            multiply(w, given, step, plan[QKV], 4 * qkv_row, n, width, size, first, last)
            w += blocks_qkv * size
            meet(meeting, me, threads)
            first, last = share(K, me, threads)
            attend(about, layer, n, places, first, last, scratch)
            meet(meeting, me, threads)
            given, step = prepare(mixed, 4 * row, n, width, quantised)
            multiply_add(w, given, step, x, 4 * row, n, width, size, out_first, out_last)
            w += blocks_out * size
            meet(meeting, me, threads)
            normalise_all(x, normed, n, D)
            given, step = prepare(normed, 4 * row, n, width, quantised)
            first, last = share(blocks_gate, me, threads)
            multiply(w, given, step, plan[GATE_UP], 8 * hidden, n, width, size, first, last)
            activate(about, n, first, last)
            w += blocks_gate * size
            meet(meeting, me, threads)
            given, step = prepare(active, 4 * hidden, n, width_down, quantised)
            multiply_add(w, given, step, x, 4 * row, n, width_down, size_down, out_first, out_last)
            w += blocks_out * size_down
            meet(meeting, me, threads)
        if kept < n:
            weight = floats(plan[NORM], D)
            normalise_all(x, normed, n, D)
            for token in range(kept, n):
                here = floats(normed + token * (4 * row), D)
                for i in range(D):
                    here[i] *= weight[i]
            given, step = prepare(normed + kept * (4 * row), 4 * row, n - kept, width, quantised)
            first, last = share(logits_row // ROWS, me, threads)
            multiply(w, given, step, plan[LOGITS], 4 * logits_row, n - kept, width, size, first, last)
            meet(meeting, me, threads)

    @kernel(*["int64"] * 8, *DRAW)
    @named(f"decode_{storage}")
    def decode(
        about: int,
        tokens_n: int,
        places_2n: int,
        n: int,
        kept: int,
        count: int,
        me: int,
        threads: int,
        N: int,
        how: Any,
        bias: Any,
        uniforms: Any,
        history: Any,
        z: Any,
        p: Any,
        order: Any,
    ) -> None:
        """Read n tokens, at n positions of n streams; or, `count` times, draw one that follows N others, and read it."""
        plan, tokens, places = longs(about, len(FIELDS)), longs(tokens_n, n), longs(places_2n, n)
        V = plan[VOCABULARY]
        for i in range(max(count, 1)):
            if count > 0:
                if me == 0:
                    tokens[0] = choose(floats(plan[LOGITS], V), V, i, N, how, bias, uniforms, history, z, p, order)
                    places[0] += min(i, 1)
                meet(plan[MEETING], me, threads)
            read(about, tokens_n, places_2n, n, kept, me, threads)


for _storage in STORAGES:
    decoder(_storage)
