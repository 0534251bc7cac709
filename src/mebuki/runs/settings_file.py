"""The settings of a run that is one dataclass: settings.json, with the kind of run beside them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from ..errors import MebukiError, RunError

S = TypeVar("S")
NAME = "settings.json"


def write_settings(folder: Path, kind: str, settings: Any) -> None:
    """Write the settings of a run of this kind, "addition" or "calculator"."""
    text = json.dumps({"kind": kind, **asdict(settings)}, indent=1) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8", newline="\n")


def read_settings(folder: str | os.PathLike[str], kind: str, settings: type[S]) -> S:
    """Read them.

    Raises:
        RunError: the folder is missing, is no run of this kind, or its settings are damaged.
    """
    path = Path(folder) / NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("kind") != kind:
            raise ValueError("another kind of run")
        return settings(**content)
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(
            f"{folder} is no run of {kind}: it has no {NAME}",
            allowed=f"a folder made by mebuki {kind}",
            hint=f"mebuki {kind} --out {folder}",
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, MebukiError) as error:
        raise RunError(f"{path} is damaged: {error}", hint="training it again") from error
