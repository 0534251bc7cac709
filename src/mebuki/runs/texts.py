"""Other texts than a run's own, as ids a run's model can read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from ..text import Ids, TextSettings, Tokenizer
from ..text.folders import TemporaryFolder
from ..text.scanning import parts
from ..text.sources import find_sources


def ids_of_files(
    files: Sequence[str | os.PathLike[str]], settings: TextSettings, tokenizer: Tokenizer
) -> tuple[Ids, float]:
    """Files or folders, read as the run's own text was, and how many characters a token stands for.

    The ids lie in a temporary folder, removed when they are let go of.

    Raises:
        TextError: a file cannot be read or is empty.
    """
    paths = tuple(os.fspath(file) for file in files)
    settings = replace(settings, sources=paths, encoding="auto", split_at=None, split_date=None)
    sources = find_sources(settings.sources, settings.encoding)
    owner = TemporaryFolder()
    encoder, characters = tokenizer.encoder(), 0
    dtype = tokenizer.dtype.newbyteorder("<")
    with (owner.path / "text.bin").open("wb") as file:
        for _, text in parts(sources, settings, 0):
            characters += len(text)
            file.write(encoder.push(text).astype(dtype, copy=False).data)
        file.write(encoder.finish().astype(dtype, copy=False).data)
    ids = Ids(owner.path / "text.bin", tokenizer.dtype, owner)
    return ids, characters / len(ids)
