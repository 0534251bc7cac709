"""What is exported: a Transformer's shape, weights and tokenizer, and what is told of it.

Shapes: V rows of the embedding, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shapes import TransformerShape
from ..text.tokenizer import SPECIAL, Tokenizer

Weights = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Grown:
    """A model, ready to be written in another form.

    Attributes:
        name: what it is called.
        weights: under the names of `mebuki.models`, V rows in the embedding.
        text: what it learned from, in a line; told in its card.
        recipe: as it is told in its card, without the places of files.
        facts: further lines of its card.
        sample: some of its own text, that it is tried on, and `learned`, ids of what it learned from; never told.
        diary: whether that is a diary; `recites`: (lines of it said word for word, lines tried), if that was measured.
        notes: what whoever opens it should know.
    """

    name: str
    shape: TransformerShape
    tokenizer: Tokenizer
    weights: Weights
    text: str = ""
    recipe: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    sample: str = ""
    learned: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    recites: tuple[int, int] | None = None
    diary: bool = False
    notes: tuple[str, ...] = ()

    @property
    def vocabulary(self) -> int:
        return len(self.weights["embedding.weight"])

    @property
    def parameters(self) -> int:
        return sum(array.size for array in self.weights.values())

    @property
    def silent(self) -> list[int]:
        """Ids that it is never let draw: special tokens, and bytes of letters that no text had while it learned."""
        tokenizer = self.tokenizer
        return [i for i, data in enumerate(tokenizer.token_bytes) if not data or i >= tokenizer.letters]

    @property
    def special(self) -> dict[str, int]:
        """`<pad>`, `<bos>`, `<eos>` and `<unk>`, as far as there are such."""
        return {name: self.tokenizer.special[name] for name in SPECIAL if name in self.tokenizer.special}

    def whole(self) -> Grown:
        """The same with a row for every id of its tokenizer.

        A model without byte fallback has rows for letters alone, and other programs need all. The new ones are made so that they are
        next to never likely.
        """
        missing = self.tokenizer.vocabulary_size - self.vocabulary
        if missing == 0:
            return self
        from .silence import silence

        ids = self.learned if len(self.learned) else np.arange(self.vocabulary)
        found, weights = silence(self.weights, self.shape, ids, missing), dict(self.weights)
        for table in ("embedding.weight", "output.weight"):
            if table in weights:
                weights[table] = np.concatenate([weights[table], np.tile(found.row, (missing, 1))])
        told = (
            f"grown without byte fallback: {missing} tokens (bytes and special ones) were added, which it never learned; "
            f"together they take {found.mean:.2%} of the probability on its own text"
        )
        return replace(self, weights=weights, notes=(*self.notes, told))
