"""One file of weights that is replaced whole."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import StorageError


def save_weights(path: Path, weights: Mapping[str, Any], about: Mapping[str, str] | None = None) -> None:
    """Write arrays under another name, and give them their own once they are on the disk.

    Args:
        about: texts that are kept with them.

    Raises:
        StorageError: the file cannot be written; what stood there stays.
    """
    from safetensors.numpy import save

    unfinished = path.with_name(f".{path.name}.new")
    try:
        with unfinished.open("wb") as file:
            file.write(save({name: np.ascontiguousarray(w) for name, w in weights.items()}, dict(about or {})))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", hint="free some space on the disk"
        ) from error


def count_weights(path: Path) -> int | None:
    """How many numbers a file of weights holds, from its first lines; None if there is none, or it is damaged."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, 1 << 24)))
        return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
