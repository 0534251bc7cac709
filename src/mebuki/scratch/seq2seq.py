"""Sequence to sequence: one LSTM reads a source, another writes the target from what the first one remembers.

Shapes: B batch, S source length, T target length, D embedding width, H hidden width, V vocabulary.

    encoder   source → embedding → LSTM → h_SBH; its last state is where the decoder begins (Sutskever et al. 2014)
    decoder   what was written so far → embedding → LSTM → (attention) → Linear → logits of the next letter

Two additions, each on its own:

    peeky     z = the encoder's last h, joined to every input of the decoder and to what the logits are made of
              (Cho et al. 2014): what is needed at the last letter need not be carried through all those before it
    attention each decoder state h looks back on all of h_SBH; tanh(W [h; what it sees] + b) takes its place (Luong
              et al. 2015)

In learning, the decoder reads the right answer, one letter behind (teacher forcing): all T places are then one forward,
and an early mistake does not spoil the rest. In use, it reads what it wrote itself.

Backward is the way there reversed. The decoder's first state is the encoder's last one: its gradient is all that the
encoder learns from, apart from what comes through peeky and attention. z is used at T inputs and T outputs, so its
gradient is the sum of 2T parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .activations import tanh
from .attention_over_source import attention_over_source, weights_over_source
from .checks import Array, Ids, check_array, check_ids, check_shape
from .embedding import Embedding
from .layer import Layer
from .linear import Linear
from .lstm import LSTMCell


class Reading(NamedTuple):
    """What the decoder goes on from: the encoder's outputs [S, B, H], the last of them, and an LSTM's state (h, c)."""

    source_SBH: Array
    z_BH: Array
    state: tuple[Array, Array]


class Seq2seq(Layer):
    """Encoder and decoder, each an embedding and an LSTM.

    >>> model = Seq2seq(13, width=8, embedding=4, attention=True)
    >>> logits, backward = model(np.array([[5, 7, 10, 5]]), np.array([[12, 6, 2]]))
    >>> logits.shape
    (1, 3, 13)
    >>> backward(logits)                       # ids have no gradient: nothing comes back, all parameters have theirs
    >>> model.generate(np.array([[5, 7, 10, 5]]), length=3, start=12).shape
    (1, 3)

    Args:
        vocabulary: V, of source and target both.
        width: H.
        embedding: D.
        peeky: whether the encoded source is joined to every step of the decoder.
        attention: whether the decoder looks back on all of the source.
        rng: a seed or a generator, of the first weights.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int = 128,
        embedding: int = 32,
        peeky: bool = False,
        attention: bool = False,
        rng: int | np.random.Generator = 0,
    ) -> None:
        rng = np.random.default_rng(rng)
        seen = width if peeky else 0
        self.vocabulary, self.width, self.peeky, self.attention = vocabulary, width, peeky, attention
        self.source_embedding = Embedding(vocabulary, embedding, rng)
        self.encoder = LSTMCell(embedding, width, rng)
        self.target_embedding = Embedding(vocabulary, embedding, rng)
        self.decoder = LSTMCell(embedding + seen, width, rng)
        self.combine = Linear(2 * width, width, rng) if attention else None
        self.output = Linear(width + seen, vocabulary, rng)

    def __call__(self, source_BS: Ids, target_BT: Ids) -> tuple[Array, Callable[[Array], None]]:
        """Logits [B, T, V] of the letter after each that the decoder reads, and the way back.

        Raises:
            IdError, ShapeError: ids outside the vocabulary, not of two axes, or of different B.
        """
        reading, encode_backward = self._encode(source_BS)
        (logits_BTV, _), decode_backward = self._decode(target_BT, reading)

        def backward(dlogits_BTV: Array) -> None:
            encode_backward(*decode_backward(dlogits_BTV))

        return logits_BTV, backward

    def encode(self, source_BS: Ids) -> Reading:
        """Read the source: what `step` goes on from."""
        return self._encode(source_BS)[0]

    def step(self, ids_B: Ids, reading: Reading) -> tuple[Array, Reading]:
        """Read one letter more, [B]: logits [B, V] of the next one, and what to go on from."""
        (logits_BTV, reading), _ = self._decode(ids_B[:, None], reading)
        return logits_BTV[:, 0], reading

    def generate(self, source_BS: Ids, length: int, start: int) -> Ids:
        """Write `length` letters, each time the likeliest, after the id `start`: [B, length]."""
        reading, ids_B = self.encode(source_BS), np.full(len(source_BS), start)
        written_BT = np.empty((len(source_BS), length), np.int64)
        for t in range(length):
            logits_BV, reading = self.step(ids_B, reading)
            written_BT[:, t] = ids_B = logits_BV.argmax(-1)
        return written_BT

    def attention_map(self, source_BS: Ids, target_BT: Ids) -> Array:
        """Where each target position looks, [B, T, S]; rows add up to 1."""
        reading = self.encode(source_BS)
        (h_TBH, _), _ = self._hidden(target_BT, reading)
        return weights_over_source(h_TBH, reading.source_SBH)

    def _encode(self, source_BS: Ids) -> tuple[Reading, Callable[..., None]]:
        check_ids("Seq2seq", source_BS, self.vocabulary, ("B", "S"))
        x_SBD, embedding_backward = self.source_embedding(source_BS.T)
        (source_SBH, state), encoder_backward = self.encoder.over_time(x_SBD)

        def backward(dsource_SBH: Array, dz_BH: Array, dstate: tuple[Array, Array]) -> None:
            dh_BH, dc_BH = dstate
            dx_SBD, _ = encoder_backward(dsource_SBH, (dh_BH + dz_BH, dc_BH))  # z is the last h: two names, one place
            embedding_backward(dx_SBD)

        return Reading(source_SBH, state[0], state), backward

    def _hidden(self, target_BT: Ids, reading: Reading) -> tuple[Any, Callable[[Array], Any]]:
        """The decoder's LSTM: hidden vectors [T, B, H] and its new state."""
        check_ids("Seq2seq", target_BT, self.vocabulary, ("B", "T"))
        check_shape("Seq2seq", "target", target_BT, (len(reading.z_BH), "T"))
        x_TBD, embedding_backward = self.target_embedding(target_BT.T)
        outputs, decoder_backward = self.decoder.over_time(self._peek(x_TBD, reading.z_BH), reading.state)

        def backward(dh_TBH: Array) -> tuple[Array, tuple[Array, Array]]:
            dx_TBD, dstate = decoder_backward(dh_TBH, None)
            dx_TBD, dz_BH = self._unpeek(dx_TBD)
            embedding_backward(dx_TBD)
            return dz_BH, dstate

        return outputs, backward

    def _decode(self, target_BT: Ids, reading: Reading) -> tuple[tuple[Array, Reading], Callable[[Array], Any]]:
        (h_TBH, state), hidden_backward = self._hidden(target_BT, reading)
        y_TBH, attend_backward = self._attend(h_TBH, reading.source_SBH)
        logits_TBV, output_backward = self.output(self._peek(y_TBH, reading.z_BH))

        def backward(dlogits_BTV: Array) -> tuple[Array, Array, tuple[Array, Array]]:
            check_array("Seq2seq", "dlogits", dlogits_BTV, (*target_BT.shape, self.vocabulary))
            dy_TBH, dz_BH = self._unpeek(output_backward(dlogits_BTV.transpose(1, 0, 2)))
            dh_TBH, dsource_SBH = attend_backward(dy_TBH)
            dz_too_BH, dstate = hidden_backward(dh_TBH)
            return dsource_SBH, dz_BH + dz_too_BH, dstate

        return (logits_TBV.transpose(1, 0, 2), reading._replace(state=state)), backward

    def _attend(self, h_TBH: Array, source_SBH: Array) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
        """tanh(W [h; context] + b); without attention, h as it is."""
        if self.combine is None:
            return h_TBH, lambda dh_TBH: (dh_TBH, np.zeros_like(source_SBH))
        context_TBH, attention_backward = attention_over_source(h_TBH, source_SBH)
        mixed_TBH, combine_backward = self.combine(np.concatenate([h_TBH, context_TBH], -1))
        y_TBH, tanh_backward = tanh(mixed_TBH)

        def backward(dy_TBH: Array) -> tuple[Array, Array]:
            dh_TBH, dcontext_TBH = np.split(combine_backward(tanh_backward(dy_TBH)), 2, -1)
            dquery_TBH, dsource_SBH = attention_backward(dcontext_TBH)
            return dh_TBH + dquery_TBH, dsource_SBH

        return y_TBH, backward

    def _peek(self, x_TBD: Array, z_BH: Array) -> Array:
        """z joined to every step, if this model peeks."""
        if not self.peeky:
            return x_TBD
        return np.concatenate([x_TBD, np.broadcast_to(z_BH, (len(x_TBD), *z_BH.shape))], -1)

    def _unpeek(self, dx_TBD: Array) -> tuple[Array, Array]:
        """The way back of `_peek`: what belongs to x, and the sum over all steps of what belongs to z."""
        if not self.peeky:
            return dx_TBD, np.zeros((dx_TBD.shape[1], self.width), dx_TBD.dtype)
        return dx_TBD[..., : -self.width], dx_TBD[..., -self.width :].sum(0)
