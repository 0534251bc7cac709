"""Before the first step: the text may be given as a corpus, progress is told, and mistakes are told before reading."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from stories import story

import mebuki
from mebuki.errors import MebukiError, RecipeError, RunError, StorageError
from mebuki.runs.events import Event, Prepared, Started
from mebuki.runs.preparing import shares
from mebuki.runs.run import find_runs
from mebuki.runs.training import training
from mebuki.text import Corpus, TextSettings, folders

Tiny = Callable[..., mebuki.Recipe]


def quiet(event: Event) -> None:
    pass


# A corpus.


def test_a_corpus_is_trained_as_its_text_would_be(tiny: Tiny, runs, book, tmp_path) -> None:
    """And it stays usable by itself, before and after its ids were asked for."""
    corpus = Corpus.from_text(book)
    for name in ("fresh", "read"):
        mebuki.train(tiny("gru", corpus), tmp_path / name, corpus=corpus, watch=quiet)
        assert story(tmp_path / name) == story(runs("gru").folder)
        shutil.rmtree(tmp_path / name)
        assert len(corpus.train) + len(corpus.validation) == corpus.characters


def test_a_corpus_without_its_text_is_trained(tiny: Tiny, text: str, runs, tmp_path) -> None:
    source = tmp_path / "source.txt"
    source.write_text(text, encoding="utf-8", newline="\n")
    Corpus.from_text(source).write(tmp_path / "corpus")
    source.unlink()
    corpus = Corpus.open(tmp_path / "corpus")
    mebuki.train(tiny("gru", corpus), tmp_path / "run", corpus=corpus, watch=quiet)
    assert story(tmp_path / "run") == story(runs("gru").folder)


def test_a_corpus_keeps_its_own_tokenizer(tiny: Tiny, book, tmp_path) -> None:
    (tmp_path / "other.txt").write_text("ABC xyz 鯨 " * 50, encoding="utf-8")
    foreign = Corpus.from_text(tmp_path / "other.txt").tokenizer
    corpus = Corpus.from_settings(TextSettings(sources=(str(book),)), foreign)
    run = mebuki.train(tiny("gru", corpus), tmp_path / "run", corpus=corpus, watch=quiet)
    assert run.tokenizer.encode("鯨 the").tolist() == foreign.encode("鯨 the").tolist()
    assert run.info["vocabulary"] == foreign.vocabulary_size


def test_a_recipe_of_another_text_is_refused(tiny: Tiny, book, tmp_path) -> None:
    with pytest.raises(RecipeError, match=r"split is 0\.5 in the recipe(.|\n)*allowed: split 0\.9"):
        mebuki.train(tiny("gru", split=0.5), tmp_path / "run", corpus=Corpus.from_text(book), watch=quiet)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["recipe", "corpus"])
def test_a_run_that_goes_on_has_its_own_recipe_and_text(given: str, runs, tiny: Tiny, book) -> None:
    recipe, corpus = (tiny("gru"), None) if given == "recipe" else (None, Corpus.from_text(book))
    with pytest.raises(RunError, match="has a recipe and a text of its own"):
        mebuki.train(recipe, runs("gru").folder, corpus=corpus, resume=True, watch=quiet)


def test_the_home_folder_is_meant_by_a_tilde(tiny: Tiny, book, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    shutil.copy(book, tmp_path / "s.txt")
    run = mebuki.train(tiny("gru", "~/s.txt", steps=1), tmp_path / "run", watch=quiet)
    assert run.recipe.text.sources == (str(tmp_path / "s.txt"),)


# Progress.


def test_writing_the_text_tells_how_far_it_is(tiny: Tiny, tmp_path) -> None:
    (tmp_path / "long.txt").write_text("Rain, rain, go away.\n" * 200_000, encoding="utf-8")
    told = []
    for event in (events := training(tiny("gru", tmp_path / "long.txt"), tmp_path / "run")):
        if isinstance(event, Started):
            events.close()
        elif isinstance(event, Prepared):
            told.append(event.share)
    assert told == sorted(told)
    assert len([share for share in told if 0 < share < 0.9]) >= 2
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_errors_of_work_in_a_thread_are_raised() -> None:
    def work(tell: Callable[[float], None]) -> None:
        tell(0.5)
        raise StorageError("the disk is full")

    told = shares(work)
    assert [next(told), next(told)] == [0.0, 0.5]
    with pytest.raises(StorageError, match="the disk is full"):
        next(told)


def test_stopping_in_the_middle_leaves_nothing(tiny: Tiny, tmp_path) -> None:
    (tmp_path / "long.txt").write_text("Rain, rain, go away.\n" * 200_000, encoding="utf-8")
    for event in (events := training(tiny("gru", tmp_path / "long.txt"), tmp_path / "deep" / "run")):
        if isinstance(event, Prepared) and event.share > 0:
            events.close()
    assert os.listdir(tmp_path) == ["long.txt"]


# Mistakes.

NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="cuda can be used here")


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"precision": "bfloat16"}, RecipeError, "a gru cannot be trained in bfloat16"),
        pytest.param({"device": "cuda"}, RunError, "the device cuda cannot be used", marks=NO_GPU),
    ],
)
def test_machines_are_refused_before_the_text_is_read(
    changes: dict[str, Any], error: type[MebukiError], words: str, tiny: Tiny, tmp_path
) -> None:
    with pytest.raises(error, match=words):
        mebuki.train(tiny("gru", "missing.txt", **changes), tmp_path / "run", watch=quiet)
    assert list(tmp_path.iterdir()) == []


def test_places_are_refused_before_the_text_is_read(tiny: Tiny, tmp_path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").touch()
    (tmp_path / "file").touch()
    for place, words in (("full", "exists already"), ("file/run", "cannot be written")):
        with pytest.raises(StorageError, match=words):
            mebuki.train(tiny("gru", "missing.txt"), tmp_path / place, watch=quiet)


# Sudden ends.

SLOW = """
import os, sys, time
import mebuki
from mebuki.text import Corpus

def write(self, folder, progress=None):
    print("writing", flush=True)
    for _ in range(1000):
        time.sleep(0.05)
        progress(0.5)

Corpus.write = write
mebuki.train(mebuki.recipes.bigram(sys.argv[1], size="tiny"), sys.argv[2], watch=lambda event: None)
"""


def slow(book: Path, folder: Path) -> subprocess.Popen[str]:
    """A process that is preparing a run, for long."""
    command = [sys.executable, "-c", SLOW, str(book), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "writing\n"
    return process


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_what_a_killed_preparation_left_is_swept_the_next_time(tiny: Tiny, book, tmp_path) -> None:
    """But not what another process is still writing, nor anything of another name."""
    others = [".run-ab12cd34", ".run-2-ab12cd34", ".other-ab12cd34"]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / others[1] / folders.LOCK).touch()
    killed, alive = slow(book, tmp_path / "run"), slow(book, tmp_path / "run")
    killed.kill()
    killed.communicate()
    try:
        assert len(os.listdir(tmp_path)) == len(others) + 2
        mebuki.train(tiny("bigram", steps=1), tmp_path / "run", watch=quiet)
        assert len(os.listdir(tmp_path)) == len(others) + 1 + 1
        assert {*others, "run"} < set(os.listdir(tmp_path))
    finally:
        alive.kill()
        alive.communicate()


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_a_polite_end_while_preparing_leaves_nothing(book, tmp_path) -> None:
    process = slow(book, tmp_path / "run")
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    assert time.monotonic() - began < 20
    assert os.listdir(tmp_path) == []


def test_hidden_folders_are_no_runs(runs, tmp_path) -> None:
    for place in (".run-ab12cd34", "a", "deep/.run-ab12cd34"):
        shutil.copytree(runs("bigram").folder, tmp_path / place)
    assert [run.folder.name for run in find_runs(tmp_path)] == ["a"]
