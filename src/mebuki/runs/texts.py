"""Other texts than a run's own, as ids a run's model can read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..text import Ids, TextSettings, Tokenizer
from ..text.folders import TemporaryFolder
from ..text.scanning import empty, parts
from ..text.sources import find_sources


def ids_of_files(
    files: Sequence[str | os.PathLike[str]], settings: TextSettings, tokenizer: Tokenizer, vocabulary: int
) -> tuple[Ids, float]:
    """Files or folders, read as the settings say, and how many characters a token stands for, on average.

    Tokens that the model does not know, those from `vocabulary` on, have no part in the average. The ids lie in a
    temporary folder, removed when they are let go of.

    Raises:
        TextError: a file cannot be read or is empty.
    """
    paths = tuple(os.fspath(file) for file in files)
    settings = replace(settings, sources=paths, split_at=None, split_date=None)
    sources = find_sources(settings.sources, settings.encoding)
    owner = TemporaryFolder()
    encoder, dtype = tokenizer.encoder(), tokenizer.dtype.newbyteorder("<")
    counts = np.zeros(tokenizer.vocabulary_size, dtype=np.int64)
    with (owner.path / "text.bin").open("wb") as file:
        for _, text in parts(sources, settings, 0):
            ids = encoder.push(text)
            counts += np.bincount(ids, minlength=len(counts))
            file.write(ids.astype(dtype, copy=False).data)
        ids = encoder.finish()
        counts += np.bincount(ids, minlength=len(counts))
        file.write(ids.astype(dtype, copy=False).data)
    if not counts.any():
        raise empty(sources)
    known = counts[:vocabulary]
    characters = int(known @ _characters(tokenizer)[:vocabulary])
    return Ids(owner.path / "text.bin", tokenizer.dtype, owner), characters / max(1, int(known.sum()))


def _characters(tokenizer: Tokenizer) -> np.ndarray:
    """How many letters begin in each token: the bytes of its UTF-8 that do not go on with one."""
    return np.array([sum(byte & 0xC0 != 0x80 for byte in data) for data in tokenizer.token_bytes])
