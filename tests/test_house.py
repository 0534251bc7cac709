"""The plan of the house: which room may open whose door, and what is loaded when."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import mebuki

HOUSE = Path(mebuki.__file__).parent
LINES = (  # from top to bottom; within a line, the left may open the right's door
    ("cli", "studio"),
    ("diary", "export"),
    ("runs",),
    ("recipes",),
    ("evaluation", "training", "generation"),
    ("models", "scratch"),
    ("tasks", "text"),
    ("kernels", "samples", "shapes", "fields", "figures", "jsonable", "rotary", "extras", "errors"),
)
WINGS = {"models", "scratch"}  # no door between them
PLACE = {room: (number, place) for number, line in enumerate(LINES) for place, room in enumerate(line)}


def module_name(path: Path, house: Path) -> list[str]:
    """The dotted name of a file, `mebuki` first; a package's `__init__` keeps its last part."""
    return ["mebuki", *path.relative_to(house).with_suffix("").parts]


def imports(path: Path, house: Path = HOUSE) -> set[str]:
    """Dotted names of everything a file imports, at any depth of it, relative ones resolved."""
    package = module_name(path, house)[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = package[: len(package) - node.level + 1] if node.level else []
            whole = [*home, *(node.module or "").split(".")] if node.module else home
            found |= {".".join([*whole, alias.name]) for alias in node.names}
    return found


def wrong_arrows(path: Path, house: Path = HOUSE) -> list[str]:
    """The imports of a file that do not point down."""
    name = module_name(path, house)
    if len(name) == 2 and name[1] in ("__init__", "__main__"):
        return []  # the front door opens every room, lazily
    room, wrong = name[1], []
    for target in imports(path, house):
        parts = target.split(".")
        if parts[0] != "mebuki" or target == "mebuki.__version__":
            continue
        there = parts[1] if len(parts) > 1 else "mebuki"
        if there == room:
            continue
        down = there in PLACE and PLACE[there] > PLACE[room] and {room, there} != WINGS
        if not down:
            wrong.append(f"{'.'.join(name)} -> {target}")
    return wrong


MODULES = sorted(HOUSE.rglob("*.py"))


def test_every_room_has_its_place() -> None:
    """A new room must be put on a line, so that its arrows are looked at."""
    rooms = {module_name(path, HOUSE)[1] for path in MODULES} - {"__init__", "__main__"}
    assert rooms <= set(PLACE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(module_name(path, HOUSE)[1:]))
def test_imports_point_down(path: Path) -> None:
    assert wrong_arrows(path) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("models", "from ..training.trainer import Trainer"),
        ("models", "from mebuki.runs.run import Run"),
        ("models", "def f():\n    from .. import recipes"),
        ("models", "import mebuki"),
        ("models", "from .. import Run"),
        ("models", "from ..scratch import layers"),
        ("text", "import mebuki.models"),
        ("errors", "from .text import Corpus"),
        ("generation", "from ..evaluation import perplexity"),
        ("generation", "from ..training.batches import derive"),
        ("training", "from ..evaluation.perplexity import evaluate"),
        ("runs", "from ..cli.main import main"),
    ],
)
def test_planted_arrows_are_found(room: str, line: str, tmp_path) -> None:
    file = tmp_path / ("errors.py" if room == "errors" else f"{room}/planted.py")
    file.parent.mkdir(exist_ok=True)
    file.write_text(line, encoding="utf-8")
    assert len(wrong_arrows(file, tmp_path)) == 1


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("evaluation", "from ..training.precision import autocast"),
        ("training", "from ..generation.generate import generate"),
        ("recipes", "from .shapes import SHAPES"),
        ("runs", "from .. import __version__"),
        ("models", "from .protocol import LanguageModel\nimport torch"),
    ],
)
def test_arrows_down_are_left_alone(room: str, line: str, tmp_path) -> None:
    file = tmp_path / ("recipes.py" if room == "recipes" else f"{room}/planted.py")
    file.parent.mkdir(exist_ok=True)
    file.write_text(line, encoding="utf-8")
    assert wrong_arrows(file, tmp_path) == []


def test_rich_stays_where_people_look() -> None:
    """Only the command line and the live view draw."""
    drawing = [path for path in MODULES if any(name.split(".")[0] == "rich" for name in imports(path))]
    rooms = {path.relative_to(HOUSE).as_posix() for path in drawing}
    assert {name for name in rooms if not name.startswith("cli/")} <= {"runs/live.py"}


def loaded_by(code: str) -> set[str]:
    """The top-level modules in `sys.modules` after running code in a fresh process."""
    code += "\nimport sys\nprint('loaded:', *sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    return set(done.stdout.rsplit("loaded:", 1)[1].split())


LIGHT = [
    *(".".join(module_name(path, HOUSE)) for path in MODULES if module_name(path, HOUSE)[1] == "text"),
    "mebuki.generation.sampler",
    "mebuki.evaluation.baselines",
    "mebuki.recipes",
    "mebuki.evaluation.perplexity",
    "mebuki.generation.compiled",
    "mebuki.generation.generate",
    "mebuki.generation.telling",
    "mebuki.generation.foretelling",
    "mebuki.training.batches",
    "mebuki.training.scratch_trainer",
    "mebuki.runs.checkpoints",
    "mebuki.runs.loop",
    "mebuki.runs.preparing",
    "mebuki.training.settings",
    "mebuki.runs.events",
    "mebuki.runs.records",
    "mebuki.runs.run",
    "mebuki.runs.inspecting",
    "mebuki.runs.embedding_map",
    "mebuki.runs.one_step",
    "mebuki.runs.carries",
    "mebuki.runs.writers",
]


def test_light_modules_leave_torch_out() -> None:
    """Texts, sampling, counting, recipes and looking at runs need no torch."""
    names = [name.removesuffix(".__init__") for name in LIGHT]
    loaded = loaded_by("import " + ", ".join(names))
    assert "numpy" in loaded
    assert "torch" not in loaded


def test_recipes_leave_numpy_out() -> None:
    """All options of the command line are known without NumPy."""
    assert not loaded_by("import mebuki.recipes") & {"torch", "numpy"}


def test_importing_mebuki_is_quick() -> None:
    assert not loaded_by("import mebuki\ndir(mebuki)") & {"torch", "numpy", "rich", "tokenizers", "safetensors"}


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "generate --help",
        "runs --help",
        "train --help",
        "tune --help",
        "export --help",
        "import --help",
    ],
)
def test_help_answers_at_once(arguments: str) -> None:
    """Neither NumPy nor torch is loaded to say what there is."""
    code = f"from mebuki.cli.main import main\ntry:\n    main({arguments.split()!r})\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & {"torch", "numpy"}


def test_names_of_the_front_door_stay_what_they_are() -> None:
    """No name is hidden by a room of the same name once that room was opened."""
    for path in MODULES:
        if path.stem != "__main__":
            importlib.import_module(".".join(module_name(path, HOUSE)).removesuffix(".__init__"))
    rooms = {name for name in mebuki.__all__ if inspect.ismodule(getattr(mebuki, name))}
    assert rooms == {"recipes"}
    assert set(mebuki.__all__) <= set(dir(mebuki))
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = mebuki.trian  # pyright: ignore[reportAttributeAccessIssue]
