"""Recipes: named functions that give a frozen `Recipe`. A run is its recipe; a new one is a changed recipe.

    recipe = mebuki.recipes.transformer("sherlock.txt", width=96, steps=500)
    recipe = recipe.change(learning_rate=1e-3)
    recipe.save("recipe.toml")          # can be edited, and trained: mebuki train --recipe recipe.toml

Every field has one name in Python, in TOML and on the command line. Light: imports neither NumPy nor torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .errors import RecipeError, unknown
from .fields import check, types_of
from .shapes import SHAPES, SIZES, Shape, shape_of
from .text.files import new_file
from .text.settings import TextSettings
from .training.settings import TrainingSettings

KIND = "bigram, rnn, lstm, gru or transformer"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run: corpus, tokenizer, model, training and seed.

    Raises:
        RecipeError: a seed out of range, or an optimizer that has nothing to do in this kind of model.

    Attributes:
        model: the kind, one of `SHAPES`.
        text, shape, training: the sections.
        seed: of the first weights, the order of the data, dropout and samples.
    """

    model: str
    text: TextSettings
    shape: Shape
    training: TrainingSettings
    seed: int = field(default=0, metadata={"help": "of everything random", "range": (0, 2**62)})

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", check(Recipe, _home(self.model, "seed")[1], self.seed))
        if self.model == "bigram" and self.training.optimizer == "muon":
            raise RecipeError(
                "optimizer 'muon' trains inner matrices, and a bigram model has none", allowed="adamw", hint="adamw"
            )

    def change(self, **changes: Any) -> Recipe:
        """A recipe that differs in some fields, whichever section they stand in.

        Raises:
            RecipeError: a field that this kind of model does not have, or a value it cannot take.
        """
        sections: dict[str, dict[str, Any]] = {"text": {}, "shape": {}, "training": {}, "": {}}
        for name, value in changes.items():
            sections[_home(self.model, name)[0]][name] = value
        if changes.get("steps") is not None and changes.get("minutes") is not None:
            raise RecipeError("both steps and minutes are given", allowed="one of them")
        if changes.get("minutes") is not None and "steps" not in changes:
            sections["training"]["steps"] = None
        if changes.get("steps") is not None and "minutes" not in changes:
            sections["training"]["minutes"] = None
        top = sections.pop("")
        length = {name: getattr(self.training, name) for name in ("steps", "minutes")} | sections["training"]
        if length["steps"] is length["minutes"] is None:
            raise RecipeError("neither steps nor minutes are given", allowed="one of them", hint="steps=2000")
        changed = {name: replace(getattr(self, name), **values) for name, values in sections.items() if values}
        return replace(self, **changed, **top)

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values, without fields that are not set."""
        parts = {"text": self.text, "model": self.shape, "training": self.training}
        sections = {
            name: {f.name: getattr(part, f.name) for f in fields(part) if getattr(part, f.name) is not None}
            for name, part in parts.items()
        }
        sections["text"]["sources"] = list(self.text.sources)
        sections["model"] = {"kind": self.model, **sections["model"]}
        return {"seed": self.seed, **sections}

    def to_toml(self) -> str:
        """The recipe as TOML, each field with what it means."""
        import tomlkit

        document = tomlkit.document()
        document.add(tomlkit.comment("A recipe of Mebuki. Edit it and train it: mebuki train --recipe FILE"))
        document["seed"] = self.seed
        for section, values in self.to_dict().items():
            if section == "seed":
                continue
            table = tomlkit.table()
            for name, value in values.items():
                item = tomlkit.item(value)
                item.comment(KIND if name == "kind" else _home(self.model, name)[1].metadata["help"])
                table.add(name, item)
            document[section] = table
        return tomlkit.dumps(document)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recipe as TOML; a file that is there is replaced in one go.

        Raises:
            StorageError: it cannot be written.
        """
        with new_file(path) as file:
            file.write(self.to_toml())

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Recipe:
        """The inverse of `to_dict`; what is left out takes its default.

        Raises:
            RecipeError: an unknown section or field, or a value it cannot take.
        """
        content = {name: dict(value) if isinstance(value, dict) else value for name, value in content.items()}
        for name in content:
            if name not in ("seed", "text", "model", "training"):
                raise unknown("section", name, ("seed", "text", "model", "training"))
            if name != "seed" and not isinstance(content[name], dict):
                raise RecipeError(f"section {name!r} is {content[name]!r}", allowed=f"fields below [{name}]")
        shape = content.get("model", {})
        if "kind" not in shape:
            raise RecipeError(
                "the recipe names no model", allowed=", ".join(SHAPES), hint='kind = "transformer" in [model]'
            )
        _refuse_misplaced(content)
        for name in ("kind", "size"):
            if not isinstance(shape.get(name, ""), str):
                raise RecipeError(f"{name} is {shape[name]!r}", allowed="a text")
        recipe = named(shape.pop("kind"), (), size=shape.pop("size", "small"))
        training = content.get("training", {})
        if "minutes" in training:
            training.setdefault("steps", None)
        wanted = {**content.get("text", {}), **shape, **training}
        if "seed" in content:
            wanted["seed"] = content["seed"]
        return recipe.change(**wanted)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recipe:
        """Read a TOML file.

        Raises:
            RecipeError: it cannot be read, is not TOML, or holds what a recipe does not have.
        """
        import tomllib

        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise RecipeError(f"the recipe {path} cannot be read: {error.strerror or error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RecipeError(
                f"the recipe {path} is not TOML: {error}", allowed="a file as a run's recipe.toml"
            ) from error
        return cls.from_dict(content)


def all_fields(kinds: tuple[str, ...] = tuple(SHAPES)) -> Iterator[tuple[str, Any]]:
    """Every field of a recipe once, with its section's name: what the command line offers."""
    seen = set()
    for section, owner in [
        ("text", TextSettings),
        *(("model", SHAPES[k]) for k in kinds),
        ("training", TrainingSettings),
    ]:
        for about in fields(owner):
            if about.name not in seen:
                seen.add(about.name)
                yield section, about


def _home(kind: str, name: str) -> tuple[str, Any]:
    """In which section a field stands, and the field."""
    sections = {"text": TextSettings, "shape": SHAPES[kind], "training": TrainingSettings, "": Recipe}
    for section, owner in sections.items():
        for about in fields(owner):
            if about.name == name and about.metadata:
                return section, about
    others = [k for k in SHAPES if any(about.name == name for about in fields(SHAPES[k]))]
    if others:
        raise RecipeError(
            f"{name!r} is no field of a {kind} model, only of {', '.join(others)}",
            allowed=", ".join(about.name for about in fields(SHAPES[kind])),
        )
    raise unknown("field", name, [about.name for _, about in all_fields((kind,))] + ["seed"])


def _refuse_misplaced(content: dict[str, Any]) -> None:
    """Refuse a field that stands in another section than its own."""
    kind = content["model"]["kind"]
    if kind not in (*SHAPES, *RECIPES) or not isinstance(kind, str):
        return
    owners = {"text": TextSettings, "model": SHAPES.get(kind, SHAPES["bigram"]), "training": TrainingSettings}
    for section, owner in owners.items():
        own = [about.name for about in fields(owner)]
        for name in content.get(section, {}):
            if name in own or (section == "model" and name in ("kind", "size")):
                continue
            home = {"shape": "[model]", "": "the first lines"}.get(there := _home(kind, name)[0], f"[{there}]")
            raise RecipeError(f"{name} stands in [{section}]", allowed=", ".join(own), hint=f"{name} in {home}")


def field_type(about: Any) -> tuple[type, bool]:
    """The plain type of a field of a recipe, and whether it may be left unset."""
    owner = next(owner for owner in (TextSettings, *SHAPES.values(), TrainingSettings) if about in fields(owner))
    return types_of(owner)[about.name]


def _text(source: Any, **defaults: Any) -> TextSettings:
    """The text settings of a corpus, which are its own, or of paths, for which a recipe has its defaults."""
    if isinstance(source, TextSettings):
        return source
    if isinstance(source, (str, os.PathLike, list, tuple)):
        return TextSettings(sources=source, **defaults)  # pyright: ignore[reportArgumentType]
    return source.settings


TRAINING: dict[str, TrainingSettings] = {
    "bigram": TrainingSettings(steps=2000, batch=64, learning_rate=5e-3, decay=0.6),
    "rnn": TrainingSettings(steps=1000, batch=32, optimizer="muon", learning_rate=4e-3, matrix_rate=0.02),
    "lstm": TrainingSettings(steps=1000, batch=32, optimizer="muon", learning_rate=4e-3, matrix_rate=0.02),
    "gru": TrainingSettings(steps=1000, batch=32, optimizer="muon", learning_rate=4e-3, matrix_rate=0.02),
    "transformer": TrainingSettings(
        steps=2000, batch=24, optimizer="muon", learning_rate=6e-3, matrix_rate=0.025, decay=0.5
    ),
}


def named(name: str, source: Any, size: str = "small", **changes: Any) -> Recipe:
    """A recipe by its name: one of `RECIPES`.

    Raises:
        RecipeError: an unknown name, size or field.
    """
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name](source, size=size, **changes)


def _of_kind(kind: str, source: Any, size: str, changes: dict[str, Any], **text: Any) -> Recipe:
    """A kind's recipe; `text` are its defaults where the source is a path."""
    if kind == "bigram":
        text = {"byte_fallback": False, **text}
    return Recipe(kind, _text(source, **text), shape_of(kind, size), TRAINING[kind]).change(**changes)


def bigram(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """The next letter from the last one alone.

    Args:
        source: a path or several; or a `Corpus` or `TextSettings`, whose settings then count.
        size: tiny, small or base.
        changes: any field of any section.

    >>> bigram("sherlock.txt", steps=1000).shape.hidden
    128
    """
    return _of_kind("bigram", source, size, changes)


def rnn(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """A plain recurrent network (Elman 1990); arguments as for `bigram`."""
    return _of_kind("rnn", source, size, changes)


def lstm(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """A long short-term memory; arguments as for `bigram`."""
    return _of_kind("lstm", source, size, changes)


def gru(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """A gated recurrent unit; arguments as for `bigram`."""
    return _of_kind("gru", source, size, changes)


def transformer(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """A decoder-only Transformer, trained with Muon; arguments as for `bigram`."""
    return _of_kind("transformer", source, size, changes)


def notebook(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """The network and the split of a first notebook: 1,000 steps of 16 letters, line ends as spaces, 80 / 20."""
    first = {"batch": 1, "learning_rate": 5e-3} | ({} if "minutes" in changes else {"steps": 1000})
    return _of_kind("bigram", source, size, {**first, **changes}, line_ends="space", split=0.8)


def sprint(source: Any, *, size: str = "small", **changes: Any) -> Recipe:
    """A Transformer that is good in seconds: wide heads, few steps, a rate that falls over half of them."""
    first = {"heads": 2} | ({} if "minutes" in changes else {"steps": 120})
    return _of_kind("transformer", source, size, {**first, **changes})


RECIPES: dict[str, Callable[..., Recipe]] = {
    "bigram": bigram,
    "rnn": rnn,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
    "notebook": notebook,
    "sprint": sprint,
}

__all__ = ["RECIPES", "SIZES", "Recipe", "bigram", "gru", "lstm", "named", "notebook", "rnn", "sprint", "transformer"]
