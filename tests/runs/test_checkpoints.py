"""Checkpoints exist whole or not at all; damaged ones are named, and pickles are never opened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mebuki.errors import RunError
from mebuki.runs import checkpoints
from mebuki.runs.checkpoints import Checkpoint, State, best_of, compare, find, prune, read_tensors, refuse_pickle, sweep

WEIGHTS = {"a": np.arange(6.0, dtype=np.float32).reshape(2, 3), "b": np.array([1.5])}
TRAINING = {"optimizer.adamw.step.a": np.array(3.0, np.float32)}


def save(home: Path, step: int, loss: float | None = None) -> Checkpoint:
    return checkpoints.save(home, State(step, loss=loss), WEIGHTS, TRAINING)


def names(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_what_is_saved_is_read(tmp_path) -> None:
    state = State(7, 1.5, 0.25, 2.0, (5, 0.5, 90), 2.5, 6, 2.25, 1, (0.1, 0.2))
    checkpoints.save(tmp_path, state, WEIGHTS, TRAINING)
    (found,) = find(tmp_path)
    assert found.name == "step-000007"
    assert State(**{**vars(found.state), "losses": tuple(found.state.losses)}) == state
    for saved, tensors in ((WEIGHTS, found.weights()), (TRAINING, found.training())):
        assert saved.keys() == tensors.keys()
        assert all(np.array_equal(saved[name], tensors[name]) for name in saved)
    assert names(tmp_path / "step-000007") == ["model.safetensors", "state.json", "training.safetensors"]


def test_tensors_of_any_layout_are_saved(tmp_path) -> None:
    """Turned ones, single numbers, and half precision."""
    whole = np.arange(6.0).reshape(2, 3)
    tensors = {"turned": whole.T, "whole": whole, "half": whole.astype(np.float16), "one": np.array(1.0)}
    found = checkpoints.save(tmp_path, State(1), tensors, {}).weights()
    for name, tensor in tensors.items():
        assert np.array_equal(found[name], tensor)
        assert found[name].shape == tensor.shape
        assert found[name].dtype == tensor.dtype


def test_checkpoints_are_found_in_the_order_of_their_steps(tmp_path) -> None:
    for step in (10, 2, 1_000_000, 99):
        save(tmp_path, step)
    assert [c.state.step for c in find(tmp_path)] == [2, 10, 99, 1_000_000]
    assert find(tmp_path / "none") == []


def test_the_best_has_the_lowest_loss(tmp_path) -> None:
    """Of equal ones the last; without any evaluation the last of all."""
    for step, loss in ((1, None), (2, 3.0), (3, 2.0), (4, 2.0), (5, 2.5), (6, None)):
        save(tmp_path, step, loss)
    assert best_of(find(tmp_path)).state.step == 4
    assert best_of([c for c in find(tmp_path) if c.state.loss is None]).state.step == 6


@pytest.mark.parametrize(("keep", "left"), [(1, [2, 6]), (2, [2, 5, 6]), (9, [1, 2, 3, 4, 5, 6])])
def test_the_last_and_the_best_are_kept(keep: int, left: list[int], tmp_path) -> None:
    for step, loss in ((1, 3.0), (2, 1.0), (3, 2.0), (4, 2.0), (5, 2.5), (6, None)):
        save(tmp_path, step, loss)
    prune(tmp_path, keep)
    assert [c.state.step for c in find(tmp_path)] == left


def test_a_removal_that_is_cut_short_leaves_no_half_checkpoint(tmp_path, monkeypatch) -> None:
    """A kill while old ones are removed: what is still there under its name is whole."""
    for step in (1, 2, 3):
        save(tmp_path, step)

    def killed(folder: Path, **how: object) -> None:
        (folder / "state.json").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        prune(tmp_path, 1)
    monkeypatch.undo()
    assert [c.state.step for c in find(tmp_path)] == [2, 3]
    sweep(tmp_path)
    assert names(tmp_path) == ["step-000002", "step-000003"]


def test_leftovers_are_not_seen_and_swept(tmp_path) -> None:
    save(tmp_path, 1)
    for name in (".step-000002-ab12cd34", ".step-000001-damaged"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"half")
    assert [c.state.step for c in find(tmp_path)] == [1]
    sweep(tmp_path)
    assert names(tmp_path) == ["step-000001"]


def test_the_same_step_is_saved_once(tmp_path) -> None:
    first = save(tmp_path, 3, 2.0)
    written = (first.folder / "model.safetensors").stat().st_mtime_ns
    again = save(tmp_path, 3)
    assert again.state.loss == 2.0
    assert (first.folder / "model.safetensors").stat().st_mtime_ns == written


def test_an_evaluation_that_comes_later_is_added(tmp_path) -> None:
    save(tmp_path, 3)
    assert save(tmp_path, 3, 2.0).state.loss == 2.0
    assert find(tmp_path)[0].state.loss == 2.0
    assert names(tmp_path / "step-000003") == ["model.safetensors", "state.json", "training.safetensors"]


@pytest.mark.parametrize("file", ["state.json", "training.safetensors", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"half"])
def test_a_damaged_one_of_the_same_step_is_written_anew(file: str, content: bytes | None, tmp_path) -> None:
    folder = save(tmp_path, 3).folder
    (folder / file).unlink() if content is None else (folder / file).write_bytes(content)
    save(tmp_path, 3)
    assert [c.state.step for c in find(tmp_path)] == [3]
    assert np.array_equal(find(tmp_path)[0].weights()["a"], WEIGHTS["a"])


STATES = [
    b"",
    b"{",
    b"\xff",
    b"[]",
    b"null",
    b"3",
    b"{}",
    b'{"format": 1}',
    b'{"format": 1, "step": "3", "fall": null}',
    b'{"format": 2, "step": 3, "fall": null}',
    b'{"format": 1, "step": 3, "fall": null, "surprise": 1}',
    b'{"format": 1, "step": 3, "fall": 4}',
]


@pytest.mark.parametrize("content", STATES, ids=str)
def test_damaged_states_are_named(content: bytes, tmp_path) -> None:
    (save(tmp_path, 3).folder / "state.json").write_bytes(content)
    with pytest.raises(RunError, match=r"step-000003 is damaged: state\.json(.|\n)*remove"):
        find(tmp_path)


@pytest.mark.parametrize("content", [b"", b"half", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 100])
def test_damaged_tensors_are_named(content: bytes, tmp_path) -> None:
    checkpoint = save(tmp_path, 3)
    for name, read in (("model", checkpoint.weights), ("training", checkpoint.training)):
        path = checkpoint.folder / f"{name}.safetensors"
        path.write_bytes(content)
        if content.endswith(b"{}      "):
            assert read() == {}  # a file of no tensors is whole; `match` refuses it
        else:
            with pytest.raises(RunError, match=rf"{name}\.safetensors is damaged"):
                read()


def test_cut_tensors_are_named(tmp_path) -> None:
    path = save(tmp_path, 3).folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(RunError, match="damaged"):
        read_tensors(path)
    path.unlink()
    with pytest.raises(RunError, match="missing"):
        read_tensors(path)


@pytest.mark.parametrize("name", ["a.pt", "a.PTH", "a.pkl", "a.pickle", "a.ckpt", "a.bin"])
def test_pickles_are_never_opened(name: str, tmp_path) -> None:
    path = tmp_path / name
    path.write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    for refuse in (refuse_pickle, read_tensors):
        with pytest.raises(RunError, match="pickle file, which could run any program"):
            refuse(path)


def test_weights_must_fit_the_model(tmp_path) -> None:
    whole = {"embedding.weight": np.zeros((9, 4)), "output.bias": np.zeros(9)}
    own = {name: value.shape for name, value in whole.items()}
    compare("weights", whole, own, tmp_path)
    wrong = [
        ({}, "embedding.weight is missing"),
        ({**whole, "embedding.weight": np.zeros((8, 4))}, r"embedding.weight is \(8, 4\)(.|\n)*\(9, 4\)"),
        ({**whole, "more": np.zeros(1)}, r"more is \(1,\)(.|\n)*absent"),
    ]
    for weights, words in wrong:
        with pytest.raises(RunError, match=words):
            compare("weights", weights, own, tmp_path)


def test_states_are_plain_json(tmp_path) -> None:
    content = json.loads((save(tmp_path, 3, 2.0).folder / "state.json").read_text(encoding="utf-8"))
    assert (content["format"], content["step"], content["loss"]) == (1, 3, 2.0)
