"""`mebuki`: finds the command, and is the one place where errors become messages and exit codes.

Exit codes: 0 done, 2 a mistake or misfortune that is told in one message, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .. import __version__
from ..errors import MebukiError, RecipeError, unknown

COMMANDS = {
    "studio": "write, grow, talk and look inside, in the browser",
    "serve": "models for programs that know the endpoints of OpenAI",
    "demo": "grow a model on a sample diary, live, in about a minute",
    "train": "grow a model on your own text",
    "estimate": "before a run: how long it will take here, and how good it will get",
    "generate": "let a model write",
    "evaluate": "how well a model foretells a text",
    "runs": "list and compare the models you have grown",
    "export": "take a model to the programs that people have: Hugging Face, llama.cpp, Ollama",
    "import": "a model from a Hugging Face folder, as a run",
    "plot": "draw the loss and the perplexity of runs",
    "diary": "write, read and keep a diary of your own",
    "answer": "a model that calculates, with its steps",
    "calculator": "grow a model that calculates",
    "addition": "sequence to sequence learns to add, in PyTorch or by hand",
}


_MODULES = {"import": "importing"}  # names that Python needs for itself


class Parser(argparse.ArgumentParser):
    """argparse, with our errors: one message, exit code 2, and nothing abbreviated."""

    def __init__(self, *, name: str, about: str, example: str) -> None:
        super().__init__(
            prog=f"mebuki {name}".strip(),
            description=about,
            epilog="example:\n" + "\n".join(f"  {line}" for line in example.strip().splitlines()),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        given = super().parse_args(args, namespace)
        for name, value in vars(given).items():
            if type(value) is int and abs(value) >= 2**63:
                raise RecipeError(
                    f"--{name.replace('_', '-')} is a number of {len(str(abs(value)))} digits",
                    allowed="what the machine can count to, 19 digits",
                    hint="a smaller number",
                )
        return given

    def error(self, message: str):
        known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        prefix = "unrecognized arguments: "
        if message.startswith(prefix):
            first = next(iter(message.removeprefix(prefix).split()), "")
            problem = unknown("option", first.split("=")[0], known)
            raise RecipeError(problem.given, hint=problem.hint or f"{self.prog} --help")
        raise RecipeError(message, hint=f"{self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        if not given or given[0] in ("-h", "--help", "help"):
            print(overview())
            return 0
        if given[0] in ("-V", "--version"):
            print(f"mebuki {__version__}")
            return 0
        if given[0] not in COMMANDS:
            raise unknown("command", given[0], COMMANDS)
        return module_of(given[0]).run(given[1:])
    except MebukiError as error:
        print(f"mebuki: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mebuki: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"mebuki: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    except (MemoryError, RuntimeError) as error:
        if not (told := _misfortune(error)):
            raise
        print(f"mebuki: {told}", file=sys.stderr)
        return 2


def module_of(command: str) -> Any:
    """The module of a command: its `parser` and its `run`."""
    return import_module(f".{_MODULES.get(command, command)}", __package__)


def _misfortune(error: BaseException) -> MebukiError | None:
    """What torch met that is no mistake of ours, by the names of its errors, so that torch is not loaded for them."""
    names = {type(e).__name__ for e in (error, error.__cause__, getattr(error, "inner_exception", None))}
    if names & {"MemoryError", "OutOfMemoryError"} or "can't allocate memory" in str(error):
        return MebukiError("there is not enough memory", hint="a smaller --batch, --context or --size")
    if names & {"InvalidCxxCompiler", "CppCompileError"}:
        return MebukiError(
            "--compile needs a C++ compiler, and none works here", hint="leave --compile out, or install g++ or clang"
        )
    return None


def overview() -> str:
    """What `mebuki --help` prints."""
    rows = "\n".join(f"  {name:<10} {about}" for name, about in COMMANDS.items())
    return f"""mebuki {__version__}  芽吹き
Grow a language model from your own words, understand every step of it, and really use it.
Nothing leaves this computer, but for a word that you look up with `mebuki diary explore`, once you allow it.

usage: mebuki COMMAND [...]

{rows}

  mebuki COMMAND --help tells more, with an example.

example:
  mebuki train my-diary.txt --minutes 2
  mebuki generate runs/my-diary-transformer "This morning"
"""
