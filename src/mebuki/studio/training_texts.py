"""Texts that readers give to learn from: pasted, dropped, or their diary. They lie beside the runs, and are known by ids."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

from ..diary import store
from ..diary.journal import Journal
from ..diary.material import pages
from ..errors import TextError
from ..runs.given_texts import keep_texts
from ..text.scanning import parts
from ..text.settings import TextSettings
from ..text.sources import find_sources
from .problems import Problem, reason_of
from .training_forms import Text

HOME = ".texts"
LOOKED_AT = "diary"  # a diary that is only looked at, for an estimate
BEGINS = 200  # letters that are shown again


class Texts:
    """The texts beside the runs of a studio; each in a folder of its own, whose name is its id."""

    def __init__(self, runs: Path) -> None:
        self.home = runs / HOME

    def keep(self, name: str, content: bytes) -> Text:
        """Keep a text, and look into it.

        Raises:
            Problem: text_empty, text_unreadable.
        """
        if not content.strip():
            raise Problem("text_empty", name=name)
        (path,) = keep_texts(self.home, [(name, content)])
        try:
            return self.look(path.parent.name)
        except TextError as error:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise Problem("text_unreadable", name=name, **reason_of(error)) from error

    def keep_diary(self, content: bytes, *, keep: bool) -> Path:
        """A diary written out: for a run in a place of its own, else in one that is used again; the file."""
        if keep:
            return keep_texts(self.home, [("diary.jsonl", content)])[0]
        path = self.home / LOOKED_AT / "diary.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
        return path

    def look(self, name: str) -> Text:
        """What a text is.

        Raises:
            Problem: text_missing.
            TextError: it cannot be read.
        """
        path = self.path(name)
        (source,) = find_sources([path])
        letters, begins = 0, ""
        for _, piece in parts([source], TextSettings(sources=(str(path),)), 0):
            letters += len(piece)
            begins += piece[: BEGINS - len(begins)]
        return Text(id=name, name=path.name, letters=letters, encoding=source.encoding, begins=begins)

    def path(self, name: str) -> Path:
        """The file of a text, found among those that lie there.

        Raises:
            Problem: text_missing.
        """
        kept = {path.name: path for path in self.home.iterdir()} if self.home.is_dir() else {}
        files = [path for path in kept[name].iterdir() if path.is_file()] if name in kept else []
        if len(files) != 1:
            raise Problem("text_missing", 404)
        return files[0]

    def forget(self, name: str) -> None:
        """Remove a text that nothing was begun with."""
        shutil.rmtree(self.path(name).parent, ignore_errors=True)


def diary_text(folder: Path) -> bytes:
    """The diary's entries, a line of JSON for each, as they are learned from.

    Raises:
        Problem: diary_empty, diary_locked.
    """
    path = folder / store.NAME
    if not path.is_file():
        raise Problem("diary_empty")
    if store.is_encrypted(path):
        raise Problem("diary_locked")
    with closing(Journal(folder, create=False)) as journal:
        found = [{"date": page.day.isoformat(), "text": page.text} for page in pages(journal)]
    if not found:
        raise Problem("diary_empty")
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found).encode()
