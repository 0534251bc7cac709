"""The reference leads to what is there, and leaves nothing of the rooms out that a reader of the library walks through."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from documents import HOME

import mebuki

TABLE: dict[str, Any] = yaml.safe_load((HOME / "website" / "reference.yml").read_text(encoding="utf-8"))
LISTED = [module for page in TABLE["pages"] for module in page["modules"]]
WHOLE = ("scratch", "models", "training", "generation", "evaluation", "tasks", "text")
INNER = {  # of these rooms: what only their neighbours call
    "generation.team",
    "generation.weights",
    "text.files",
    "text.folders",
    "training.calculator_shape",
    "training.seq2seq_engines",
}
SOURCE = Path(mebuki.__file__).parent


def test_every_entry_of_the_reference_is_a_module() -> None:
    assert len(LISTED) == len(set(LISTED))
    for module in LISTED:
        path = SOURCE.joinpath(*module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), module


@pytest.mark.parametrize("room", WHOLE)
def test_the_reference_is_whole(room: str) -> None:
    paths = [path.relative_to(SOURCE).with_suffix("") for path in (SOURCE / room).rglob("*.py")]
    modules = {".".join(path.parts) for path in paths if path.name != "__init__"}
    assert modules - set(LISTED) == {name for name in INNER if name.startswith(f"{room}.")}


def test_the_front_of_the_reference_is_what_mebuki_gives() -> None:
    front = TABLE["front"]
    assert set(front) == set(mebuki.__all__) - {"__version__"}
    for name, home in front.items():
        module, _, last = f"mebuki.{home}".rpartition(".")
        assert getattr(mebuki, name) is getattr(import_module(module), last), name
        assert home in LISTED or home.rpartition(".")[0] in LISTED, name


def test_every_page_is_said_in_both_languages() -> None:
    for page in TABLE["pages"]:
        assert set(page["title"]) == set(page["about"]) == {"en", "ja"}, page["page"]
