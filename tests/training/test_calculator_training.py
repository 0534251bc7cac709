"""Training the calculator: batches from seed and step, hand-made gradients, stopping and going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mebuki import kernels
from mebuki.errors import MebukiError, RecipeError, RunError
from mebuki.models.placed import PlacedTransformer
from mebuki.runs.calculator import CalculatorRun, resume, train_calculator
from mebuki.shapes import TransformerShape
from mebuki.tasks.calculator.encoding import TABLES, VOCABULARY, examples
from mebuki.tasks.calculator.suites import examination
from mebuki.training.calculator import CalculatorTrainer, ProblemBatches
from mebuki.training.calculator_settings import RECIPES, CalculatorSettings, recipe
from mebuki.training.calculator_shape import shape_of
from mebuki.training.drawing import DrawnAhead

TINY = CalculatorSettings(
    width=16,
    layers=1,
    heads=2,
    letters=256,
    steps=12,
    examinations=2,
    examined=2,
    warmup=2,
    threads=1,
    problems="addition",
)
SHAPE = TransformerShape(width=32, layers=2, heads=2, context=64, tied=False, qk_norm=False)


def model() -> PlacedTransformer:
    torch.manual_seed(0)
    made = PlacedTransformer(VOCABULARY, TABLES, SHAPE)
    torch.nn.init.normal_(made.output.weight, std=0.2)
    for block in made.blocks:
        torch.nn.init.normal_(block.attention.out.weight, std=0.2)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
        torch.nn.init.normal_(block.mlp.down.weight, std=0.2)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    return made


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for by whoever has it now does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    x, y = examples(examination("add 1-3 digits", 7, 0))
    return torch.from_numpy(x), torch.from_numpy(y)


def test_the_compiled_step_equals_automatic_differentiation() -> None:
    """Several ids a position, and targets that do not count."""
    if kernels.load("passes") is None:
        pytest.skip("no kernels here")
    x, y = batch()
    one, other = model(), model()
    loss = F.cross_entropy(one(x).flatten(0, 1), y.flatten(), ignore_index=-1)
    loss.backward()
    assert other.quicken("float32", wait=True)
    assert other.quick
    assert other.quick(x, y) == pytest.approx(loss.item(), abs=1e-6)
    for (name, p), q in zip(one.named_parameters(), other.parameters(), strict=True):
        assert p.grad is not None
        assert q.grad is not None
        torch.testing.assert_close(q.grad, p.grad, atol=2e-6, rtol=2e-5, msg=name)


def test_windows_of_many_sizes_share_their_memory() -> None:
    if kernels.load("passes") is None:
        pytest.skip("no kernels here")
    x, y = batch()
    first, mixed = model(), model()
    for made in (first, mixed):
        assert made.quicken("float32", wait=True)
    assert first.quick
    assert mixed.quick
    wanted = first.quick(x, y)
    for rows, columns in ((2, 16), (7, 16), (1, 16), (5, 16)):
        mixed.quick(x[:rows, :columns], y[:rows, :columns])
    assert mixed.quick(x, y) == wanted


def test_stepping_equals_the_full_forward() -> None:
    made = model().double().eval()
    x, _ = batch()
    with torch.no_grad():
        whole = made(x)
        logits, state = made.start(x[:, :3])
        torch.testing.assert_close(logits, whole[:, 2], atol=1e-10, rtol=0)
        for t in range(3, x.shape[1]):
            logits, state = made.step(x[:, t], state)
            torch.testing.assert_close(logits, whole[:, t], atol=1e-10, rtol=0)


def test_batches_are_a_function_of_seed_and_step() -> None:
    one, two = ProblemBatches(TINY), ProblemBatches(TINY)
    for number in (20, 3, 20):
        for a, b in zip(one(number), two(number), strict=True):
            assert (a == b).all()
    assert not np.array_equal(one(0)[0], ProblemBatches(replace(TINY, seed=1))(0)[0])


def test_batches_have_about_the_letters_that_are_asked_for() -> None:
    sizes = [ProblemBatches(replace(TINY, letters=2048))(n)[0].shape for n in range(8)]
    assert all(1000 < rows * columns < 4000 for rows, columns, _ in sizes)


def test_who_makes_up_the_problems_changes_nothing(tmp_path) -> None:
    """Asked in order, from the middle of a pool, back and far ahead, by processes beside; and a training with them."""
    alone, ahead = ProblemBatches(TINY), DrawnAhead(replace(TINY, workers=2))
    for number in (0, 1, 15, 16, 17, 40, 41, 49, 3, 200):
        for a, b in zip(alone(number), ahead(number), strict=True):
            assert a.dtype == b.dtype
            assert (a == b).all()
    ahead.close()
    whole, other = (train_calculator(replace(TINY, workers=n), tmp_path / str(n)) for n in (0, 2))
    for name, weights in whole.calculator().weights.items():
        assert (weights == other.calculator().weights[name]).all(), name


def test_a_lost_process_is_told_and_begun_again() -> None:
    ahead = DrawnAhead(replace(TINY, workers=1))
    ahead(0)
    ahead.workers[0].kill()
    ahead.workers[0].wait()
    with pytest.raises(MebukiError, match="makes up problems is gone"):
        [ahead(number) for number in range(0, 64, 16)]
    assert ahead.workers == []
    assert (ahead(64)[0] == ProblemBatches(TINY)(64)[0]).all()
    ahead.close()


def test_the_processes_end_with_a_training_that_is_killed() -> None:
    code = (
        "from mebuki.training.drawing import *; import os, time;"
        "ahead = DrawnAhead(CalculatorSettings(letters=256, workers=2)); ahead(0);"
        "print(*(worker.pid for worker in ahead.workers), flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    workers = [int(word) for word in process.stdout.readline().split()]
    assert len(workers) == 2
    if not all(alive(pid) for pid in workers):
        pytest.skip("processes cannot be looked at here")
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in workers)


def test_learning_lowers_the_loss() -> None:
    losses = [step.loss for step in CalculatorTrainer(replace(TINY, width=32, steps=60, letters=1024))]
    assert np.mean(losses[-10:]) < 0.75 * np.mean(losses[:5])


def test_stopped_and_resumed_equals_never_stopped(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train_calculator(TINY, tmp_path / "whole")
    seen = []

    def stop(progress) -> None:
        seen.append(progress)
        if progress.step >= 5:
            os.kill(os.getpid(), signal.SIGINT)

    ticks = count()
    monkeypatch.setattr("mebuki.runs.calculator.time.monotonic", lambda: next(ticks))
    stopped = train_calculator(TINY, tmp_path / "stopped", watch=stop)
    monkeypatch.undo()
    assert not stopped.done
    resumed = resume(tmp_path / "stopped")
    assert resumed.done
    for name, weights in whole.calculator().weights.items():
        assert (weights == resumed.calculator().weights[name]).all(), name
    kept = [[row for row in run.metrics if row["event"] == "examination"] for run in (whole, resumed)]
    assert [row["exact"] for row in kept[0]] == [row["exact"] for row in kept[1]]


def test_beginning_with_the_weights_of_another_run(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the weights comes along; stopped before the first checkpoint, it begins with them again."""
    first = train_calculator(replace(TINY, steps=3, seed=5), tmp_path / "first").calculator()
    whole = train_calculator(TINY, tmp_path / "whole", begin=first)
    drawn = train_calculator(TINY, tmp_path / "drawn")
    name = next(iter(first.weights))
    assert not np.array_equal(whole.calculator().weights[name], drawn.calculator().weights[name])

    with monkeypatch.context() as patch:
        patch.setattr("mebuki.runs.calculator.resume", lambda folder, watch: None)  # a power cut before the first step
        train_calculator(TINY, tmp_path / "cut", begin=first)
    assert not list((tmp_path / "cut" / "checkpoints").iterdir())
    resumed = resume(tmp_path / "cut")
    for name, weights in whole.calculator().weights.items():
        assert (weights == resumed.calculator().weights[name]).all(), name

    with pytest.raises(RecipeError, match="width 16, not 32"):
        train_calculator(replace(TINY, width=32), tmp_path / "wide", begin=first)
    assert not (tmp_path / "wide").exists()


def test_problems_begin_small_or_at_their_full_size() -> None:
    assert [ProblemBatches(replace(TINY, steps=100)).level(number) for number in (0, 15, 30, 99)] == [0, 0.5, 1, 1]
    assert ProblemBatches(replace(TINY, rise=0.0)).level(0) == 1


def test_killed_and_resumed_equals_never_stopped(tmp_path) -> None:
    settings = replace(TINY, steps=60, save_seconds=0.0, examinations=1)
    whole = train_calculator(settings, tmp_path / "whole")
    code = (
        "from mebuki.runs.calculator import *; from mebuki.training.calculator_settings import *; import json, sys;"
        "train_calculator(CalculatorSettings(**json.loads(sys.argv[1])), sys.argv[2])"
    )
    about = json.dumps({**settings.__dict__})
    process = subprocess.Popen([sys.executable, "-c", code, about, str(tmp_path / "killed")])
    for _ in range(600):
        time.sleep(0.05)
        if len(list((tmp_path / "killed" / "checkpoints").glob("step-*"))) >= 2 or process.poll() is not None:
            break
    process.kill()
    process.wait()
    resumed = resume(tmp_path / "killed")
    assert resumed.done
    for name, weights in whole.calculator().weights.items():
        assert (weights == resumed.calculator().weights[name]).all(), name


def test_recipes_and_their_limits() -> None:
    assert all(recipe(name) for name in RECIPES)
    assert shape_of(recipe("calculator")).layers == 5
    model = PlacedTransformer(VOCABULARY, TABLES, shape_of(recipe("calculator")))
    assert model.parameter_count <= 10_000_000
    with pytest.raises(RecipeError, match="width"):
        recipe("calculator", width=0)
    with pytest.raises(RecipeError, match="calculator"):
        recipe("calculater")


def test_damaged_and_missing_runs(tmp_path) -> None:
    with pytest.raises(RunError, match=r"no settings\.json"):
        CalculatorRun(tmp_path)
    (tmp_path / "settings.json").write_text('{"kind": "calculator", "width": "wide"}', encoding="utf-8")
    with pytest.raises(RunError, match="damaged"):
        CalculatorRun(tmp_path)
    (tmp_path / "settings.json").write_text(json.dumps({"kind": "calculator"}), encoding="utf-8")
    with pytest.raises(RunError, match="nothing was learned yet"):
        CalculatorRun(tmp_path).calculator()
