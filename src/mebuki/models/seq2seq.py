"""Sequence to sequence: one LSTM reads a source, another writes the target from what the first one remembers.

Shapes: B batch, S source length, T target length, D embedding width, H hidden width, V vocabulary.

    encoder   source → embedding → LSTM → h_SBH; its last state is where the decoder begins (Sutskever et al. 2014)
    decoder   what was written so far → embedding → LSTM → (attention) → Linear → logits of the next letter
    peeky     z = the encoder's last h, joined to every input of the decoder and to what the logits are made of
              (Cho et al. 2014)
    attention each decoder state looks back on all h_SBH; it and the mix it sees make one vector (Luong et al. 2015)

The same model as `mebuki.scratch.Seq2seq`, with the same parameters: weights of one can be loaded into the other.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .protocol import check_ids
from .recurrent import CellState, LSTMCell


class Reading(NamedTuple):
    """What the decoder goes on from: the encoder's outputs [S, B, H], the last of them, and the LSTM's state."""

    source_SBH: Tensor
    z_BH: Tensor
    state: CellState


def weights_over_source(query_TBH: Tensor, source_SBH: Tensor) -> Tensor:
    """How much each target position looks at each source position: softmax of their inner products, [B, T, S]."""
    return torch.einsum("tbh,sbh->bts", query_TBH, source_SBH).softmax(-1)


def attention_over_source(query_TBH: Tensor, source_SBH: Tensor) -> Tensor:
    """The mix of source vectors that each target position sees, [T, B, H]."""
    return torch.einsum("bts,sbh->tbh", weights_over_source(query_TBH, source_SBH), source_SBH)


class Seq2seq(nn.Module):
    """Encoder and decoder, each an embedding and an LSTM.

    Args:
        vocabulary: V, of source and target both.
        width: H.
        embedding: D.
        peeky: whether the encoded source is joined to every step of the decoder.
        attention: whether the decoder looks back on all of the source.
    """

    def __init__(
        self, vocabulary: int, *, width: int = 128, embedding: int = 32, peeky: bool = False, attention: bool = False
    ) -> None:
        super().__init__()
        self.vocabulary, self.width, self.peeky, self.attention = vocabulary, width, peeky, attention
        seen = width if peeky else 0
        self.source_embedding = nn.Embedding(vocabulary, embedding)
        self.encoder = LSTMCell(width, embedding)
        self.target_embedding = nn.Embedding(vocabulary, embedding)
        self.decoder = LSTMCell(width, embedding + seen)
        self.combine = nn.Linear(2 * width, width) if attention else None
        self.output = nn.Linear(width + seen, vocabulary)
        for layer in (self.combine, self.output):
            if layer is not None:
                nn.init.uniform_(layer.weight, -1 / math.sqrt(layer.in_features), 1 / math.sqrt(layer.in_features))
                nn.init.zeros_(layer.bias)

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        """Logits [B, T, V] of the letter after each that the decoder reads; ids are int64."""
        return self.decode(target_BT, self.encode(source_BS))[0]

    def encode(self, source_BS: Tensor) -> Reading:
        """Read the source: what `step` goes on from."""
        check_ids(source_BS, self.vocabulary)
        x_SBD = self.source_embedding(source_BS.t())
        source_SBH, state = self.encoder(x_SBD, self._zeros(x_SBD))
        return Reading(source_SBH, state[0], state)

    def decode(self, target_BT: Tensor, reading: Reading) -> tuple[Tensor, Reading]:
        """Read letters of the target: logits [B, T, V], and what to go on from."""
        check_ids(target_BT, self.vocabulary)
        h_TBH, state = self._hidden(target_BT, reading)
        y_TBH = h_TBH
        if self.combine is not None:
            context_TBH = attention_over_source(h_TBH, reading.source_SBH)
            y_TBH = torch.tanh(self.combine(torch.cat([h_TBH, context_TBH], -1)))
        return self.output(self._peek(y_TBH, reading)).transpose(0, 1), reading._replace(state=state)

    def step(self, ids_B: Tensor, reading: Reading) -> tuple[Tensor, Reading]:
        """Read one letter more, [B]: logits [B, V] of the next one, and what to go on from."""
        logits_BTV, reading = self.decode(ids_B[:, None], reading)
        return logits_BTV[:, 0], reading

    @torch.no_grad()
    def generate(self, source_BS: Tensor, length: int, start: int) -> Tensor:
        """Write `length` letters, each time the likeliest, after the id `start`: [B, length]."""
        reading, ids_B = self.encode(source_BS), source_BS.new_full((len(source_BS),), start)
        written = []
        for _ in range(length):
            logits_BV, reading = self.step(ids_B, reading)
            ids_B = logits_BV.argmax(-1)
            written.append(ids_B)
        return torch.stack(written, 1)

    @torch.no_grad()
    def attention_map(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        """Where each target position looks, [B, T, S]; rows add up to 1."""
        reading = self.encode(source_BS)
        return weights_over_source(self._hidden(target_BT, reading)[0], reading.source_SBH)

    def _hidden(self, target_BT: Tensor, reading: Reading) -> tuple[Tensor, CellState]:
        return self.decoder(self._peek(self.target_embedding(target_BT.t()), reading), reading.state)

    def _peek(self, x_TBD: Tensor, reading: Reading) -> Tensor:
        return torch.cat([x_TBD, reading.z_BH.expand(len(x_TBD), -1, -1)], -1) if self.peeky else x_TBD

    def _zeros(self, x_SBD: Tensor) -> CellState:
        zeros_BH = x_SBD.new_zeros(x_SBD.shape[1], self.width)
        return zeros_BH, zeros_BH
