"""`mebuki import`: a model from elsewhere becomes a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .main import Parser

EXAMPLE = """
mebuki import sherlock-hf
mebuki import stories15M --out runs/stories --json
mebuki generate runs/stories "Once upon a time"
"""


def parser() -> Parser:
    p = Parser(
        name="import",
        about="Read a model from a folder in the form of Hugging Face: Llama, Mistral, or Qwen3 as Mebuki exports it. The run has no text\n"
        "of its own; it generates, is evaluated on files and is exported like any other.\n"
        "Only safetensors and JSON are read, nothing in the folder is run, and what cannot be computed here is refused.",
        example=EXAMPLE,
    )
    p.add_argument("folder", metavar="DIR", help="with config.json, model.safetensors and tokenizer.json")
    p.add_argument("--out", metavar="RUN", help="a new folder for the run (default runs/NAME)")
    p.add_argument("--json", action="store_true", help="print one JSON object")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    from ..export.importing import import_model

    folder = given.out or str(Path("runs", Path(given.folder).resolve().name))
    opened = import_model(given.folder, folder)
    notes = opened.info["imported"]["notes"]
    if given.json:
        about = {"run": folder, "parameters": opened.info["parameters"], "vocabulary": opened.info["vocabulary"]}
        print(json.dumps({**about, "notes": notes, "recipe": opened.recipe.to_dict()}, ensure_ascii=False))
        return 0
    print(f"{folder}: {opened.info['parameters']:,} numbers, {opened.info['vocabulary']:,} tokens")
    for note in notes:
        print(f"  note: {note}")
    print(f'\n  mebuki generate {folder} "..."')
    print(f"  mebuki evaluate {folder} my.txt")
    return 0
