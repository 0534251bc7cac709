"""Texts of any length in small memory, and surprise shared among the letters that were foretold."""

from __future__ import annotations

import math
import tracemalloc
from itertools import islice

import pytest

from mebuki.errors import RunError, TextError
from mebuki.evaluation import perplexity
from mebuki.evaluation.perplexity import _batches, _spans
from mebuki.models import Transformer, TransformerShape
from mebuki.runs.texts import ids_of_files
from mebuki.text import BytePairs, Characters, TextSettings


def test_blocks_are_not_listed() -> None:
    tracemalloc.start()
    first = list(islice(_batches(_spans(10**9, 64, 1, 0), 32), 3))
    spread = list(islice(_batches(_spans(10**12, 64, 64, 10**11), 32), 3))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert [starts.tolist() for starts, _, _ in first] == [[0], [*range(1, 33)], [*range(33, 65)]]
    assert [(length, counted) for _, length, counted in first] == [(64, 64), (64, 1), (64, 1)]
    assert len(spread) == 3


def test_scores_of_attention_bound_how_many_blocks_are_read_at_once(monkeypatch) -> None:
    """With a small vocabulary and long blocks it is attention that needs the memory."""
    read: list[int] = []

    class Spy(Transformer):
        def forward(self, ids_BT):
            read.append(len(ids_BT))
            return super().forward(ids_BT)

    class Row:
        def __len__(self) -> int:
            return 16 * 64 + 1

        def windows(self, starts, length):
            return starts[:, None] * 0 + [[0] * length]

    monkeypatch.setattr(perplexity, "AT_ONCE", 4 * 64 * 64 * 3)
    model = Spy(5, TransformerShape(width=8, layers=1, heads=4, context=64))
    found = perplexity.evaluate(model, Row())
    assert found.tokens == 16 * 64
    assert max(read) == 3


@pytest.mark.parametrize("more", ["鰯鯖鮪" * 300, "\n鰯\n鰯" * 50])
def test_unknown_letters_do_not_change_the_bits_of_the_known_ones(more: str, runs, tmp_path) -> None:
    run = runs("bigram")  # without bytes for unknown letters
    known = "The kettle sang before the rain did. 雨の匂いがした。\n"
    (tmp_path / "known.txt").write_text(known, encoding="utf-8")
    (tmp_path / "more.txt").write_text(known + "鰯" + more.replace("\n", "鰯"), encoding="utf-8")
    one, two = run.evaluate([tmp_path / "known.txt"]), run.evaluate([tmp_path / "more.txt"])
    assert two.unknown > 100
    assert two.tokens == one.tokens
    assert two.bits_per_character == pytest.approx(one.bits_per_character)
    assert one.bits_per_character == pytest.approx(one.loss / math.log(2))


@pytest.mark.parametrize("tokenizer", [Characters("abcdefgh \n"), BytePairs.train(["猫と犬 abc " * 20], 270)])
def test_letters_are_counted_through_their_bytes(tokenizer, tmp_path) -> None:
    (tmp_path / "a.txt").write_text("abc 猫と🐟 é\n", encoding="utf-8")
    settings = TextSettings(tokenizer=tokenizer.kind)
    ids, ratio = ids_of_files([tmp_path / "a.txt"], settings, tokenizer, tokenizer.vocabulary_size)
    assert ratio * len(ids) == pytest.approx(10)
    assert tokenizer.decode(ids[:]) == "abc 猫と🐟 é\n"


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_file_without_a_letter_is_an_empty_text(content: bytes, runs, tmp_path) -> None:
    (tmp_path / "bom.txt").write_bytes(content)
    with pytest.raises(TextError, match=r"bom\.txt.* is empty"):
        runs("gru").evaluate([tmp_path / "bom.txt"])


def test_the_encoding_of_another_file_may_be_said(runs, tmp_path) -> None:
    run = runs("gru")
    (tmp_path / "sjis.txt").write_bytes("雨の匂いがしたので、洗濯物を取り込んだ。".encode("cp932"))
    (tmp_path / "utf8.txt").write_text("雨の匂いがしたので、洗濯物を取り込んだ。", encoding="utf-8")
    expected = run.evaluate([tmp_path / "utf8.txt"])
    assert run.evaluate([tmp_path / "sjis.txt"], encoding="cp932") == expected
    with pytest.raises(TextError, match="not in the encoding"):
        run.evaluate([tmp_path / "sjis.txt"], encoding="utf-8")


def test_the_encoding_is_the_runs_own_unless_said(tiny, tmp_path) -> None:
    import mebuki

    (tmp_path / "own.txt").write_bytes(("雨の匂いがした。\n" * 20).encode("utf-16-le"))
    run = mebuki.train(tiny("bigram", tmp_path / "own.txt", encoding="utf-16-le"), tmp_path / "r", watch=lambda e: None)
    assert run.evaluate([tmp_path / "own.txt"]).unknown == 0


def test_an_unknown_checkpoint_is_told_in_parts(runs) -> None:
    with pytest.raises(RunError) as told:
        runs("gru").checkpoint("bset")
    assert told.value.given == "checkpoint 'bset' is unknown"
    assert told.value.allowed.startswith("best, last, ")
    assert told.value.hint == "best"
