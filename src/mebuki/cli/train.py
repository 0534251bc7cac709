"""`mebuki train`: text in, a language model out."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import RecipeError, RunError
from ..recipes import RECIPES, Recipe, all_fields, field_type, named
from ..shapes import SHAPES
from ..training.processes import follows
from .main import Parser

EXAMPLE = """
mebuki train my-diary.txt
mebuki train notes/ --model lstm --size small --minutes 5 --out runs/notes
mebuki train sherlock.txt --model bigram --line-ends space --split 0.8
mebuki train --resume runs/notes
torchrun --nproc-per-node 8 -m mebuki train my-library/ --size base --batch 256
"""


def parser() -> Parser:
    """All options: those of the command, and every field of a recipe."""
    p = Parser(
        name="train",
        about="Grow a language model on text: files or folders (.txt, .md, .jsonl), in UTF-8, cp932, EUC-JP or Shift_JIS.\n"
        "Watch it learn; Ctrl-C keeps everything, --resume goes on exactly where it stopped.",
        example=EXAMPLE,
    )
    recipe_options(p)
    p.add_argument("--out", metavar="DIR", help="folder of the run (default runs/TEXT-MODEL)")
    p.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a run that was stopped; --steps or --minutes, in all, make it longer",
    )
    p.add_argument("--json", action="store_true", help="print every event as a line of JSON")
    p.add_argument("--shard", action="store_true", help="under torchrun: share out the weights over the processes")
    return p


def recipe_options(p: Parser) -> None:
    """The text, the name of a recipe, and every field of one."""
    p.add_argument("text", nargs="*", metavar="TEXT", help="files or folders to learn from")
    p.add_argument("--model", metavar="M", help=f"kind of model: {', '.join(SHAPES)} (default transformer)")
    p.add_argument("--size", metavar="S", help="tiny, small or base (default small)")
    p.add_argument("--recipe", metavar="R", help=f"a TOML file, or a name: {', '.join(RECIPES)}")
    p.add_argument("--seed", type=int, metavar="N", help="of everything random (default 0)")
    titles = {"text": "the text", "model": "the model (numbers override the size)", "training": "the training"}
    groups = {section: p.add_argument_group(title) for section, title in titles.items()}
    for section, about in all_fields():
        if about.name != "sources":
            _add(groups[section], about)


def _add(group: Any, about: Any) -> None:
    kind, _ = field_type(about)
    option = "--" + about.name.replace("_", "-")
    words = about.metadata["help"].replace("%", "%%")
    if choices := about.metadata.get("choices"):
        words = f"{', '.join(choices)}: {words}"
    if kind is bool:
        group.add_argument(option, action=argparse.BooleanOptionalAction, default=None, help=words)
    else:
        group.add_argument(
            option, type=kind, default=None, metavar={int: "N", float: "X", str: "WORD"}[kind], help=words
        )


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    if follows():
        from ..runs.crews import follow

        follow()
        return 0
    if given.resume:
        return _resume(given, changes_of(given))
    recipe = recipe_of(given, "mebuki train my-diary.txt")
    out = Path(given.out) if given.out else free_folder(Path("runs") / name_of(recipe))
    return _train(recipe, out, given.json, resume=False, shard=given.shard)


def _resume(given: argparse.Namespace, changes: dict[str, Any]) -> int:
    others = [
        name for name in ("text", "recipe", "model", "size", "out", "seed") if getattr(given, name) not in (None, [])
    ]
    others += [name for name in changes if name not in ("steps", "minutes")]
    if others:
        options = ", ".join(name if name == "text" else f"--{name.replace('_', '-')}" for name in others)
        raise RecipeError(
            f"--resume takes the run alone, without {options}",
            allowed="--steps or --minutes beside it",
            hint=f"mebuki train --resume {given.resume}",
        )
    return _train(None, Path(given.resume), given.json, resume=True, shard=given.shard, **changes)


def changes_of(given: argparse.Namespace) -> dict[str, Any]:
    """The fields of a recipe that were given one by one."""
    fields = [about.name for _, about in all_fields() if about.name != "sources"]
    return {name: value for name in fields if (value := getattr(given, name)) is not None}


def recipe_of(given: argparse.Namespace, example: str) -> Recipe:
    """The recipe that is asked for, from a file or from a name; single fields override both."""
    changes = changes_of(given)
    from_file = given.recipe is not None and given.recipe not in RECIPES
    if not given.text and not from_file:
        raise RecipeError("no text was given", allowed="files or folders (.txt, .md, .jsonl)", hint=example)
    if given.seed is not None:
        changes["seed"] = given.seed
    if given.text:
        changes["sources"] = tuple(given.text)
    if from_file:
        recipe = Recipe.load(str(given.recipe))
        if given.model and given.model != recipe.model:
            raise RecipeError(f"--model {given.model} beside a recipe of a {recipe.model}", hint="leave --model out")
        if given.size:
            raise RecipeError(
                f"--size {given.size} beside a recipe of a file",
                allowed="single numbers, as --width 128",
                hint="leave --size out",
            )
        return recipe.change(**changes)
    if given.recipe and given.model and RECIPES[given.recipe] is not RECIPES.get(given.model):
        raise RecipeError("both --recipe and --model were given", allowed="one of them")
    return named(given.recipe or given.model or "transformer", given.text[0], size=given.size or "small", **changes)


def name_of(recipe: Recipe) -> str:
    """What a folder for it is called: TEXT-MODEL."""
    stem = Path(recipe.text.sources[0]).resolve().stem or "text"
    words = re.sub(r"[^\w.-]+", "-", stem)[:60].encode()[:150].decode(errors="ignore")  # names have at most 255 bytes
    return words.strip("-.") + f"-{recipe.model}"


def free_folder(folder: Path) -> Path:
    """The folder, or with the first number behind it that is free."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def _train(recipe: Recipe | None, out: Path, as_json: bool, *, resume: bool, **changes: Any) -> int:
    from ..runs.training import train

    if as_json:
        train(recipe, out, resume=resume, watch=_print_json, **changes)
        return 0
    run = train(recipe, out, resume=resume, **changes)
    found = run.checkpoints()
    if not found:
        raise RunError(f"{out} was stopped before its first step", hint=f"mebuki train --resume {out}")
    _say(f"\nkept in {out}")
    _say(f'  let it write       mebuki generate {out} "…"')
    if run.metrics()[-1].get("why") == "stopped":
        _say(f"  go on              mebuki train --resume {out}")
    _say(f"  see its curve      mebuki plot {out} -o curve.svg")
    return 0


def _print_json(event: Any) -> None:
    def plain(value: Any) -> Any:
        return value.to_dict() if isinstance(value, Recipe) else str(value)

    content = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    _say(json.dumps({"event": type(event).__name__.lower(), **content}, ensure_ascii=False, default=plain))


def _say(line: str) -> None:
    """Print, if anybody reads: training goes on without its reader."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        from ..runs.live import nobody_reads

        nobody_reads()
