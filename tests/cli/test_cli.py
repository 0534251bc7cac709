"""The command line: it calls the library, and a mistake is one message with what to try, never a traceback."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mebuki
from mebuki.cli.main import COMMANDS, Parser, main
from mebuki.errors import RecipeError
from mebuki.recipes import all_fields

Say = Callable[..., tuple[int, str, str]]
TINY = ["--model", "gru", "--size", "tiny", "--width", "8", "--context", "8", "--batch", "2", "--steps", "4"]
TINY += ["--sample-tokens", "5", "--precision", "float32"]


@pytest.fixture
def say(capsys, tmp_path, monkeypatch) -> Say:
    """`say("train", …)` in an empty folder: the exit code, and what was printed."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:  # --help
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def assert_told(answer: tuple[int, str, str], *words: str) -> None:
    """Exit code 2 and one message that holds these words."""
    code, out, err = answer
    assert code == 2
    assert "kept in" not in out
    assert err.startswith("mebuki: ")
    assert "Traceback" not in err
    for word in words:
        assert word in err


# What there is.


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command: str, say: Say) -> None:
    code, out, _ = say(command, "--help")
    assert code == 0
    assert f"usage: mebuki {command}" in out
    assert re.search(rf"example:\n +mebuki {command}", out)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_the_overview_names_every_command(arguments: list[str], say: Say) -> None:
    code, out, _ = say(*arguments)
    assert code == 0
    assert all(re.search(rf"^  {name} +{re.escape(about)}$", out, re.M) for name, about in COMMANDS.items())
    assert "example:\n  mebuki" in out


def test_it_says_its_version(say: Say) -> None:
    assert say("--version") == say("-V") == (0, f"mebuki {mebuki.__version__}\n", "")


def test_every_field_of_a_recipe_is_an_option(say: Say) -> None:
    """With what it means, and nothing is abbreviated."""
    _, out, _ = say("train", "--help")
    words = " ".join(out.split())
    for _, about in all_fields():
        if about.name != "sources":
            assert f"--{about.name.replace('_', '-')}" in out
            assert " ".join(about.metadata["help"].split()) in words
    assert_told(say("train", "a.txt", "--learning", "1"), "option '--learning' is unknown", "--learning-rate")


# Mistakes.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], ["command 'trian' is unknown", "try: train"]),
        (["--verbose"], ["command '--verbose' is unknown"]),
        (["train", "BOOK", "--stpes", "3"], ["option '--stpes' is unknown", "try: --steps"]),
        (["train", "BOOK", "--stpes=3"], ["option '--stpes' is unknown", "try: --steps"]),
        (["train", "BOOK", "--steps", "many"], ["--steps", "many"]),
        (["train", "BOOK", "--steps"], ["--steps", "expected one argument"]),
        (["train", "BOOK", "--steps", "0"], ["steps is 0", "allowed: 1 to"]),
        (["train", "BOOK", "--steps", "-5"], ["steps is -5", "allowed: 1 to"]),
        (["train", "BOOK", "--minutes", "nan"], ["minutes is nan"]),
        (["train", "BOOK", "--seed", "-1"], ["seed is -1"]),
        (["train", "BOOK", "--model", "transfomer"], ["'transfomer' is unknown", "try: transformer"]),
        (["train", "BOOK", "--size", "smal"], ["size 'smal' is unknown", "try: small"]),
        (["train", "BOOK", "--optimizer", "adam"], ["optimizer 'adam' is unknown", "try: adamw"]),
        (["train", "BOOK", "--model", "bigram", "--layers", "2"], ["'layers' is no field of a bigram"]),
        (["train", "BOOK", "--width", "100", "--heads", "3"], ["width 100 does not divide into 3 heads"]),
        (["train", "BOOK", "--recipe", "lstm", "--model", "gru"], ["both --recipe and --model"]),
        (["train", "BOOK", "--recipe", "missing.toml"], ["missing.toml cannot be read"]),
        (["train", "BOOK", "--encoding", "utf-9"], ["utf-9"]),
        (["train", "BOOK", "--split-date", "2026-13-01"], ["split_date"]),
        (["train"], ["no text was given", "try: mebuki train"]),
        (["train", "--resume", "none"], ["there is no run none"]),
        (["train", "BOOK", "--resume", "none"], ["--resume takes the run alone"]),
        (["generate"], ["required", "RUN"]),
        (["generate", "none"], ["there is no run none", "mebuki runs"]),
        (["generate", "RUN", "The", "more"], ["'more' is unknown"]),
        (["generate", "RUN", "--temperature", "-1"], ["temperature is -1"]),
        (["generate", "RUN", "--top-p", "0"], ["top_p is 0"]),
        (["generate", "RUN", "--tokens", "-1"], ["-1 tokens"]),
        (["generate", "RUN", "--samples", "0"], ["0 samples"]),
        (["generate", "RUN", "--stop", ""], ["stop string is empty"]),
        (["generate", "RUN", "--checkpoint", "5"], ["checkpoint '5' is unknown"]),
        (["evaluate", "none"], ["there is no run none"]),
        (["evaluate", "RUN", "none.txt"], ["none.txt does not exist"]),
        (["evaluate", "RUN", "--split", "test"], ["split 'test' is unknown"]),
        (["evaluate", "RUN", "--block", "-1"], ["--block is -1"]),
        (["runs", "none", "RUN"], ["there is no run none"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_mistakes_are_told_with_what_to_try(arguments: list[str], words: list[str], say: Say, book, runs) -> None:
    places = {"BOOK": book, "RUN": runs("gru").folder}
    assert_told(say(*(places.get(argument, argument) for argument in arguments)), *words)
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"Rain.", "one window needs"),
        (b"\x00\x01\x02\xff\xfe\x89PNG\r\n" * 50, ""),
        (bytes(range(256)) * 20, ""),
        (None, "does not exist"),
        ("folder", "holds no text"),
    ],
    ids=["empty", "short", "binary", "all bytes", "missing", "empty folder"],
)
def test_texts_that_cannot_be_learned_from(content: Any, words: str, say: Say) -> None:
    path = Path("text.txt")
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    assert_told(say("train", path, *TINY), words, "text.txt" if words != "one window needs" else "tokens")
    assert not Path("runs").exists() or not os.listdir("runs")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everywhere")
def test_folders_without_permission(say: Say, book) -> None:
    Path("closed").mkdir(mode=0o500)
    assert_told(say("train", book, *TINY, "--out", "closed/run"), "closed/run cannot be written")
    Path("secret.txt").write_text("rain", encoding="utf-8")
    Path("secret.txt").chmod(0)
    assert_told(say("train", "secret.txt", *TINY), "secret.txt cannot be read")


@pytest.mark.parametrize("command", ["generate", "evaluate"])
@pytest.mark.parametrize(
    ("name", "words"),
    [("model.pt", "pickle file, which could run any program"), ("notes.txt", "is a file"), ("folder", "is no run")],
)
def test_what_is_no_run_is_not_opened(command: str, name: str, words: str, say: Say) -> None:
    Path(name).mkdir() if name == "folder" else Path(name).write_bytes(b"PK")
    assert_told(say(command, name), words)


@pytest.mark.parametrize("command", ["generate", "evaluate"])
@pytest.mark.parametrize("file", ["model.safetensors", "state.json"])
def test_damaged_checkpoints_are_named(command: str, file: str, say: Say, runs) -> None:
    shutil.copytree(runs("gru").folder, "run")
    for checkpoint in Path("run", "checkpoints").iterdir():
        (checkpoint / file).write_bytes(b"half")
    assert_told(say(command, "run"), "is damaged", "step-0000")


@pytest.mark.parametrize("command", ["generate", "evaluate"])
def test_a_run_without_a_checkpoint_says_how_to_go_on(command: str, say: Say, runs) -> None:
    shutil.copytree(runs("gru").folder, "run")
    shutil.rmtree("run/checkpoints")
    assert_told(say(command, "run"), "has no checkpoint yet", "try: mebuki train --resume run")


# Training.


def test_training_and_going_on(say: Say, book) -> None:
    code, out, _ = say("train", book, *TINY)
    assert code == 0
    assert "kept in runs/kettle-gru\n" in out
    assert "validation loss" in out
    code, out, _ = say("train", "--resume", "runs/kettle-gru", "--steps", "6")
    assert code == 0
    assert "going on after step 4" in out
    assert mebuki.open_run("runs/kettle-gru").checkpoint("last").state.step == 6


def test_names_that_are_taken_are_counted_on(say: Say, book) -> None:
    for expected in ("runs/kettle-gru", "runs/kettle-gru-2", "runs/kettle-gru-3"):
        assert f"kept in {expected}\n" in say("train", book, *TINY)[1]
    assert_told(say("train", book, *TINY, "--out", "runs/kettle-gru"), "holds a run already", "--resume")


def test_options_reach_the_recipe(say: Say, book) -> None:
    options = ["--learning-rate", "0.01", "--no-byte-fallback", "--tied", "--split", "0.8", "--seed", "9"]
    assert say("train", book, *TINY, *options, "--sample-prompt", "The ", "--out", "r")[0] == 0
    recipe = mebuki.open_run("r").recipe
    assert (recipe.training.learning_rate, recipe.text.byte_fallback, recipe.shape.tied) == (0.01, False, True)
    assert (recipe.text.split, recipe.seed, recipe.training.sample_prompt) == (0.8, 9, "The ")
    assert (recipe.model, recipe.shape.width, recipe.shape.context) == ("gru", 8, 8)


def test_a_runs_recipe_can_be_trained_again(say: Say, runs) -> None:
    """Edited by options, from the folder of the run; the same recipe gives the same run."""
    from stories import story

    assert say("train", "--recipe", runs("gru").folder / "recipe.toml", "--out", "same")[0] == 0
    assert story("same") == story(runs("gru").folder)
    assert say("train", "--recipe", runs("gru").folder / "recipe.toml", "--steps", "2", "--out", "short")[0] == 0
    assert mebuki.open_run("short").recipe == mebuki.open_run("same").recipe.change(steps=2)
    answer = say("train", "--recipe", runs("gru").folder / "recipe.toml", "--model", "lstm")
    assert_told(answer, "--model lstm beside a recipe of a gru")


def test_several_texts_and_the_notebook(say: Say, book, tmp_path) -> None:
    Path("more").mkdir()
    Path("more/a.md").write_text("雨の日の本棚。\n" * 20, encoding="utf-8")
    code, out, _ = say("train", book, "more", "--recipe", "notebook", "--steps", "3", "--out", "r")
    assert code == 0, out
    run = mebuki.open_run("r")
    assert len(run.corpus.sources) == 2
    assert run.recipe.text.line_ends == "space"


def test_train_json_is_a_line_for_each_event(say: Say, book) -> None:
    code, out, _ = say("train", book, *TINY, "--json", "--out", "r")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [event["step"] for event in events if event["event"] == "stepped"] == [1, 2, 3, 4]
    assert events[-1]["event"] == "finished"
    assert events[-1]["why"] == "done"
    started = next(event for event in events if event["event"] == "started")
    assert started["recipe"]["model"]["kind"] == "gru"
    assert started["folder"] == "r"


# Writing.


@pytest.mark.parametrize("kind", ["bigram", "rnn", "lstm", "gru", "transformer"])
def test_generate_writes_what_the_run_writes(kind: str, say: Say, runs) -> None:
    run = runs(kind)
    options = ["--tokens", "20", "--seed", "5", "--temperature", "1.2", "--top-k", "9", "--top-p", "0.9"]
    expected = "".join(run.generate("The ", tokens=20, seed=5, temperature=1.2, top_k=9, top_p=0.9))
    assert say("generate", run.folder, "The ", *options) == (0, f"The {expected}\n", "")


def test_generate_json_holds_each_text(say: Say, runs) -> None:
    folder = runs("gru").folder
    code, out, _ = say("generate", folder, "雨", "--samples", "3", "--tokens", "9", "--seed", "2", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(row["sample"], row["prompt"], row["seed"]) for row in rows] == [(n, "雨", 2) for n in range(3)]
    assert [row["text"] for row in rows][:1] == [say("generate", folder, "雨", "--tokens", "9", "--seed", "2")[1][1:-1]]
    assert "雨" in out


def test_several_samples_are_numbered(say: Say, runs) -> None:
    code, out, _ = say("generate", runs("gru").folder, "a", "--samples", "2", "--tokens", "3", "--seed", "2")
    assert code == 0
    assert out.startswith("--- 1 ---\na")
    assert "--- 2 ---\na" in out


def test_greedy_is_temperature_zero(say: Say, runs) -> None:
    folder = runs("lstm").folder
    greedy = say("generate", folder, "The", "--tokens", "9", "--greedy")
    assert greedy == say("generate", folder, "The", "--tokens", "9", "--temperature", "0", "--seed", "3")


def test_a_new_seed_is_shown_and_gives_the_text_again(say: Say, runs) -> None:
    _, text, err = say("generate", runs("gru").folder, "The", "--tokens", "30")
    seed = re.fullmatch(r"\n\(seed (\d+)\)\n", err)
    assert seed
    assert say("generate", runs("gru").folder, "The", "--tokens", "30", "--seed", seed[1]) == (0, text, "")


def test_stop_texts_may_be_line_ends(say: Say, runs) -> None:
    folder = runs("bigram").folder
    whole = say("generate", folder, "a", "--tokens", "400", "--seed", "1", "--temperature", "3")[1]
    assert "\n" in whole[:-1]
    cut = say("generate", folder, "a", "--tokens", "400", "--seed", "1", "--temperature", "3", "--stop", "\\n")[1]
    assert cut == whole.split("\n")[0] + "\n"


def test_a_prompt_may_come_from_the_standard_input(say: Say, runs, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("The kettle"))
    code, out, _ = say("generate", runs("gru").folder, "-", "--tokens", "3", "--seed", "1")
    assert code == 0
    assert out.startswith("The kettle")


def test_a_checkpoint_can_be_chosen(say: Say, runs) -> None:
    folder = runs("gru").folder
    how = ["The", "--tokens", "20", "--seed", "1"]
    by_name = say("generate", folder, *how, "--checkpoint", "8")
    assert by_name == say("generate", folder / "checkpoints" / "step-000008", *how)
    assert by_name[0] == 0


# Measuring.


def test_evaluate_says_what_the_run_measures(say: Say, runs) -> None:
    run = runs("transformer")
    found = run.evaluate()
    code, out, _ = say("evaluate", run.folder)
    assert code == 0
    assert f"perplexity          {found.perplexity:,.3f}" in out
    assert f"{found.tokens:,} tokens" in out
    assert "to beat             uniform" in out
    code, out, _ = say("evaluate", run.folder, "--json")
    assert json.loads(out) == found.to_dict()


def test_evaluate_reads_other_files(say: Say, runs, book) -> None:
    run = runs("gru")
    options = ["--json", "--block", "6", "--stride", "2", "--checkpoint", "last"]
    code, out, _ = say("evaluate", run.folder, book, *options)
    assert code == 0
    assert json.loads(out) == run.evaluate([book], block=6, stride=2, checkpoint="last").to_dict()
    code, out, _ = say("evaluate", run.folder, book, "--limit", "100")
    assert "in evenly spread blocks" in out
    assert "to beat" not in out


def test_runs_are_listed_and_compared(say: Say, runs) -> None:
    assert "no runs in runs yet" in say("runs")[1]
    for kind in ("gru", "bigram"):
        shutil.copytree(runs(kind).folder, f"runs/{kind}")
    code, out, _ = say("runs")
    assert code == 0
    assert "runs/gru" in out
    assert "runs/bigram" in out
    code, out, _ = say("runs", "runs/gru", "runs/bigram")
    assert "what differs" in out
    assert re.search(r"kind +gru +bigram", out)
    assert not re.search(r"^ +steps ", out.split("what differs")[1], re.M)
    code, out, _ = say("runs", "runs/gru")
    assert "checkpoints\n" in out
    assert re.search(r"step-0000\d\d  loss .*best", out)


def test_runs_json_is_a_line_for_each_run(say: Say, runs) -> None:
    run = runs("gru")
    shutil.copytree(run.folder, "runs/gru")
    code, out, _ = say("runs", "--json")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert (row["run"], row["model"], row["steps"], row["state"]) == ("runs/gru", "gru", 12, "done")
    assert row["perplexity"] == pytest.approx(run.perplexity)
    assert row["recipe"]["model"]["kind"] == "gru"


def test_a_damaged_run_does_not_hide_the_others(say: Say, runs) -> None:
    for name in ("a", "b"):
        shutil.copytree(runs("gru").folder, f"runs/{name}")
    Path("runs/a/recipe.toml").write_text("[model", encoding="utf-8")
    code, out, _ = say("runs")
    assert code == 0
    assert "is not TOML" in out
    assert "runs/b" in out
    rows = [json.loads(line) for line in say("runs", "--json")[1].splitlines()]
    assert {row["run"]: "error" in row for row in rows} == {"runs/a": True, "runs/b": False}


# As a program of its own.


def program(*arguments: object, **how: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mebuki", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **how)


def test_the_program_ends_with_its_code(tmp_path) -> None:
    process = program("train", "missing.txt", cwd=tmp_path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in out + err
    assert err.startswith("mebuki: missing.txt does not exist")


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_ctrl_c_keeps_the_run(book, tmp_path) -> None:
    """A real signal to a real process: it saves, says so, and the run goes on."""
    arguments = ["train", book, *TINY, "--steps", "1000000", "--out", "run", "--json"]
    process = program(*arguments, cwd=tmp_path)
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["event"] == "stepped":
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["why"] == "stopped"
    step = mebuki.open_run(tmp_path / "run").checkpoint("last").state.step
    assert step >= 1
    assert mebuki.open_run(tmp_path / "run").metrics()[-1]["why"] == "stopped"


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_a_reader_that_has_seen_enough_is_no_error(runs, tmp_path) -> None:
    """`mebuki generate … | head -1` ends quietly."""
    process = program("generate", runs("bigram").folder, "The", "--tokens", "1000000", "--seed", "1")
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()
    began = time.monotonic()
    assert process.wait(timeout=60) in (0, -signal.SIGPIPE)
    assert time.monotonic() - began < 30
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_an_argument_of_blanks_is_refused_like_any_other() -> None:
    with pytest.raises(RecipeError, match="unknown"):
        Parser(name="runs", about="", example="").error("unrecognized arguments: \n ")
