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

MEMORY = ("tmpfs", "ramfs")  # file systems that are on no disk
QUIET = ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"]  # Vim keeps nothing of what it was shown


@contextmanager
def edited(text: str, name: str = "entry", *, private: bool = False) -> Iterator[str]:
    """What becomes of a text in $VISUAL or $EDITOR; the line end that editors put behind the last line is taken off.

    The file that it was written in is kept until the block has ended well: whatever goes wrong in it, or before, is told together
    with where the file is. It lies in a folder of its own, which nobody else may enter, and which is taken away with what else an
    editor leaves there.

    Args:
        private: of an encrypted diary: the file lies in memory where there is such a place; where there is none, that is told, and
            afterwards it is written over.

    Raises:
        TextError: there is no editor, it failed, or it did not write UTF-8.
    """
    command = _command()
    place = memory() if private else None
    folder = Path(tempfile.mkdtemp(prefix="mebuki-", dir=place))
    path = folder / f"{name}.md"
    if private:
        if Path(command[0]).stem in ("vim", "nvim", "gvim"):
            command += QUIET
        if not place:
            print(f"mebuki: while you write, the entry lies unencrypted in {path}", file=sys.stderr)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as file:
        file.write(text)
    try:
        yield _after(command, path, text)
    except BaseException as error:
        where = f"{path} (in memory, until this computer is switched off)" if place else str(path)
        if _unchanged(path, text):
            _remove(folder)
        elif isinstance(error, MebukiError):
            raise TextError(
                f"{error.given}; what was written is in {where}", allowed=error.allowed, hint=error.hint
            ) from error
        else:
            print(f"\nmebuki: what was written is in {where}", file=sys.stderr)
        raise
    _remove(folder)


def memory() -> Path | None:
    """A place for files that is on no disk; None: this system has none."""
    try:
        mounts = [line.split(" ")[1:3] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return None
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):
        above = [(len(mount), kind) for mount, kind in mounts if _above(mount, place)]
        if place and os.access(place, os.W_OK | os.X_OK) and max(above, default=(0, ""))[1] in MEMORY:
            return Path(place)
    return None


def _above(mount: str, place: str) -> bool:
    return f"{place}/".startswith(f"{mount.rstrip('/')}/")


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


def _remove(folder: Path) -> None:
    """A folder and all in it, which is written over before."""
    from ..diary.sealing import shred

    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if file.is_file() and not file.is_symlink():
                shred(file)
    shutil.rmtree(folder, ignore_errors=True)


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
