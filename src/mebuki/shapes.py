"""The numbers that make a model: the `[model]` section of a recipe. Light: imports neither NumPy nor torch.

Each kind of model has a frozen shape, and each shape three sizes by name:

    >>> shape_of("transformer", "small").width
    128
    >>> shape_of("lstm", "tiny", layers=2).layers
    2
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from .errors import RecipeError, unknown
from .fields import check_all, number


@dataclass(frozen=True)
class BigramShape:
    """One-hot letter → Linear(hidden) → ReLU → Linear: the next letter from the last one alone."""

    hidden: int = number(128, "units of the hidden layer", 1, 65536)
    context: int = number(16, "letters in one training window", 1, 65536)

    def __post_init__(self) -> None:
        check_all(self)


@dataclass(frozen=True)
class RecurrentShape:
    """An RNN, LSTM or GRU of several layers between an embedding and a linear layer."""

    width: int = number(256, "units of the embedding and of every hidden layer", 1, 16384)
    layers: int = number(1, "recurrent layers", 1, 64)
    context: int = number(64, "letters in one training window (truncated backpropagation through time)", 1, 65536)
    dropout: float = number(0.0, "share of units left out at random while training", 0.0, 0.95)
    tied: bool = field(default=False, metadata={"help": "one matrix for both embedding and output"})

    def __post_init__(self) -> None:
        check_all(self)


@dataclass(frozen=True)
class TransformerShape:
    """RMSNorm, rotary positions, grouped queries, QK-norm, SwiGLU: a shape that other programs know too."""

    width: int = number(128, "width of the residual stream", 2, 16384)
    layers: int = number(4, "blocks", 1, 256)
    heads: int = number(4, "query heads", 1, 256)
    key_value_heads: int = number(0, "heads of keys and values, 0: as many as query heads", 0, 256)
    hidden: int = number(0, "units inside SwiGLU, 0: 8/3 of the width, rounded down to a multiple of 32", 0, 65536)
    context: int = number(64, "how many letters it looks back on, and letters in one training window", 1, 65536)
    dropout: float = number(0.0, "share of units left out at random while training", 0.0, 0.95)
    tied: bool = field(default=True, metadata={"help": "one matrix for both embedding and output"})
    qk_norm: bool = field(default=True, metadata={"help": "normalise queries and keys"})
    rope_base: float = number(0.0, "base of the rotary wavelengths, 0: 1.5 times the context", 0.0, 1e9)

    def __post_init__(self) -> None:
        check_all(self)
        if self.width % 2:
            raise RecipeError(
                f"width {self.width} is odd", allowed="an even width", hint=f"--width {self.width + 1} --heads 1"
            )
        if self.width % self.heads or (self.width // self.heads) % 2:
            fits = [n for n in range(1, self.width + 1) if self.width % n == 0 and (self.width // n) % 2 == 0]
            raise RecipeError(
                f"width {self.width} does not divide into {self.heads} heads of an even width",
                allowed="heads " + ", ".join(map(str, fits[:12])),
                hint=f"--heads {max((n for n in fits if n <= self.heads), default=1)}",
            )
        if self.heads % (self.key_value_heads or self.heads):
            fits = [n for n in range(1, self.heads + 1) if self.heads % n == 0]
            raise RecipeError(
                f"{self.heads} query heads cannot share {self.key_value_heads} key-value heads evenly",
                allowed="key_value_heads " + ", ".join(map(str, fits)),
            )

    @property
    def hidden_width(self) -> int:
        """Units inside SwiGLU, as built."""
        return self.hidden or max(32, 8 * self.width // 3 // 32 * 32)

    @property
    def rotary_base(self) -> float:
        """Base of the rotary wavelengths, as built: the longest is then some seven times the context."""
        return self.rope_base or max(2.0, 1.5 * self.context)

    @property
    def key_value_width(self) -> int:
        """Width of all keys (or all values) of one position."""
        return self.width // self.heads * (self.key_value_heads or self.heads)


Shape = BigramShape | RecurrentShape | TransformerShape

SHAPES: dict[str, type[Shape]] = {
    "bigram": BigramShape,
    "rnn": RecurrentShape,
    "lstm": RecurrentShape,
    "gru": RecurrentShape,
    "transformer": TransformerShape,
}

SIZES: dict[type, dict[str, dict[str, Any]]] = {
    BigramShape: {"tiny": {"hidden": 32}, "small": {"hidden": 128}, "base": {"hidden": 512}},
    RecurrentShape: {
        "tiny": {"width": 96, "layers": 1},
        "small": {"width": 256, "layers": 1},
        "base": {"width": 512, "layers": 2, "context": 128, "dropout": 0.2},
    },
    TransformerShape: {
        "tiny": {"width": 64, "layers": 2, "heads": 2},
        "small": {"width": 128, "layers": 4, "heads": 4},
        "base": {"width": 384, "layers": 6, "heads": 6, "context": 256, "dropout": 0.2},
    },
}


def shape_of(kind: str, size: str = "small", **numbers: Any) -> Shape:
    """The shape of a model by name and size, with single numbers changed.

    Raises:
        RecipeError: an unknown kind, size or field, or a number out of its range.
    """
    if kind not in SHAPES:
        raise unknown("model", kind, SHAPES)
    shape = SHAPES[kind]
    if size not in SIZES[shape]:
        raise unknown("size", size, SIZES[shape])
    names = [f.name for f in fields(shape)]
    for name in numbers:
        if name not in names:
            raise RecipeError(f"a {kind} model has no field {name!r}", allowed=", ".join(names))
    return replace(shape(), **{**SIZES[shape][size], **numbers})
