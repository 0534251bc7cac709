"""Decoders in machine code: a model's weights packed for one processor, and the loop over tokens inside the kernel.

Shapes: B streams, T time, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError, out_of_range, unknown
from ..kernels import Kernels, address, load, warm
from ..shapes import Shape, TransformerShape
from .sampler import Sampler, Sampling

STORAGES = ("float32", "bfloat16", "int8")
LIBRARY = {"transformer": "decoding", **dict.fromkeys(("bigram", "rnn", "lstm", "gru"), "recurrent_decoding")}
HOW = ("repetition_penalty", "repetition_window", "temperature", "top_k", "top_p", "min_p")
LINE = 64  # bytes
AHEAD = 64  # random numbers of a text that are drawn at once


@runtime_checkable
class Decoder(Protocol):
    """A model to generate with. `start` and `step` are those of every model, with arrays in and out."""

    vocabulary: int

    def start(self, ids_BT: NDArray[np.int64]) -> tuple[NDArray[np.float32], Any]: ...
    def step(self, ids_B: NDArray[np.int64], state: Any) -> tuple[NDArray[np.float32], Any]: ...
    def write(self, state: Any, logits_V: NDArray[np.float32], count: int, draw: Draw) -> list[int]:
        """Draw and read `count` tokens of one stream. State and logits go on in place: afterwards they are those after
        the last token drawn."""
        ...


class Draw:
    """How one stream is drawn, and what it has drawn, as the arrays that a kernel reads and writes.

    The same seed and logits give the tokens that `Sampler` gives.

    Args:
        history: ids of the prompt.
        never: ids that are never drawn.

    Attributes:
        bias_V: is added to the logits; it may be changed in place between two draws.
    """

    def __init__(
        self,
        sampling: Sampling,
        vocabulary: int,
        history: list[int],
        *,
        never: NDArray[np.int64] | tuple[int, ...] = (),
        seed: int = 0,
        stream: int = 0,
    ) -> None:
        self._random = Sampler(sampling, seed, stream).random
        self._window = sampling.repetition_window if sampling.repetition_penalty != 1 else 0
        self._history, self._length = np.array(history, np.int64), len(history)
        self._uniforms, self._used = np.empty(0), 0
        self.bias_V = np.zeros(vocabulary)
        self.bias_V[np.asarray(never, np.int64)] = -np.inf
        scratch = np.empty(vocabulary), np.empty(vocabulary), np.empty(vocabulary, np.int64)
        self._fixed = np.array([getattr(sampling, name) for name in HOW], np.float64), self.bias_V, *scratch
        self._where: tuple[int, ...] = ()

    def arguments(self, count: int) -> tuple[int, ...]:
        """The last arguments of a kernel that draws (`kernels.sampling.DRAW`), ready for `count` tokens more."""
        if self._length + count > len(self._history):
            kept = self._history[max(0, self._length - self._window) : self._length]
            self._history = np.concatenate([kept, np.zeros(len(kept) + max(count, 1024), np.int64)])
            self._length, self._where = len(kept), ()
        if self._used + count > len(self._uniforms):  # random numbers are drawn ahead; those left come first
            left = self._uniforms[self._used :]
            self._uniforms = np.concatenate([left, self._random.random(max(count, AHEAD))])
            self._used, self._where = 0, ()
        if not self._where:
            self._where = tuple(map(address, (*self._fixed, self._uniforms, self._history)))
        how, bias, z, p, order, uniforms, history = self._where
        return self._length, how, bias, uniforms + 8 * self._used, history, z, p, order

    def drawn(self, count: int) -> list[int]:
        """The tokens that the kernel has just drawn."""
        self._length += count
        self._used += count
        return self._history[self._length - count : self._length].tolist()


class CompiledSampler:
    """A `Sampler` in machine code, for one stream beside others. Its history is that of its `Draw`."""

    def __init__(self, kernels: Kernels, draw: Draw) -> None:
        self._kernel, self._draw = kernels.draw, draw

    def __call__(self, logits_V: NDArray[np.float32], history: Sequence[int] = ()) -> int:
        self._kernel(address(logits_V), len(logits_V), 1, *self._draw.arguments(1))
        return self._draw.drawn(1)[0]


def drawn_each(kernels: Kernels, draws: Sequence[Draw], logits_nV: NDArray[np.float32]) -> list[int]:
    """The next token of each of several texts, in one call; their rows of logits lie at one distance, each without gaps."""
    n, V = logits_nV.shape
    given, tokens = np.array([draw.arguments(1) for draw in draws], np.int64), np.empty(n, np.int64)
    kernels.draw_each(address(logits_nV), logits_nV.strides[0] // 4, V, n, address(given), address(tokens))
    for draw in draws:
        draw.drawn(1)
    return tokens.tolist()


def samplers(draws: Iterable[Draw]) -> list[CompiledSampler] | None:
    """One for each; None where there are no kernels, or not yet."""
    kernels = load("sampling", wait=False)
    return [CompiledSampler(kernels, draw) for draw in draws] if kernels else None


def available(kind: str, *, wait: bool = False) -> bool:
    """Whether there are kernels for a kind of model.

    Args:
        wait: compile them now if that was never done here (some ten seconds); False: in the background.
    """
    return kind in LIBRARY and load(LIBRARY[kind], wait=wait) is not None


def making(kind: str) -> bool:
    """Whether kernels for a kind of model are being compiled."""
    return kind in LIBRARY and warm(LIBRARY[kind]) is not None


def compiled(
    kind: str,
    weights: dict[str, NDArray[Any]],
    shape: Shape,
    vocabulary: int,
    *,
    storage: str = "float32",
    threads: int = 1,
) -> Decoder | None:
    """A decoder for a model's weights; None where there are no kernels for it.

    Args:
        kind: as in recipes.
        weights: by the names of `mebuki.models`.
        storage: how matrices are kept: float32 (exact), bfloat16 (half the memory) or int8 (a quarter).
        threads: of the processor, ≥ 1.

    Raises:
        RecipeError: an unknown storage, or a number of threads out of range.
    """
    if storage not in STORAGES:
        raise unknown("storage", storage, STORAGES)
    if not 1 <= threads <= 1024:
        raise out_of_range("threads", threads, 1, 1024)
    if not available(kind, wait=True):
        return None
    if isinstance(shape, TransformerShape):
        from .compiled_transformer import TransformerDecoder

        return TransformerDecoder(weights, shape, vocabulary, storage=storage, threads=threads)
    from .compiled_recurrent import RecurrentDecoder

    return RecurrentDecoder(weights, shape, vocabulary, kind=kind, storage=storage, threads=threads)


def checked(ids: NDArray[np.int64], vocabulary: int) -> None:
    """Refuse ids outside [0, vocabulary): a kernel would read whatever lies there.

    Raises:
        RecipeError: with the first wrong id.
    """
    if ids.size == 0:
        raise RecipeError("the model was given no ids", allowed="at least one token")
    low, high = ids.min(), ids.max()
    if low < 0 or high >= vocabulary:
        wrong = low if low < 0 else high
        raise RecipeError(f"id {wrong} is outside the vocabulary", allowed=f"ids 0 to {vocabulary - 1}")


def aligned(size: int) -> NDArray[np.uint8]:
    """Bytes of zeros that begin with a line of the processor's cache."""
    memory = np.zeros(size + LINE, np.uint8)
    return memory[-address(memory) % LINE :][:size]
