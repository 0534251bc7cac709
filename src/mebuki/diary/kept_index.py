"""The index of a diary as it lies on its shelf, so that the next program has it at once; sealed where the diary is.

It is good for one state of the diary only (a stamp), and could be made anew at any time.

Shapes: N entries, O occurrences of words.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import numpy as np

from ..errors import MebukiError
from .chance import Ints
from .journal import Journal
from .shelf import INDEX

COLUMNS = 8


@dataclass(frozen=True)
class Arrays:
    """What an index is made of.

    Attributes:
        columns: numbers and days, as ordinals, of entries, [N]; entry, sentence, word, start, end and spelling of occurrences, [O].
        ids: of the entries.
        keys: of each word, the pieces that it is made of.
        spellings: of each number in the column of spellings.
        names: of each word, how its writer spells it most.
    """

    columns: tuple[Ints, ...]
    ids: list[str]
    keys: list[tuple[str, ...]]
    spellings: list[str]
    names: list[str]


def keep(journal: Journal, stamp: tuple[int, ...], arrays: Arrays) -> None:
    """Lay an index on the shelf; where it cannot be written, there is none."""
    out = io.BytesIO()
    told = {"ids": arrays.ids, "keys": arrays.keys, "spellings": arrays.spellings, "names": arrays.names}
    head = {"stamp": stamp, **told}
    out.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
    for column in arrays.columns:
        np.save(out, column.astype(np.int32))
    try:
        journal.shelf.write(INDEX, out.getvalue())
    except MebukiError:
        journal.shelf.remove(INDEX)


def read_kept(journal: Journal, stamp: tuple[int, ...]) -> Arrays | None:
    """The index of this stamp, if it lies there whole."""
    try:
        content = journal.shelf.read(INDEX)
        if content is None:
            return None
        line = content.index(b"\n") + 1
        head = json.loads(content[:line])
        if head["stamp"] != list(stamp):
            return None
        rest = io.BytesIO(content)
        rest.seek(line)
        columns = tuple(np.load(rest, allow_pickle=False).astype(np.int64) for _ in range(COLUMNS))
        return Arrays(columns, head["ids"], [tuple(keys) for keys in head["keys"]], head["spellings"], head["names"])
    except (MebukiError, ValueError, KeyError, TypeError, EOFError, OSError):
        return None
