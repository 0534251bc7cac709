"""Where one's own diary lies."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """$MEBUKI_DIARY, or a folder among the programs' data of this user."""
    if said := os.environ.get("MEBUKI_DIARY"):
        return Path(said).expanduser()
    from platformdirs import user_data_path

    return user_data_path("mebuki", appauthor=False) / "diary"
