"""A disk that fills up: one message, exit code 2, and everything that was kept before still opens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mebuki
from mebuki.cli.main import main
from mebuki.errors import StorageError

resource = pytest.importorskip("resource")

# A limit on the size of files stands for a full disk: the system refuses to write on, wherever that happens.


def with_limit(size: int, *arguments: object) -> int:
    """The exit code of a command while no file may grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        return main([str(argument) for argument in arguments])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def assert_told(capsys: pytest.CaptureFixture[str]) -> None:
    """One message says what could not be written and what to do."""
    printed = capsys.readouterr().err
    assert printed.startswith("mebuki: ")
    assert "cannot be written" in printed
    assert "try: " in printed


@pytest.mark.parametrize("file", ["checkpoint", "metrics"])
def test_a_disk_that_fills_up_while_training(file: str, tiny, tmp_path, capsys) -> None:
    """It ends with one message and code 2; with space again, the run goes on as if nothing had happened."""
    from stories import story

    recipe = tiny("gru", width=24, evaluate_every=10, keep=5)
    run = mebuki.train(recipe, tmp_path / "run", watch=lambda event: None)
    limit = 20_000 if file == "checkpoint" else (run.folder / "metrics.jsonl").stat().st_size + 500
    before = [(c.name, (c.folder / "model.safetensors").read_bytes()) for c in run.checkpoints()]
    assert len(before[0][1]) > 20_000
    assert with_limit(limit, "train", "--resume", run.folder, "--steps", 24, "--json") == 2
    assert_told(capsys)
    assert [(c.name, (c.folder / "model.safetensors").read_bytes()) for c in run.checkpoints()] == before
    assert not [path for path in (run.folder / "checkpoints").iterdir() if path.name.startswith(".")]
    assert "".join(mebuki.open_run(run.folder).generate(tokens=3))

    mebuki.train(None, run.folder, resume=True, steps=24, watch=lambda event: None)
    mebuki.train(recipe, tmp_path / "whole", watch=lambda event: None)
    mebuki.train(None, tmp_path / "whole", resume=True, steps=24, watch=lambda event: None)
    assert story(run.folder) == story(tmp_path / "whole")


@pytest.mark.parametrize("size", [1_000, 6_000])
def test_a_disk_that_is_full_before_the_first_step(size: int, book, tmp_path, capsys) -> None:
    """Whatever could not be written whole is not there at all."""
    arguments = ["train", book, "--model", "bigram", "--size", "tiny", "--out", tmp_path / "run"]
    assert with_limit(size, *arguments) == 2
    assert_told(capsys)
    assert list(tmp_path.iterdir()) == []


# The same once more as a program of its own.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, -1))
from mebuki.cli.main import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_the_program_ends_with_code_2(book, tmp_path) -> None:
    options = ["--model", "gru", "--size", "tiny", "--width", "24", "--context", "8", "--steps", "2", "--json"]
    command = [sys.executable, "-c", LIMITED, "train", str(book), *options, "--out", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "step-000001 cannot be written" in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tiny, tmp_path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(StorageError, match="cannot be written"):
        mebuki.train(tiny("bigram"), tmp_path / "closed" / "run", watch=lambda event: None)


def test_a_place_below_a_file_cannot_be_written(tiny, tmp_path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        mebuki.train(tiny("bigram"), Path(tmp_path, "file", "run"), watch=lambda event: None)
