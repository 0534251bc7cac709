"""A passphrase or a recovery key becomes what an encrypted diary is read with; and either is replaced by another."""

from __future__ import annotations

import os
from pathlib import Path

from . import keyring, store
from .entries import DiaryError
from .gate import gate
from .vault import COST, Cost, Keys, LockedError, Vault

Folder = str | os.PathLike[str]


def unlock(folder: Folder, passphrase: str | None = None, keys: Keys | None = None) -> Keys | None:
    """What a diary is read with; None: it is plain, and wants nothing.

    Args:
        passphrase: of an encrypted one.
        keys: in its place.

    Raises:
        LockedError: it is encrypted, and neither was given, or it does not fit.
        DiaryError: its keys are damaged; or a passphrase was given, and it is plain.
    """
    if not store.is_encrypted(Path(folder, store.NAME)):
        if passphrase is not None or keys is not None:
            raise plain(folder)
        return None
    vault = _vault(folder)
    if keys and keys.id == vault.id:
        return keys
    if passphrase is None:
        raise LockedError(f"the diary in {folder} is encrypted", allowed="its passphrase", hint="mebuki diary unlock")
    return vault.opened(passphrase)


def change_passphrase(folder: Folder, passphrase: str, new: str, *, cost: Cost = COST) -> None:
    """Another passphrase. The key is wrapped anew and stays the same: what was copied before, with its keys.json, opens with the old one.

    Raises:
        LockedError: it is another passphrase.
        DiaryError: the new one is too short, or the diary is plain.
    """
    folder = _encrypted(folder)
    with gate(folder, alone=True):
        vault = _vault(folder)
        keyring.write(folder, vault.with_passphrase(vault.opened(passphrase), new, cost))


def recover(folder: Folder, recovery_key: str, new: str, *, cost: Cost = COST) -> None:
    """Another passphrase, where the old one is forgotten. The recovery key stays what it is.

    Raises:
        LockedError: it is another recovery key.
        DiaryError: the new passphrase is too short, or the diary is plain.
    """
    folder = _encrypted(folder)
    with gate(folder, alone=True):
        vault = _vault(folder)
        keyring.write(folder, vault.with_passphrase(vault.recovered(recovery_key), new, cost))


def new_recovery_key(folder: Folder, passphrase: str) -> str:
    """Another recovery key, as it is shown; the old one opens nothing any more.

    Raises:
        LockedError: it is another passphrase.
        DiaryError: the diary is plain.
    """
    folder = _encrypted(folder)
    with gate(folder, alone=True):
        vault = _vault(folder)
        vault, shown = vault.with_recovery_key(vault.opened(passphrase))
        keyring.write(folder, vault)
    return shown


def plain(folder: Folder) -> DiaryError:
    return DiaryError(f"the diary in {folder} is not encrypted", hint="mebuki diary encrypt")


def _encrypted(folder: Folder) -> Path:
    path = Path(folder, store.NAME)
    store.place(path, create=False)
    if not store.is_encrypted(path):
        raise plain(folder)
    return path.parent


def _vault(folder: Folder) -> Vault:
    vault = keyring.read(Path(folder))
    if not vault:
        raise DiaryError(f"{Path(folder, keyring.NAME)} is missing", hint=f"a copy of {keyring.NAME}")
    return vault
