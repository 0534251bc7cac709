"""The file that holds an encrypted diary's keys, and its copy with the backups, which is taken where the first is lost or damaged.

    keys.json
    backups/keys.json

A file takes the place of the one before when it was read back. Neither is of any use without the passphrase or the recovery key.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from ..errors import StorageError
from ..text.files import flush_folder
from .entries import DiaryError
from .vault import Vault

NAME = "keys.json"
COPIES = "backups"


def paths(folder: Path) -> tuple[Path, Path]:
    """Where the file and its copy are in a diary's folder."""
    return folder / NAME, folder / COPIES / NAME


def exists(folder: Path) -> bool:
    """Whether one of the two is there, be it damaged."""
    return any(path.exists() for path in paths(folder))


def read(folder: Path) -> Vault | None:
    """The keys, or else their copy; None: there are none.

    Raises:
        DiaryError: both are damaged, or a newer version wrote them.
    """
    damaged = None
    for path in paths(folder):
        try:
            return _read(path)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            damaged = damaged or (path, getattr(error, "strerror", None) or "it is damaged")
    if damaged:
        raise DiaryError(
            f"{damaged[0]} cannot be read: {damaged[1]}; without it the diary cannot be decrypted",
            hint=f"{NAME} from any other copy of the folder; it is always the same until the passphrase changes",
        )
    return None


def is_whole(folder: Path) -> bool:
    """Whether both are there and the same."""
    one, other = paths(folder)
    try:
        return one.read_bytes() == other.read_bytes() and bool(_read(one))
    except (OSError, ValueError):
        return False


def write(folder: Path, vault: Vault) -> None:
    """Keep keys, and a copy of them, where they are not kept already.

    Raises:
        StorageError: they cannot be written; what was there is there still.
    """
    for path in paths(folder):
        try:
            there = _read(path)
        except (OSError, ValueError):
            there = None
        if there != vault:
            _replace(path, vault)


def remove(folder: Path) -> None:
    """Take the keys and their copy away."""
    for path in paths(folder):
        for each in (path, *path.parent.glob(f".{NAME}-*")):
            each.unlink(missing_ok=True)


def _read(path: Path) -> Vault:
    return Vault.from_json(json.loads(path.read_text(encoding="utf-8")))


def _replace(path: Path, vault: Vault) -> None:
    unfinished = path.with_name(f".{path.name}-{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        for left in path.parent.glob(f".{path.name}-*"):
            left.unlink(missing_ok=True)  # a program was killed while it wrote it
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(vault.to_json(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if _read(unfinished) != vault:
            raise StorageError(f"{path} was written, but reads otherwise: this disk loses what it is given")
        os.replace(unfinished, path)
        flush_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}", hint="making room") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
