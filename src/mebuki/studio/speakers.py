"""Who can be talked to: the calculator in the package, runs, and the model of one's own diary. Opened ones are kept for a while.

A speaker writes token by token, and shows what it looked at; a calculator's answers are judged.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import MebukiError

if TYPE_CHECKING:
    from ..diary.model import DiaryModel
    from ..generation.telling import Told
    from ..runs.answering import Answer, Calculator
    from ..runs.calculator import CalculatorRun
    from ..runs.checkpoints import Checkpoint
    from ..runs.run import Run

Kind = Literal["calculator", "text", "diary"]
READY, DIARY = "calculator", "diary"
PREFIX = "runs/"  # before the name of a run that is called as one of those two
KEPT = 4  # opened models


@dataclass(frozen=True)
class Wish:
    """How a text is written on; a calculator always takes the likeliest letter."""

    tokens: int = 200
    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    @property
    def sampling(self) -> dict[str, Any]:
        return {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p}


@dataclass(frozen=True)
class Inside:
    """What went on in a model while it read a text.

    Attributes:
        ids, tokens: of the text, the last ones that it has room for; cut: how many stood before them.
        attention: [layers, heads, T, T]; states: [layers, T, width]; one of them.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    cut: int
    attention: Any = None
    states: Any = None


class Speaker(ABC):
    """A model that is ready."""

    kind: Kind
    vocabulary: int

    @abstractmethod
    def tell(self, question: str, after: Sequence[int], wish: Wish, top: int) -> Iterator[Told]:
        """Write on, after ids that are written already.

        Raises:
            QuestionError: a calculator cannot read the question.
        """

    @abstractmethod
    def inside(self, question: str, written: str) -> Inside:
        """What it looked at, or carried. RunError: a model of this kind does neither."""

    def judged(self, question: str, ids: Sequence[int]) -> Answer | None:
        """A calculator's answer, of which these ids were written, with the checker's verdict."""
        return None

    def tokens_of(self, question: str) -> int:
        """How many tokens it reads as the question."""
        return 0


class Calculating(Speaker):
    """A calculator."""

    kind: Kind = "calculator"

    def __init__(self, calculator: Calculator) -> None:
        self.calculator, self.vocabulary = calculator, len(calculator.writer.alphabet)

    def tell(self, question: str, after: Sequence[int], wish: Wish, top: int) -> Iterator[Told]:
        from ..runs.calculator_inside import telling

        return telling(self.calculator, question, after=self._letters(after), top=top)

    def inside(self, question: str, written: str) -> Inside:
        from ..runs.calculator_inside import attention

        found = attention(self.calculator, question, written)
        return Inside(found.ids, found.tokens, found.cut, found.weights)

    def judged(self, question: str, ids: Sequence[int]) -> Answer:
        from ..runs.calculator_inside import judged

        return judged(self.calculator, question, self._letters(ids))

    def _letters(self, ids: Sequence[int]) -> str:
        alphabet = self.calculator.writer.alphabet
        return "".join(alphabet[id] for id in ids if 0 <= id < len(alphabet))

    def tokens_of(self, question: str) -> int:
        from ..tasks.reading import read

        return len(self.calculator.posed(read(question)))


class Writing(Speaker):
    """A run that writes text on."""

    kind: Kind = "text"

    def __init__(self, run: Run) -> None:
        self.run, self.vocabulary = run, run.info["vocabulary"]

    def tell(self, question: str, after: Sequence[int], wish: Wish, top: int) -> Iterator[Told]:
        from ..runs.inspecting import telling

        return telling(self.run, question, after=after, tokens=wish.tokens, seed=wish.seed, top=top, **wish.sampling)

    def inside(self, question: str, written: str) -> Inside:
        from ..runs.inspecting import RECURRENT, attention, hidden_states

        if self.run.recipe.model in RECURRENT:
            carried = hidden_states(self.run, question + written)
            return Inside(carried.ids, carried.tokens, 0, states=carried.hidden)
        found = attention(self.run, question + written)
        return Inside(found.ids, found.tokens, found.cut, found.weights)

    def tokens_of(self, question: str) -> int:
        return len(self.run.tokenizer.encode(question))


class Dreaming(Speaker):
    """The model of a diary, which goes on as an entry of today would. What it writes is invented."""

    kind: Kind = "diary"

    def __init__(self, model: DiaryModel) -> None:
        self.model, self.vocabulary = model, model.vocabulary

    def tell(self, question: str, after: Sequence[int], wish: Wish, top: int) -> Iterator[Told]:
        from ..diary.material import BEGIN
        from ..generation.telling import telling

        how = {"tokens": wish.tokens, "seed": wish.seed, "stop": BEGIN, "top": top, **wish.sampling}
        return telling(self.model.decoder, self.model.tokenizer, self._begun(question), after=after, **how)

    def inside(self, question: str, written: str) -> Inside:
        import torch

        from ..models.attention_weights import attention_weights

        whole = [int(id) for id in self.model.tokenizer.encode(self._begun(question) + written)]
        seen = whole[-self.model.shape.context :]
        weights, _ = attention_weights(self._torch, torch.tensor([seen]))
        names = tuple(self.model.tokenizer.token(id) for id in seen)
        return Inside(tuple(seen), names, len(whole) - len(seen), weights[:, 0].numpy())

    @cached_property
    def _torch(self) -> Any:
        import torch

        from ..models.transformer import Transformer
        from ..models.weights import load_weights

        model = Transformer(self.model.vocabulary, self.model.shape)
        load_weights(model, {name: torch.from_numpy(array) for name, array in self.model.weights.items()})
        return model.eval()

    def tokens_of(self, question: str) -> int:
        return len(question)

    def _begun(self, question: str) -> str:
        from datetime import date

        from ..diary.material import BEGIN, head

        return head(date.today()) + question.replace(BEGIN, " ")


class Opened:
    """Speakers that were opened last; the one that was not asked for longest is closed first."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept, self._lock = kept, threading.Lock()
        self._speakers: OrderedDict[tuple[Any, ...], Speaker] = OrderedDict()

    def get(self, key: tuple[Any, ...], make: Callable[[], Speaker]) -> Speaker:
        """The speaker of a key: what it is made of, and when that was changed last."""
        with self._lock:
            found = self._speakers.pop(key, None) or make()
            self._speakers[key] = found
            while len(self._speakers) > self.kept:
                self._speakers.popitem(last=False)
            return found

    def forget(self, kind: type[Speaker]) -> None:
        """Close those of a kind."""
        with self._lock:
            for key in [key for key, speaker in self._speakers.items() if isinstance(speaker, kind)]:
                del self._speakers[key]


def open_run(folder: Path, checkpoint: str, opened: Opened) -> Speaker:
    """A run at a checkpoint.

    Raises:
        RunError: it is none, or has no such checkpoint.
    """
    from ..runs.run import Run

    if (folder / "recipe.toml").is_file():
        step = Run(folder).checkpoint(checkpoint)
        return opened.get((folder, step.name, _age(step.folder)), lambda: Writing(Run(step.folder)))
    from ..runs.calculator import CalculatorRun

    run = CalculatorRun(folder)
    for step in calculator_steps(run.folder):
        if checkpoint in (step.name, str(step.state.step)):
            return opened.get((folder, step.name), partial(_at, run, step))
    age = _age(folder / "model.safetensors")
    return opened.get((folder, "last", age), lambda: Calculating(run.calculator()))


def _at(run: CalculatorRun, step: Checkpoint) -> Speaker:
    return Calculating(run.calculator(step.weights()))


def calculator_steps(folder: Path) -> list[Checkpoint]:
    """The checkpoints of a calculator's training that can be read."""
    from ..runs.checkpoints import find

    try:
        return find(folder / "checkpoints")
    except MebukiError:
        return []


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
