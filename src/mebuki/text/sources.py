"""Which files a corpus is read from: files and folders, their encodings, and what makes them the same files again."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mebuki.errors import TextError
from mebuki.text.encodings import examine, known_encoding

SUFFIXES = (".txt", ".md", ".jsonl")


@dataclass(frozen=True)
class Source:
    """One file of text.

    Attributes:
        path: the file, as it was given.
        encoding: Python's name of its encoding.
        size: bytes.
        sha256: of its bytes, hexadecimal.
    """

    path: Path
    encoding: str
    size: int
    sha256: str


def find_sources(paths: Iterable[str | os.PathLike[str]], encoding: str = "auto") -> list[Source]:
    """The files to read, in the order given; a folder stands for the texts in it and below it, sorted by name.

    In folders, only .txt, .md and .jsonl are read; hidden or empty files are passed over, and so are runs, folders with
    a recipe.toml. A file that is named may have any suffix. A file that is found twice is read once.

    Args:
        paths: files and folders.
        encoding: `auto` finds the encoding of each file; any other name is taken for all of them.

    Raises:
        TextError: a path does not exist, cannot be read, is empty or no text, or has a name that is not UTF-8; the
            encoding is unknown.

    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> _ = Path(folder.name, "a.txt").write_bytes("春はあけぼの。".encode("cp932"))
    >>> [(source.path.name, source.encoding, source.size) for source in find_sources([folder.name])]
    [('a.txt', 'cp932', 14)]
    >>> folder.cleanup()
    """
    encoding = known_encoding(encoding)
    files: dict[Path, Path] = {}
    for given in paths:
        path = _expanded(given)
        for file in _texts_in(path) if _is_folder(path) else [_named(path)]:
            files.setdefault(_nameable(file.resolve()), file)
    if not files:
        raise TextError("no text was given", allowed=f"files, or folders with {', '.join(SUFFIXES)}", hint="mytext.txt")
    return [_examined(file, encoding) for file in files.values()]


def cannot_read(path: Path, error: OSError) -> TextError:
    """The error of a file that the system does not let us read."""
    return TextError(
        f"{_short(path)} cannot be read: {error.strerror or error}", hint="check its name and its permissions"
    )


def _examined(file: Path, encoding: str) -> Source:
    try:
        found, size, sha256 = examine(file, encoding)
    except OSError as error:
        raise cannot_read(file, error) from error
    return Source(file, found, size, sha256)


def _expanded(given: str | os.PathLike[str]) -> Path:
    try:
        return Path(given).expanduser()
    except RuntimeError:  # ~somebody who has no home here
        return Path(given)


def _short(path: Path) -> str:
    """A path for a message; perhaps the text itself was given in its place."""
    return str(path) if len(str(path)) < 300 else f"{str(path)[:60]}…"


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except OSError as error:
        raise cannot_read(path, error) from error
    except ValueError:
        raise TextError(f"{str(path)!r} is no path: it holds a NUL") from None


def _named(path: Path) -> Path:
    if not path.is_file():
        raise TextError(f"{path} is neither a file nor a folder", hint="save the text into a file first")
    if path.stat().st_size == 0:
        raise TextError(f"{path} is empty", hint="a text of a few thousand letters at least")
    return path


def _nameable(path: Path) -> Path:
    """The path, unless its name cannot be written into a recipe."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode(errors="backslashreplace").decode()
        raise TextError(f"the name {shown} is not UTF-8", hint="rename it") from None
    return path


def _missing(path: Path) -> TextError:
    try:
        siblings = [p.name for p in path.parent.iterdir()]
    except OSError:
        return TextError(f"{_short(path)} does not exist", hint="check the path")
    near = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.5)
    hint = str(path.parent / near[0]) if near else f"a path from {Path.cwd()}, or a whole path"
    return TextError(f"{_short(path)} does not exist", hint=hint)


def _texts_in(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise cannot_read(Path(error.filename or folder), error) from error

    found = []
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [n for n in folders if not n.startswith(".") and not Path(parent, n, "recipe.toml").exists()]
        files = [Path(parent, name) for name in names if not name.startswith(".")]
        found += [
            file for file in files if file.suffix.lower() in SUFFIXES and file.is_file() and os.path.getsize(file)
        ]
    if not found:
        raise TextError(
            f"the folder {folder} holds no text", allowed=", ".join(SUFFIXES), hint="name the files instead"
        )
    return sorted(found, key=lambda file: file.relative_to(folder).parts)
