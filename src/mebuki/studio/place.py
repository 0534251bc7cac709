"""Where the studio finds and keeps things."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ..diary.place import home


@dataclass(frozen=True)
class Place:
    """Folders of one studio.

    Attributes:
        runs: trained models, as `mebuki train` keeps them.
        diary: the reader's own.
        data: talks, preferences and the token, readable by this user alone.
    """

    runs: Path
    diary: Path
    data: Path

    @classmethod
    def usual(cls, runs: str | os.PathLike[str] = "runs") -> Place:
        """Runs beside the reader's work; the rest among the programs' data of this user ($MEBUKI_STUDIO: elsewhere)."""
        if said := os.environ.get("MEBUKI_STUDIO"):
            data = Path(said).expanduser()
        else:
            from platformdirs import user_data_path

            data = user_data_path("mebuki", appauthor=False) / "studio"
        return cls(Path(runs).resolve(), home(), data)

    def prepare(self) -> None:
        """Make the folder of data, for this user alone."""
        self.data.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            self.data.chmod(0o700)

    def token(self) -> str:
        """The secret that a browser must bring. It stays the same, so that open pages outlive a restart."""
        path = self.data / "token"
        try:
            kept = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            kept = ""
        if len(kept) >= 32:
            return kept
        made = secrets.token_urlsafe(32)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(made)
        return made
