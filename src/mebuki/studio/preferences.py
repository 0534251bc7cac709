"""Language and theme, and what a reader has seen already; kept in one small file."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError

from ..text.files import new_file

router = APIRouter(prefix="/api/preferences", tags=["preferences"])


class Chosen(BaseModel, extra="forbid"):
    """What the reader has chosen."""

    language: Literal["auto", "ja", "en"] = "auto"
    theme: Literal["auto", "light", "dark"] = "auto"


class Folders(BaseModel):
    """Where everything lies; None: nothing is there yet."""

    diary: str | None
    runs: str | None
    data: str | None


class Preferences:
    """The choices, on the disk."""

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()
        try:
            self.chosen = Chosen(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, ValidationError):
            self.chosen = Chosen()

    def choose(self, chosen: Chosen) -> None:
        with self._lock:
            with new_file(self.path) as file:
                file.write(chosen.model_dump_json())
            self.chosen = chosen

    def language(self, accepted: str) -> str:
        """ja or en: as chosen, else the first of them that a browser accepts."""
        if self.chosen.language != "auto":
            return self.chosen.language
        names = [part.split(";")[0].strip().lower()[:2] for part in accepted.split(",")]
        return next((name for name in names if name in ("ja", "en")), "en")


@router.get("")
def read(request: Request) -> Chosen:
    """The choices."""
    return request.app.state.studio.preferences.chosen


@router.put("")
def write(request: Request, chosen: Chosen) -> Chosen:
    """Choose anew."""
    request.app.state.studio.preferences.choose(chosen)
    return chosen


@router.get("/folders")
def folders(request: Request) -> Folders:
    """Where the diary, the trained models and the rest lie on this computer."""
    place = request.app.state.studio.place
    found = {name: getattr(place, name) for name in ("diary", "runs", "data")}
    return Folders(**{name: str(path) if path.is_dir() else None for name, path in found.items()})
