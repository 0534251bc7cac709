"""`mebuki diary` encrypt, decrypt, passphrase, recover, unlock, lock."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import out_of_range
from . import passphrases
from .diary import command_parser, folder_of
from .main import Parser

CAREFUL = "Without the passphrase and the recovery key nobody can read the diary."
LIMITS = """\
What was overwritten or taken away here can still be elsewhere: in copies that
you made, in exports and the files you imported from, in snapshots and backups
of the whole disk, and in cells of a solid-state disk that it shows no more.
Only encryption of the whole disk helps there."""


def encrypt_parser() -> Parser:
    return command_parser(
        "encrypt",
        "Encrypt the diary with a passphrase: its database, its backups, and all that is grown from it. If there is no diary yet, an\n"
        f"encrypted one is made. A recovery key is shown once: write it down. {CAREFUL}\n\n{LIMITS}",
        "mebuki diary encrypt\nmebuki diary encrypt --passphrase-file passphrase.txt --json",
        sample=False,
    )


def encrypt(given: Any) -> int:
    from ..diary import driver, store, vault
    from ..diary.encryption import already, encrypt

    folder = folder_of(given)
    driver.sqlcipher()  # before anything is asked
    if store.is_encrypted(folder / store.NAME):
        raise already(folder)
    said = passphrases.known(given)
    said = passphrases.new() if said is None else said
    found = encrypt(folder, said, cost=vault.COST, watch=_watch(given, "encrypted"))
    if given.json:
        _print(recovery_key=found.recovery_key, strangers=found.strangers, gone=found.gone)
        return 0
    from .diary_view import console

    print(f"{folder} is encrypted, with its backups.\n\nThe recovery key opens it if you forget the passphrase:\n")
    console().print(f"  {found.recovery_key[:23]}\n  {found.recovery_key[24:]}\n", style="bold")
    print(f"Write it down, on paper; it is kept nowhere.\n{CAREFUL}")
    _list("These files in its folder are none of the diary's, and stay as they are:", found.strangers)
    _list("These backups were damaged, and are gone:", found.gone)
    print(f"\n{LIMITS}")
    return 0


def decrypt_parser() -> Parser:
    return command_parser(
        "decrypt",
        "Make an encrypted diary plain again, with its backups: whoever can read its files can read it.",
        "mebuki diary decrypt",
        sample=False,
    )


def decrypt(given: Any) -> int:
    from ..diary import agent, keyring
    from ..diary.encryption import decrypt
    from ..diary.unlocking import plain

    folder = folder_of(given)
    vault, unlocked = keyring.read(folder), passphrases.unlocked(given, folder)
    if not unlocked:
        raise plain(folder)
    left = decrypt(folder, **unlocked, watch=_watch(given, "decrypted"))
    if vault:
        agent.forget(vault.id)
    if given.json:
        _print(path=folder, left=left)
        return 0
    print(f"{folder} is plain: whoever can read its files can read it")
    _list("These could not be read, and stay as they are, with the keys:", left)
    return 0


def passphrase_parser() -> Parser:
    p = command_parser(
        "passphrase",
        "Change the passphrase, or with --new-recovery-key the recovery key. Only what wraps the key is made anew: a copy of the\n"
        "folder that somebody took before opens with the old one. If that worries you, decrypt the diary and encrypt it again.",
        "mebuki diary passphrase\nmebuki diary passphrase --new-recovery-key",
        sample=False,
    )
    p.add_argument("--new-passphrase-file", metavar="FILE", help="the new one, in its first line")
    p.add_argument("--new-recovery-key", action="store_true", help="another recovery key instead; the old one ends")
    return p


def passphrase(given: Any) -> int:
    from ..diary import vault
    from ..diary.unlocking import change_passphrase, new_recovery_key

    folder = _encrypted(given)
    said = passphrases.old(given, folder)
    if given.new_recovery_key:
        shown = new_recovery_key(folder, said)
        print(json.dumps({"recovery_key": shown}) if given.json else f"the recovery key, from now on:\n\n  {shown}\n")
        return 0
    change_passphrase(folder, said, passphrases.new(given.new_passphrase_file), cost=vault.COST)
    print(json.dumps({"changed": True}) if given.json else "the passphrase is changed; the recovery key is not")
    return 0


def recover_parser() -> Parser:
    p = command_parser(
        "recover",
        "Set a new passphrase with the recovery key. How it is written does not matter: small letters, spaces, O for 0.",
        "mebuki diary recover",
        sample=False,
    )
    p.add_argument("--recovery-key-file", metavar="FILE", help="the recovery key (default: it is asked for)")
    p.add_argument("--new-passphrase-file", metavar="FILE", help="the new passphrase, in its first line")
    return p


def recover(given: Any) -> int:
    from ..diary import keyring, vault
    from ..diary.unlocking import recover

    folder = _encrypted(given)
    if given.recovery_key_file:
        shown = passphrases.whole_file(given.recovery_key_file)
    else:
        shown = passphrases.asked("recovery key: ", seen=True)
    if found := keyring.read(folder):
        found.recovered(shown)  # before a new passphrase is thought of
    recover(folder, shown, passphrases.new(given.new_passphrase_file), cost=vault.COST)
    print(json.dumps({"changed": True}) if given.json else "the new passphrase opens the diary; the recovery key stays")
    return 0


def unlock_parser() -> Parser:
    p = command_parser(
        "unlock",
        "Keep an encrypted diary unlocked for some minutes: no command asks for the passphrase meanwhile. A process of yours holds the\n"
        "key in memory until then; it is on no disk. Programs that run as you can ask for it, as they could watch you type.",
        "mebuki diary unlock\nmebuki diary unlock --minutes 60",
        sample=False,
    )
    p.add_argument("--minutes", type=float, default=15, metavar="N", help="for so long (default 15)")
    return p


def unlock(given: Any) -> int:
    from ..diary import agent, unlocking

    if not 0 < given.minutes <= agent.LONGEST:
        raise out_of_range("--minutes", given.minutes, 1, agent.LONGEST)
    folder = _encrypted(given)
    keys = unlocking.unlock(folder, **passphrases.unlocked(given, folder))
    if not keys:
        raise unlocking.plain(folder)
    agent.start(keys, given.minutes * 60)
    until = datetime.now() + timedelta(minutes=given.minutes)
    print(json.dumps({"until": until.isoformat(timespec="seconds")}) if given.json else f"unlocked until {until:%H:%M}")
    return 0


def lock_parser() -> Parser:
    return command_parser(
        "lock", "Lock a diary that was unlocked: the key is forgotten.", "mebuki diary lock", sample=False
    )


def lock(given: Any) -> int:
    from ..diary import agent, keyring

    vault = keyring.read(_encrypted(given))
    was = bool(vault and agent.forget(vault.id))
    print(json.dumps({"was_unlocked": was}) if given.json else "locked" if was else "it was locked already")
    return 0


def _encrypted(given: Any) -> Path:
    from ..diary import store
    from ..diary.unlocking import plain

    folder = folder_of(given)
    store.place(folder / store.NAME, create=False)
    if not store.is_encrypted(folder / store.NAME):
        raise plain(folder)
    return folder


def _watch(given: Any, what: str) -> Callable[[int, int], None]:
    terminal = sys.stderr.isatty() and not given.json

    def watch(done: int, all: int) -> None:
        if terminal and all > 1:
            print(f"\r  {done} of {all} files {what}", end="\n" if done == all else "", file=sys.stderr, flush=True)

    return watch


def _list(what: str, paths: Sequence[Path]) -> None:
    if paths:
        print("\n" + "\n  ".join([what, *map(str, paths)]))


def _print(**row: Any) -> None:
    print(json.dumps(row, default=str, ensure_ascii=False))
