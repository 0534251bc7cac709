"""A model that grows on a diary, and on with it."""

from __future__ import annotations

import dataclasses
import math
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sprouts import FIRST, QUICK, TINY, diary, entries

from mebuki.diary.entries import DiaryError, Entry
from mebuki.diary.growing import NOTHING, Growing, grow
from mebuki.diary.journal import Journal
from mebuki.diary.material import BEGIN, Stream, alphabet, head, pages, split
from mebuki.diary.model import NAME, DiaryModel
from mebuki.diary.plan import growing_on, outgrown, recipe_for
from mebuki.diary.reciting import copied, lines, recited
from mebuki.errors import RecipeError
from mebuki.runs.events import Evaluated, Event, Finished, Started, Stepped


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with diary(tmp_path / "diary", 40) as journal:
        yield journal


def model_of(journal: Journal) -> DiaryModel:
    model = DiaryModel.load(journal)
    assert model is not None
    return model


def test_days_are_given_and_not_learned() -> None:
    found = [dataclasses.replace(entry, text=f"Rain {n}. 猫") for n, entry in enumerate(entries(5))]
    with tempfile.TemporaryDirectory() as home, Journal(home) as journal:
        journal.add(found)
        told = pages(journal)
    tokenizer = alphabet(page.whole for page in told)
    stream = Stream(told, tokenizer)
    read, wanted = split(stream.windows(np.array([0]), len(stream)))
    assert tokenizer.decode(read[0]) == "".join(page.whole for page in told)[:-1]
    kept = wanted[0][wanted[0] >= 0]
    assert tokenizer.decode(kept) == BEGIN.join(page.text for page in told)
    assert stream.letters == sum(len(page.text) + 1 for page in told)


def test_letters_that_stand_once_are_spelt() -> None:
    tokenizer = alphabet(["猫と猫と犬", "x"])
    assert "猫" in tokenizer.alphabet
    assert "犬" not in tokenizer.alphabet
    assert tokenizer.decode(tokenizer.encode("猫と犬")) == "猫と犬"
    assert set("猫と犬") & set(alphabet(["a"], before="猫").alphabet) == {"猫"}


def test_two_sittings_see_all_entries(journal: Journal) -> None:
    first = grow(journal, **QUICK)
    assert first.anew == "the first"
    assert first.entries + first.aside == first.new == 40
    assert first.aside >= 2
    later = entries(25, seed=1, first=FIRST + timedelta(40))
    journal.add(later)
    assert len(model_of(journal).standing(pages(journal)).new) == 25
    second = grow(journal, **QUICK)
    assert (second.anew, second.new, second.entries + second.aside) == ("", 25, 65)
    assert second.entries > first.entries
    model = model_of(journal)
    assert set(model.names.tolist()) == {page.name for page in pages(journal)}
    standing = model.standing(pages(journal))
    assert (standing.new, standing.changed, standing.gone) == ((), (), 0)
    assert grow(journal).why == NOTHING


def test_each_entry_that_is_not_kept_aside_is_in_what_is_learned(journal: Journal) -> None:
    grow(journal, **QUICK)
    journal.add(entries(10, seed=1, first=FIRST + timedelta(40)))
    growing = Growing(journal, **QUICK)
    growing.read()
    fresh = {page.name for page in growing.waiting}
    drawn = growing._batches()
    said = "\n".join(growing.tokenizer.decode(row) for number in range(300) for row in drawn(number)[0])
    for page in growing.learned:
        if page.name in fresh:
            assert page.whole[:20] in said
            assert page.whole[-20:] in said
    assert not any(head(page.day) in said for page in growing.aside)


def test_the_same_seed_grows_the_same_model(tmp_path: Path) -> None:
    def weights(place: str, seed: int) -> dict[str, Any]:
        with diary(tmp_path / place, 40) as journal:
            grow(journal, seed=seed, **QUICK)
            journal.add(entries(10, seed=1, first=FIRST + timedelta(40)))
            grow(journal, seed=seed, **QUICK)
            return model_of(journal).weights

    one, same, other = weights("a", 3), weights("b", 3), weights("c", 4)
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)


def test_it_learns_and_keeps_what_it_knew(tmp_path: Path) -> None:
    with diary(tmp_path / "diary", 120) as journal:
        first = grow(journal, minutes=5, **TINY)
        assert first.perplexity < 3.5
        journal.add(entries(12, seed=1, first=FIRST + timedelta(120)))
        second = grow(journal, **{**TINY, "steps": 30})
        assert second.before is not None
        assert second.loss < second.before + 0.05
        assert second.steps == 30


def test_letters_of_tomorrow(journal: Journal) -> None:
    grow(journal, **QUICK)
    before = model_of(journal)
    journal.write("猫が猫を見た。猫が笑う。笑う猫。", FIRST + timedelta(50), id="cat-1")
    journal.write("猫はまた笑う。", FIRST + timedelta(51), id="cat-2")
    text = "猫 and the heron"
    assert before.tokenizer.decode(before.tokenizer.encode(text)) == text
    growth = grow(journal, **QUICK)
    after = model_of(journal)
    assert growth.anew == ""
    assert "猫" in after.tokenizer.alphabet
    spelt = before.weights["embedding.weight"][before.tokenizer.encode("猫").astype(int)].mean(0)
    row = after.tokenizer.alphabet.index("猫")
    moved = before.weights_for(after.tokenizer)["embedding.weight"]
    assert np.allclose(moved[row], spelt)
    old = before.tokenizer.alphabet.index("h")
    assert np.array_equal(moved[after.tokenizer.alphabet.index("h")], before.weights["embedding.weight"][old])
    assert np.array_equal(
        moved[after.tokenizer.letters + 7], before.weights["embedding.weight"][before.tokenizer.letters + 7]
    )


def test_only_the_shelf_is_written(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = tmp_path / "tmp"
    away.mkdir()
    monkeypatch.setenv("TMPDIR", str(away))
    monkeypatch.setattr(tempfile, "tempdir", None)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    before = set(journal.folder.rglob("*"))
    grow(journal, **QUICK)
    new = {path.relative_to(journal.folder).as_posix() for path in journal.folder.rglob("*")} - {
        path.relative_to(journal.folder).as_posix() for path in before
    }
    assert new - {"diary.sqlite-wal", "diary.sqlite-shm"} == {"kept", f"kept/{NAME}"}
    assert not list(away.iterdir())
    assert not list(here.iterdir())


def test_everything_it_keeps_goes_through_the_seal(tmp_path: Path) -> None:
    with diary(tmp_path / "diary", 30) as journal:
        sealed: list[str] = []

        def seal(name: str, content: bytes) -> bytes:
            sealed.append(name)
            return bytes(byte ^ 0x5A for byte in content)

        journal.shelf._seal = seal
        journal.shelf._unseal = seal
        grow(journal, **QUICK)
        assert set(sealed) == {NAME}
        assert b"embedding" not in (journal.folder / "kept" / NAME).read_bytes()
        assert model_of(journal).about.steps == 12


def test_what_was_deleted_for_ever_is_unlearned(journal: Journal) -> None:
    grow(journal, **QUICK)
    gone = pages(journal)[3]
    journal.delete(gone.id)
    assert model_of(journal).standing(pages(journal)).gone == 1
    assert grow(journal, **QUICK).why == NOTHING  # it is in the trash, and may come back
    journal.empty_trash()
    growth = grow(journal, **QUICK)
    assert "1 entry that it had read was deleted for ever" in growth.anew
    assert gone.name not in model_of(journal).names.tolist()
    assert growth.entries + growth.aside == 39


def test_a_changed_entry_is_learned_again(journal: Journal) -> None:
    grow(journal, **QUICK)
    changed = next(page for page in pages(journal) if not model_of(journal).keeps_aside(page))
    journal.edit(changed.id, text="Something else entirely.")
    assert [page.id for page in model_of(journal).standing(pages(journal)).changed] == [changed.id]
    growth = grow(journal, **QUICK)
    assert (growth.anew, growth.new) == ("", 1)
    assert not model_of(journal).standing(pages(journal)).changed


def test_entries_kept_aside_stay_aside(journal: Journal) -> None:
    grow(journal, **QUICK)
    aside = {page.id for page in pages(journal) if model_of(journal).keeps_aside(page)}
    journal.add(entries(30, seed=1, first=FIRST - timedelta(60)))
    grow(journal, **QUICK)
    now = {page.id for page in pages(journal) if model_of(journal).keeps_aside(page)}
    assert aside <= now


def test_ctrl_c_keeps_what_was_learned(journal: Journal) -> None:
    def stop_at(number: int) -> Callable[[Event], None]:
        def watch(event: Event) -> None:
            if isinstance(event, Stepped) and event.step == number:
                signal.raise_signal(signal.SIGINT)

        return watch

    growth = grow(journal, watch=stop_at(5), **{**QUICK, "steps": 30})
    assert (growth.why, growth.steps, growth.finished) == ("stopped", 5, False)
    model = model_of(journal)
    assert (model.about.steps, model.about.finished) == (5, False)
    assert math.isclose(model.about.loss, growth.loss)
    on = grow(journal, **{**QUICK, "steps": 20})
    assert (on.anew, on.why, on.finished) == ("", "done", True)
    assert model_of(journal).about.steps == 25


def test_what_was_begun_is_learned_again(journal: Journal) -> None:
    grow(journal, **QUICK)
    later = entries(10, seed=1, first=FIRST + timedelta(40))
    journal.add(later)
    events = Growing(journal, **QUICK).events()
    for event in events:
        if isinstance(event, Stepped) and event.step == 3:
            break
    events.close()
    assert {page.id for page in model_of(journal).standing(pages(journal)).changed} == {entry.id for entry in later}
    assert grow(journal, **QUICK).new == 10
    assert grow(journal, **QUICK).why == NOTHING
    journal.add(entries(3, seed=2, first=FIRST + timedelta(60)))
    events = Growing(journal, **QUICK).events()
    next(event for event in events if isinstance(event, Stepped))
    events.close()
    journal.delete(*(entry.id for entry in entries(3, seed=2, first=FIRST + timedelta(60))))
    journal.empty_trash()
    assert "3 entries that it had read were deleted for ever" in grow(journal, **QUICK).anew


def test_closing_the_iterator_keeps_what_was_learned(journal: Journal) -> None:
    events = Growing(journal, **{**QUICK, "steps": 30}).events()
    for event in events:
        if isinstance(event, Stepped) and event.step == 7:
            break
    events.close()
    assert model_of(journal).about.steps == 7


def test_what_is_new_is_read_to_the_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials that get worse and worse: at first the best counts, which is the first; then the best of the second half."""
    worse = iter(range(1, 1000))
    monkeypatch.setattr("mebuki.diary.sitting.surprise", lambda model, stream: float(next(worse)))
    first = grow(journal, **QUICK)
    assert first.loss == 1.0
    journal.add(entries(10, seed=1, first=FIRST + timedelta(40)))
    seen: list[Event] = []
    second = grow(journal, watch=seen.append, **{**QUICK, "patience": 0})
    tried = {event.step: event.loss for event in seen if isinstance(event, Evaluated)}
    assert second.loss == min(loss for step, loss in tried.items() if step >= 6)
    assert second.loss > min(tried.values())


def test_the_minutes_are_kept(journal: Journal) -> None:
    growth = grow(journal, minutes=0.02, **{**QUICK, "steps": 100_000})
    assert growth.why == "done"
    assert growth.steps < 20_000
    assert not growth.finished


def test_what_watchers_are_told(journal: Journal) -> None:
    seen: list[Event] = []
    growth = grow(journal, watch=seen.append, **QUICK)
    started = next(event for event in seen if isinstance(event, Started))
    assert started.info["parameters"] == growth.parameters
    assert all(started.info["baselines"][name] > 0 for name in ("uniform", "unigram", "bigram"))
    assert [event.step for event in seen if isinstance(event, Stepped)] == list(range(1, 13))
    best = min(event.loss for event in seen if isinstance(event, Evaluated))
    assert math.isclose(best, growth.loss)
    assert isinstance(seen[-1], Finished)


def test_a_damaged_model_is_told_and_grown_anew(journal: Journal) -> None:
    grow(journal, **QUICK)
    path = journal.folder / "kept" / NAME
    whole = path.read_bytes()
    middle = bytearray(whole)
    middle[len(whole) // 2] ^= 1
    for content in (b"", b"nonsense", whole[:1000], bytes(middle)):
        path.write_bytes(content)
        with pytest.raises(DiaryError, match="damaged"):
            DiaryModel.load(journal)
    growth = grow(journal, **QUICK)
    assert "damaged" in growth.anew
    assert DiaryModel.load(journal)


def test_a_model_of_another_form(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(journal, **QUICK)
    with monkeypatch.context() as patched:
        patched.setattr("mebuki.diary.model.FORM", 2)
        with pytest.raises(DiaryError, match="older version"):
            DiaryModel.load(journal)
        assert "older version" in grow(journal, **QUICK).anew
    with pytest.raises(DiaryError, match="newer version"):
        DiaryModel.load(journal)


def test_a_model_comes_back_as_it_was(journal: Journal) -> None:
    grow(journal, **QUICK)
    model = model_of(journal)
    again = DiaryModel.from_bytes(model.to_bytes())
    assert again.about == model.about
    assert all(np.array_equal(again.weights[name], model.weights[name]) for name in model.weights)
    text = "".join(model.write(head(FIRST), letters=40, seed=1))
    assert text == "".join(again.write(head(FIRST), letters=40, seed=1))
    assert BEGIN not in text


@pytest.mark.parametrize(
    ("count", "letters", "said"), [(0, 0, "0 entries of 0"), (5, 300, "5 entries of 1,5"), (1, 5000, "1 entry of 5")]
)
def test_too_little_to_grow_on(tmp_path: Path, count: int, letters: int, said: str) -> None:
    with Journal(tmp_path / "diary") as journal:
        journal.add(Entry(str(n), FIRST + timedelta(n), None, "word " * (letters // 5)) for n in range(count))
        with pytest.raises(DiaryError, match="more to grow on than") as caught:
            grow(journal)
        assert said in str(caught.value)
        assert "10 entries and 1,000 letters" in str(caught.value)


def test_numbers_that_cannot_be(journal: Journal) -> None:
    with pytest.raises(RecipeError, match="minutes"):
        grow(journal, minutes=0)
    with pytest.raises(RecipeError, match="nonsense"):
        grow(journal, nonsense=1)


def test_another_shape_begins_anew(journal: Journal) -> None:
    grow(journal, **QUICK)
    assert grow(journal, **{**QUICK, "width": 24}).anew == "another shape was asked for"
    assert grow(journal, anew=True, **QUICK).anew == "asked for"


def test_larger_diaries_get_larger_models() -> None:
    sizes = [recipe_for(letters) for letters in (3_000, 100_000, 1_000_000, 20_000_000)]
    widths = [recipe.shape.width for recipe in sizes]
    assert widths == sorted(set(widths))
    assert [recipe.training.steps for recipe in sizes] == sorted({recipe.training.steps for recipe in sizes})
    assert not outgrown(sizes[0].shape, 3_000, 8_000)
    assert outgrown(sizes[0].shape, 3_000, 100_000)
    few, many = growing_on(sizes[1], 500), growing_on(sizes[1], 10**7)
    assert (few.training.steps or 0) < (many.training.steps or 0) <= (sizes[1].training.steps or 0)


def test_what_is_copied() -> None:
    diary = "The kettle sang before the rain did, and then it stopped."
    assert copied("A kettle sings.", diary).longest == ""
    found = copied("xx the kettle sang before the rain did xx", diary)
    assert found.longest == "he kettle sang before the rain did"
    assert math.isclose(found.share, len(found.longest) / 41)
    assert copied("", diary).share == 0
    assert lines("この文は二十字よりもずっと長いと思うのだけれど。短い。") == [
        "この文は二十字よりもずっと長いと思うのだけれど。"
    ]


def test_a_model_that_knows_its_diary_by_heart_is_found_out(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        said = "The old brass kettle in the attic sings only for the youngest of the violins."
        journal.add(Entry(str(n), FIRST + timedelta(n), None, said) for n in range(20))
        grow(journal, **{**TINY, "steps": 80})
        model = model_of(journal)
        assert recited(model, pages(journal)).rate > 0.9
        assert model.about.recited["rate"] > 0.9
    with diary(tmp_path / "other", 40) as journal:
        assert grow(journal, **{**QUICK, "steps": 3}).recited.rate == 0  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
def test_nobody_else_may_read_the_model(journal: Journal) -> None:
    grow(journal, **QUICK)
    assert (journal.folder / "kept" / NAME).stat().st_mode & 0o077 == 0
