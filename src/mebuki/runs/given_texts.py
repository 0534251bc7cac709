"""Texts that were pasted or uploaded, kept as files of their own to learn from."""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ..errors import TextError
from ..text.files import new_binary_file
from ..text.sources import SUFFIXES

LONGEST = 120  # bytes of a name, before its ending


def keep_texts(home: str | os.PathLike[str], texts: Iterable[tuple[str, str | bytes]]) -> list[Path]:
    """Write texts into a new folder in `home`, as `home/20261129-101500-1a2b/NAME.txt`; the files, in order.

    Args:
        home: such as RUNS/.texts; it is made.
        texts: name and content of each: pasted as characters, uploaded as bytes, which are kept as they are. Of a name its
            last part is taken, and made safe for every system; one that does not end in what is read gets `.txt`.

    Raises:
        TextError: there is none, or all are empty.
        StorageError: they cannot be written.
    """
    given = [(name, content.encode() if isinstance(content, str) else content) for name, content in texts]
    if not any(content.strip() for _, content in given):
        raise TextError("the text is empty", allowed="a text to learn from", hint="a page or more of your own words")
    folder = Path(home) / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}"
    folder.mkdir(parents=True)
    paths: list[Path] = []
    for name, content in given:
        path = folder / safe_name(name)
        number = 1
        while path.exists():
            number += 1
            whole = safe_name(name)
            path = folder / f"{Path(whole).stem}-{number}{Path(whole).suffix}"
        with new_binary_file(path) as file:
            file.write(content)
        paths.append(path)
    return paths


def safe_name(name: str) -> str:
    """A file's name for every system, in the letters it was given in.

    >>> safe_name("../../日記 2026.md"), safe_name(""), safe_name("a<b>.html"), safe_name("con.txt")
    ('日記 2026.md', 'text.txt', 'a-b-.html.txt', 'con-.txt')
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    clean = re.sub(r'[<>:"|?*\x00-\x1f\x7f]', "-", last).strip(". ")
    stem, ending = os.path.splitext(clean)
    if ending.lower() not in SUFFIXES:
        stem, ending = clean, ".txt"
    stem = stem.encode()[:LONGEST].decode(errors="ignore").strip(". ") or "text"
    if re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d", stem, re.IGNORECASE):
        stem += "-"  # names that Windows keeps for itself
    return stem + ending
