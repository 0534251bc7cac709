"""Results as JSON holds them: numbers with the digits that mean something, arrays as lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

DIGITS = 5  # of single numbers, significant ones
DECIMALS = 4  # of arrays


def jsonable(value: Any) -> Any:
    """Dataclasses as dicts, arrays as lists rounded to 4 decimals, numbers to 5 significant digits.

    >>> jsonable({"loss": 2.0794415416798357, "places": (1, 2), "none": None})
    {'loss': 2.0794, 'places': [1, 2], 'none': None}
    """
    if hasattr(value, "tolist"):  # an array; NumPy need not be loaded to know one
        return value.astype(float).round(DECIMALS).tolist() if value.dtype.kind == "f" else value.tolist()
    if is_dataclass(value):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value
