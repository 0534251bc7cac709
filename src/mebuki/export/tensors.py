"""Tensors of a safetensors file that somebody else wrote: the head is held against what is wanted before anything is allocated.

The file: 8 bytes, how long the head is; the head, JSON, `{name: {dtype, shape, data_offsets}}`; the numbers.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError
from ..runs.checkpoints import refuse_pickle
from .grown import Weights

HEAD = 4 << 20  # bytes that a head has at most: ten times what the largest shape here needs
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}  # bfloat16 is the upper half of a float32


Sizes = dict[str, tuple[int, ...]]


def read(path: Path, wanted: Sizes, maybe: Sizes | None = None) -> Weights:
    """The wanted tensors, in float32.

    Args:
        wanted: names and shapes; the file has these and no others.
        maybe: the same of tensors that may be there too.

    Raises:
        RunError: the file is missing, damaged, a pickle, or has other tensors.
    """
    refuse_pickle(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(HEAD, size - 8):
                raise _damaged(path, f"a head of {length:,} bytes")
            found = _places(path, file.read(length), size - 8 - length)
            wanted = wanted | {name: shape for name, shape in (maybe or {}).items() if name in found}
            _compare(path, {name: shape for name, (_, shape, _) in found.items()}, wanted)
            tensors = {}
            for name in wanted:
                dtype, shape, start = found[name]
                file.seek(8 + length + start)
                raw = np.fromfile(file, dtype=DTYPES[dtype], count=math.prod(shape))
                if len(raw) != math.prod(shape):
                    raise _damaged(path, f"{name} is cut off")
                tensors[name] = _float32(raw, dtype).reshape(shape)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}", allowed="model.safetensors") from error
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise _damaged(path, f"{name} holds numbers that are none")
    return tensors


def _float32(raw: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "BF16":
        return (raw.astype(np.uint32) << 16).view(np.float32)
    return raw.astype(np.float32)


def _places(path: Path, head: bytes, size: int) -> dict[str, tuple[str, tuple[int, ...], int]]:
    """Type, shape and first byte of each tensor; together they fill the file."""
    try:
        content = json.loads(head)
        content.pop("__metadata__", None)
        found = {name: _place(about) for name, about in content.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"its head: {error}") from error
    at = 0
    for dtype, shape, start in sorted(found.values(), key=lambda place: (place[2], math.prod(place[1]))):
        if start != at:
            raise _damaged(path, "its tensors overlap, or leave gaps")
        at += math.prod(shape) * int(DTYPES[dtype][2])
    if at != size:
        raise _damaged(path, f"{size:,} bytes of numbers where its head says {at:,}")
    return found


def _place(about: dict[str, Any]) -> tuple[str, tuple[int, ...], int]:
    dtype, shape, (start, end) = about["dtype"], tuple(about["shape"]), about["data_offsets"]
    if dtype not in DTYPES:
        raise ValueError(f"numbers of the type {dtype!r}; allowed are {', '.join(DTYPES)}")
    if not all(type(n) is int and 0 <= n < 2**40 for n in (*shape, start, end)):
        raise ValueError("sizes that are none")
    if end - start != math.prod(shape) * int(DTYPES[dtype][2]):
        raise ValueError("a tensor with other offsets than its shape")
    return dtype, shape, start


def _compare(path: Path, given: Sizes, wanted: Sizes) -> None:
    if given != wanted:
        odd = next(n for n in [*wanted, *given] if wanted.get(n) != given.get(n))
        raise RunError(
            f"the tensors in {path} are not those of its config.json: {odd[:80]} is {given.get(odd, 'missing')}",
            allowed=f"{odd[:80]} {wanted.get(odd, 'absent')}",
            hint="the config.json that was saved with these weights",
        )


def _damaged(path: Path, why: str) -> RunError:
    return RunError(f"{path} is damaged, or no safetensors file: {why}", hint="fetching or saving it again")
