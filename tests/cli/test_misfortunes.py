"""Misfortunes that are not ours are told in one message; mistakes of ours stay tracebacks."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from mebuki.cli.main import main


@pytest.fixture
def told(capsys, tmp_path, monkeypatch):
    """`told("train", …)` in an empty folder: what is said on an error, which must be one message."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> str:
        code, err = main([str(argument) for argument in arguments]), capsys.readouterr().err
        assert code == 2
        assert err.startswith("mebuki: ")
        assert err.count("mebuki: ") == 1
        assert "  try: " in err
        return err

    return call


def raising(monkeypatch, error: BaseException) -> None:
    def run(arguments: object) -> int:
        raise error

    monkeypatch.setattr("mebuki.cli.runs.run", run)


def too_much() -> BaseException:
    import torch

    try:
        torch.empty(2**58)
    except RuntimeError as error:
        return error
    raise AssertionError


class OutOfMemoryError(RuntimeError):
    """As torch names it."""


@pytest.mark.parametrize("error", [too_much(), OutOfMemoryError("CUDA out of memory."), MemoryError()])
def test_too_little_memory(error: BaseException, told, monkeypatch) -> None:
    raising(monkeypatch, error)
    assert "not enough memory\n  try: a smaller --batch" in told("runs")


def inductor_error(inner: Exception) -> Exception:
    from torch._inductor.exc import InductorError

    error = InductorError(inner, None)
    error.__cause__ = inner
    return error


@pytest.mark.parametrize("name", ["InvalidCxxCompiler", "CppCompileError"])
@pytest.mark.parametrize("wrapped", [True, False])
def test_no_compiler(name: str, wrapped: bool, told, monkeypatch) -> None:
    from torch._inductor import exc

    error = exc.InvalidCxxCompiler() if name == "InvalidCxxCompiler" else exc.CppCompileError(["g++"], "no headers")
    raising(monkeypatch, inductor_error(error) if wrapped else error)
    err = told("runs")
    assert "--compile needs a C++ compiler" in err
    assert "leave --compile out" in err


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        inductor_error(ValueError("a fault of ours")),
        ValueError("no"),
        KeyError("x"),
        OverflowError("int too large to convert to float"),
    ],
)
def test_mistakes_of_ours_stay_tracebacks(error: Exception, monkeypatch) -> None:
    raising(monkeypatch, error)
    with pytest.raises(type(error)):
        main(["runs"])


def standard_input(monkeypatch, data: bytes, encoding: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="surrogateescape"))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp932"])
def test_the_standard_input_is_utf8_whatever_the_terminal_says(encoding: str, runs, monkeypatch, capsys) -> None:
    standard_input(monkeypatch, "雨の日".encode(), encoding)
    assert main(["generate", str(runs("gru").folder), "-", "--tokens", "3", "--seed", "1"]) == 0
    assert capsys.readouterr().out.startswith("雨の日")


def test_a_standard_input_that_is_not_utf8_is_told(runs, told, monkeypatch) -> None:
    standard_input(monkeypatch, "雨の日".encode("cp932"), "utf-8")
    assert "the standard input is not UTF-8" in told("generate", runs("gru").folder, "-")


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "command",
    [
        ("train", "BOOK", "--steps"),
        ("train", "BOOK", "--seed"),
        ("generate", "RUN", "--tokens"),
        ("generate", "RUN", "--samples"),
        ("generate", "RUN", "--seed"),
        ("evaluate", "RUN", "--limit"),
    ],
)
def test_numbers_of_hundreds_of_digits(command: tuple[str, ...], sign: str, told, runs, book) -> None:
    places = {"BOOK": book, "RUN": runs("gru").folder}
    err = told(*(places.get(word, word) for word in command), sign + "9" * 400)
    assert f"{command[-1]} is a number of 400 digits" in err
    assert len(err) < 300
    assert not Path("runs").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_a_name_that_is_not_utf8(told) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    Path(name).write_text("Rain again. " * 99, encoding="utf-8")
    assert "caf\\udce9.txt is not UTF-8" in told("train", name)
    assert "caf\\udce9.txt is not UTF-8" in told("train", ".")


def test_learning_from_here_twice(told, tmp_path, capsys) -> None:
    """The first run lies in the folder by then."""
    (tmp_path / "a.txt").write_text("Rain again. " * 99, encoding="utf-8")
    how = ["--model", "bigram", "--steps", "1", "--sample-tokens", "0", "--precision", "float32"]
    assert main(["train", ".", *how, "--out", "runs/one"]) == 0
    assert main(["train", ".", *how, "--out", "runs/two"]) == 0
    assert "a.txt: 1,188 characters" in capsys.readouterr().out


def test_evaluate_takes_an_encoding(told, runs, tmp_path, capsys) -> None:
    (tmp_path / "a.txt").write_bytes("雨の匂いがした。".encode("cp932"))
    assert main(["evaluate", str(runs("gru").folder), "a.txt", "--encoding", "cp932", "--json"]) == 0
    capsys.readouterr()
    assert "utf-9" in told("evaluate", runs("gru").folder, "a.txt", "--encoding", "utf-9")
    assert "--encoding" in told("evaluate", runs("gru").folder, "--encoding", "cp932")
    (tmp_path / "bom.txt").write_bytes(b"\xef\xbb\xbf")
    assert "bom.txt is empty" in told("evaluate", runs("gru").folder, "bom.txt")
    assert "bom.txt is empty" in told("train", "bom.txt")


def test_tokens_left_out_are_called_tokens(told, runs, tmp_path, capsys) -> None:
    (tmp_path / "a.txt").write_text("The 鰯 sang.", encoding="utf-8")
    assert main(["evaluate", str(runs("bigram").folder), "a.txt"]) == 0
    assert "left out            3 tokens, the bytes of letters that the model never saw" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--temperature", "-1"], "0"),
        (["--top-p", "90"], "1"),
        (["--top-k", "-3"], "0"),
        (["--repetition-penalty", "0.5"], "1"),
        (["--samples", "0"], "1"),
        (["--tokens", "-1"], "0"),
    ],
)
def test_numbers_out_of_range_come_with_the_nearest(options: list[str], hint: str, told, runs) -> None:
    assert told("generate", runs("gru").folder, *options).endswith(f"  try: {hint}\n")


@pytest.mark.parametrize("name", ["block", "stride", "limit"])
def test_negative_numbers_of_evaluate(name: str, told, runs) -> None:
    assert told("evaluate", runs("gru").folder, f"--{name}", "-1").endswith(f"  try: leave --{name} out\n")


def test_a_program_on_another_drive_is_called_by_its_whole_path(monkeypatch) -> None:
    from mebuki.cli import demo

    def relpath(path: str) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(sys, "argv", ["/elsewhere/mebuki"])
    assert demo.typed().endswith("elsewhere/mebuki")
    monkeypatch.setattr(os.path, "relpath", relpath)
    assert demo.typed() == str(Path("/elsewhere/mebuki"))
