"""RNN, LSTM, GRU and the bigram in machine code (`kernels.recurrent_decoding`).

Shapes: B streams, T time, V vocabulary, H width, P = H up to a whole group of columns, G rows of all gates, L layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import address, load
from ..kernels.packing import GROUP, ROWS, block_bytes, columns, pack, up
from ..shapes import BigramShape, RecurrentShape
from .compiled import Draw, aligned, checked

CELLS = {"rnn": (0, 1, 1), "lstm": (1, 2, 4), "gru": (2, 1, 3)}  # number, parts of the state, gates
LAYER = ("from_input.weight", "from_input.bias", "from_state.weight")
TABLE = 500_000_000  # multiplications worth doing in advance, so that the first layer need not do them for each token
PART = 1024  # tokens that are read in one call, so that Ctrl-C is heard
NO_DRAW = (0,) * 8


@dataclass
class State:
    """What B streams have read, and memory to work in."""

    streams: NDArray[np.uint8]  # float32 [B, L, parts, P]
    work: NDArray[np.uint8]


class RecurrentDecoder:
    """A recurrent model; a shape of a bigram makes it one without layers.

    Args:
        weights: by the names of `mebuki.models`.
        kind: rnn, lstm or gru; a bigram needs none.
        storage: float32, bfloat16 or int8.
    """

    def __init__(
        self,
        weights: dict[str, NDArray[Any]],
        shape: BigramShape | RecurrentShape,
        vocabulary: int,
        *,
        kind: str = "",
        storage: str = "float32",
        threads: int = 1,  # one is enough for what recurrent models have to do
    ) -> None:
        kernels = load("recurrent_decoding")
        assert kernels is not None
        self._decode = getattr(kernels, f"decode_{storage}")
        self.vocabulary = vocabulary
        cell, self._parts, gates = CELLS.get(kind, (0, 1, 1))
        if isinstance(shape, BigramShape):
            self._layers, H = 0, shape.hidden
            embedding = np.maximum(weights["hidden.weight"].T + weights["hidden.bias"], 0)
        else:
            self._layers, H = shape.layers, shape.width
            embedding = weights["embedding.weight"]
        tied = isinstance(shape, RecurrentShape) and shape.tied
        output = embedding if tied else weights["output.weight"]
        L, G, self._width = self._layers, gates * H, up(H, GROUP)
        self._work = 2 * up(G, ROWS) + 4 * self._width + up(vocabulary, ROWS)  # for each stream
        self._kept: list[NDArray[np.uint8]] = []  # arrays that the kernel knows by address

        layers = [{name: weights[f"layers.{i}.{name}"] for name in LAYER} for i in range(L)]
        bias, state_bias = np.zeros((L, G)), np.zeros((L, G))
        for i, layer in enumerate(layers):
            bias[i] = layer["from_input.bias"]
            if kind == "gru":
                state_bias[i, 2 * H :] = weights[f"layers.{i}.reset_bias"]
        table = 0
        if L and vocabulary * G * H <= TABLE:
            table = self._keep(embedding @ layers[0]["from_input.weight"].T + bias[0])
        wide = np.zeros((vocabulary, self._width))
        wide[:, :H] = embedding
        sizes = L, cell, self._parts, vocabulary, H, G, self._width
        stored = up(G, ROWS), up(vocabulary, ROWS), columns(H, storage), block_bytes(H, storage)
        floats = self._keep(wide), table, self._keep(bias), self._keep(state_bias), self._keep(weights["output.bias"])
        matrices = [layer[name] for layer in layers for name in ("from_input.weight", "from_state.weight")]
        packed = [self._keep(pack(matrix, storage), np.uint8) for matrix in (*matrices, output)]
        self._model = np.array([*sizes, *stored, *floats, *packed], np.int64)  # the order is that of the kernel's MODEL

    def _keep(self, array: NDArray[Any], dtype: Any = np.float32) -> int:
        """The address of a copy, in whole lines of the processor's cache."""
        array = np.ascontiguousarray(array, dtype)
        self._kept.append(aligned(array.nbytes))
        self._kept[-1][:] = array.reshape(-1).view(np.uint8)
        return address(self._kept[-1])

    def _read(self, ids_BT: NDArray[np.int64], state: State) -> NDArray[np.float32]:
        B, T = ids_BT.shape
        logits = np.empty((B, self.vocabulary), np.float32)
        for first in range(0, T, PART):
            ids = np.ascontiguousarray(ids_BT[:, first : first + PART], np.int64)
            at = address(self._model), address(ids), *ids.shape, address(state.streams), address(state.work)
            self._decode(*at, address(logits), 0, *NO_DRAW)
        return logits

    def start(self, ids_BT: NDArray[np.int64]) -> tuple[NDArray[np.float32], State]:
        checked(ids_BT, self.vocabulary)
        B = len(ids_BT)
        state = State(aligned(4 * B * self._layers * self._parts * self._width), aligned(4 * B * self._work))
        return self._read(ids_BT, state), state

    def step(self, ids_B: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        checked(ids_B, self.vocabulary)
        return self._read(ids_B[:, None], state), state

    def write(self, state: State, logits_V: NDArray[np.float32], count: int, draw: Draw) -> list[int]:
        at = address(self._model), 0, 1, 0, address(state.streams), address(state.work), address(logits_V)
        self._decode(*at, count, *draw.arguments(count))
        return draw.drawn(count)
