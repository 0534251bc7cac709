"""Where a passphrase comes from: a file, $MEBUKI_PASSPHRASE, an unlocked diary, or the one who sits at the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ..diary import agent, keyring, store
from ..diary.entries import DiaryError
from ..diary.unlocking import plain, unlock
from ..diary.vault import LockedError
from ..errors import TextError

VARIABLE = "MEBUKI_PASSPHRASE"
TRIES = 3
WAYS = f"--passphrase-file FILE, ${VARIABLE}, or mebuki diary unlock"


def unlocked(given: Any, folder: Path, *, create: bool = False) -> dict[str, Any]:
    """What `Journal` is given beside the folder.

    Raises:
        LockedError: it is encrypted, and nobody says the passphrase, or not the right one.
        DiaryError: a passphrase is said, and the diary is plain.
    """
    if not store.is_encrypted(folder / store.NAME):
        if given.passphrase_file:
            raise plain(folder)
        if create and os.environ.get(VARIABLE) and not (folder / store.NAME).exists():
            raise DiaryError(
                f"${VARIABLE} is set, and a diary that is made by writing would be plain", hint="mebuki diary encrypt"
            )
        return {}
    if (said := known(given)) is not None:
        return {"passphrase": said}
    vault = keyring.read(folder)
    if vault and (keys := agent.ask(vault.id)):
        return {"keys": keys}
    for left in reversed(range(TRIES)):
        typed = asked(f"passphrase of {folder}: ")
        try:
            return {"keys": unlock(folder, typed)}
        except LockedError as error:
            if not left:
                raise
            print(f"mebuki: {error.given}", file=sys.stderr)
    raise AssertionError


def old(given: Any, folder: Path) -> str:
    """The passphrase that a diary has, where nothing else will do."""
    said = known(given)
    return asked(f"passphrase of {folder}: ") if said is None else said


def new(file: str | None = None) -> str:
    """A new passphrase: from a file, or said twice."""
    if file:
        return of_file(file)
    for _ in range(TRIES):
        said = asked("new passphrase, 8 letters or more: ")
        if said == asked("the same again: "):
            return said
        print("mebuki: the two are not the same", file=sys.stderr)
    raise TextError("no passphrase was said twice")


def known(given: Any) -> str | None:
    """What the command line or the environment says."""
    if given.passphrase_file:
        return of_file(given.passphrase_file)
    return os.environ.get(VARIABLE)


def of_file(name: str) -> str:
    """The first line of a file."""
    return whole_file(name).split("\n")[0].removesuffix("\r")


def whole_file(name: str) -> str:
    """
    Raises:
        TextError: it cannot be read.
    """
    try:
        return Path(name).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TextError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def asked(question: str, *, seen: bool = False) -> str:
    """What is typed at the terminal.

    Args:
        seen: whether it may be seen there.

    Raises:
        LockedError: there is no terminal.
    """
    if not terminal():
        raise LockedError("the diary is encrypted, and there is no terminal to ask for its passphrase", allowed=WAYS)
    from getpass import getpass

    try:
        return input(question) if seen and sys.stdin.isatty() else getpass(question)
    except EOFError:
        raise LockedError("no passphrase was said", allowed=WAYS) from None


def terminal() -> bool:
    """Whether somebody can be asked, also while standard input is a file."""
    if os.name == "nt":
        return sys.stdin.isatty()
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
