"""Training as an iterator: what a step does, and that a saved trainer goes on bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from clock import Clock, V

from mebuki.errors import MebukiError, RecipeError
from mebuki.models import LanguageModel, build, shape_of
from mebuki.training.batches import Batches
from mebuki.training.settings import TrainingSettings
from mebuki.training.trainer import Trainer

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
PLAIN = TrainingSettings(steps=20, batch=4, precision="float32", warmup=2)


def small(kind: str, **numbers: Any) -> LanguageModel:
    torch.manual_seed(1)
    sizes: dict[str, Any] = {"hidden": 12} if kind == "bigram" else {"width": 12, "layers": 2}
    if kind == "transformer":
        sizes |= {"heads": 2}
    return build(kind, V, shape_of(kind, "tiny", context=6, **{**sizes, **numbers}))


def trainer(kind: str, settings: TrainingSettings = PLAIN, **numbers: Any) -> Trainer:
    return Trainer(small(kind, **numbers), Batches(Clock(), 6, settings.batch, seed=3), settings, seed=3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_it_learns(kind: str, optimizer: str) -> None:
    """What follows is nearly always certain: the loss falls from ln 7 to near that of the skips."""
    settings = replace(PLAIN, steps=60, batch=8, optimizer=optimizer, learning_rate=0.02)
    steps = list(trainer(kind, settings))
    assert abs(steps[0].loss - np.log(V)) < 0.5
    assert np.mean([step.loss for step in steps[-10:]]) < 0.8
    assert [step.number for step in steps] == list(range(1, 61))


def test_a_step_says_how_it_went() -> None:
    training = trainer("gru", replace(PLAIN, accumulation=3))
    x, y = (
        torch.from_numpy(np.concatenate(parts)) for parts in zip(*(training.batches(n) for n in range(3)), strict=True)
    )
    with torch.no_grad():
        expected = F.cross_entropy(training.model(x).flatten(0, 1), y.flatten()).item()
    step = training.step()
    assert step.loss == pytest.approx(expected, rel=1e-5)
    assert step.tokens == 3 * 4 * 6
    assert step.rate == 0.5
    assert step.gradient_norm > 0
    assert 0 < step.seconds == training.seconds


def test_it_ends_where_the_recipe_says() -> None:
    training = trainer("bigram")
    assert len(list(training)) == 20
    assert training.over
    assert list(training) == []


def test_accumulated_batches_are_one_large_batch() -> None:
    """Two batches of 4 give the weights of one batch of 8, up to rounding."""
    ones = trainer("transformer", replace(PLAIN, batch=8, steps=6))
    twos = trainer("transformer", replace(PLAIN, batch=4, steps=6, accumulation=2))
    for one, two in zip(ones, twos, strict=True):
        assert one.loss == pytest.approx(two.loss, abs=1e-4)
        assert one.tokens == two.tokens


def test_accumulated_gradients_are_those_of_one_large_batch() -> None:
    found = []
    for settings in (replace(PLAIN, batch=8, clip=0.0), replace(PLAIN, batch=4, accumulation=2, clip=0.0)):
        training = trainer("lstm", settings)
        grads: dict[str, torch.Tensor] = {}
        training.optimizers.step = lambda rate, t=training, g=grads: g.update(  # type: ignore[method-assign]
            {name: p.grad.clone() for name, p in t.model.named_parameters()}
        )
        training.step()
        found.append(grads)
    for name, gradient in found[0].items():
        assert torch.allclose(gradient, found[1][name], atol=1e-6), name


@pytest.mark.parametrize(("clip", "longest"), [(0.01, 0.01), (0.0, None), (1e9, None)])
def test_gradients_are_clipped_to_the_norm_allowed(clip: float, longest: float | None) -> None:
    training = trainer("rnn", replace(PLAIN, clip=clip))
    norms: list[float] = []
    training.optimizers.step = lambda rate: norms.append(  # type: ignore[method-assign]
        torch.cat([p.grad.flatten() for p in training.model.parameters()]).norm().item()
    )
    step = training.step()
    assert step.gradient_norm > 0.01
    assert norms[0] == pytest.approx(longest or step.gradient_norm, rel=1e-3)


def test_averaged_weights_are_the_moving_average() -> None:
    training = trainer("gru", replace(PLAIN, ema=0.5, steps=15))
    average = {name: p.detach().clone() for name, p in training.model.named_parameters()}
    for step in training:
        memory = min(0.5, step.number / (step.number + 10))
        for name, parameter in training.model.named_parameters():
            average[name] = memory * average[name] + (1 - memory) * parameter.detach()
    for name, tensor in training.weights().items():
        assert np.allclose(tensor, average[name], atol=1e-6), name
        assert not np.array_equal(tensor, training.model.get_parameter(name).detach())


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({}, {}),
        ({"optimizer": "muon"}, {}),
        (
            {"optimizer": "muon", "ema": 0.9, "accumulation": 2, "clip": 0.1, "weight_decay": 0.1},
            {"dropout": 0.3},
        ),
        ({"ema": 0.9, "accumulation": 2, "clip": 0.1}, {"dropout": 0.3}),
        ({"precision": "bfloat16", "optimizer": "muon"}, {}),
    ],
    ids=["adamw", "muon", "all with muon", "all with adamw", "bfloat16"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_trainer_goes_on_bit_for_bit(kind: str, changes: dict[str, Any], numbers: dict[str, Any]) -> None:
    settings = replace(PLAIN, steps=7, **changes)
    if kind == "bigram":
        numbers = {}
    if kind in ("rnn", "lstm", "gru"):
        settings = replace(settings, precision="float32")
    whole = trainer(kind, settings, **numbers)
    losses = [step.loss for step in whole]

    first = trainer(kind, settings, **numbers)
    early = [first.step().loss for _ in range(4)]
    weights = {name: tensor.copy() for name, tensor in first.weights().items()}
    state = {name: tensor.copy() for name, tensor in first.state().items()}
    torch.manual_seed(999)
    second = trainer(kind, settings, **numbers)
    with torch.no_grad():
        for parameter in second.model.parameters():
            parameter.fill_(7.0)  # nothing of a fresh model may be left
    second.load(weights, state)
    second.number = 4
    assert early + [step.loss for step in second] == losses
    for name, tensor in whole.weights().items():
        assert np.array_equal(tensor, second.weights()[name]), name
    for name, tensor in whole.state().items():
        assert np.array_equal(tensor, second.state()[name]), name


def test_training_does_not_depend_on_torchs_own_random_numbers() -> None:
    one, two = (trainer("transformer", dropout=0.4) for _ in range(2))
    torch.manual_seed(5)
    first = [step.loss for step in one]
    torch.manual_seed(6)
    second = []
    for step in two:
        torch.rand(3)
        second.append(step.loss)
    assert first == second


def test_dropout_has_its_own_seed() -> None:
    batches = Batches(Clock(), 6, 4, seed=3)
    one, two = (Trainer(small("gru", dropout=0.5), batches, PLAIN, seed=seed) for seed in (0, 1))
    one.step(), two.step()  # a fresh output gives nothing on, so that dropout shows from the second step
    assert one.step().loss != two.step().loss


@pytest.mark.parametrize("kind", ["bigram", "transformer"])
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_bfloat16_learns_as_well(kind: str, optimizer: str) -> None:
    settings = replace(PLAIN, steps=50, batch=8, optimizer=optimizer, learning_rate=0.02, precision="bfloat16")
    training = trainer(kind, settings)
    seen: set[torch.dtype] = set()
    training.model.output.register_forward_hook(lambda module, given, logits: seen.add(logits.dtype))
    losses = [step.loss for step in training]
    assert np.mean(losses[-5:]) < 1.0
    quick = training.model.quick
    assert (quick.dtype if quick else seen) == (torch.bfloat16 if quick else {torch.bfloat16})
    assert all(p.dtype == torch.float32 for p in training.model.parameters())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_compiled_steps_are_those_of_automatic_differentiation(precision: str) -> None:
    """Twenty steps with accumulation, clipping and averages."""
    if not small("transformer").quicken(precision, wait=True):
        pytest.skip("no compiled kernels here")
    settings = replace(PLAIN, steps=20, batch=4, accumulation=2, optimizer="muon", ema=0.9, precision=precision)
    losses, models = [], []
    for compiled in (True, False):
        model = small("transformer")
        training = Trainer(model, Batches(Clock(), 6, 4, seed=3), settings, compiled=compiled)
        assert bool(model.quick) == compiled
        losses.append([step.loss for step in training])
        with training.usable() as usable:
            models.append(torch.cat([p.detach().flatten() for p in usable.parameters()]))
    close = 1e-4 if precision == "float32" else 0.05
    assert losses[0] == pytest.approx(losses[1], abs=close)
    assert (models[0] - models[1]).norm() < 10 * close * models[1].norm()


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_models_that_need_float32_refuse_bfloat16(kind: str) -> None:
    with pytest.raises(RecipeError, match=r"bfloat16(.|\n)*allowed: auto, float32"):
        trainer(kind, replace(PLAIN, precision="bfloat16"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_training_that_blows_up_says_so(kind: str, value: float) -> None:
    training = trainer(kind)
    training.step()
    with torch.no_grad():
        next(training.model.parameters()).fill_(value)
    with pytest.raises(MebukiError, match=r"step 2: training has blown up(.|\n)*--learning-rate than 0\.003"):
        training.step()


def test_a_gradient_that_blows_up_says_so() -> None:
    """The loss may still be finite when its gradient is not any more."""
    training = trainer("bigram")
    training.model.output.bias.register_hook(lambda gradient: gradient * float("inf"))
    before = {name: p.detach().clone() for name, p in training.model.named_parameters()}
    with pytest.raises(MebukiError, match="blown up"):
        training.step()
    for name, parameter in training.model.named_parameters():
        assert torch.equal(parameter, before[name]), "the step was taken all the same"


def test_a_learning_rate_without_reason_is_told() -> None:
    settings = replace(PLAIN, steps=200, clip=0.0, warmup=0)
    object.__setattr__(settings, "learning_rate", 1e38)  # beyond what a recipe allows
    with pytest.raises(MebukiError, match="blown up"):
        list(trainer("rnn", settings))
