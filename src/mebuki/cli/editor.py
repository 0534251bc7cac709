"""A text in the reader's own editor."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MebukiError, TextError


@contextmanager
def edited(text: str, name: str = "entry") -> Iterator[str]:
    """What becomes of a text in $VISUAL or $EDITOR; the line end that editors put behind the last line is taken off.

    The file that it was written in is kept until the block has ended well: whatever goes wrong in it, or before, is told together
    with where the file is.

    Raises:
        TextError: there is no editor, it failed, or it did not write UTF-8.
    """
    command = _command()
    descriptor, path = tempfile.mkstemp(prefix=f"mebuki-{name}-", suffix=".md")  # nobody else may read it
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    try:
        yield _after(command, Path(path), text)
    except BaseException as error:
        if _unchanged(Path(path), text):
            _remove(path)
        elif isinstance(error, MebukiError):
            raise TextError(
                f"{error.given}; what was written is in {path}", allowed=error.allowed, hint=error.hint
            ) from error
        else:
            print(f"\nmebuki: what was written is in {path}", file=sys.stderr)
        raise
    _remove(path)


def _after(command: list[str], path: Path, text: str) -> str:
    try:
        code = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise TextError(f"the editor {command[0]} cannot be started: {error.strerror}", hint="EDITOR=nano") from error
    if code:
        raise TextError(f"{command[0]} ended with {code}; nothing was changed in the diary")
    try:
        said = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise TextError(f"{command[0]} wrote no UTF-8 text: {error}", hint="saving it as UTF-8") from error
    if "\r" not in text:
        said = said.replace("\r\n", "\n")
    return said if text.endswith("\n") else said.removesuffix("\n")


def _unchanged(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() in (text.encode(), b"")
    except OSError:
        return True


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _command() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if said := os.environ.get(name, "").strip():
            try:
                parts = shlex.split(said, posix=os.name != "nt")
            except ValueError as error:
                raise TextError(f"${name} is {said!r}: {error}", hint="EDITOR=nano") from error
            return [part.strip('"') for part in parts]
    for program in ("notepad",) if os.name == "nt" else ("sensible-editor", "nano", "vim", "vi"):
        if found := shutil.which(program):
            return [found]
    raise TextError("no editor is known", allowed="a program in $EDITOR", hint='--text "Rain again."')
