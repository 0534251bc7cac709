"""Who may go into a diary's folder: many programs at once, or one alone, who makes something else of it.

The lock is the operating system's, on a file of its own, and ends with the process.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import StorageError

NAME = ".gate"
PATIENCE = 20.0  # seconds to wait for another program
TAKEN = (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextlib.contextmanager
def gate(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Pass through it for as long as the block takes.

    Args:
        folder: of the diary; it is there.
        alone: nobody else may pass meanwhile.

    Raises:
        StorageError: another program has been alone in it for too long, or the folder cannot be written.
    """
    try:
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror}", hint="another folder: --diary DIR"
        ) from error
    end = time.monotonic() + PATIENCE
    try:
        while not _locked(descriptor, alone):
            if time.monotonic() > end:
                raise StorageError(
                    f"{folder} has been held by another program for {PATIENCE:.0f} seconds",
                    hint="ending that program first",
                )
            time.sleep(0.01)
        try:
            yield
        finally:
            _unlock(descriptor)
    finally:
        os.close(descriptor)


def _tried(lock: Callable[[], object]) -> bool:
    try:
        lock()
    except OSError as error:
        if error.errno not in TAKEN:
            raise StorageError(f"the diary's folder cannot be locked: {error.strerror}") from error
        return False
    return True


if os.name == "nt":
    import msvcrt

    def _locked(descriptor: int, alone: bool) -> bool:
        return _tried(lambda: msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1))  # pyright: ignore[reportAttributeAccessIssue]

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]

else:
    import fcntl

    def _locked(descriptor: int, alone: bool) -> bool:
        way = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        return _tried(lambda: fcntl.flock(descriptor, way | fcntl.LOCK_NB))

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
