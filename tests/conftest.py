"""What several rooms' tests share: a tiny text of our own, and tiny runs trained on it once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mebuki

SOURCE = Path(mebuki.__file__).parents[1]
KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
TEXT = (
    "The kettle sang before the rain did. We counted seven sparrows on the wire, and then none.\n"
    "雨の匂いがしたので、洗濯物を取り込んだ。カエルが一匹、物干し竿の上で歌っていた。\n"
    "Grandmother says that soup remembers every spoon; I asked the spoon, and it agreed.\n"
    "夜になると電車の音が近くなる。となりの猫は、それを海だと思っているらしい。🐟\n"
) * 8
TINY: dict[str, dict[str, Any]] = {
    "bigram": {"hidden": 8, "context": 8},
    "rnn": {"width": 12, "context": 8},
    "lstm": {"width": 12, "context": 8, "layers": 2},
    "gru": {"width": 12, "context": 8},
    "transformer": {"width": 16, "layers": 2, "heads": 2, "context": 8},
}


@pytest.fixture(scope="session", autouse=True)
def _quiet_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One thread, a cache of our own but for compiled kernels, and subprocesses that find the package."""
    import torch

    from mebuki.kernels import loading

    before, cache = dict(os.environ), tmp_path_factory.mktemp("cache")
    (cache / "mebuki").mkdir()
    loading.folder().mkdir(parents=True, exist_ok=True)
    (cache / "mebuki" / "kernels").symlink_to(loading.folder(), target_is_directory=True)
    os.environ["XDG_CACHE_HOME"] = str(cache)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    os.environ["OMP_NUM_THREADS"] = "1"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def kernels() -> None:
    """Compiled kernels to generate with; the first session on a machine compiles them. None here: the test is left out."""
    from mebuki.kernels import load

    for library in ("sampling", "recurrent_decoding", "decoding"):
        if load(library) is None:
            pytest.skip("no kernels can be compiled here")


@pytest.fixture(scope="session")
def text() -> str:
    """About 2,500 letters of Japanese and English, an emoji among them."""
    return TEXT


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The text as a file; not to be changed."""
    path = tmp_path_factory.mktemp("book") / "kettle.txt"
    path.write_text(TEXT, encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="session")
def tiny(book: Path) -> Callable[..., mebuki.Recipe]:
    """`tiny(kind, **changes)`: a recipe that trains in a blink, 12 steps with an evaluation after every fourth."""

    def recipe(kind: str, source: Any = book, **changes: Any) -> mebuki.Recipe:
        training = {"steps": 12, "batch": 4, "warmup": 2, "evaluate_every": 4, "sample_tokens": 16, "keep": 2}
        if "minutes" in changes:
            del training["steps"]
        return mebuki.recipes.named(
            kind, source, size="tiny", **{**TINY[kind], **training, "precision": "float32", **changes}
        )

    return recipe


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, tiny: Callable[..., mebuki.Recipe]) -> Callable[[str], mebuki.Run]:
    """`runs(kind)`: a run of 12 steps, trained once; not to be changed."""
    home, trained = tmp_path_factory.mktemp("runs"), {}

    def run(kind: str) -> mebuki.Run:
        if kind not in trained:
            trained[kind] = mebuki.train(tiny(kind), home / kind, watch=lambda event: None)
        return mebuki.open_run(trained[kind].folder)

    return run
