"""The command that adds an extra reaches the Mebuki that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from mebuki.extras import install, upgrade


@pytest.mark.parametrize(
    ("receipt", "adds", "renews"),
    [
        ("pipx_metadata.json", "pipx inject mebuki-old sudachidict-core sudachipy", "pipx upgrade mebuki-old"),
        ("uv-receipt.toml", 'uv tool install "mebuki[ja]"', "uv tool upgrade mebuki"),
        ("pyvenv.cfg", 'pip install "mebuki[ja]"', "pip install --upgrade mebuki"),
    ],
)
def test_the_command_is_that_of_who_keeps_the_environment(receipt: str, adds: str, renews: str, tmp_path: Path) -> None:
    place = tmp_path / "mebuki-old"  # pipx install --suffix=-old
    place.mkdir()
    (place / receipt).touch()
    assert install("ja", place) == adds
    assert upgrade(place) == renews
