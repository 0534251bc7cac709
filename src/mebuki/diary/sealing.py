"""Files beside the database, encrypted; and files that are taken away for good.

A sealed file is a line that says what it is, 12 bytes that no other file has, and the content, encrypted with AES-GCM, which also sees
to it that it lies under its own name and that no byte of it was changed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from ..errors import StorageError
from ..text.files import flush_folder
from .entries import DiaryError
from .vault import aes

MARK = b"mebuki sealed 1\n"
TURNING = ".turning"  # how the names of files end that are not whole yet, or not whole any more
NONCE = 12  # bytes
LARGEST = 2**31 - 64  # bytes, of a content
BLOCK = 1 << 20


def seal(key: bytes, name: str, content: bytes) -> bytes:
    """A content as it may lie on the disk.

    >>> unseal(bytes(32), "counts.bin", seal(bytes(32), "counts.bin", b"123"))
    b'123'
    """
    if len(content) > LARGEST:
        raise StorageError(f"{name} has {len(content):,} bytes", allowed=f"up to {LARGEST:,} in an encrypted diary")
    nonce = secrets.token_bytes(NONCE)
    return MARK + nonce + aes(key).encrypt(nonce, content, name.encode())


def unseal(key: bytes, name: str, sealed: bytes) -> bytes:
    """The content again.

    Raises:
        DiaryError: it was sealed with another key or under another name, was not sealed, or is damaged.
    """
    cipher = aes(key)
    from cryptography.exceptions import InvalidTag

    try:
        if not sealed.startswith(MARK):
            raise ValueError
        nonce, content = sealed[len(MARK) :][:NONCE], sealed[len(MARK) + NONCE :]
        return cipher.decrypt(nonce, content, name.encode())
    except (InvalidTag, ValueError):
        raise DiaryError(f"{name} is damaged, or was sealed with other keys", hint=f"removing {name}") from None


def is_sealed(path: Path) -> bool:
    """Whether a file is one of these."""
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK


def put_in_place(new: Path, target: Path) -> None:
    """Give a whole file the name of another, and write over the content of that other.

    A disk that writes to a new place each time, as solid-state ones and some file systems do, may still hold it. A file that has a
    second name is left as it is under that one.
    """
    old = None
    if os.name != "nt" and target.exists():  # Windows gives no name of a file that is open
        old = os.open(target, os.O_RDWR)
    try:
        os.replace(new, target)
        flush_folder(target.parent)
        if old is not None and os.fstat(old).st_nlink == 0:
            _overwrite(old)
    finally:
        if old is not None:
            os.close(old)


def shred(path: Path) -> None:
    """Write over a file and take it away; what does not exist is gone already. It loses its name first, so that nobody reads the half of it."""
    aside = path if path.name.endswith(TURNING) else path.with_name(f".{path.name}{TURNING}")
    try:
        os.replace(path, aside)
        descriptor = os.open(aside, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        if os.fstat(descriptor).st_nlink == 1:
            _overwrite(descriptor)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileNotFoundError):
        aside.unlink()


def _overwrite(descriptor: int) -> None:
    left, chance = os.fstat(descriptor).st_size, os.urandom(BLOCK)
    os.lseek(descriptor, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(descriptor, chance[: min(left, BLOCK)])
    os.fsync(descriptor)
