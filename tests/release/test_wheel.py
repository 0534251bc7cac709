"""What is uploaded: the wheel holds the package with its pages and nothing else, and a source package gives the same wheel.

Both are built here, once, as hatchling builds them anywhere.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from importlib import import_module
from pathlib import Path
from zipfile import ZipFile

import pytest

import mebuki

HERE = Path(__file__).parents[2]
PACKAGE = HERE / "src" / "mebuki"
STATIC = "mebuki/studio/static/"
pytest.importorskip("hatch_fancy_pypi_readme", reason='not installed: pip install -e ".[dev]"')
pytest.importorskip("hatchling", reason='not installed: pip install -e ".[dev]"')


@dataclass(frozen=True)
class Built:
    """A wheel from this folder, a source package from it, and the wheel that is built from that."""

    wheel: Path
    source: Path
    wheel_of_source: Path

    def names(self) -> set[str]:
        with ZipFile(self.wheel) as file:
            return set(file.namelist())

    def text(self, name: str) -> str:
        with ZipFile(self.wheel) as file:
            return file.read(next(inside for inside in file.namelist() if inside.endswith(name))).decode()

    def metadata(self) -> Message:
        return HeaderParser().parsestr(self.text(".dist-info/METADATA"))


def hatchling(folder: Path, target: str, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return next(out.iterdir())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    home = tmp_path_factory.mktemp("built")
    sys.path.insert(0, str(HERE / "frontend"))
    try:
        if not import_module("build_pages").fresh():
            pytest.skip("the pages are not built (python frontend/build_pages.py)")
    finally:
        sys.path.pop(0)
    source = hatchling(HERE, "sdist", home / "source")
    with tarfile.open(source) as archive:
        archive.extractall(home / "unpacked", filter="data")
    unpacked = next((home / "unpacked").iterdir())
    return Built(hatchling(HERE, "wheel", home / "wheel"), source, hatchling(unpacked, "wheel", home / "again"))


def of_git(folder: Path) -> set[str]:
    """Every file below a folder that git does not ignore, relative to where the folder lies."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        pytest.skip("this is no checkout of git")
    return {f"{folder.name}/{name}" for name in done.stdout.split("\0") if name and (folder / name).exists()}


def test_the_wheel_holds_the_package_and_the_pages_and_nothing_else(built: Built) -> None:
    pages = {f"{STATIC}{path.relative_to(PACKAGE / 'studio/static').as_posix()}" for path in pages_of_here()}
    inside = {name for name in built.names() if ".dist-info/" not in name}
    assert inside == of_git(PACKAGE) | pages
    assert {"mebuki/py.typed", "mebuki/samples/calculator.safetensors", f"{STATIC}index.html"} <= inside
    beside = {name.partition(".dist-info/")[2] for name in built.names() - inside}
    assert beside == {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def pages_of_here() -> list[Path]:
    return [path for path in (PACKAGE / "studio/static").rglob("*") if path.is_file() and path.name != ".stamp"]


def test_every_file_that_the_page_loads_is_there(built: Built) -> None:
    asked = re.findall(r'(?:src|href)="/([^"]+)"', built.text("static/index.html"))
    assert len(asked) >= 4
    assert {f"{STATIC}{name}" for name in asked} <= built.names()


def test_licences_of_what_is_in_the_pages_are_there(built: Built) -> None:
    told = built.text("static/licenses.md")
    for name in json.loads((HERE / "frontend/package.json").read_text(encoding="utf-8"))["dependencies"]:
        assert f"## {name} - " in told


def test_no_file_knows_where_it_was_built(built: Built) -> None:
    with ZipFile(built.wheel) as file:
        for name in file.namelist():
            assert str(HERE).encode() not in file.read(name), name


def test_a_source_package_gives_the_same_wheel(built: Built) -> None:
    """Without git, without Node: what is unpacked holds the pages, and knows what they were built from."""
    assert built.wheel_of_source.read_bytes() == built.wheel.read_bytes()


def test_the_source_package_holds_what_git_knows(built: Built) -> None:
    with tarfile.open(built.source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert not [name for name in inside if "node_modules" in name or "__pycache__" in name]
    for folder in ("src", "frontend", "tests", "docs", "release", "benchmarks", "lessons"):
        assert of_git(HERE / folder) <= inside
    assert {
        "README.md",
        "README.ja.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "hatch_build.py",
    } <= inside


def test_metadata(built: Built) -> None:
    told = built.metadata()
    assert (told["Name"], told["Version"]) == ("mebuki", mebuki.__version__)
    assert told["License-Expression"] == "MIT"
    assert told["Description-Content-Type"] == "text/markdown"
    described = told.get_payload()
    assert isinstance(described, str)
    assert described.strip().startswith("# Mebuki")
    assert not re.search(r"\]\((?!\w+:)", described), "a link that leads nowhere outside of this folder"
    assert set(told.get_all("Provides-Extra") or ()) >= {"ja", "export", "tune", "encrypted", "lessons", "all"}


def test_the_command_is_there(built: Built) -> None:
    module, function = re.findall(r"^mebuki = (.+):(.+)$", built.text(".dist-info/entry_points.txt"), re.M)[0]
    assert callable(getattr(import_module(module), function))


def test_it_runs_where_it_is_unpacked(built: Built, tmp_path: Path) -> None:
    with ZipFile(built.wheel) as file:
        file.extractall(tmp_path / "unpacked")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "unpacked"), "MEBUKI_DIARY": str(tmp_path / "diary")}

    def said(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert str(tmp_path) in said("-c", "import mebuki; print(mebuki.__file__)")
    assert said("-m", "mebuki", "--version") == f"mebuki {mebuki.__version__}\n"
    assert "156" in said("-m", "mebuki", "answer", "12*13")
    assert "written" in said("-m", "mebuki", "diary", "write", "--text", "雨。")
    assert "━" in said("-m", "mebuki", "diary", "associate", "loaf", "--sample", "en")
