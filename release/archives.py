"""Build what is uploaded: python release/archives.py [FOLDER]

From what is committed, and from nothing else; twice, in two folders, and both times the same bytes must come out. Times in the
archives are those of the commit (SOURCE_DATE_EPOCH), so anybody who builds this commit gets these files.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=HERE, check=True, capture_output=True).stdout


def version() -> str:
    """The one that `src/mebuki/__init__.py` says.

    Raises:
        SystemExit: CHANGELOG.md has no part of it.
    """
    said = re.search(r'^__version__ = "(.+)"$', (HERE / "src/mebuki/__init__.py").read_text(encoding="utf-8"), re.M)
    assert said
    if not re.search(rf"^## {re.escape(said[1])} ", (HERE / "CHANGELOG.md").read_text(encoding="utf-8"), re.M):
        sys.exit(f"CHANGELOG.md has no part '## {said[1]} – DATE'")
    return said[1]


def wheel() -> Path:
    """Where the wheel of this version lies, once it is built."""
    return HERE / "dist" / f"mebuki-{version()}-py3-none-any.whl"


def build(home: Path) -> list[Path]:
    """The source package, and the wheel that is made of it, in `home/dist`."""
    source = home / "source"
    with tarfile.open(fileobj=BytesIO(git("archive", "HEAD"))) as archive:
        archive.extractall(source, filter="data")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").decode().strip()}
    command = [sys.executable, "-m", "build", "--outdir", str(home / "dist"), str(source)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(done.stdout)
    return sorted((home / "dist").iterdir())


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(out: Path) -> None:
    if git("status", "--porcelain", "--untracked-files=no"):
        sys.exit("there are changes that are not committed")
    print(f"Mebuki {version()}, commit {git('log', '-1', '--format=%h %cs').decode().strip()}")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory(suffix="-elsewhere") as second:
        files, again = build(Path(first)), build(Path(second))
        for file, other in zip(files, again, strict=True):
            if digest(file) != digest(other):
                sys.exit(f"{file.name} came out different the second time")
        subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *map(str, files)], check=True)
        out.mkdir(exist_ok=True)
        for file in files:
            shutil.copy(file, out)
            print(f"{digest(file)}  {out.name}/{file.name}  {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "dist")
