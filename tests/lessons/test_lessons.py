"""The lessons run in both languages, and say the same in them."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import mebuki.scratch

LESSONS = Path(__file__).parents[2] / "lessons"


def script(name: str) -> ModuleType:
    """One of the lessons' scripts as a module."""
    spec = importlib.util.spec_from_file_location(f"lessons_{name}", LESSONS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(LESSONS)
        spec.loader.exec_module(module)
    return module


build = script("build")
SOURCES: list[Path] = build.sources()
each = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)


@pytest.mark.parametrize("language", build.LANGUAGES)
@each
def test_a_lesson_runs(path: Path, language: str, tmp_path: Path) -> None:
    """In the quick form, as plain Python, with warnings as errors and every figure drawn."""
    command = [sys.executable, str(LESSONS / "quick.py"), path.stem, "--language", language]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", env=_environment())
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def test_a_lesson_runs_in_jupyter() -> None:
    """The whole way: built, a kernel, outputs with a figure in them."""
    book = script("run").execute(build.notebook(SOURCES[1], "ja", "quick"))
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_ten_lessons_stand_in_a_row() -> None:
    assert [path.stem[:2] for path in SOURCES] == [f"{number:02}" for number in range(1, 11)]


def test_notebooks_are_up_to_date() -> None:
    assert [book.name for book in build.outdated()] == [], "python lessons/build.py"


@each
def test_both_languages_have_the_same_cells(path: Path) -> None:
    english, japanese = (build.lesson(path, language) for language in build.LANGUAGES)
    assert [cell.text for cell in english] == [cell.text for cell in japanese]
    assert headings(english) == headings(japanese)


def headings(cells: list) -> list[list[int]]:
    """The levels of the headings in each text."""
    return [[len(mark) for mark in re.findall("^(#+) ", cell.source, re.M)] for cell in cells if cell.text]


@each
def test_titles_have_numbers(path: Path) -> None:
    for language in build.LANGUAGES:
        assert re.match(rf"{int(path.stem[:2])} \S", build.title(path, language))


@each
def test_the_list_of_lessons_leads_to_it(path: Path) -> None:
    page = (LESSONS / "README.md").read_text(encoding="utf-8")
    for language in build.LANGUAGES:
        assert f"]({language}/{path.stem}.ipynb)" in page


def test_links_lead_somewhere() -> None:
    pages = [LESSONS / "README.md", *(build.target(path, language) for path in SOURCES for language in build.LANGUAGES)]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+\.(?:md|ipynb))\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page}: {link}"


@each
def test_exercises_have_answers(path: Path) -> None:
    for language, words in (("en", ("Exercises", "Answers")), ("ja", ("練習|演習", "答え"))):
        text = "\n".join(cell.source for cell in build.lesson(path, language) if cell.text)
        for word in words:
            assert re.search(f"^##+ .*({word})", text, re.M), f"{language}: a heading with {word}"


@each
def test_a_lesson_uses_the_package(path: Path) -> None:
    """Nothing of it is written again, and nothing is imported from a folder."""
    taken = {
        name for name, thing in vars(mebuki.scratch).items() if inspect.isclass(thing) or inspect.isfunction(thing)
    }
    code = "\n".join(build.full(cell.source) for cell in build.cells(path) if not cell.text)
    defined = {node.name for node in ast.walk(ast.parse(code)) if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert defined & taken == set()
    assert "sys.path" not in code


@each
def test_the_reader_sees_no_marks_of_the_builder(path: Path) -> None:
    for language in build.LANGUAGES:
        assert not re.search("# (quick:|%%)", build.notebook(path, language))


LESSON = """# %% [markdown] en
# # A
# %% [markdown] ja
# # あ
#
# い
# %%
steps = 10_000  # quick: 3
a, b = 1, 2  # quick: 3, 4
# %% ja
word = "う"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "01_a.py"
    path.write_text(LESSON, encoding="utf-8")
    return path


def test_what_is_built(source: Path) -> None:
    import nbformat

    book = nbformat.reads(build.notebook(source, "ja"), as_version=4)
    assert [cell.cell_type for cell in book.cells] == ["markdown", "code", "code", "code"]
    assert book.cells[0].source.startswith("# あ\n\n")
    assert book.cells[0].source.endswith("](../en/01_a.ipynb)\n\nい")
    assert book.cells[2].source == "steps = 10_000\na, b = 1, 2"
    short = nbformat.reads(build.notebook(source, "en", "quick"), as_version=4)
    assert short.cells[2].source == "steps = 3\na, b = 3, 4"
    assert len(short.cells) == 3
    assert build.notebook(source, "ja") == build.notebook(source, "ja")


def test_japanese_runs_on_over_the_ends_of_lines() -> None:
    lines = [
        "# 題",
        "文は",
        "続く。",
        "また",
        "",
        "- 一",
        "  二",
        "- 三",
        "English",
        "と",
        "a",
        "b",
        "```",
        "一",
        "二",
        "```",
    ]
    together = ["# 題", "文は続く。また", "", "- 一二", "- 三", "English", "と", "a", "b", "```", "一", "二", "```"]
    assert build.joined(lines) == together


def test_out_of_date_is_seen(source: Path) -> None:
    stale = source.parent / "ja" / "02_gone.ipynb"
    stale.parent.mkdir()
    stale.write_text("{}", encoding="utf-8")
    for book, text in build.outdated(source.parent).items():
        if text:
            book.parent.mkdir(exist_ok=True)
            book.write_text(text, encoding="utf-8", newline="\n")
    assert build.outdated(source.parent) == {stale: ""}
    stale.unlink()
    source.write_text(LESSON + "# %%\nmore = 1\n", encoding="utf-8")
    assert {book.parent.name for book in build.outdated(source.parent)} == {"en", "ja"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# %%\n", "# %% [markdown]\n"),
        ("# %% ja\n", "# %% fr\n"),
        ("# い", "い"),
        ("# # あ", "# あ"),
        ("10_000  # quick: 3", "10_000  # quick:3"),
        ("steps = 10_000  #", "print(3)  #"),
        ("# %% [markdown] en\n", "import os\n# %% [markdown] en\n"),
    ],
)
def test_mistakes_in_a_source_are_told(old: str, new: str, source: Path) -> None:
    assert old in LESSON
    source.write_text(LESSON.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(build.LessonError, match=r"01_a\.py"):
        build.notebook(source, "ja")


FIGURE = """# %% [markdown] en
# # A
# %%
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.title("a")
plt.xlabel("b")
plt.ylabel("c")
plt.show()
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", ""),
        ('plt.ylabel("c")', "", "a label of y"),
        ('plt.title("a")', "", "a title"),
        ('"b"', '"\U0001f41f"', "missing from font"),
        ("plt.show()", "1 / 0", "01_a.py"),
        ("plt.show()", "import numpy; numpy.log(0)", "divide by zero"),
    ],
)
def test_figures_without_words_and_warnings_are_told(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    source = tmp_path / "01_a.py"
    source.write_text(FIGURE.replace(old, new, 1), encoding="utf-8")
    code = f"import quick, pathlib; quick.strict(); quick.run(pathlib.Path({str(source)!r}), 'en', 'full')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=LESSONS,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**_environment(), "MPLBACKEND": "Agg"},
    )
    assert (done.returncode == 0) == (complaint == ""), done.stderr
    assert complaint in done.stderr
