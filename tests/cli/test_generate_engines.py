"""`mebuki generate` with an engine, with rounded weights, on several threads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import mebuki
from mebuki.cli import generate
from mebuki.cli.main import main
from mebuki.generation import compiled as room
from mebuki.kernels.loading import SWITCH

Runs = Callable[[str], mebuki.Run]
Captured = pytest.CaptureFixture[str]


def said(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    code = main(["generate", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.usefixtures("kernels")
def test_all_engines_say_the_same(runs: Runs, capsys: Captured) -> None:
    how = (str(runs("lstm").folder), "The", "--tokens", "20", "--seed", "3")
    plain = said(capsys, *how)
    assert plain[0] == 0
    for more in (("--engine", "compiled"), ("--engine", "torch"), ("--engine", "scratch"), ("--threads", "2")):
        assert said(capsys, *how, *more) == plain


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("weights", ["bfloat16", "int8"])
def test_rounded_weights(weights: str, runs: Runs, capsys: Captured) -> None:
    code, out, err = said(capsys, str(runs("gru").folder), "The", "--tokens", "20", "--seed", "3", "--weights", weights)
    assert (code, err) == (0, "")
    assert len(out) == len("The") + 20 + 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--engine", "compilde"),
            "engine 'compilde' is unknown\n  allowed: compiled, torch, scratch\n  try: compiled",
        ),
        (("--weights", "float16"), "weights 'float16' is unknown\n  allowed: float32, bfloat16, int8\n  try: bfloat16"),
        (("--engine", "torch", "--weights", "int8"), "the engine torch has no int8 weights"),
        (("--threads", "-2"), "threads is -2"),
        (("--threads", "two"), "--threads"),
    ],
)
def test_mistakes_are_told(arguments: tuple[str, ...], words: str, runs: Runs, capsys: Captured) -> None:
    code, out, err = said(capsys, str(runs("gru").folder), "The", *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_without_kernels_it_writes_the_plain_way(runs: Runs, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    how = (str(runs("rnn").folder), "The", "--tokens", "9", "--seed", "1")
    assert said(capsys, *how)[0] == 0
    code, _, err = said(capsys, *how, "--engine", "compiled")
    assert code == 2
    assert "there are no compiled kernels for the model rnn on this machine" in err
    assert "pip install" in err


def test_waiting_for_the_compiler_is_told(runs: Runs, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "load", lambda name, wait: None)
    monkeypatch.setattr(room, "warm", lambda *names: object())
    code, _, err = said(capsys, str(runs("rnn").folder), "The", "--engine", "compiled")
    assert code == 2
    assert "compiling for this processor, once" in err


def test_help_names_what_there_is() -> None:
    told = generate.parser().format_help()
    for word in ("compiled", "torch", "scratch", "bfloat16", "int8", "--threads"):
        assert word in told
