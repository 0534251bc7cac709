"""Export: the files are written, opened again by another program, and held against the model here; then they get their name.

from mebuki.export.exporting import export
receipt = export(of_run(mebuki.open_run("runs/diary")), "huggingface", "diary-hf")
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from .. import __version__
from ..errors import MebukiError, unknown
from ..text.folders import new_folder
from . import gguf, huggingface
from .card import card
from .grown import Grown
from .receipt import Checked, Receipt, compare, hashes
from .trying import Answers, asked, ours, texts

FORMS = ("huggingface", "gguf")
BEYOND = 96  # tokens beyond its window that it is tried on
AT_MOST = 1024


def export(grown: Grown, to: str, folder: str | os.PathLike[str]) -> Receipt:
    """Write a model in another form; the folder appears whole, with a receipt and a card, or not at all.

    Args:
        to: huggingface or gguf.
        folder: a new one.

    Raises:
        RunError: this model, or its tokenizer, cannot be written in this form.
        MebukiError: what opened the files computes something else; or a package is missing.
        StorageError: the folder holds something already, or cannot be written.
    """
    if to not in FORMS:
        raise unknown("form", to, FORMS)
    grown = grown.whole()
    if to == "gguf":
        gguf.require(grown.tokenizer)
        grown = replace(grown, notes=(*grown.notes, *gguf.notes(grown)))
    with new_folder(folder) as unfinished:
        if to == "gguf":
            gguf.write(grown, unfinished)
            checked, notes = _check_gguf(grown, unfinished)
        else:
            huggingface.write(grown, unfinished)
            checked, notes = _check_folder(grown, unfinished)
        if checked.same_ids < 1:
            notes = (*notes, f"{checked.by} cuts some text into other tokens: {checked.same_ids:.2%} are the same")
        grown = replace(grown, notes=(*grown.notes, *notes))
        (unfinished / "README.md").write_text(card(grown, to, checked), encoding="utf-8", newline="\n")
        receipt = Receipt(
            to=to,
            name=grown.name,
            mebuki=__version__,
            made=time.strftime("%Y-%m-%d"),
            parameters=grown.parameters,
            vocabulary=grown.vocabulary,
            checked=checked,
            notes=grown.notes,
            files=hashes(unfinished),
        )
        receipt.write(unfinished)
    return receipt


def _check_folder(grown: Grown, folder: Path) -> tuple[Checked, tuple[str, ...]]:
    """By transformers, where it is installed, else by reading the files again."""
    from .reading import read_folder

    given, longest = texts(grown), min(grown.shape.context + BEYOND, AT_MOST)
    mine, notes = ours(grown, given, longest), ()
    if find_spec("transformers") is not None:
        theirs = asked("witness_transformers", folder, grown, given, longest)
        if isinstance(theirs, Answers):
            return compare(mine, theirs, sum(map(len, given))), ()
        notes = (f"transformers is installed, and could not be asked: {theirs}",)
    again = ours(read_folder(folder), given, longest)
    who = "Mebuki, reading the files again (transformers is not installed, or could not be asked)"
    return compare(mine, replace(again, who=who), sum(map(len, given))), notes


def _check_gguf(grown: Grown, folder: Path) -> tuple[Checked, tuple[str, ...]]:
    """By llama.cpp, where it is installed, else number by number."""
    given, longest, notes = texts(grown), min(grown.shape.context, AT_MOST), ()
    characters = sum(map(len, given))
    if find_spec("llama_cpp") is not None:
        theirs = asked("witness_llama_cpp", folder / gguf.MODEL, grown, given, longest)
        if isinstance(theirs, Answers):
            return compare(ours(grown, given, longest), theirs, characters), ()
        notes = (f"llama-cpp-python is installed, and could not be asked: {theirs}",)
    return Checked(_same_tensors(grown, folder / gguf.MODEL), 0, 0, 1.0), notes


def _same_tensors(grown: Grown, path: Path) -> str:
    from gguf import GGUFReader

    reader = GGUFReader(path)
    wanted = gguf.tensors(grown)
    found = {tensor.name: tensor.data for tensor in reader.tensors}
    if set(found) != set(wanted) or any((found[name] != wanted[name]).any() for name in wanted):
        raise MebukiError("the GGUF file holds other numbers than were written", hint="another version of gguf")
    return f"all {len(found)} tensors are equal (llama-cpp-python is not installed, so no logits were compared)"
