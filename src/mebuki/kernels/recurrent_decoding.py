"""RNN, LSTM, GRU and the bigram, token by token, for one stream or several at once.

Shapes: B streams, V vocabulary, H width, G = gates · H, L layers (the bigram: 0). In scratch memory and in states H goes
up to P, whole groups of columns, and G and V to GS and VS, whole blocks of rows. All numbers are float32 but for packed
weights.

    gates_x = W_x x + b, gates_h = W_h h + b_h → the cell's new h (and c) → x of the next layer … → logits = W_o x + b_o

What the first layer is given depends on the letter alone: with a table of W_x x + b for all letters, that product is
a look-up. A model is one array of int64, sizes and addresses: `MODEL`, then W_x and W_h of every layer, then W_o.
"""

from __future__ import annotations

from typing import Any

from .language import carray, exp, inner, kernel, np
from .packing import ROWS, STORAGES
from .products import floats, product, ready
from .sampling import DRAW, choose

SIZES = ("layers", "cell", "parts", "V", "H", "G", "P", "GS", "VS", "columns", "block_bytes")
MODEL = (*SIZES, "embedding_VP", "table_VG", "bias_LG", "state_bias_LG", "output_bias_V")  # no table: 0
MATRICES = len(MODEL)
RNN, LSTM, GRU = range(3)
ONE, TWO = np.float32(1), np.float32(2)


@inner
def _copy(source: int, target: int, size: int) -> None:
    x, y = floats(source, size), floats(target, size)
    for i in range(size):
        y[i] = x[i]


@inner
def _sigmoid(x: Any) -> Any:
    return ONE / (ONE + exp(-x))


@inner
def _tanh(x: Any) -> Any:
    return TWO / (ONE + exp(-TWO * x)) - ONE


@inner
def _rnn(x_H: Any, a_H: Any, h_H: Any, H: int) -> None:
    for i in range(H):
        h_H[i] = _tanh(x_H[i] + a_H[i])


@inner
def _lstm(x_G: Any, a_G: Any, h_H: Any, c_H: Any, H: int) -> None:
    for i in range(H):
        keep = _sigmoid(x_G[H + i] + a_G[H + i])
        c = keep * c_H[i] + _sigmoid(x_G[i] + a_G[i]) * _tanh(x_G[3 * H + i] + a_G[3 * H + i])
        c_H[i] = c
        h_H[i] = _sigmoid(x_G[2 * H + i] + a_G[2 * H + i]) * _tanh(c)


@inner
def _gru(x_G: Any, a_G: Any, h_H: Any, H: int) -> None:
    for i in range(H):
        reset, keep = _sigmoid(x_G[i] + a_G[i]), _sigmoid(x_G[H + i] + a_G[H + i])
        new = _tanh(x_G[2 * H + i] + reset * a_G[2 * H + i])
        h_H[i] = new + keep * (h_H[i] - new)


def advance_with(storage: str) -> Any:
    """An inner function: one token more for n streams."""
    multiply, prepare = product(storage, add=True, ahead=4096), ready(storage)

    @inner
    def advance(model_M: Any, ids_N: Any, first: int, stride: int, n: int, state: int, work: int, wanted: bool) -> int:
        """Reads ids[first], ids[first + stride], …; gives the address of logits [n, VS], which hold if `wanted`."""
        model, ids = carray(model_M, MATRICES), carray(ids_N, first + (n - 1) * stride + 1)
        L, cell, parts, V, H, G, P = model[0], model[1], model[2], model[3], model[4], model[5], model[6]
        GS, VS, K, size = model[7], model[8], model[9], model[10]
        embedding, table, bias, state_bias, output_bias = model[11], model[12], model[13], model[14], model[15]
        matrices = carray(model_M, MATRICES + 2 * L + 1)
        gates_x = work
        gates_h = gates_x + 4 * n * GS
        logits = gates_h + 4 * n * GS
        x = logits + 4 * n * VS
        quantised = x + 4 * n * P
        looked_up = L > 0 and table != 0
        for m in range(n):
            token = ids[first + m * stride]
            if looked_up:
                _copy(table + 4 * token * G, gates_x + 4 * m * GS, G)
            else:
                _copy(embedding + 4 * token * P, x + 4 * m * P, P)
        step, stream = 4 * P, 4 * L * parts * P  # bytes from one stream's x to the next one's, and of state
        for layer in range(L):
            h = state + 4 * layer * parts * P
            if layer > 0 or not looked_up:
                for m in range(n):
                    _copy(bias + 4 * layer * G, gates_x + 4 * m * GS, G)
                a, step_a = prepare(x, step, n, K, quantised)
                multiply(matrices[MATRICES + 2 * layer], a, step_a, gates_x, 4 * GS, n, K, size, 0, GS // ROWS)
            for m in range(n):
                _copy(state_bias + 4 * layer * G, gates_h + 4 * m * GS, G)
            a, step_a = prepare(h, stream, n, K, quantised)
            multiply(matrices[MATRICES + 2 * layer + 1], a, step_a, gates_h, 4 * GS, n, K, size, 0, GS // ROWS)
            for m in range(n):
                x_G, a_G = floats(gates_x + 4 * m * GS, G), floats(gates_h + 4 * m * GS, G)
                h_H = floats(h + m * stream, H)
                if cell == RNN:
                    _rnn(x_G, a_G, h_H, H)
                elif cell == LSTM:
                    _lstm(x_G, a_G, h_H, floats(h + m * stream + 4 * P, H), H)
                else:
                    _gru(x_G, a_G, h_H, H)
            x, step = h, stream
        if wanted:
            for m in range(n):
                _copy(output_bias, logits + 4 * m * VS, V)
            a, step_a = prepare(x, step, n, K, quantised)
            multiply(matrices[MATRICES + 2 * L], a, step_a, logits, 4 * VS, n, K, size, 0, VS // ROWS)
        return logits

    return advance


def register(storage: str) -> None:
    """The kernel of one storage. One for both reading and writing, so that `advance` is compiled once."""
    advance = advance_with(storage)

    def decode(
        model: Any, ids_BT: Any, B: int, T: int, state: int, work: int, logits_BV: int, count: int,
        N: int, how: Any, bias: Any, uniforms: Any, history: Any, z: Any, p: Any, order: Any,
    ) -> None:  # fmt: skip
        """Reads T tokens of each of B streams; then draws and reads `count` more of a single one. Logits go on in place."""
        V, VS = carray(model, MATRICES)[3], carray(model, MATRICES)[8]
        ids, at, stride, found = ids_BT, 0, T, 0
        for i in range(T + count):
            if i == T:
                ids, at, stride = history, N - T, 1
                found = logits_BV if T == 0 else found
            if i >= T:
                choose(floats(found, V), V, i - T, N, how, bias, uniforms, history, z, p, order)
            found = advance(model, ids, at + i, stride, B, state, work, i >= T - 1)
        for m in range(B):
            _copy(found + 4 * m * VS, logits_BV + 4 * m * V, V)

    decode.__name__ = f"decode_{storage}"
    kernel("int64*", "int64*", "int64", "int64", "int64", "int64", "int64", "int64", *DRAW)(decode)


# Registered one by one, with `kernel(…)` in place of the decorator @kernel(…).
for _storage in STORAGES:
    register(_storage)
