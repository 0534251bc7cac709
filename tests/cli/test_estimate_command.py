"""`mebuki estimate`: what it prints of one model and of all, and what it refuses."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest

from mebuki.cli.main import main
from mebuki.shapes import SHAPES

SMALL = ["--size", "tiny", "--context", "8", "--batch", "4", "--steps", "50", "--engine", "scratch", "--measure", "0"]


def test_one_model_in_words(book, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["estimate", str(book), *SMALL, "--model", "rnn", "--perplexity", "1000"]) == 0
    out = capsys.readouterr().out
    for words in (
        "rnn by hand in NumPy",
        "kettle.txt",
        "50 steps of 32 letters",
        "perplexity about",
        "to 1000",
        "note: ",
    ):
        assert words in out
    assert os.listdir() == []


def test_all_models_in_a_table(book, capsys) -> None:
    assert main(["estimate", str(book), *SMALL, "--model", "all", "--perplexity", "1.01"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if line.startswith(tuple(SHAPES))] == list(SHAPES)
    assert out.count("out of reach") == len(SHAPES)


def test_numbers_as_json(book, capsys) -> None:
    assert main(["estimate", str(book), *SMALL, "--model", "all", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["model"] for row in rows] == list(SHAPES)
    for row in rows:
        assert row["tokens"] == 50 * row["pace"]["tokens"] == 50 * 32
        assert row["tokens_per_second"] == pytest.approx(32 / row["pace"]["step"])
        assert row["expected"]["perplexity"] == pytest.approx(math.exp(row["expected"]["loss"]))
        assert row["recipe"]["training"]["steps"] == 50
        assert "reaching" not in row


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["no text was given", "mebuki estimate my-diary.txt"]),
        (["BOOK", "--perplexity", "1"], ["--perplexity is 1", "more than 1"]),
        (["BOOK", "--measure", "-1"], ["--measure is -1", "0 to 600"]),
        (["BOOK", "--model", "transfomer"], ["'transfomer' is unknown", "transformer"]),
        (["BOOK", "--model", "all", "--heads", "3"], ["'heads' is no field of a bigram model"]),
        (["BOOK", "--out", "run"], ["--out"]),
        (["nowhere.txt"], ["nowhere.txt"]),
    ],
    ids=str,
)
def test_mistakes_are_told(arguments: list[str], words: list[str], book, capsys) -> None:
    assert main(["estimate", *[str(book) if word == "BOOK" else word for word in arguments]]) == 2
    err = capsys.readouterr().err
    assert all(word in err for word in words), err


def test_the_engine_by_hand_leaves_torch_out(book) -> None:
    code = (
        f"import sys; from mebuki.cli.main import main; main({['estimate', str(book), *SMALL, '--model', 'gru']!r}); "
    )
    code += "assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
