"""`mebuki export`: a model for other programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .main import Parser

if TYPE_CHECKING:
    from ..export.grown import Grown

EXAMPLE = """
mebuki export runs/sherlock-transformer --to huggingface sherlock-hf
mebuki export runs/sherlock-transformer --to gguf sherlock-gguf
mebuki export diary --to gguf my-diary-gguf
"""


def parser() -> Parser:
    p = Parser(
        name="export",
        about="Write a model so that other programs open it: a folder for transformers and what reads its form, or a GGUF file for\n"
        "llama.cpp, Ollama, LM Studio and others. The files are opened again, by transformers or llama.cpp where they are installed,\n"
        "and held against the model here; receipt.json tells how far they agree.\n"
        "A model remembers lines of its text: give it to nobody who may not read that.",
        example=EXAMPLE,
    )
    p.add_argument(
        "run", metavar="RUN", help="the folder of a run, or of one of its checkpoints; diary: your diary's model"
    )
    p.add_argument("folder", metavar="DIR", help="a new folder to write into")
    p.add_argument("--to", default="huggingface", metavar="FORM", help="huggingface (default) or gguf")
    p.add_argument("--checkpoint", default=None, metavar="C", help="best, last or a step (default best)")
    p.add_argument("--json", action="store_true", help="print the receipt as JSON")
    group = p.add_argument_group("of a diary")
    group.add_argument("--diary", metavar="FOLDER", help="another than your own")
    group.add_argument(
        "--passphrase-file", metavar="FILE", help="of an encrypted one: its passphrase, in the first line"
    )
    group.add_argument("--yes", action="store_true", help="do not ask")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    from ..errors import unknown
    from ..export.card import plain_name
    from ..export.exporting import FORMS, export
    from ..export.opening import open_grown

    if given.to not in FORMS:
        raise unknown("form", given.to, FORMS)
    if given.run == "diary" and not Path("diary").exists():
        grown = _of_the_diary(given)
        if grown is None:
            return 0
    else:
        grown = open_grown(given.run, given.checkpoint)
    if sys.stderr.isatty():
        print("writing, and opening it again …", file=sys.stderr, flush=True)
    receipt = export(grown, given.to, given.folder)
    if given.json:
        print(json.dumps(receipt.to_dict(), ensure_ascii=False))
        return 0
    print(f"{given.folder}: {receipt.name}, {receipt.parameters:,} numbers, {receipt.vocabulary:,} tokens")
    print(f"  {receipt.checked.told()}")
    for note in receipt.notes:
        print(f"  note: {note}")
    if given.to == "gguf":
        print(f"\n  cd {given.folder} && ollama create {plain_name(receipt.name)} -f Modelfile")
    else:
        print(f"\n  back again: mebuki import {given.folder}")
    return 0


def _of_the_diary(given: Any) -> Grown | None:
    """The model of the diary, once whoever asks has agreed to have it outside."""
    from ..errors import RunError
    from .diary import opened

    given.sample = None
    with opened(given) as journal:
        from ..diary.taking_out import taken_out

        grown = taken_out(journal)
    print(f"It was grown on your diary. {_recites(grown)}", file=sys.stderr)
    print(f"Whoever has {given.folder} can read lines of it; nothing in it is encrypted.", file=sys.stderr)
    if given.yes:
        return grown
    if given.json or not sys.stdin.isatty():
        raise RunError("nobody can be asked here", allowed="--yes", hint="mebuki export diary DIR --yes")
    try:
        said = input("Write it? [y/N] ").strip().lower()
    except EOFError:
        said = ""
    if said in ("y", "yes", "はい"):
        return grown
    print("nothing was written")
    return None


def _recites(grown: Grown) -> str:
    if not grown.recites:
        return "How much of it the model recites was not measured."
    found, tried = grown.recites
    return f"It said {found} of {tried} lines word for word when that was tried."
