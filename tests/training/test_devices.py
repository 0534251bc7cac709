"""Where things lie: what an optimizer remembers is on the device of its parameter."""

from __future__ import annotations

import pytest
import torch

from mebuki import recipes
from mebuki.errors import RecipeError
from mebuki.models import build, shape_of
from mebuki.training.optimizers import Optimizers
from mebuki.training.settings import TrainingSettings


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_loaded_states_lie_where_their_parameters_do(optimizer: str) -> None:
    """Fused AdamW wants its counter of steps there too. The device without memory stands for another one."""
    model = build("transformer", 11, shape_of("transformer", "tiny", width=8, context=4))
    model(torch.zeros(2, 4, dtype=torch.long)).sum().backward()
    trained = Optimizers(model, TrainingSettings(optimizer=optimizer))
    trained.step(1.0)
    elsewhere = Optimizers(model.to("meta"), TrainingSettings(optimizer=optimizer))
    elsewhere.load(trained.state())
    assert {name for name in elsewhere.state() if ".step." in name}
    assert {tensor.device.type for tensor in elsewhere.state().values()} == {"meta"}


def test_loaded_states_are_copies() -> None:
    model = build("bigram", 11, shape_of("bigram", "tiny"))
    model(torch.zeros(2, 4, dtype=torch.long)).sum().backward()
    trained = Optimizers(model, TrainingSettings())
    trained.step(1.0)
    kept = {name: tensor.clone() for name, tensor in trained.state().items()}
    other = Optimizers(model, TrainingSettings())
    other.load(trained.state())
    other.step(1.0)
    assert all(torch.equal(trained.state()[name], tensor) for name, tensor in kept.items())


def test_untested_devices_are_no_choice() -> None:
    with pytest.raises(RecipeError, match=r"'mps' is unknown(.|\n)*allowed: auto, cpu, cuda"):
        recipes.bigram("a.txt", device="mps")
