"""To whom the words of a diary may be sent: nobody, until its writer says so. It stands in the diary's folder, in settings.json.

{"explore": {"allowed": ["wikipedia.org"]}}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..text.files import new_file
from .entries import DiaryError

NAME = "settings.json"


def receiver(source: str) -> str:
    """Who answers at an address: all Wikipedias are one, of everything else each host is by itself.

    >>> receiver("https://ja.wikipedia.org/w/api.php"), receiver("http://localhost:8080/api.php")
    ('wikipedia.org', 'http://localhost:8080')
    """
    parts = urlsplit(source)
    if parts.scheme == "https" and parts.netloc.endswith(".wikipedia.org"):
        return "wikipedia.org"
    return parts.netloc if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"


def allowed(folder: Path, source: str) -> bool:
    """Whether the words of the diary in a folder may be sent there."""
    return receiver(source) in _receivers(_read(folder))


def allow(folder: Path, source: str) -> None:
    """From now on they may.

    Raises:
        StorageError: it cannot be written.
    """
    content = _read(folder)
    _write(folder, content, sorted({*_receivers(content), receiver(source)}))


def forbid(folder: Path) -> list[str]:
    """From now on they may be sent to nobody; to whom they might have been.

    Raises:
        StorageError: it cannot be written.
    """
    content = _read(folder)
    before = _receivers(content)
    if before:
        _write(folder, content, [])
    return before


def _read(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("no settings")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise DiaryError(
            f"{path} is damaged, so that it does not say what may be sent: {error}",
            hint="removing it: then nothing is allowed",
        ) from error
    return content


def _receivers(content: dict[str, Any]) -> list[str]:
    part = content.get("explore")
    found = part.get("allowed") if isinstance(part, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _write(folder: Path, content: dict[str, Any], receivers: list[str]) -> None:
    """The settings with these receivers; what else stands there stays."""
    with new_file(folder / NAME, private=True) as file:
        file.write(json.dumps({**content, "explore": {"allowed": receivers}}, ensure_ascii=False, indent=1) + "\n")
