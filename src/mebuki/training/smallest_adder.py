"""Training of the smallest adder: many seedlings side by side, each from other first weights, and the best is kept.

Shapes: S seedlings, N problems, T = 33 ids of a row, Q = 11 digits of an answer, M = N · Q digits to be guessed, H hidden
units, V = 10 digits; 2 is the letter part of the stream.

    bed = Seedlings(SeedlingSettings(seeds=range(4)))
    for step in bed:
        if step.number % 200 == 0:
            print(step.number, sorted(step.losses))
    model = bed.best()

A model of sixteen numbers costs a processor next to nothing; finding out what to do next costs PyTorch far more. So the weights of
all seedlings are stacked, each operation is one call of NumPy for all of them, and the gradient is written by hand. Tests
hold it to PyTorch's. Seedlings share the batches and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import RecipeError, out_of_range
from ..models.smallest_adder import PERIOD, TURN_SCALE, VOCABULARY, AdderShape, SmallestAdder, greedy
from ..models.weights import load_weights, weights_of
from ..tasks.addition import Problems
from ..tasks.ten_digits import ROW, WIDTH, TenDigits

Array = NDArray[np.floating]
Weights = dict[str, Array]  # by the names of `SmallestAdder`, each with S in front


@dataclass(frozen=True)
class SeedlingSettings:
    """How they are trained.

    Attributes:
        seeds: of the first weights, one for each seedling.
        steps: of Adam.
        batch: problems in each.
        learning_rate: reached after 100 steps, held for half of them, then down to a fiftieth in a straight line.
        clip: longest gradient of a seedling.
        task_seed: of the problems.
    """

    shape: AdderShape = field(default_factory=AdderShape)
    seeds: Sequence[int] = tuple(range(4))
    steps: int = 2000
    batch: int = 64
    learning_rate: float = 0.06
    clip: float = 1.0
    task_seed: int = 0

    def __post_init__(self) -> None:
        if not self.seeds:
            raise RecipeError("there is no seed", allowed="one or more", hint="seeds=range(4)")
        for name in ("steps", "batch"):
            if getattr(self, name) < 1:
                raise out_of_range(name, getattr(self, name), 1, 10**9)

    def rate(self, number: int) -> float:
        """The learning rate of step `number`, from 1.

        >>> settings = SeedlingSettings(steps=20_000, learning_rate=0.03)
        >>> [round(settings.rate(number), 6) for number in (1, 100, 10_000, 15_000, 20_000)]
        [0.0003, 0.03, 0.03, 0.015, 0.0006]
        """
        left = min(1.0, 2 * (1 - number / self.steps))
        return self.learning_rate * min(1.0, number / 100) * max(0.02, left)


@dataclass(frozen=True)
class SeedlingStep:
    """One step of all seedlings.

    Attributes:
        number: counted from 1.
        losses: of each seedling, in nats a digit of the answer.
        seconds: since the first step began.
    """

    number: int
    losses: tuple[float, ...]
    seconds: float


class Seedlings:
    """Trains fresh models side by side. One set of settings gives one set of weights, bit for bit.

    >>> bed = Seedlings(SeedlingSettings(seeds=(0, 1, 2), steps=2, batch=4))
    >>> [len(step.losses) for step in bed]
    [3, 3]

    Attributes:
        number: of the last step taken.
        weights: of all seedlings.
    """

    def __init__(self, settings: SeedlingSettings) -> None:
        self.settings, self.number = settings, 0
        self.task = TenDigits(settings.task_seed)
        fresh = [weights_of(SmallestAdder(settings.shape, seed=seed)) for seed in settings.seeds]
        self.weights: Weights = {name: np.stack([one[name] for one in fresh]) for name in fresh[0]}
        self._means = {name: np.zeros_like(weight) for name, weight in self.weights.items()}
        self._squares = {name: np.zeros_like(weight) for name, weight in self.weights.items()}
        self._began = 0.0

    def __iter__(self) -> Iterator[SeedlingStep]:
        while self.number < self.settings.steps:
            yield self.step()

    def step(self) -> SeedlingStep:
        """Take one step."""
        self._began = self._began or time.perf_counter()
        ids, answer = self.task.batch(self.number, self.settings.batch)
        self.number += 1
        losses_S, backward = losses(self.weights, ids, answer)
        self._adam(backward(), self.settings.rate(self.number))
        return SeedlingStep(self.number, tuple(losses_S.tolist()), time.perf_counter() - self._began)

    def _adam(self, gradients: Weights, rate: float, beta1: float = 0.9, beta2: float = 0.99) -> None:
        """Adam (Kingma and Ba 2015); each seedling's gradient is shortened apart."""
        squares_S = sum(np.square(g).reshape(len(g), -1).sum(1) for g in gradients.values())
        factor_S = np.minimum(1, self.settings.clip / (np.sqrt(squares_S) + 1e-6))
        rate *= np.sqrt(1 - beta2**self.number) / (1 - beta1**self.number)
        for name, gradient in gradients.items():
            gradient *= factor_S.reshape(-1, *[1] * (gradient.ndim - 1))
            mean, square = self._means[name], self._squares[name]
            mean += (1 - beta1) * (gradient - mean)
            square += (1 - beta2) * (gradient * gradient - square)
            self.weights[name] -= (rate * mean / (np.sqrt(square) + 1e-8)).astype(mean.dtype)

    def model(self, place: int) -> SmallestAdder:
        """Seedling `place` as a model of its own."""
        model = SmallestAdder(self.settings.shape)
        load_weights(model, {name: weight[place] for name, weight in self.weights.items()})
        return model.eval()

    def best(self, problems: int = 2000) -> SmallestAdder:
        """The seedling that gets most fresh problems right, which are neither batches nor tests; the first of equals."""
        fresh = self.task.learned(2**32 - 1, problems)
        right = [exactly_right(self.model(place), fresh).mean() for place in range(len(self.settings.seeds))]
        return self.model(int(np.argmax(right)))


def losses(
    weights: Weights, ids_NT: NDArray[np.int64], answer_NQ: NDArray[np.int64]
) -> tuple[Array, Callable[[], Weights]]:
    """Each seedling's loss [S], and the way back to the gradients of all its weights."""
    value, out, shift, bias = (weights[name][..., None] for name in ("value", "out", "shift", "bias"))
    inner, outer = weights["inner"], weights["outer"]
    points_SV2, points_backward = _points(weights)
    attention_SQT, attention_backward = _attention(weights["turn"])
    S, M, dtype = len(value), answer_NQ.size, value.dtype
    letters_VNT = _one_hot(ids_NT, dtype)
    letters_VM = letters_VNT[:, :, -WIDTH:].reshape(VOCABULARY, M)

    offered_SV = (points_SV2 @ value)[..., 0]
    offered_SNT = (offered_SV @ letters_VNT.reshape(VOCABULARY, -1)).reshape(S, *ids_NT.shape)
    seen_S1M = (offered_SNT @ attention_SQT.swapaxes(1, 2)).reshape(S, 1, M)
    stay, here_S2M = weights["stay"][:, None, None], points_SV2.swapaxes(1, 2) @ letters_VM
    x_S2M = stay * here_S2M + out * seen_S1M
    hidden_SHM = np.tanh(inner.swapaxes(1, 2) @ x_S2M + bias)
    y_S2M = x_S2M + outer.swapaxes(1, 2) @ hidden_SHM + shift
    sharpness = np.exp(weights["sharpness"])[:, None, None]
    logits_SVM = sharpness * (points_SV2 @ y_S2M)
    logits_SVM -= logits_SVM.max(1, keepdims=True)
    chances_SVM = np.exp(np.maximum(logits_SVM, -60))  # smaller ones would only slow the processor down
    sums_SM = chances_SVM.sum(1)
    right_VM = _one_hot(answer_NQ, dtype).reshape(VOCABULARY, M)
    losses_S = (np.log(sums_SM) - (logits_SVM * right_VM).sum(1)).mean(1)

    def backward() -> Weights:
        dlogits = (chances_SVM / sums_SM[:, None] - right_VM) / dtype.type(M)
        dy = sharpness * (points_SV2.swapaxes(1, 2) @ dlogits)
        dpoints = sharpness * (dlogits @ y_S2M.swapaxes(1, 2))
        dhidden = (outer @ dy) * (1 - hidden_SHM * hidden_SHM)
        dx = dy + inner @ dhidden
        dseen_SNQ = (out * dx).sum(1).reshape(S, -1, WIDTH)
        dpoints += stay * (letters_VM @ dx.swapaxes(1, 2))
        doffered_SNT = dseen_SNQ @ attention_SQT
        doffered_SV = doffered_SNT.reshape(S, -1) @ letters_VNT.reshape(VOCABULARY, -1).T
        dpoints += doffered_SV[..., None] * value.swapaxes(1, 2)
        return {
            **points_backward(dpoints),
            "turn": attention_backward(dseen_SNQ.swapaxes(1, 2) @ offered_SNT),
            "value": (doffered_SV[:, None] @ points_SV2)[:, 0],
            "stay": (here_S2M * dx).sum((1, 2)),
            "out": (seen_S1M * dx).sum(2),
            "inner": x_S2M @ dhidden.swapaxes(1, 2),
            "bias": dhidden.sum(2),
            "outer": hidden_SHM @ dy.swapaxes(1, 2),
            "shift": dy.sum(2),
            "sharpness": (dlogits * logits_SVM).sum((1, 2)),
        }

    return losses_S, backward


def _points(weights: Weights) -> tuple[Array, Callable[[Array], Weights]]:
    """Where the digits lie, [S, V, 2]."""
    if "table" in weights:
        return weights["table"], lambda dpoints: {"table": dpoints}
    digits = np.arange(VOCABULARY, dtype=weights["omega"].dtype)
    angle_SV = np.exp(weights["omega"])[:, None] * digits
    points_SV2 = np.stack([np.cos(angle_SV), np.sin(angle_SV)], -1)

    def backward(dpoints: Array) -> Weights:
        dangle_SV = dpoints[..., 1] * points_SV2[..., 0] - dpoints[..., 0] * points_SV2[..., 1]
        return {"omega": (dangle_SV * angle_SV).sum(1)}

    return points_SV2, backward


def _attention(turn_S2: Array) -> tuple[Array, Callable[[Array], Array]]:
    """How much each of the last Q places looks at each of T, [S, Q, T]; only how far apart they are counts."""
    places = np.arange(ROW)
    apart_QT = places[None, :] - places[-WIDTH:, None]
    angle_QT = 2 * np.pi / PERIOD * apart_QT
    hands_2QT = (TURN_SCALE * np.stack([np.cos(angle_QT), np.sin(angle_QT)])).astype(turn_S2.dtype)
    scores_SQT = np.tensordot(turn_S2, hands_2QT, 1)
    scores_SQT = np.where(apart_QT > 0, -np.inf, scores_SQT - scores_SQT.max(2, keepdims=True))
    weights_SQT = np.exp(scores_SQT)
    weights_SQT /= weights_SQT.sum(2, keepdims=True)

    def backward(dweights: Array) -> Array:
        dscores = weights_SQT * (dweights - (dweights * weights_SQT).sum(2, keepdims=True))
        return np.tensordot(dscores, hands_2QT, ((1, 2), (1, 2)))

    return weights_SQT, backward


def _one_hot(ids: NDArray[np.int64], dtype: np.dtype) -> Array:
    return (ids == np.arange(VOCABULARY).reshape(-1, *[1] * ids.ndim)).astype(dtype)


def exactly_right(model: SmallestAdder, problems: Problems) -> NDArray[np.bool_]:
    """Which sums a model writes exactly right, every digit of its own, [N]."""
    written = greedy(model, torch.from_numpy(TenDigits.question(problems)), WIDTH).numpy()
    return TenDigits.numbers(written) == problems.a_N + problems.b_N
