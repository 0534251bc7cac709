"""`mebuki export` and `mebuki import`, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sprouts import QUICK, diary

import mebuki
from mebuki.cli.main import main
from mebuki.diary.growing import grow
from mebuki.errors import MebukiError, RunError
from mebuki.export import exporting, trying
from mebuki.export.exporting import export
from mebuki.export.opening import of_run, refuse
from mebuki.shapes import TransformerShape

Runs = Callable[[str], mebuki.Run]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In an empty folder, without another program that opens what was written."""
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)


def say(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_there_and_back(runs: Runs, capsys: Any, tmp_path: Path) -> None:
    run = runs("transformer").folder
    code, out, _ = say(capsys, "export", run, "--to", "huggingface", "there")
    assert code == 0
    assert "largest difference of a logit 0.0e+00" in out
    code, out, _ = say(capsys, "import", "there", "--json")
    assert code == 0
    assert json.loads(out)["run"] == str(Path("runs", "there"))
    prompt = ("The kettle", "--seed", 1, "--tokens", 20, "--engine", "torch")
    assert say(capsys, "generate", Path("runs", "there"), *prompt) == say(capsys, "generate", run, *prompt)
    code, out, _ = say(capsys, "runs", "--json")
    assert (json.loads(out)["text"], json.loads(out)["state"]) == ("imported from there", "imported")
    assert say(capsys, "runs", Path("runs", "there"))[0] == 0
    code, out, _ = say(capsys, "export", Path("runs", "there"), "again", "--json")
    assert json.loads(out)["files"]["model.safetensors"] == _receipt("there")["files"]["model.safetensors"]


def _receipt(folder: str) -> dict[str, Any]:
    return json.loads(Path(folder, "receipt.json").read_text(encoding="utf-8"))


def test_its_card_tells_what_it_is_and_not_where_its_text_lies(runs: Runs, capsys: Any) -> None:
    run = runs("transformer")
    say(capsys, "export", run.folder, "there", "--checkpoint", "last")
    card = Path("there", "README.md").read_text(encoding="utf-8")
    for told in (
        "kettle.txt: ",
        "It can recite",
        "12 |",
        "perplexity",
        "numbers in float32",
        'sources = ["kettle.txt"]',
    ):
        assert told in card
    everything = "".join(
        path.read_text(encoding="utf-8") for path in Path("there").glob("*.*") if path.suffix != ".safetensors"
    )
    assert str(Path(run.recipe.text.sources[0]).parent) not in everything


def test_to_gguf(runs: Runs, capsys: Any) -> None:
    pytest.importorskip("gguf")
    code, out, _ = say(capsys, "export", runs("transformer").folder, "--to", "gguf", "there")
    assert code == 0
    assert "all 24 tensors are equal" in out
    assert "beyond 8 tokens it writes otherwise" in out
    assert {path.name for path in Path("there").iterdir()} == {"Modelfile", "README.md", "model.gguf", "receipt.json"}


@pytest.mark.parametrize("kind", ["bigram", "rnn", "lstm", "gru"])
@pytest.mark.parametrize("form", ["huggingface", "gguf"])
def test_what_has_no_architecture_elsewhere_says_what_to_grow(kind: str, form: str, runs: Runs, capsys: Any) -> None:
    code, _, err = say(capsys, "export", runs(kind).folder, "--to", form, "there")
    assert code == 2
    assert f"a {kind} model cannot be exported" in err
    assert "try: mebuki train TEXT --model transformer" in err
    assert not Path("there").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["calculator", "there"], "told the place of every digit"),
        (["ADDITION", "there"], "encoder and decoder are recurrent"),
        (["nowhere", "there"], "there is no run nowhere"),
        (["RUN", "there", "--to", "ggfu"], "try: gguf"),
        (["RUN", "full"], "full exists already"),
        (["RUN", "there", "--checkpoint", "7"], "checkpoint '7' is unknown"),
        (["diary", "there", "--diary", "none"], "none"),
    ],
)
def test_mistakes_are_told(arguments: list[str], words: str, runs: Runs, capsys: Any) -> None:
    Path("full").mkdir()
    Path("full", "x").touch()
    Path("sums").mkdir()
    Path("sums", "settings.json").write_text('{"kind": "addition"}', encoding="utf-8")
    places = {"RUN": str(runs("transformer").folder), "ADDITION": "sums"}
    code, _, err = say(capsys, "export", *(places.get(a, a) for a in arguments))
    assert code == 2
    assert words in err
    assert not Path("there").exists()
    assert [path.name for path in Path("full").iterdir()] == ["x"]


def test_parts_that_nobody_else_has_are_told() -> None:
    @dataclass(frozen=True)
    class Shape(TransformerShape):
        short_convolution: int = 4

    refuse("transformer", TransformerShape())
    refuse("transformer", Shape(short_convolution=0))
    with pytest.raises(RunError, match=r"parts that neither .* can compute: short_convolution = 4"):
        refuse("transformer", Shape())


def test_files_that_compute_something_else_are_not_kept(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    right = trying.ours

    def wrong(grown: Any, *given: Any) -> Any:
        answers = right(grown, *given)
        return replace(answers, logits=[logits + 1 for logits in answers.logits]) if not grown.recipe else answers

    monkeypatch.setattr(exporting, "ours", wrong)
    with pytest.raises(MebukiError, match=r"computes something else[\s\S]*nothing was kept"):
        export(of_run(runs("transformer")), "huggingface", "there")
    assert list(Path().iterdir()) == []


def test_a_witness_that_breaks_is_noted(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda name: True)
    monkeypatch.setattr(exporting, "asked", lambda *given: "witness_transformers ended with -6: it is broken")
    receipt = export(of_run(runs("transformer")), "huggingface", "there")
    assert receipt.checked.largest_difference == 0
    assert "could not be asked: witness_transformers ended with -6" in receipt.notes[0]


def test_the_model_of_a_diary_is_asked_for_and_warned_of(capsys: Any, tmp_path: Path) -> None:
    with diary(tmp_path / "mine", 40) as journal:
        grow(journal, **QUICK)
    code, _, err = say(capsys, "export", "diary", "there", "--diary", "mine")
    assert code == 2
    assert "nobody can be asked here" in err
    assert not Path("there").exists()
    code, _, err = say(capsys, "export", "diary", "there", "--diary", "mine", "--yes")
    assert code == 0
    assert "nothing in it is encrypted" in err
    card = Path("there", "README.md").read_text(encoding="utf-8")
    assert "grown on a diary, and is as private as it" in card
    assert "lines word for word" in card
