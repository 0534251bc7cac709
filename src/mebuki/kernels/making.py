"""Compile libraries of kernels and keep them: `python -m mebuki.kernels.making decoding`. Needs Numba."""

from __future__ import annotations

import importlib
import os
import re
import sys
from contextlib import suppress
from typing import Any

FREE = "NRT_MemInfo_call_dtor"  # Numba's function that gives memory back


def make(name: str) -> None:
    """Compile one library, unless another process has done so meanwhile."""
    import filelock
    import llvmlite.binding as llvm

    from . import loading

    path = loading.object_file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock")):
        if path.with_suffix(".json").exists():
            return
        from . import language

        module = importlib.import_module(f"{__package__}.{name}")
        whole, signatures = llvm.parse_assembly(""), {}
        for kernel, (function, signature) in language.KERNELS.items():
            if function.__module__ != module.__name__:
                continue
            whole.link_in(_alone(kernel, *language.compile_kernel(function, signature), signature))
            signatures[kernel] = list(signature)
        whole.triple = llvm.get_process_triple()
        loading.keep(name, loading.target_machine().emit_object(whole), signatures)
    with suppress(OSError):
        path.with_suffix(".lock").unlink()


def _alone(name: str, code: str, compiled: str, signature: tuple[str, ...]) -> Any:
    """A module that shows one function only, `void name(arguments)`, with everything it needs inside."""
    import llvmlite.binding as llvm

    from .loading import target_machine

    kinds = {"int64": "i64", "float32": "float", "float64": "double"}
    given = ", ".join(f"{kinds.get(kind, 'ptr')} %a{i}" for i, kind in enumerate(signature))
    # Arrays from pointers own no memory, so nothing is ever given back; with Python 3.13 and 3.14 Numba asks for it nonetheless,
    # for the case that cannot be. A kernel that takes memory needs more of Numba, and is refused below.
    code = re.sub(rf"^declare (void @{FREE}\(ptr)\b.*$", r"define \1 %m) {\n ret void\n}", code, flags=re.M)
    # Numba's functions return a status, and take where to put a result and an error: neither is used here.
    code += f"\ndefine void @{name}({given}) {{\n %r = alloca ptr\n %e = alloca ptr\n"
    code += f" %s = call i32 @{compiled}(ptr %r, ptr %e{', ' if given else ''}{given})\n ret void\n}}\n"
    module = llvm.parse_assembly(code)
    for function in module.functions:
        if not function.is_declaration and function.name != name:
            function.linkage = "internal"
    for variable in module.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(target_machine(), llvm.create_pipeline_tuning_options()))
    missing = [f.name for f in module.functions if f.is_declaration and re.match(r"NRT|numba|Py", f.name)]
    if missing:
        raise RuntimeError(f"the kernel {name} needs {', '.join(missing)}, which only Numba has")
    return module


if __name__ == "__main__":
    with suppress(OSError, AttributeError):
        os.nice(10)
    for wanted in sys.argv[1:]:
        make(wanted)
