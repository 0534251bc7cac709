"""A text in the reader's own editor."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import TextError


def edited(text: str, name: str = "entry") -> str:
    """What became of a text in $VISUAL or $EDITOR; the line end that editors put behind the last line is taken off.

    Raises:
        TextError: there is no editor, or it failed; what was written in it is kept in a file that the message names.
    """
    command = _command()
    descriptor, path = tempfile.mkstemp(prefix=f"mebuki-{name}-", suffix=".md")  # nobody else may read it
    kept = Path(path)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        try:
            code = subprocess.run([*command, path], check=False).returncode
        except OSError as error:
            raise TextError(
                f"the editor {command[0]} cannot be started: {error.strerror}", hint="EDITOR=nano"
            ) from error
        said = kept.read_text(encoding="utf-8", errors="surrogateescape")
        if code:
            if said != text:
                kept = Path()
                raise TextError(
                    f"{command[0]} ended with {code}; what was written is in {path}", hint=f"--text < {path}"
                )
            raise TextError(f"{command[0]} ended with {code}; nothing was written", hint="EDITOR=nano")
        return said.removesuffix("\n") if not text.endswith("\n") else said
    finally:
        if kept != Path():
            with contextlib.suppress(OSError):
                kept.unlink(missing_ok=True)


def _command() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if said := os.environ.get(name, "").strip():
            return shlex.split(said, posix=os.name != "nt")
    for program in ("notepad",) if os.name == "nt" else ("sensible-editor", "nano", "vim", "vi"):
        if found := shutil.which(program):
            return [found]
    raise TextError("no editor is known", allowed="a program in $EDITOR", hint='--text "Rain again."')
