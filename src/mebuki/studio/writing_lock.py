"""Encryption: a passphrase for the diary, unlocking, locking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, SecretStr

from ..diary import encryption, unlocking
from ..diary.vault import LockedError
from .problems import Problem
from .writing_room import Room
from .writing_rooms import LONGEST, diaries_of

router = APIRouter(prefix="/api/diary", tags=["diary"])


class Passphrase(BaseModel):
    """A passphrase."""

    passphrase: SecretStr


class Anew(BaseModel):
    """A new passphrase, with the old one or the recovery key."""

    passphrase: SecretStr
    old: SecretStr | None = None
    recovery_key: SecretStr | None = None


class RecoveryKey(BaseModel):
    """Opens the diary where the passphrase is forgotten. It is shown once, and kept nowhere."""

    recovery_key: str
    strangers: list[str] = []
    gone: list[str] = []


class LockAfter(BaseModel):
    """Minutes without a request after which an encrypted diary locks itself; 0: never."""

    minutes: int = Field(ge=0, le=LONGEST)


class Locked(BaseModel):
    """Whether it is."""

    locked: bool


async def _own(request: Request) -> Room:
    diaries_of(request).touch()
    return diaries_of(request).room()


Own = Annotated[Room, Depends(_own)]


@router.post("/encrypt")
async def encrypt(room: Own, said: Passphrase, request: Request) -> RecoveryKey:
    """Encrypt the diary with all that belongs to it; it stays unlocked."""
    _not_growing(request)
    passphrase = said.passphrase.get_secret_value()
    found = await room.alone(lambda: encryption.encrypt(room.folder, passphrase))
    await room.unlock(passphrase)
    names = [[str(path) for path in paths] for paths in (found.strangers, found.gone)]
    return RecoveryKey(recovery_key=found.recovery_key, strangers=names[0], gone=names[1])


@router.post("/decrypt")
async def decrypt(room: Own, said: Passphrase, request: Request) -> Locked:
    """Make it plain again."""
    _not_growing(request)
    passphrase = said.passphrase.get_secret_value()
    await room.alone(lambda: _tried(lambda: encryption.decrypt(room.folder, passphrase)))
    room.keys = None
    return Locked(locked=False)


@router.post("/unlock")
async def unlock(room: Own, said: Passphrase) -> Locked:
    """Unlock it; the key stays in this process's memory."""
    await room.unlock(said.passphrase.get_secret_value())
    return Locked(locked=False)


@router.post("/lock")
async def lock(room: Own, request: Request) -> Locked:
    """Forget the key. A model that grows is stopped, since its process holds the key too."""
    diaries_of(request).growth().stop()
    room.lock()
    return Locked(locked=room.encrypted)


@router.post("/passphrase")
async def passphrase(room: Own, anew: Anew) -> Locked:
    """Another passphrase; the diary is unlocked with it."""
    new = anew.passphrase.get_secret_value()
    if anew.recovery_key is not None:
        shown = anew.recovery_key.get_secret_value()
        await asyncio.to_thread(_tried, lambda: unlocking.recover(room.folder, shown, new), "wrong_recovery_key")
    else:
        old = anew.old.get_secret_value() if anew.old else ""
        await asyncio.to_thread(_tried, lambda: unlocking.change_passphrase(room.folder, old, new))
    await room.unlock(new)
    return Locked(locked=False)


@router.post("/recovery-key")
async def recovery_key(room: Own, said: Passphrase) -> RecoveryKey:
    """Another recovery key; the old one opens nothing any more."""
    passphrase = said.passphrase.get_secret_value()
    shown = await asyncio.to_thread(_tried, lambda: unlocking.new_recovery_key(room.folder, passphrase))
    return RecoveryKey(recovery_key=shown)


@router.put("/lock-after")
async def lock_after(room: Own, after: LockAfter, request: Request) -> LockAfter:
    """When it locks itself."""
    diaries_of(request).keep_lock_after(after.minutes)
    return after


def _tried(work: Callable[[], Any], wrong: str = "wrong_passphrase") -> Any:
    try:
        return work()
    except LockedError:
        raise Problem(wrong, 403) from None


def _not_growing(request: Request) -> None:
    if diaries_of(request).growth().runs:
        raise Problem("growing_now", 409)
