"""The reference: a page for each group of `website/reference.yml`, made from docstrings by mkdocstrings, without running the code;
and a page of all commands with their options, as the program itself tells them.
"""

from __future__ import annotations

import ast
import os
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

HOME = Path(__file__).parents[2]
WORDS = {
    "en": {
        "title": "Reference",
        "about": "What `import mebuki` gives; then every module that a reader of the library meets, with its source.",
        "front": "| name | what it is |",
        "groups": "## By subject {#subjects}",
        "commands": "Commands",
        "options": "Every command with its options, as `mebuki COMMAND --help` tells them.",
    },
    "ja": {
        "title": "リファレンス",
        "about": "`import mebuki` で使えるもの、そしてライブラリを読む人が出会うすべてのモジュールとそのソースです。説明はソースの中の英語のままです。",
        "front": "| 名前 | 何か |",
        "groups": "## 分野ごと {#subjects}",
        "commands": "コマンド",
        "options": "すべてのコマンドとオプションです。`mebuki COMMAND --help` が示すものと同じです(英語)。",
    },
}


@cache
def table() -> dict[str, Any]:
    return yaml.safe_load((HOME / "website" / "reference.yml").read_text(encoding="utf-8"))


def groups() -> list[dict[str, Any]]:
    return table()["pages"]


def page_of(module: str) -> str | None:
    """The page on which a module stands; None if it stands on none."""
    for group in groups():
        if module.removeprefix("mebuki.") in group["modules"]:
            return f"reference/{group['page']}.md"
    return None


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    for section in config.nav or []:
        if "Reference" in section:
            pages = [
                "reference/index.md",
                "reference/commands.md",
                *(f"reference/{each['page']}.md" for each in groups()),
            ]
            section["Reference"] = pages
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    language = config.theme["language"]
    made = {"reference/index.md": index(language), "reference/commands.md": commands(language)}
    made |= {f"reference/{each['page']}.md": group(each, language) for each in groups()}
    for name, text in made.items():
        file = File.generated(config, name, content=text)
        file.in_japanese = language == "ja"  # type: ignore[attr-defined]
        files.append(file)
    return files


def index(language: str) -> str:
    words = WORDS[language]
    rows = [f"| [`mebuki.{name}`][mebuki.{home}] | {first_line(home)} |" for name, home in table()["front"].items()]
    subjects = [f"- [{each['title'][language]}]({each['page']}.md): {each['about'][language]}" for each in groups()]
    return "\n".join(
        [
            f"# {words['title']}",
            "",
            words["about"],
            "",
            words["front"],
            "|---|---|",
            *rows,
            "",
            words["groups"],
            "",
            *subjects,
        ]
    )


def first_line(home: str) -> str:
    """What a module, or a class or function in one, says of itself first; read, not run."""
    module, _, name = home.rpartition(".")
    path = HOME.joinpath("src", "mebuki", *(part for part in module.split(".") if part), f"{name}.py")
    tree = ast.parse((path if path.is_file() else path.parent.with_suffix(".py")).read_text(encoding="utf-8"))
    said = tree if path.is_file() else next(node for node in tree.body if getattr(node, "name", None) == name)
    assert isinstance(said, ast.Module | ast.ClassDef | ast.FunctionDef)
    return (ast.get_docstring(said) or "").partition("\n\n")[0].replace("\n", " ")


def group(given: dict[str, Any], language: str) -> str:
    modules = [f"::: mebuki.{module}" for module in given["modules"]]
    return "\n\n".join([f"# {given['title'][language]}", given["about"][language], *modules])


@cache
def helps() -> dict[str, str]:
    """What each command says to --help, 100 columns wide, wherever this is built."""
    from mebuki.cli import diary
    from mebuki.cli.main import COMMANDS, module_of, overview

    told = {"": overview()}
    columns, os.environ["COLUMNS"] = os.environ.get("COLUMNS"), "100"
    try:
        for name in COMMANDS:
            told[name] = diary.overview() if name == "diary" else module_of(name).parser().format_help()
        for name, (module, _) in diary.COMMANDS.items():
            parser = getattr(import_module(f"mebuki.cli.{module}"), f"{name.replace('-', '_')}_parser")()
            told[f"diary {name}"] = parser.format_help()
    finally:
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns
    folder = os.environ.get("MEBUKI_DIARY") or str(Path.home())
    return {name: text.replace(folder, "~").rstrip() for name, text in told.items()}


def commands(language: str) -> str:
    words = WORDS[language]
    parts = [
        f"## {f'mebuki {name}'.strip()} {{#{name.replace(' ', '-') or 'mebuki'}}}\n\n```text\n{text}\n```"
        for name, text in helps().items()
    ]
    return "\n\n".join([f"# {words['commands']}", words["options"], *parts])
