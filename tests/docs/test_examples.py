"""The Python of the documents runs as it stands, in a folder of its own, on small texts and for few steps."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from documents import ENGLISH, HOME, blocks, name

import mebuki

SMALL = {  # what is made smaller; all else is run as it is written
    "README.md": {
        "layers=4": "layers=1, steps=4",
        "width=128": "width=16, heads=2",
        ".lstm(corpus)": ".lstm(corpus, width=16, steps=4)",
        "% 500": "% 2",
    },
    "docs/getting-started.md": {"minutes=2": "steps=4, width=16, layers=1, heads=2"},
    "docs/training.md": {"width=192, steps=3000": "width=16, steps=4"},
    "docs/tuning.md": {"steps=500": "steps=4, width=8", "trials=30": "trials=2"},
    "docs/generation.md": {"tokens=300": "tokens=30"},
}
SAYS = {  # what is promised to be printed
    "docs/calculator.md": ["12*c-3*n+4"],
    "docs/looking-inside.md": ["[4+5=9]", "letter='⏎'"],
    "docs/scratch.md": ["the backward of cube is wrong"],
    "docs/smallest-adder.md": ["[10000000000]"],
}
WITH_PYTHON = [page for page in [HOME / "README.md", *ENGLISH] if blocks(page, "python")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: Callable[[str], mebuki.Run]) -> Path:
    """Where the examples run: texts and runs under the names that the documents use, and a diary that is nobody's."""
    for text in ("sherlock.txt", "novel.txt", "my-diary.txt"):
        (tmp_path / text).write_text("Watson, come here. I want to see you. " * 60, encoding="utf-8")
    for kind in ("transformer", "lstm"):
        shutil.copytree(runs(kind).folder, tmp_path / "runs" / f"my-diary-{kind}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[int]:
    """The port of a server of the run, as the page on serving starts one."""
    command = [sys.executable, "-m", "mebuki", "serve", "runs/my-diary-transformer", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout
    port = 0
    for line in process.stdout:
        if "http://127.0.0.1:" in line:
            port = int(line.partition("127.0.0.1:")[2].partition("/")[0])
        if "Ctrl-C" in line:
            break
    yield port
    process.send_signal(signal.SIGINT)
    process.wait(10)
    process.stdout.close()


def given(page: Path, runs: Callable[[str], mebuki.Run]) -> dict[str, Any]:
    """Names that a page takes for granted."""
    if name(page) != "docs/generation.md":
        return {}
    run = runs("lstm")
    weights = {name: parameter.detach().numpy() for name, parameter in run.model().named_parameters()}
    return {
        "weights": weights,
        "shape": run.recipe.shape,
        "vocabulary": run.tokenizer.vocabulary_size,
        "tokenizer": run.tokenizer,
    }


def run_all(page: Path, names: dict[str, Any], changes: dict[str, str]) -> None:
    code = blocks(page, "python")
    for old in changes:
        assert any(old in block for block in code), f"{old} is not written there any more"
    for number, block in enumerate(code):
        for old, new in changes.items():
            block = block.replace(old, new)
        exec(compile(block, f"{page.name}, block {number + 1}", "exec"), names)


@pytest.mark.parametrize("page", [page for page in WITH_PYTHON if page.name != "serving.md"], ids=name)
def test_the_python_of_the_documents_runs(
    page: Path, folder: Path, runs: Callable[[str], mebuki.Run], kernels: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run_all(page, given(page, runs), SMALL.get(name(page), {}))
    printed = capsys.readouterr().out
    for words in SAYS.get(name(page), []):
        assert words in printed
    assert len(printed) > 100 or name(page) != "README.md"


def test_the_client_of_the_page_on_serving_runs(server: int, capsys: pytest.CaptureFixture[str]) -> None:
    run_all(HOME / "docs" / "serving.md", {}, {"8742": str(server)})
    assert capsys.readouterr().out
