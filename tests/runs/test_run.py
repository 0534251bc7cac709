"""A run opened again: its checkpoints, its model, its measures; and what is no run."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mebuki
from mebuki.errors import MebukiError, RecipeError, RunError, TextError
from mebuki.runs.run import characters_per_token, find_runs

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")


@pytest.fixture
def copy(runs, tmp_path) -> Path:
    """A run that may be damaged."""
    return Path(shutil.copytree(runs("gru").folder, tmp_path / "run"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_comes_back_with_its_weights(kind: str, runs) -> None:
    run = runs(kind)
    model, weights = run.model("last"), run.checkpoint("last").weights()
    assert not model.training
    assert all(np.array_equal(weights[name], p.detach()) for name, p in model.named_parameters())
    assert run.evaluate(checkpoint="last").loss == pytest.approx(run.checkpoint("last").state.loss, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_writes_as_its_best_model(kind: str, runs) -> None:
    run = runs(kind)
    expected = "".join(mebuki.generate(run.model("best"), run.tokenizer, "The", tokens=20, seed=3, top_k=5))
    assert "".join(run.generate("The", tokens=20, seed=3, top_k=5)) == expected
    assert "".join(piece for _, piece in run.generate_many("The", tokens=20, seed=3)) != ""


def test_a_checkpoint_can_be_chosen(runs) -> None:
    run = runs("gru")
    assert run.checkpoint("last").state.step == 12
    assert run.checkpoint(8) == run.checkpoint("8") == run.checkpoint("step-000008")
    assert run.checkpoint("best").state.loss == min(c.state.loss for c in run.checkpoints())
    with pytest.raises(RunError, match=r"checkpoint '7' is unknown\n.*best, last.*12"):
        run.checkpoint(7)


def test_the_folder_of_a_checkpoint_opens_the_run_at_it(runs) -> None:
    run = runs("gru")
    at = mebuki.open_run(run.folder / "checkpoints" / "step-000008")
    assert at.folder == run.folder
    weights = run.checkpoint(8).weights()
    assert all(np.array_equal(weights[name], p.detach()) for name, p in at.model().named_parameters())
    assert repr(at) == f"Run({str(run.folder)!r})"


def test_perplexity_is_that_of_the_best_evaluation(runs, tmp_path) -> None:
    run = runs("lstm")
    losses = [row["loss"] for row in run.metrics() if row["event"] == "evaluation"]
    assert run.perplexity == pytest.approx(math.exp(min(losses)))


def test_a_run_without_an_evaluation_has_no_perplexity(copy: Path) -> None:
    (copy / "metrics.jsonl").unlink()
    assert mebuki.open_run(copy).perplexity is None
    assert mebuki.open_run(copy).metrics() == []


def test_a_file_is_read_as_the_runs_own_text_was(runs, tmp_path) -> None:
    """The validation part, written into a file, has the loss and the bits of the validation part."""
    run = runs("transformer")
    path = tmp_path / "kept.txt"
    path.write_text(run.tokenizer.decode(run.corpus.validation[:]), encoding="utf-8", newline="\n")
    assert run.evaluate([path]) == run.evaluate()
    assert run.evaluate([path], checkpoint="last", block=5, stride=2, limit=0) == run.evaluate(
        checkpoint="last", block=5, stride=2
    )


def test_letters_it_never_saw_are_counted(tiny, tmp_path) -> None:
    run = mebuki.train(tiny("gru", byte_fallback=False), tmp_path / "run", watch=lambda event: None)
    (tmp_path / "other.txt").write_text("The 鯨 sang. 鰯鰯", encoding="utf-8")
    found = run.evaluate([tmp_path / "other.txt"])
    assert found.unknown == 3 * 3
    assert found.tokens == len("The  sang. ") - 1


def test_both_splits_can_be_read(runs) -> None:
    run = runs("gru")
    train, validation = run.evaluate(split="train"), run.evaluate(split="validation")
    assert train.tokens == len(run.corpus.train) - 1
    assert validation.tokens == len(run.corpus.validation) - 1
    with pytest.raises(RecipeError, match="split 'test' is unknown"):
        run.evaluate(split="test")


def test_characters_per_token_count_letters(runs) -> None:
    corpus = runs("gru").corpus
    assert characters_per_token(corpus, "train") == pytest.approx(1.0)
    assert characters_per_token(corpus, "validation") == pytest.approx(1.0)


def test_files_that_cannot_be_read_are_told(runs, tmp_path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    for path in (tmp_path / "none.txt", tmp_path / "empty.txt"):
        with pytest.raises(TextError):
            runs("gru").evaluate([path])


PLACES = [
    ("none", None, "there is no run"),
    ("notes.txt", b"hello", "is a file"),
    ("model.pt", b"PK", "pickle file, which could run any program"),
    ("model.ckpt", b"PK", "pickle file"),
    ("folder", "folder", "no run: it has no recipe.toml"),
]


@pytest.mark.parametrize(("name", "content", "words"), PLACES, ids=[name for name, _, _ in PLACES])
def test_what_is_no_run_is_told(name: str, content: Any, words: str, tmp_path) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=words):
        mebuki.open_run(path)


DAMAGES = [
    ("recipe.toml", b"[model", "is not TOML"),
    ("recipe.toml", b'[model]\nkind = "lstm"\nwidth = 12', "do not fit the run's recipe"),
    ("recipe.toml", b'[model]\nkind = "gru"\nwidth = 13', r"do not fit(.|\n)*embedding.weight"),
    ("run.json", None, "run.json is missing or damaged"),
    ("run.json", b"{", "run.json is missing or damaged"),
    ("run.json", b"[]", "run.json is missing or damaged"),
    ("run.json", b"{}", "run.json is missing or damaged"),
    ("run.json", b'{"vocabulary": "9"}', "run.json is missing or damaged"),
    ("tokenizer.json", None, "tokenizer"),
    ("tokenizer.json", b"{}", "tokenizer"),
    ("checkpoints/step-000012/model.safetensors", b"half", r"model\.safetensors is damaged"),
    ("checkpoints/step-000012/model.safetensors", None, r"model\.safetensors is missing"),
    ("checkpoints/step-000012/state.json", b"{", "step-000012 is damaged"),
]


@pytest.mark.parametrize(("file", "content", "words"), DAMAGES, ids=[f"{f} {c}"[-30:] for f, c, _ in DAMAGES])
def test_damage_is_named(file: str, content: bytes | None, words: str, copy: Path) -> None:
    (copy / file).unlink() if content is None else (copy / file).write_bytes(content)
    with pytest.raises(MebukiError, match=words):
        "".join(_at_last(copy).generate("The", tokens=2))


def _at_last(folder: Path) -> mebuki.Run:
    run = mebuki.open_run(folder)
    run.chosen = "last"
    return run


@pytest.mark.parametrize("file", ["model.safetensors", "training.safetensors", "state.json"])
def test_damaged_checkpoints_alone_stop_going_on(file: str, copy: Path) -> None:
    """If no other stands beside it. Nothing is moved or removed."""
    for checkpoint in (copy / "checkpoints").iterdir():
        (checkpoint / file).write_bytes(b"half")
    before = sorted(path.name for path in (copy / "checkpoints").iterdir())
    with pytest.raises(RunError, match="damaged"):
        mebuki.train(None, copy, resume=True, watch=lambda event: None)
    assert sorted(path.name for path in (copy / "checkpoints").iterdir()) == before


def test_leftovers_of_unfinished_saves_are_swept(copy: Path) -> None:
    """What a kill in the middle of saving leaves is not opened, and is gone after going on."""
    leftover = copy / "checkpoints" / ".step-000012-ab12cd34"
    leftover.mkdir()
    (leftover / "model.safetensors").write_bytes(b"half")
    assert mebuki.open_run(copy).checkpoint("last").state.step == 12
    mebuki.train(None, copy, resume=True, watch=lambda event: None)
    assert not leftover.exists()


def test_a_damaged_corpus_is_told_when_going_on(copy: Path) -> None:
    path = copy / "corpus" / "train.bin"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(RunError, match=r"train\.bin is damaged"):
        mebuki.train(None, copy, resume=True, watch=lambda event: None)


def test_a_run_that_was_never_saved_says_so(copy: Path) -> None:
    shutil.rmtree(copy / "checkpoints")
    with pytest.raises(RunError, match=r"has no checkpoint yet(.|\n)*--resume"):
        mebuki.open_run(copy).model()


def test_runs_are_found_the_latest_first(runs, tmp_path) -> None:
    for number, place in enumerate(("a", "b", "deep/c")):
        shutil.copytree(runs("bigram").folder, tmp_path / place)
        os.utime(tmp_path / place / "run.json", (number, number))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "recipe.toml").write_text("", encoding="utf-8")
    found = [run.folder.relative_to(tmp_path).as_posix() for run in find_runs(tmp_path)]
    assert found == ["deep/c", "b", "a"]
    assert find_runs(tmp_path / "none") == []
