"""One step of training with all its numbers: what is read, what is foretold, the loss, the gradient, and what changes.

The step is the trainer's own, on a copy of the model; nothing on disk changes.

Shapes: T time, V vocabulary, D width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import out_of_range
from ..generation.telling import softmax
from ..jsonable import jsonable
from .engines import ENGINES

if TYPE_CHECKING:
    from .run import Run

SHOWN = 8  # numbers of an embedding


@dataclass(frozen=True)
class Guess:
    """A token that might follow, before the step and after it."""

    id: int
    token: str
    logit: float
    probability: float
    probability_after: float


@dataclass(frozen=True)
class Position:
    """One place of the window.

    Attributes:
        id, token: that was read.
        target_id, target: that followed.
        embedding: the first 8 numbers of the vector that the token becomes.
        logit: of the target.
        probability, loss: of the target, the loss in nats; `_after`: once the step is done.
        guesses: the likeliest before the step.
    """

    id: int
    token: str
    target_id: int
    target: str
    embedding: tuple[float, ...]
    logit: float
    probability: float
    loss: float
    probability_after: float
    loss_after: float
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Group:
    """The parameters of one layer.

    Attributes:
        name: `embedding`, `layers.0`, `blocks.3`, `output` …
        parameters: how many numbers.
        weight, gradient, update: lengths of its weights, of their gradient (before clipping), and of what the step added.
    """

    name: str
    parameters: int
    weight: float
    gradient: float
    update: float


@dataclass(frozen=True)
class OneStep:
    """A step.

    Attributes:
        kind: of the model.
        step: of the checkpoint that it began with; 0: fresh weights.
        start: place of the window in the text to learn from, in tokens.
        text: the window, its last token only foretold.
        optimizer: muon or adamw, as the recipe has it, without memory of earlier steps.
        rate: share of the full learning rate.
        loss, loss_after: mean over the window, in nats.
        gradient: its length; where it is longer than `clip`, it is scaled down to that. clip 0: never.
        positions: T of them.
        groups: in the order in which they are used.
    """

    kind: str
    step: int
    start: int
    text: str
    optimizer: str
    rate: float
    loss: float
    loss_after: float
    gradient: float
    clip: float
    positions: tuple[Position, ...]
    groups: tuple[Group, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


def one_step(
    run: Run, *, fresh: bool = False, start: int = 0, length: int = 16, rate: float = 1.0, top: int = 5
) -> OneStep:
    """Take one step of training on one short window of the run's text, without dropout.

    Args:
        fresh: begin with the weights that the run began with, drawn anew, instead of those of its checkpoint.
        start: where the window begins in the text to learn from, in tokens.
        length: T, 1 to the model's context.
        rate: share of the recipe's full learning rate, above 0, to 100.
        top: guesses told at each place, 1 to 100.

    Raises:
        RecipeError: a number outside its range.
    """
    import torch

    from ..training.trainer import Trainer

    train, context, vocabulary = run.corpus.train, run.recipe.shape.context, run.info["vocabulary"]
    ranges = {
        "length": (length, 1, min(context, len(train) - 1)),
        "start": (start, 0, len(train) - 1 - length),
        "rate": (rate, 1e-9, 100),
        "top": (top, 1, 100),
    }
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            raise out_of_range(name, value, low, high)
    model = ENGINES["torch"].model(run.recipe, vocabulary) if fresh else run.model(engine="torch")
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    ids = train[start : start + length + 1]
    x_BT, y_BT = ids[None, :-1], ids[None, 1:]
    plain = {"ema": 0.0, "accumulation": 1, "compile": False, "device": "cpu", "precision": "float32"}
    settings = replace(run.recipe.training, **plain)
    trainer = Trainer(model, lambda number: (x_BT, y_BT), settings, chosen="float32", compiled=False)

    logits_TV, vectors_TD = _read(model, run.recipe.model, x_BT)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    trainer.learn(0, x_BT, y_BT)
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    norm = trainer.clip(settings.clip or float("inf"))
    trainer.update(rate)
    after_TV, _ = _read(model, run.recipe.model, x_BT)

    names: dict[str, list[str]] = {}
    for name in before:
        names.setdefault(_group(name), []).append(name)
    changes = {name: p.detach() - before[name] for name, p in model.named_parameters()}
    groups = tuple(
        Group(
            group,
            sum(before[name].numel() for name in members),
            *(_length([of[name] for name in members if name in of]) for of in (before, gradients, changes)),
        )
        for group, members in names.items()
    )
    p_TV, after_TV = (np.stack([softmax(row) for row in rows]) for rows in (logits_TV, after_TV))
    token = run.tokenizer.token
    positions = []
    for t, (id, target) in enumerate(zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True)):
        p, later = float(p_TV[t, target]), float(after_TV[t, target])
        guesses = tuple(
            Guess(i, token(i), float(logits_TV[t, i]), float(p_TV[t, i]), float(after_TV[t, i]))
            for i in np.argsort(-p_TV[t], kind="stable")[:top].tolist()
        )
        vector = tuple(vectors_TD[t, :SHOWN].tolist())
        named = id, token(id), target, token(target), vector, float(logits_TV[t, target])
        positions.append(Position(*named, p, _surprise(p), later, _surprise(later), guesses))
    return OneStep(
        run.recipe.model,
        0 if fresh else run.checkpoint(run.chosen).state.step,
        start,
        run.tokenizer.decode(ids),
        settings.optimizer,
        rate,
        sum(position.loss for position in positions) / length,
        sum(position.loss_after for position in positions) / length,
        norm,
        settings.clip,
        tuple(positions),
        groups,
    )


def _read(model: Any, kind: str, x_BT: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Logits [T, V], and what each token becomes first, [T, D]."""
    import torch

    model.eval()
    with torch.inference_mode():
        ids = torch.from_numpy(x_BT)
        vectors = model.hidden.weight.t()[ids] if kind == "bigram" else model.embedding(ids)
        return model(ids)[0].numpy(), vectors[0].numpy()


def _group(name: str) -> str:
    """The layer of a parameter.

    >>> _group("blocks.0.mlp.down.weight"), _group("embedding.weight")
    ('blocks.0', 'embedding')
    """
    first, second, *_ = name.split(".")
    return f"{first}.{second}" if second.isdigit() else first


def _surprise(probability: float) -> float:
    return -math.log(max(probability, 1e-300))


def _length(tensors: list[Any]) -> float:
    return float(sum(float(tensor.double().square().sum()) for tensor in tensors)) ** 0.5
