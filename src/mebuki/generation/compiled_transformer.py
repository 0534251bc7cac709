"""A Transformer to generate with, in machine code: `kernels/decoding.py` with the weights packed for it.

Shapes: B streams, T time, D width, N query heads, K key-value heads, G = N/K, E width of a head, H hidden, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError
from ..kernels import address, load
from ..kernels.decoding_plan import FIELDS
from ..kernels.packing import LANES, ROWS, pack, up
from ..rotary import angles
from ..shapes import TransformerShape
from .compiled import Draw, aligned, checked
from .team import Team

TOGETHER = 48  # tokens of a prompt that go through a layer at once
TURNS = 256  # positions whose rotation is computed at once
NOT_DRAWN = (0,) * 8  # what a kernel that draws is given where it does not
WORTH = 1 << 23  # bytes of weights times tokens from which on threads are called for


def half_blocks(gate_up_HD: NDArray[Any]) -> NDArray[Any]:
    """Gate and up in turns of half a block of rows, so that both of a unit come out of the same block."""
    gate_HD, up_HD = np.split(gate_up_HD, 2)
    half, (H, D) = ROWS // 2, gate_HD.shape
    turns = np.zeros((up(H, half), 2, D), gate_HD.dtype)
    turns[:H, 0], turns[:H, 1] = gate_HD, up_HD
    return turns.reshape(-1, half, 2, D).swapaxes(1, 2).reshape(-1, D)


@dataclass
class TransformerState:
    """Where B streams stand, and what they remember: the last C keys and values of every layer."""

    position: int  # of the next token
    streams: int
    plan: NDArray[np.int64]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)  # what the plan points at


class TransformerDecoder:
    """`start`, `step` and `write` of a Transformer whose weights are packed for this processor.

    >>> decoder = TransformerDecoder(weights, shape, 65, storage="bfloat16")      # doctest: +SKIP
    >>> logits_BV, state = decoder.start(np.array([[3, 1, 4]]))                   # doctest: +SKIP
    >>> logits_BV, state = decoder.step(np.array([1]), state)                     # doctest: +SKIP

    Args:
        weights: arrays by name, as both engines name them.
        shape: the numbers that the model was made from.
        vocabulary: V.
        storage: of the matrices: float32, bfloat16 or int8 (64 weights share a scale). The last two keep keys and
            values in bfloat16; int8 also rounds what it multiplies to 8 bits. Sums are always float32.
        threads: 1 or more; any number gives the same logits. More than one are used for as long as that is quicker.

    Raises:
        RecipeError: an unknown storage, or kernels that cannot be had on this machine.
    """

    def __init__(
        self,
        weights: dict[str, NDArray[Any]],
        shape: TransformerShape,
        vocabulary: int,
        *,
        storage: str = "float32",
        threads: int = 1,
    ) -> None:
        kernels = load("decoding")
        if kernels is None:
            raise RecipeError("there are no compiled kernels here", hint="pip install numba, MEBUKI_KERNELS not off")
        self.shape, self.vocabulary, self.storage = shape, vocabulary, storage
        packed = []
        for layer in range(shape.layers):
            for part in ("attention.qkv", "attention.out", "mlp.gate_up", "mlp.down"):
                matrix = weights[f"blocks.{layer}.{part}.weight"]
                packed.append(pack(half_blocks(matrix) if part == "mlp.gate_up" else matrix, storage))
        packed.append(pack(weights["embedding.weight" if shape.tied else "output.weight"], storage))
        self._weights = aligned(sum(part.size for part in packed))
        np.concatenate(packed, out=self._weights)
        self._embedding = np.ascontiguousarray(weights["embedding.weight"], np.float32)
        self._norm = np.ascontiguousarray(weights["norm.weight"], np.float32)
        self._decode = getattr(kernels, f"decode_{storage}")
        self._team = Team(threads)

    def start(self, ids_BT: NDArray[np.int64]) -> tuple[NDArray[np.float32], TransformerState]:
        """Read B prompts of one length: logits [B, V] of what follows, and the state to go on from."""
        checked(ids_BT, self.vocabulary)
        shape = self.shape
        # In each block a position sees C - 1 before it; what stands further back than all blocks reach is cut.
        end = ids_BT.shape[1]
        ids_BT = ids_BT[:, -max(shape.layers * (shape.context - 1) + 1, shape.context) :]
        B, T = ids_BT.shape
        state = self._state(B, max(B, min(T, TOGETHER)))
        logits_BV = np.empty((B, self.vocabulary), np.float32)
        state.position = end - T
        self._turns(state, end)
        alike = B > 1 and bool((ids_BT == ids_BT[0]).all())
        for stream in range(1 if alike else B):
            for begin in range(0, T, TOGETHER):
                ids = np.ascontiguousarray(ids_BT[stream, begin : begin + TOGETHER], np.int64)
                n, last = len(ids), begin + TOGETHER >= T
                places_2n = np.array([np.arange(n) + state.position + begin, np.full(n, stream)])
                self._run(state, ids, places_2n, n - last)
            logits_BV[stream] = self._logits(state)[0]
        if alike:  # read once, remembered by all
            logits_BV[:] = logits_BV[0]
            for name in ("keys", "values"):
                cache = state.arrays[name].reshape(shape.layers, B, -1)
                cache[:, 1:] = cache[:, :1]
        state.position = end
        return logits_BV, state

    def step(self, ids_B: NDArray[np.int64], state: TransformerState) -> tuple[NDArray[np.float32], TransformerState]:
        """Read one token more of each stream: logits [B, V] and the state, which is the same, gone on."""
        checked(ids_B, self.vocabulary)
        B = state.streams
        if len(ids_B) != B:
            raise RecipeError(f"{len(ids_B)} ids for {B} streams", allowed=f"{B} ids")
        self._turns(state, state.position + 1)
        places_2B = np.array([np.full(B, state.position), np.arange(B)])
        self._run(state, np.ascontiguousarray(ids_B, np.int64), places_2B, 0)
        state.position += 1
        return self._logits(state)[:B].copy(), state

    def write(self, state: TransformerState, logits_V: NDArray[np.float32], count: int, draw: Draw) -> list[int]:
        """Draw and read `count` tokens of one stream; state and logits go on in place."""
        self._turns(state, state.position + count)
        logits = self._logits(state)[0]
        logits[:] = logits_V
        self._run(state, np.zeros(1, np.int64), np.array([[state.position], [0]]), 0, count, draw.arguments(count))
        state.position += count
        logits_V[:] = logits
        return draw.drawn(count)

    def _logits(self, state: TransformerState) -> NDArray[np.float32]:
        return state.arrays["logits"].view(np.float32).reshape(-1, up(self.vocabulary, ROWS))[:, : self.vocabulary]

    def _run(
        self,
        state: TransformerState,
        ids_n: NDArray[np.int64],
        places_2n: NDArray[np.int64],  # positions, and streams
        kept: int,
        count: int = 0,
        draw: tuple[int, ...] = NOT_DRAWN,
    ) -> None:
        given = address(state.plan), address(ids_n), address(places_2n), len(ids_n), kept, count
        if count == 0 and len(ids_n) * self._weights.size < WORTH:
            self._decode(*given, 0, 1, *draw)
        else:
            self._team.run(lambda me, of: self._decode(*given, me, of, *draw), state.arrays["meeting"], count)

    def _turns(self, state: TransformerState, end: int) -> None:
        """Cosines and sines of the positions from the next to `end`: [position, E/2 | E/2]."""
        have = state.arrays.get("turns")
        first = int(state.plan[FIELDS.index("first_turn")])
        if have is not None and end <= first + len(have):
            return
        E, start = self.shape.width // self.shape.heads, state.position
        angle = angles(np.arange(start, max(end, start + TURNS)), E, self.shape.rotary_base)
        state.arrays["turns"] = np.concatenate((np.cos(angle), np.sin(angle)), 1).astype(np.float32)
        self._point(state, turns=address(state.arrays["turns"]), first_turn=start)

    def _point(self, state: TransformerState, **fields: int) -> None:
        for name, value in fields.items():
            state.plan[FIELDS.index(name)] = value

    def _state(self, B: int, n: int) -> TransformerState:
        """An empty cache for B streams, and room to work on n tokens."""
        shape = self.shape
        D, N, H, C, V = shape.width, shape.heads, shape.hidden_width, shape.context, self.vocabulary
        K, E = shape.key_value_heads or N, D // N
        cached, half = 4 if self.storage == "float32" else 2, 2 * LANES
        row, hidden, qkv = up(D, 64), up(H, 64), up((N + 2 * K) * E, ROWS)
        room = up(C, ROWS)
        part = up(max(n * (4 * row + 2 * max(row, hidden)), 4 * (N // K * room + up(E, half))), 128)
        bytes_of = {
            "keys": shape.layers * B * K * room * E * cached,
            "values": shape.layers * B * K * up(C, 4) * up(E, half) * cached,
            "residual": 4 * n * row,
            "qkv": 4 * n * qkv,
            "mixed": 4 * n * row,
            "gate_up": 8 * n * hidden,
            "active": 4 * n * hidden,
            "logits": 4 * B * up(V, ROWS),
            "scratch": self._team.size * part,
            "meeting": self._team.meeting,
        }
        state = TransformerState(0, B, np.zeros(len(FIELDS), np.int64))
        state.arrays = {name: aligned(size) for name, size in bytes_of.items()}
        self._point(
            state,
            layers=shape.layers,
            width=D,
            heads=N,
            key_value_heads=K,
            head_width=E,
            hidden=H,
            vocabulary=V,
            context=C,
            qk_norm=shape.qk_norm,
            streams=B,
            weights=address(self._weights),
            embedding=address(self._embedding),
            norm=address(self._norm),
            scratch_bytes=part,
            **{name: address(array) for name, array in state.arrays.items()},
        )
        return state
