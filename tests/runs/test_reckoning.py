"""What is reckoned for GPUs is what a small model really does: operations, numbers kept, bytes saved."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from mebuki.cli.main import main
from mebuki.models import build
from mebuki.recipes import Recipe, named
from mebuki.runs.reckoning import GPUS, activation_bytes, reckon
from mebuki.shapes import TransformerShape
from mebuki.training.batches import Batches
from mebuki.training.trainer import Trainer

V = 96
SHAPES = {
    "plain": {"width": 64, "layers": 2, "heads": 4, "tied": True},
    "untied": {"width": 64, "layers": 3, "heads": 4, "tied": False},
    "grouped": {"width": 64, "layers": 2, "heads": 4, "key_value_heads": 1, "hidden": 96, "tied": True},
}


def recipe(name: str = "plain", **changes: Any) -> Recipe:
    return named("transformer", "none.txt", **SHAPES[name], context=32, batch=8, steps=10, **changes)


def small(name: str) -> tuple[TransformerShape, Any]:
    shape = recipe(name).shape
    assert isinstance(shape, TransformerShape)
    return shape, build("transformer", V, shape)


@pytest.mark.parametrize("name", SHAPES)
def test_operations_are_those_that_torch_counts(name: str) -> None:
    shape, model = small(name)
    ids = torch.zeros(2, shape.context, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        model(ids).sum().backward()
    counted = counter.get_total_flops() / ids.numel()
    assert reckon(recipe(name), V, GPUS["h100"], 2).token_flops == pytest.approx(counted, rel=1e-3)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("half", [True, False])
def test_activations_are_those_that_a_block_keeps(name: str, half: bool) -> None:
    """Bytes that autograd keeps, by two lengths of a batch and two depths; attention weights, which GPUs do not keep, apart."""
    shape, _ = small(name)

    def kept(layers: int, batch: int) -> int:
        torch.manual_seed(0)
        model = build("transformer", V, TransformerShape(**{**vars(shape), "layers": layers}))
        own = {p.untyped_storage().data_ptr() for p in model.parameters()}
        held: dict[int, torch.Tensor] = {}

        def pack(tensor: torch.Tensor) -> torch.Tensor:
            if (place := tensor.untyped_storage().data_ptr()) not in own:
                held[place] = tensor
            return tensor

        ids = torch.randint(V, (batch, shape.context))
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                logits = model(ids)
            F.cross_entropy(logits.float().flatten(0, 1), ids.flatten())
        return sum(tensor.untyped_storage().nbytes() for tensor in held.values())

    both = (kept(3, 4) - kept(3, 2)) - (kept(2, 4) - kept(2, 2))
    found = both / (2 * shape.context) - shape.heads * shape.context * (2 if half else 4)
    assert activation_bytes(shape, half) == pytest.approx(found, rel=0.08)


@pytest.mark.parametrize("changes", [{"optimizer": "adamw"}, {"optimizer": "muon"}, {"optimizer": "muon", "ema": 0.9}])
def test_memory_and_checkpoint_are_those_of_a_trainer(changes: dict[str, Any], tmp_path: Path) -> None:
    about = recipe(precision="float32", **changes)
    _, model = small("plain")
    ids = np.arange(2000, dtype=np.uint16) % V
    (tmp_path / "ids").write_bytes(ids.tobytes())
    from mebuki.text.ids import Ids

    trainer = Trainer(model, Batches(Ids(tmp_path / "ids", np.uint16), 32, 8, 0), about.training)
    trainer.step()
    plan = reckon(about, V, GPUS["a100"], 1)
    weights, state = (sum(value.nbytes for value in part.values()) for part in (trainer.weights(), trainer.state()))
    assert plan.memory["weights"] == weights
    assert plan.checkpoint == pytest.approx(weights + state, rel=1e-3)  # and some counters
    assert "buffers" not in plan.memory
    assert plan.memory["optimizer"] == pytest.approx(state, rel=1e-3)  # with the average, if there is one


def test_what_is_shared_out_grows_less_with_more() -> None:
    one, eight = (reckon(recipe(), V, GPUS["h100"], gpus, shard=True) for gpus in (1, 8))
    for part in ("weights", "gradients", "optimizer"):
        assert eight.memory[part] == one.memory[part] / 8
    assert (one.wire, eight.seconds) == (0.0, pytest.approx(one.seconds / 8))
    assert eight.cost == pytest.approx(one.cost)
    assert eight.memory["activations"] == one.memory["activations"] / 8


def fences(text: str) -> list[tuple[str, str]]:
    """Commands of `mebuki estimate` in a page, each with what stands below it."""
    found = re.findall(r"```\n\$ (mebuki estimate .*?[^\\])\n(.*?)```", text, re.DOTALL)
    return [(command.replace("\\\n", " "), output) for command, output in found]


def test_the_page_tells_what_the_command_tells(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text(encoding="utf-8")
    told = fences(page)
    assert told
    for command, output in told:
        assert main(shlex.split(command)[1:]) == 0
        printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert [line for line in printed if line] == [line for line in output.splitlines() if line]


def test_the_tables_of_the_page_are_reckoned() -> None:
    """Each row of GPUs and each row of sizes, from the same function."""
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text(encoding="utf-8")
    [first] = [command for command, _ in fences(page)][:1]
    from mebuki.cli.estimate import _recipe, parser

    given = parser().parse_args([*shlex.split(first)[2:], "library"])
    about = _recipe(given, None)
    rows = re.findall(r"\| (H100|A100) \| (\d+)% \| ([\d.]+) M \|.*\| \$(\d+) \|", page)
    assert len(rows) == 4
    for gpu, share, pace, cost in rows:
        plan = reckon(about, 50304, GPUS[gpu.lower()], 8, share=int(share) / 100)
        assert f"{plan.tokens_per_second / 1e6:.1f}" == pace
        assert f"{plan.cost / plan.tokens * 1e10:.0f}" == cost


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--gpus", "8"], "how many letters"),
        (["--gpu", "h100"], "--gpu without --gpus"),
        (["--gpus", "0", "--tokenizer", "byte-pairs"], "gpus is 0"),
        (["--gpus", "8", "--gpu", "h1000", "--tokenizer", "byte-pairs"], "try: h100"),
        (["--gpus", "8", "--mfu", "2", "--tokenizer", "byte-pairs"], "mfu is 2"),
        (["--gpus", "8", "--model", "gru", "--tokenizer", "byte-pairs"], "a gru is not planned"),
        (["--gpus", "8", "--minutes", "3", "--tokenizer", "byte-pairs"], "in minutes"),
        (["--gpus", "99", "--tokenizer", "byte-pairs"], "cannot be shared by 99"),
    ],
)
def test_what_cannot_be_planned_is_told(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", *options]) == 2
    assert words in capsys.readouterr().err
