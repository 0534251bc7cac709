"""A Transformer of sixteen numbers that adds numbers of ten digits.

Shapes: B problems, T time, D = 2 the letter part of the stream, H hidden units, V = 10 digits.

What flows through it is four numbers wide: two for the letter, which change on the way, and two for the place, a hand on a
clock that goes round once in 11 places (a fixed sinusoid, with nothing to learn in it).

    x = point(id)                               digit d is the point (cos ωd, sin ωd) on a circle
    x = stay · x + out · Σ weight (value · x')  one head over the past x'; weight: softmax of (this hand, turned and
                                                stretched) · (that hand)
    x = x + outer · tanh(inner · x + bias) + shift
    logits = sharpness · x · point              the same points again: the likeliest digit lies farthest along x

| learned numbers      | on a circle | any points | what for                                              |
|----------------------|-------------|------------|-------------------------------------------------------|
| `omega` or `table`   | 1           | 20         | where the ten digits lie, to be read and to be written |
| `turn`               | 2           | 2          | how far back to look, and how sharply                 |
| `value`, `out`       | 2 + 2       | 2 + 2      | what is taken from there, and where it is put         |
| `stay`               | 1           | 1          | how much of the letter itself stays                   |
| `inner`, `bias`      | 2H + H      | 2H + H     | what the hidden units listen to                       |
| `outer`, `shift`     | 2H + 2      | 2H + 2     | what they answer, and what is always added            |
| `sharpness`          | 1           | 1          | how sure it is                                        |
| together, with H = 1 | **16**      | 35         |                                                       |

`omega` and `sharpness` are learned as logarithms. All numbers are learned by gradient descent; docs/smallest-adder.md
tells what became of each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import samples
from ..errors import out_of_range
from .protocol import check_ids

PERIOD, VOCABULARY, D = 11, 10, 2
TURN_SCALE = 3.0  # `turn` is learned in units of this, so that it grows as quickly as the others


@dataclass(frozen=True)
class AdderShape:
    """How large it is.

    Attributes:
        hidden: H.
        table: whether each digit's point is learned freely; otherwise they lie evenly on a circle.
    """

    hidden: int = 1
    table: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.hidden <= 32:
            raise out_of_range("hidden", self.hidden, 1, 32)


@dataclass
class Seen:
    """The state: what each past place offers, [B, T]; the places' hands follow from T alone."""

    values_BT: Tensor


class SmallestAdder(nn.Module):
    """One layer, one head, width 4, no norm; it knows nothing of numbers until it is trained.

    >>> model = SmallestAdder()
    >>> model.parameter_count, model(torch.zeros(1, 23, dtype=torch.long)).shape
    (16, torch.Size([1, 23, 10]))
    >>> ids = torch.tensor([[int(d) for d in "07500000000050000000000"]])  # 57 + 5, backwards
    >>> greedy(trained(), ids, 11).tolist()
    [[2, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]]

    Args:
        seed: of the first weights.
    """

    vocabulary = VOCABULARY

    def __init__(self, shape: AdderShape | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape = shape or AdderShape()
        H, random = shape.hidden, torch.Generator().manual_seed(seed)

        def drawn(*size: int, std: float, mean: float = 0.0) -> nn.Parameter:
            return nn.Parameter(torch.randn(size, generator=random) * std + mean)

        self.table = drawn(VOCABULARY, D, std=1.0) if shape.table else None
        self.omega = None if shape.table else drawn(std=0.2, mean=-1.6)
        self.turn = drawn(2, std=0.1)  # next to nothing: at first it looks everywhere alike
        self.value, self.inner = drawn(D, std=0.2), drawn(D, H, std=0.35)
        zeros = torch.zeros  # what writes into the stream: at first it says nothing
        self.stay, self.out, self.bias = (nn.Parameter(zeros(size)) for size in ((), (D,), (H,)))
        self.outer, self.shift = nn.Parameter(zeros(H, D)), nn.Parameter(zeros(D))
        self.sharpness = nn.Parameter(torch.full((), 2.0))

    @property
    def parameter_count(self) -> int:
        """How many numbers it learns."""
        return sum(p.numel() for p in self.parameters())

    def points(self) -> Tensor:
        """Where the digits lie, [V, D]."""
        if self.table is not None:
            return self.table
        assert self.omega is not None
        angle_V = self.omega.exp() * torch.arange(VOCABULARY, dtype=self.omega.dtype)
        return torch.stack([angle_V.cos(), angle_V.sin()], -1)

    def hands(self, places: Tensor) -> Tensor:
        """The place part of the stream, [T, 2]: once round in 11 places."""
        angle = 2 * math.pi / PERIOD * places.to(self.turn.dtype)
        return torch.stack([angle.cos(), angle.sin()], -1)

    def attention(self, T: int, last: int | None = None) -> Tensor:
        """How much the last places look at each place, [last, T]; letters have no say in it."""
        places = torch.arange(T)
        hands_T2, (x, y) = self.hands(places), (self.turn * TURN_SCALE).unbind()
        queries = hands_T2 @ torch.stack([torch.stack([x, y]), torch.stack([-y, x])])
        scores_TT = queries @ hands_T2.T
        later = places[None, :] > places[:, None]
        return scores_TT.masked_fill(later, -math.inf)[-(last or T) :].softmax(-1)

    def forward(self, ids_BT: Tensor, last: int | None = None) -> Tensor:
        """Logits [B, T, V] of the digit after each place; of the last places only, if so many are asked for.

        Raises:
            RecipeError: an id that is no digit.
        """
        check_ids(ids_BT, VOCABULARY)
        T, points_VD = ids_BT.shape[1], self.points()
        letters_BTV = F.one_hot(ids_BT, VOCABULARY).to(points_VD.dtype)  # a row of it picks a digit's point
        seen_BT = (letters_BTV @ (points_VD @ self.value)) @ self.attention(T, last).T
        return self._finish(letters_BTV[:, -(last or T) :] @ points_VD, seen_BT, points_VD)

    def _finish(self, x: Tensor, seen: Tensor, points_VD: Tensor) -> Tensor:
        """From the letter and what was seen in the past, both at one place or many, to logits."""
        x = self.stay * x + seen[..., None] * self.out
        x = x + torch.tanh(x @ self.inner + self.bias) @ self.outer + self.shift
        return (x @ points_VD.T) * self.sharpness.exp()

    def start(self, ids_BT: Tensor) -> tuple[Tensor, Seen]:
        """Read a question: logits [B, V] of what follows, and the state to step on from."""
        check_ids(ids_BT, VOCABULARY)
        return self.forward(ids_BT, last=1)[:, 0], Seen(self.points()[ids_BT] @ self.value)

    def step(self, ids_B: Tensor, state: Seen) -> tuple[Tensor, Seen]:
        """Read one digit more: logits [B, V], and the new state."""
        check_ids(ids_B, VOCABULARY)
        points_VD = self.points()
        x_BD = points_VD[ids_B]
        values_BT = torch.cat([state.values_BT, (x_BD @ self.value)[:, None]], 1)
        seen_B = values_BT @ self.attention(values_BT.shape[1], last=1)[0]
        return self._finish(x_BD, seen_B, points_VD), Seen(values_BT)


class Steps(Protocol):
    """What `greedy` needs of a model: any of this house will do."""

    def start(self, ids_BT: Tensor, /) -> tuple[Tensor, Any]: ...
    def step(self, ids_B: Tensor, state: Any, /) -> tuple[Tensor, Any]: ...


@torch.inference_mode()
def greedy(model: Steps, ids_BT: Tensor, length: int) -> Tensor:
    """Go on from a prompt, each time with the likeliest id, [B, length]: the loop of every language model."""
    logits_BV, state = model.start(ids_BT)
    written = [logits_BV.argmax(-1)]
    while len(written) < length:
        logits_BV, state = model.step(written[-1], state)
        written.append(logits_BV.argmax(-1))
    return torch.stack(written, 1)


def trained() -> SmallestAdder:
    """The one that comes with Mebuki, trained by `python -m benchmarks.smallest_adder`."""
    from safetensors.torch import load_file

    model = SmallestAdder()
    model.load_state_dict(load_file(Path(samples.__file__).with_name("smallest_adder.safetensors")))
    return model.eval()
