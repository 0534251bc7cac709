"""A folder in the form of Hugging Face, read as a model here: nothing in it is run, and pickles are refused.

Shapes: V rows of the embedding.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..errors import RunError
from ..runs.checkpoints import refuse_pickle
from ..text.tokenizer import Tokenizer, load
from . import configs, layout, tensors
from .grown import Grown

TOKENIZER = 128 << 20  # bytes of a tokenizer.json
PICKLES = ("pytorch_model.bin", "model.bin", "pytorch_model.pt", "model.pt", "consolidated.00.pth")


def read_folder(folder: Path) -> Grown:
    """The model in a folder with config.json, model.safetensors and tokenizer.json.

    Raises:
        RunError: one of them is missing, damaged, or of a form that cannot be computed here.
    """
    if not folder.is_dir():
        refuse_pickle(folder)
        raise RunError(
            f"{folder} is no folder", allowed="a folder with config.json, model.safetensors and tokenizer.json"
        )
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if (folder / name).exists() and not (folder / name).is_file():  # a pipe or a device would never come to an end
            raise RunError(f"{folder / name} is no file", allowed="a file, or a link to one")
    config = configs.read(folder / "config.json")
    weights_file = folder / "model.safetensors"
    if not weights_file.is_file():
        for name in PICKLES:
            if (folder / name).exists():
                refuse_pickle(folder / name)
        if (folder / "model.safetensors.index.json").exists():
            raise RunError(
                f"the weights in {folder} are in several files",
                allowed="one model.safetensors",
                hint='model.save_pretrained(FOLDER, max_shard_size="50GB"), where the model can be opened',
            )
    shape = config.shape
    maybe = {layout.OUTPUT: (config.vocabulary, shape.width)} if shape.tied else {}
    found = tensors.read(weights_file, layout.names(shape, config.vocabulary), maybe)
    if shape.tied and (found.get(layout.OUTPUT, found[layout.EMBEDDING]) != found[layout.EMBEDDING]).any():
        raise RunError(
            f"{weights_file} has an output of its own, and config.json says that it is the embedding",
            allowed='"tie_word_embeddings": false, or no lm_head.weight',
        )
    tokenizer = _tokenizer(folder / "tokenizer.json")
    if tokenizer.vocabulary_size > config.vocabulary:
        raise RunError(
            f"the tokenizer in {folder} has {tokenizer.vocabulary_size:,} tokens, and the model {config.vocabulary:,}",
            allowed="a model with a row for each token",
            hint="the tokenizer.json that was saved with the model",
        )
    weights = layout.from_theirs(found, shape, config.epsilon)
    notes = config.notes
    if spare_rows := config.vocabulary - tokenizer.vocabulary_size:
        for table in ("embedding.weight", "output.weight"):
            if table in weights:
                weights[table] = weights[table][: tokenizer.vocabulary_size].copy()
        notes = (*notes, f"{spare_rows:,} rows that no token has were left out")
    return Grown(folder.resolve().name, shape, tokenizer, weights, notes=notes)


def _tokenizer(path: Path) -> Tokenizer:
    with contextlib.suppress(OSError):
        if path.stat().st_size > TOKENIZER:
            raise RunError(f"{path} has {path.stat().st_size:,} bytes", allowed=f"at most {TOKENIZER:,}")
    return load(path, elsewhere=True)
