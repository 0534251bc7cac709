"""Recipes: what is written is read again, and what does not fit is named."""

from __future__ import annotations

import dataclasses
import datetime
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mebuki.errors import MebukiError, RecipeError
from mebuki.recipes import RECIPES, TRAINING, Recipe, all_fields, field_type, named
from mebuki.shapes import SHAPES, shape_of
from mebuki.text.settings import TextSettings
from mebuki.training.settings import TrainingSettings

KINDS = tuple(SHAPES)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


def values(about: Any) -> st.SearchStrategy[Any]:
    """Values that a field takes."""
    kind, _ = field_type(about)
    if choices := about.metadata.get("choices"):
        return st.sampled_from(choices)
    if limits := about.metadata.get("range"):
        low, high = limits
        return st.integers(low, min(high, 2**62)) if kind is int else st.floats(low, high)
    if kind is bool:
        return st.booleans()
    special = {
        "sources": st.lists(words, min_size=1, max_size=3).map(tuple),
        "encoding": st.sampled_from(["auto", "cp932", "euc_jp"]),
        "split_at": st.integers(1, 10**9),
        "split_date": st.dates().map(datetime.date.isoformat),
    }
    return special.get(about.name, words)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Any recipe: some fields changed, of some kind and size."""
    kind = draw(st.sampled_from(KINDS))
    fields = [about for _, about in all_fields((kind,)) if about.name not in ("width", "heads", "key_value_heads")]
    chosen = draw(st.lists(st.sampled_from(fields), unique_by=lambda about: about.name, max_size=8))
    changes = {about.name: draw(values(about)) for about in chosen}
    if "minutes" in changes:
        changes.pop("steps", None)
    if kind == "bigram":
        changes.pop("optimizer", None)
    if kind == "transformer":
        heads = draw(st.sampled_from([1, 2, 3, 4, 6]))
        changes |= {"heads": heads, "width": heads * 2 * draw(st.integers(1, 20))}
        changes["key_value_heads"] = draw(st.sampled_from([n for n in range(heads + 1) if not n or heads % n == 0]))
    changes["seed"] = draw(st.integers(0, 2**62))
    return named(kind, "a.txt", size=draw(st.sampled_from(["tiny", "small", "base"])), **changes)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(recipe=recipes())
def test_what_is_saved_is_loaded(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    recipe.save(path)
    assert Recipe.load(path) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert Recipe.load(path).to_toml() == recipe.to_toml()
    assert [p.name for p in tmp_path.iterdir()] == ["recipe.toml"]


@pytest.mark.parametrize("kind", KINDS)
def test_toml_says_what_each_field_means(kind: str) -> None:
    text = named(kind, "a.txt").to_toml()
    for name in tomllib.loads(text)["training"]:
        help = next(about for _, about in all_fields((kind,)) if about.name == name).metadata["help"]
        assert f"# {help}" in text


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_out_takes_the_default_of_its_kind(kind: str, tmp_path) -> None:
    path = tmp_path / "short.toml"
    path.write_text(f'[text]\nsources = ["a.txt"]\n[model]\nkind = "{kind}"\nsize = "tiny"\n', encoding="utf-8")
    assert Recipe.load(path) == named(kind, "a.txt", size="tiny")
    path.write_text(f'[text]\nsources = ["a.txt"]\n[model]\nkind = "{kind}"\n', encoding="utf-8")
    assert Recipe.load(path) == named(kind, "a.txt")


def test_recipes_are_frozen() -> None:
    recipe = named("lstm", "a.txt")
    for part in (recipe, recipe.text, recipe.shape, recipe.training):
        name = dataclasses.fields(part)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, None)
    assert hash(recipe) == hash(named("lstm", "a.txt"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_leaves_the_recipe_and_other_fields_alone(kind: str) -> None:
    recipe = named(kind, "a.txt", size="base")
    changed = recipe.change(steps=7, context=5, split=0.5, seed=3)
    assert (changed.training.steps, changed.shape.context, changed.text.split, changed.seed) == (7, 5, 0.5, 3)
    assert recipe == named(kind, "a.txt", size="base")
    assert changed.change(steps=recipe.training.steps, context=recipe.shape.context, split=0.9, seed=0) == recipe


WRONG = [
    ("lstm", {"widht": 3}, "field 'widht' is unknown(.|\n)*try: width"),
    ("lstm", {"heads": 2}, "'heads' is no field of a lstm model, only of transformer"),
    ("bigram", {"layers": 2}, "'layers' is no field of a bigram model, only of rnn, lstm, gru, transformer"),
    ("transformer", {"steps": "many"}, "steps is 'many'\n  allowed: a whole number"),
    ("transformer", {"steps": 1.5}, "steps is 1.5\n  allowed: a whole number"),
    ("transformer", {"steps": True}, "steps is True\n  allowed: a whole number"),
    ("transformer", {"steps": 0}, "steps is 0\n  allowed: 1 to"),
    ("transformer", {"dropout": 1.0}, "dropout is 1\n  allowed: 0 to 0.95"),
    ("transformer", {"dropout": "0"}, "dropout is '0'\n  allowed: a number"),
    ("transformer", {"learning_rate": float("nan")}, "learning_rate is nan"),
    ("transformer", {"learning_rate": float("inf")}, "learning_rate is inf"),
    ("transformer", {"tied": 1}, "tied is 1\n  allowed: true or false"),
    ("transformer", {"optimizer": "muno"}, "optimizer 'muno' is unknown(.|\n)*try: muon"),
    ("transformer", {"batch": None}, "batch is None"),
    ("transformer", {"sample_prompt": 3}, "sample_prompt is 3\n  allowed: a text"),
    ("transformer", {"split": 1.0}, "split is 1\n  allowed: 0.01 to 0.999"),
    ("transformer", {"seed": -1}, "seed is -1\n  allowed: 0 to"),
    ("transformer", {"seed": 2**63}, "seed is"),
    ("transformer", {"width": 100, "heads": 3}, "width 100 does not divide into 3 heads"),
    ("transformer", {"tokenizer": "words"}, "tokenizer 'words' is unknown"),
    ("transformer", {"model": "lstm"}, "field 'model' is unknown"),
    ("transformer", {"sources": 3}, "sources is 3"),
    ("transformer", {"sources": [3]}, r"sources is \[3\]"),
    ("transformer", {"minutes": None, "steps": None}, "neither steps nor minutes"),
]


@pytest.mark.parametrize(("kind", "changes", "words"), WRONG, ids=[str(changes) for _, changes, _ in WRONG])
def test_what_does_not_fit_is_named(kind: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        named(kind, "a.txt", **changes)


FILES = [
    ('[model]\nkind = "transfomer"', "'transfomer' is unknown(.|\n)*try: transformer"),
    ("[text]\n", "names no model(.|\n)*bigram, rnn, lstm, gru, transformer"),
    ('[model]\nkind = "lstm"\n[trainnig]\nsteps = 3', "section 'trainnig' is unknown(.|\n)*try: training"),
    ('[model]\nkind = "lstm"\n[training]\nstpes = 3', "field 'stpes' is unknown(.|\n)*try: steps"),
    ('[model]\nkind = "lstm"\nheads = 3', "'heads' is no field of a lstm model"),
    ('[model]\nkind = "lstm"\nwidth = "3"', "width is '3'"),
    ('[model]\nkind = "lstm"\nsize = "huge"', "size 'huge' is unknown"),
    ('[model]\nkind = "lstm', "is not TOML"),
    ("\0", "is not TOML"),
    ("model = 3", "section 'model' is 3"),
    ('training = 3\n[model]\nkind = "lstm"', "section 'training' is 3"),
    ('[model]\nkind = ["lstm"]', r"\['lstm'\]"),
    ('[model]\nkind = "lstm"\nsize = ["tiny"]', r"\['tiny'\]"),
    ('seed = "3"\n[model]\nkind = "lstm"', "seed is '3'"),
]


@pytest.mark.parametrize(("content", "words"), FILES, ids=[content[-25:] for content, _ in FILES])
def test_files_with_mistakes_are_refused(content: str, words: str, tmp_path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError, match=words):
        Recipe.load(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[model]\nkind = '\xe3'"])
def test_files_that_are_no_text_are_refused(content: bytes, tmp_path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match="is not TOML"):
        Recipe.load(path)


def test_files_that_are_missing_are_named(tmp_path) -> None:
    for path in (tmp_path / "recipe.toml", tmp_path):
        with pytest.raises(RecipeError, match="cannot be read"):
            Recipe.load(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path) -> None:
    with pytest.raises(MebukiError, match="cannot be written"):
        named("gru", "a.txt").save(tmp_path / "missing" / "recipe.toml")


def test_steps_and_minutes_take_turns() -> None:
    """The one given last says how long; both cannot be given together."""
    recipe = named("gru", "a.txt")
    by_minutes = recipe.change(minutes=2)
    assert (by_minutes.training.steps, by_minutes.training.minutes) == (None, 2.0)
    by_steps = by_minutes.change(steps=50)
    assert (by_steps.training.steps, by_steps.training.minutes) == (50, None)
    with pytest.raises(RecipeError, match="both steps and minutes are given"):
        recipe.change(steps=50, minutes=2)


def test_a_bigram_has_no_matrices_for_muon() -> None:
    with pytest.raises(RecipeError, match=r"'muon' trains inner matrices(.|\n)*adamw"):
        named("bigram", "a.txt", optimizer="muon")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: shape_of("lstm", "tiny", width=-5), "width is -5"),
        (lambda: shape_of("transformer", "tiny", width=-64), "width is -64"),
        (lambda: shape_of("bigram", "tiny", hidden="8"), "hidden is '8'"),
        (lambda: TrainingSettings(batch=-3), "batch is -3"),
        (lambda: TrainingSettings(optimizer="muno"), "optimizer 'muno' is unknown"),
        (lambda: TextSettings(split_at=-1), "split_at is -1"),
        (lambda: Recipe("lstm", TextSettings(), shape_of("lstm"), TrainingSettings(), seed=-1), "seed is -1"),
    ],
)
def test_settings_are_checked_however_they_are_made(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        make()


def test_whole_numbers_become_what_the_field_is() -> None:
    assert type(TrainingSettings(learning_rate=1).learning_rate) is float


@pytest.mark.parametrize(("name", "fallback"), [("bigram", False), ("notebook", False), ("gru", True)])
def test_a_path_takes_the_defaults_of_the_recipe(name: str, fallback: bool) -> None:
    """But the settings that a text was read with are its own."""
    own = TextSettings(sources=("a.txt",), split=0.7)
    assert named(name, "a.txt").text.byte_fallback == fallback
    assert named(name, own).text == own
    assert named(name, own, split=0.6, byte_fallback=False).text == TextSettings(
        sources=("a.txt",), split=0.6, byte_fallback=False
    )
    assert named(name, ["a.txt", Path("b")]).text.sources == ("a.txt", "b")


def test_the_notebook_keeps_its_training_for_any_text() -> None:
    assert named("notebook", TextSettings(sources=("a.txt",))).training == named("notebook", "a.txt").training
    assert named("notebook", "a.txt", minutes=2).training.steps is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"model": {"kind": "gru"}, "text": {"width": 3}},
            r"width stands in \[text\](.|\n)*sources(.|\n)*in \[model\]",
        ),
        ({"model": {"kind": "gru", "steps": 3}}, r"steps stands in \[model\](.|\n)*in \[training\]"),
        ({"model": {"kind": "gru"}, "training": {"seed": 3}}, r"seed stands in \[training\](.|\n)*the first lines"),
        ({"model": {"kind": "gru"}, "training": {"steps": 3, "minutes": 2}}, "both steps and minutes"),
    ],
)
def test_fields_stand_in_their_sections(content: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        Recipe.from_dict(content)


def test_numbers_of_toml_become_the_fields_types() -> None:
    recipe = named("gru", "a.txt", dropout=0, minutes=1, split_date=datetime.date(2026, 3, 1))
    assert type(recipe.shape.dropout) is type(recipe.training.minutes) is float
    assert recipe.text.split_date == "2026-03-01"


def test_sources_may_be_a_path_settings_or_several(tmp_path) -> None:
    assert named("gru", tmp_path).text.sources == (str(tmp_path),)
    assert named("gru", TextSettings(sources=("a", "b"), split=0.5)).text.split == 0.5
    assert named("gru", "a").change(sources=["b", tmp_path]).text.sources == ("b", str(tmp_path))


def test_unknown_names_are_told() -> None:
    with pytest.raises(RecipeError, match=r"'gur' is unknown(.|\n)*try: gru"):
        named("gur", "a.txt")
    with pytest.raises(RecipeError, match="size 'smal' is unknown"):
        named("gru", "a.txt", size="smal")


def test_every_field_has_one_name_and_a_meaning() -> None:
    """In whichever section: so that a name alone is enough, in Python and on the command line."""
    homes: dict[str, str] = {}
    for kind in KINDS:
        for section, owner in (("text", TextSettings), ("model", SHAPES[kind]), ("training", TrainingSettings)):
            for about in dataclasses.fields(owner):
                assert about.metadata["help"]
                assert homes.setdefault(about.name, section) == section
    assert [about.name for _, about in all_fields()] == list(dict.fromkeys(about.name for _, about in all_fields()))
    assert set(homes) == {about.name for _, about in all_fields()}


def test_every_kind_has_a_recipe_and_its_training() -> None:
    assert set(TRAINING) == set(KINDS) <= set(RECIPES)
    for kind in KINDS:
        assert named(kind, "a.txt").model == kind


def test_the_notebook_is_a_bigram_of_its_numbers() -> None:
    recipe = named("notebook", "a.txt")
    assert (recipe.model, recipe.training.steps, recipe.training.batch, recipe.shape.context) == ("bigram", 1000, 1, 16)
    assert (recipe.text.line_ends, recipe.text.split, recipe.text.byte_fallback) == ("space", 0.8, False)
