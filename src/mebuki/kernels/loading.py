"""Compiled kernels on disk: found, made where they are missing, loaded. Light: imports neither Numba nor torch."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CTYPES = {"int64": ctypes.c_int64, "float32": ctypes.c_float, "float64": ctypes.c_double}  # all others are pointers
LIBRARIES = ("passes", "attention", "sampling", "decoding", "recurrent_decoding")
SWITCH = "MEBUKI_KERNELS"  # set to "off": everything goes its plain way


class Kernels:
    """The functions of one library, as attributes.

    Arguments are plain numbers, and for pointers the address of an array's first element: `address(array)`.
    """

    def __init__(self, engine: Any, signatures: dict[str, list[str]]) -> None:
        self._engine = engine  # holds the code
        for name, types in signatures.items():
            kinds = [CTYPES.get(kind, ctypes.c_void_p) for kind in types]
            setattr(self, name, ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address(name)))

    def __getattr__(self, name: str) -> Callable[..., None]:
        raise AttributeError(f"there is no kernel {name!r}")


def address(array: Any) -> int:
    """Where the first element of a NumPy array lies in memory."""
    return array.ctypes.data


_found: dict[str, Kernels] = {}  # for good: code that is given back while somebody holds its address would crash
_makers: dict[str, subprocess.Popen[bytes]] = {}


def load(name: str, *, wait: bool = True) -> Kernels | None:
    """The kernels of a library, one of `LIBRARIES`; None where they cannot be had, or not yet.

    Args:
        wait: compile now if that was not done before (some seconds, once for each version and processor); False:
            compile in the background.
    """
    if os.environ.get(SWITCH) == "off":
        return None
    kernels = _found.get(name) or _open(name)
    if kernels is None and (maker := warm(name)) is not None and wait:
        maker.wait()
        kernels = _open(name)
    if kernels is not None:
        _found[name] = kernels
    return kernels


def _open(name: str) -> Kernels | None:
    """What is kept of a library, if it is whole."""
    try:
        path = object_file(name)
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        code = path.read_bytes()
        if hashlib.sha256(code).hexdigest() != about["sha256"]:
            path.with_suffix(".json").unlink()
            return None
    except (ImportError, OSError, ValueError, KeyError):
        return None
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Kernels(engine, about["kernels"])


def warm(*names: str) -> subprocess.Popen[bytes] | None:
    """Compile what is missing of some libraries (none named: of all) in a process of its own, at low priority.

    What failed once in this process is not tried again.

    Returns:
        the process; None if nothing is missing or nothing can be made.
    """
    try:
        missing = [name for name in names or LIBRARIES if not object_file(name).with_suffix(".json").exists()]
        if not missing or os.environ.get(SWITCH) == "off" or not _can_compile():
            return None
        key = " ".join(missing)
        if key not in _makers:
            command = [sys.executable, "-m", "mebuki.kernels.making", *missing]
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            _makers[key] = subprocess.Popen(command, **quiet, env=_environment(), start_new_session=True)  # pyright: ignore[reportArgumentType, reportCallIssue]
        return None if _makers[key].poll() else _makers[key]
    except (ImportError, OSError):
        return None


def _environment() -> dict[str, str]:
    """The child finds mebuki where this process found it."""
    home = str(HERE.parent.parent)
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": home + (os.pathsep + before if before else "")}


def _can_compile() -> bool:
    import importlib.util

    return importlib.util.find_spec("numba") is not None


def target_machine() -> Any:
    """What LLVM is to make code for: this processor, with its widest vectors. An engine needs one of its own."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    cpu, features = processor()
    return target.create_target_machine(cpu=cpu, features=features, opt=3, jit=True)


@functools.cache
def processor() -> tuple[str, str]:
    """The name and the features of this processor, as LLVM has them."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    if "+avx512f" in features.split(","):
        features += ",-prefer-256-bit"
    return llvm.get_host_cpu_name(), features


def folder() -> Path:
    """Where compiled kernels are kept."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("mebuki")) / "kernels"


@functools.cache
def object_file(name: str) -> Path:
    """The object file of a library: its name tells the sources, the processor and the compiler."""
    import llvmlite

    about = repr((_sources(name), processor(), llvmlite.__version__, sysconfig.get_platform()))
    return folder() / f"{name}-{hashlib.blake2b(about.encode(), digest_size=10).hexdigest()}.o"


def _sources(name: str) -> list[str]:
    """The text of a library, of all modules of this room that it imports, and of what makes it."""
    found: dict[str, str] = {}
    wanted = [name, "making"]
    while wanted:
        module = wanted.pop()
        if module not in found:
            found[module] = (HERE / f"{module}.py").read_text("utf-8")
            wanted += re.findall(r"^\s*from \.(\w+) import", found[module], re.MULTILINE)
    return [found[module] for module in sorted(found)]


def keep(name: str, code: bytes, signatures: dict[str, list[str]]) -> None:
    """Write a library: the code first, then what tells that it is whole. Older ones of the same name are removed."""
    path = object_file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"sha256": hashlib.sha256(code).hexdigest(), "kernels": signatures})
    for target, content in ((path, code), (path.with_suffix(".json"), about.encode())):
        unfinished = target.with_name(f".{os.getpid()}-{target.name}")
        unfinished.write_bytes(content)
        unfinished.replace(target)
    old = sorted(path.parent.glob(f"{name}-*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for stale in old[8:]:
        for part in (stale, stale.with_suffix(".o")):
            with contextlib.suppress(OSError):
                part.unlink()
