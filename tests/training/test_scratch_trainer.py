"""The engine of NumPy alone takes the very steps that PyTorch takes, and goes on bit for bit after a stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from clock import Clock, V
from laws import far

from mebuki import scratch
from mebuki.errors import MebukiError, RecipeError
from mebuki.models import build, shape_of
from mebuki.shapes import Shape
from mebuki.training.batches import Batches
from mebuki.training.scratch_trainer import ScratchTrainer
from mebuki.training.settings import TrainingSettings
from mebuki.training.trainer import Trainer

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
PLAIN = TrainingSettings(engine="scratch", steps=12, batch=4, warmup=2)


def shape(kind: str, **numbers: Any) -> Shape:
    sizes: dict[str, Any] = {"hidden": 12} if kind == "bigram" else {"width": 12, "layers": 2}
    if kind == "transformer":
        sizes |= {"heads": 2}
    return shape_of(kind, "tiny", context=6, **{**sizes, **numbers})


def trainer(kind: str, settings: TrainingSettings = PLAIN, **numbers: Any) -> ScratchTrainer:
    model = scratch.build(kind, V, shape(kind, **numbers), rng=1)
    return ScratchTrainer(model, Batches(Clock(), 6, settings.batch, seed=3), settings, seed=3)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_engines_take_the_same_steps(kind: str, optimizer: str) -> None:
    """From the same weights, in float64: losses, gradient norms, rates, weights, averages, and what is remembered."""
    settings = replace(PLAIN, optimizer=optimizer, ema=0.9, accumulation=2, clip=0.5, weight_decay=0.1)
    by_hand = trainer(kind, settings)
    by_hand.model.astype(np.float64)
    by_hand = ScratchTrainer(by_hand.model, by_hand.batches, settings, seed=3)
    model = build(kind, V, shape(kind)).double()
    with torch.no_grad():
        for name, value in by_hand.model.weights().items():
            model.get_parameter(name).copy_(torch.from_numpy(value))
    theirs = Trainer(model, by_hand.batches, replace(settings, engine="torch", precision="float32"), seed=3)
    theirs.loss = lambda x, y: torch.nn.functional.cross_entropy(  # in float64, which the trainer's own is not
        theirs.model(x).flatten(0, 1), y.flatten()
    )
    if theirs.optimizers.muon:
        theirs.optimizers.muon.dtype = torch.float64
    for ours, step in zip(by_hand, theirs, strict=True):
        assert ours.loss == pytest.approx(step.loss, rel=1e-7)  # PyTorch clips by norm + 1e-6
        assert ours.gradient_norm == pytest.approx(step.gradient_norm, rel=1e-6)
        assert (ours.number, ours.rate, ours.tokens) == (step.number, step.rate, step.tokens)
    for mine, other in ((by_hand.weights(), theirs.weights()), (by_hand.state(), theirs.state())):
        assert mine.keys() == other.keys()
        for name, value in mine.items():
            assert far(value, other[name]) <= 1e-6, name
    assert by_hand.shapes(12) == theirs.shapes(12)
    assert by_hand.shapes(0) == theirs.shapes(0)


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({}, {}),
        ({"optimizer": "muon", "ema": 0.9, "accumulation": 2, "clip": 0.1, "weight_decay": 0.1}, {"dropout": 0.3}),
        ({"ema": 0.9, "accumulation": 2, "clip": 0.1}, {"dropout": 0.3}),
    ],
    ids=["plain", "all with muon", "all with adamw"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_trainer_goes_on_bit_for_bit(kind: str, changes: dict[str, Any], numbers: dict[str, Any]) -> None:
    settings, numbers = replace(PLAIN, steps=7, **changes), {} if kind == "bigram" else numbers
    whole = trainer(kind, settings, **numbers)
    losses = [step.loss for step in whole]
    first = trainer(kind, settings, **numbers)
    early = [first.step().loss for _ in range(4)]
    weights = {name: value.copy() for name, value in first.weights().items()}
    state = {name: value.copy() for name, value in first.state().items()}
    second = trainer(kind, settings, **numbers)
    for parameter in second.model.parameters():
        parameter.value.fill(7.0)  # nothing of a fresh model may be left
    second.load(weights, state)
    second.number = 4
    assert early + [step.loss for step in second] == losses
    for mine, other in ((whole.weights(), second.weights()), (whole.state(), second.state())):
        assert mine.keys() == other.keys()
        assert all(np.array_equal(value, other[name]) for name, value in mine.items())


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns(kind: str) -> None:
    """What follows is nearly always certain: the loss falls from ln 7 to near that of the skips."""
    settings = replace(PLAIN, steps=60, batch=8, learning_rate=0.02)
    steps = list(trainer(kind, settings))
    assert abs(steps[0].loss - np.log(V)) < 0.6
    assert np.mean([step.loss for step in steps[-10:]]) < 0.8


def test_averaged_weights_are_used_and_put_back() -> None:
    training = trainer("gru", replace(PLAIN, ema=0.5))
    list(training)
    raw = {name: value.copy() for name, value in training.model.weights().items()}
    with training.usable() as model:
        assert all(np.array_equal(value, training.weights()[name]) for name, value in model.weights().items())
        assert not np.array_equal(model.weights()["output.bias"], raw["output.bias"])
    assert all(np.array_equal(value, raw[name]) for name, value in training.model.weights().items())


def test_dropout_is_a_function_of_seed_and_step() -> None:
    one, two, other = (trainer("lstm", dropout=0.5) for _ in range(3))
    other.seed = 4
    losses = [[step.loss for step in training] for training in (one, two, other)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("kind", ["bigram", "transformer"])
@pytest.mark.filterwarnings("error")
def test_a_learning_rate_that_explodes_is_named(kind: str) -> None:
    """Without a warning before it: the message says what happened and what to try."""
    settings = replace(PLAIN, steps=60, learning_rate=100.0, clip=0.0, warmup=0, optimizer="adamw")
    training = trainer(kind, settings)
    for parameter in training.model.parameters():
        parameter.value *= 1e30
    with pytest.raises(MebukiError, match=r"(was given .* not finite|has blown up)(.|\n)*lower"):
        list(training)


@pytest.mark.parametrize(("name", "value"), [("precision", "bfloat16"), ("device", "cuda"), ("compile", True)])
def test_what_only_pytorch_has_is_refused(name: str, value: Any) -> None:
    with pytest.raises(RecipeError, match=f"{name} is .*, which the engine scratch does not have"):
        TrainingSettings(engine="scratch", **{name: value})
