"""What a field of a settings dataclass takes: its type, and the range or the choices in its metadata."""

from __future__ import annotations

import datetime
import functools
import os
import types
import typing
from dataclasses import Field, field, fields
from typing import Any

from .errors import RecipeError, out_of_range, unknown


def number(default: Any, help: str, low: float, high: float) -> Any:
    """A field that holds a number in a range, both ends included."""
    return field(default=default, metadata={"help": help, "range": (low, high)})


def choice(default: str, help: str, *choices: str) -> Any:
    """A field that holds one of some words."""
    return field(default=default, metadata={"help": help, "choices": choices})


@functools.cache
def types_of(owner: type) -> dict[str, tuple[type, bool]]:
    """The plain type of each field of a dataclass, and whether it may be left unset."""
    return {name: _plain(hint) for name, hint in typing.get_type_hints(owner).items()}


def _plain(hint: Any) -> tuple[type, bool]:
    if isinstance(hint, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0], len(kinds) < len(typing.get_args(hint))
    return typing.get_origin(hint) or hint, False


def check_all(settings: Any) -> None:
    """Check every field of a frozen dataclass, and give each its plain type; for `__post_init__`.

    Raises:
        RecipeError: a value does not fit.
    """
    for about in fields(settings):
        object.__setattr__(settings, about.name, check(type(settings), about, getattr(settings, about.name)))


def check(owner: type, about: Field[Any], value: Any) -> Any:
    """A value as its field wants it: the type, the range, the choices.

    Raises:
        RecipeError: it does not fit.
    """
    name = about.name
    kind, optional = types_of(owner)[name]
    if value is None and optional:
        return None
    if kind is tuple:
        several = [value] if isinstance(value, (str, os.PathLike)) else value
        if not isinstance(several, (list, tuple)) or not all(isinstance(v, (str, os.PathLike)) for v in several):
            raise RecipeError(f"{name} is {value!r}", allowed="a list of texts")
        return tuple(os.fspath(v) for v in several)
    if isinstance(value, datetime.date):
        value = value.isoformat()
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise RecipeError(
            f"{name} is {value!r}",
            allowed={int: "a whole number", float: "a number", str: "a text"}.get(kind, "true or false"),
        )
    choices, limits = about.metadata.get("choices"), about.metadata.get("range")
    if choices and value not in choices:
        raise unknown(name, value, choices)
    if limits and not limits[0] <= value <= limits[1]:
        raise out_of_range(name, value, *limits)
    return value
