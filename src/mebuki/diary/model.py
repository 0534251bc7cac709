"""The model that was grown on a diary: its weights, its letters, and which entries it has read. One file on the diary's shelf.

model = DiaryModel.load(journal)
if model:
    print("".join(model.write("\\x1e2026-11-21 Sat\\nRain ", letters=200, seed=1)))
    print(model.standing(pages(journal)).new)

The file is safetensors: the weights under the names of `mebuki.models`, two numbers for each entry that was read, and what stands
beside them as JSON. A model can recite what it has learned: the file is as private as the diary, and sealed where that is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..generation.compiled import available, compiled
from ..generation.generate import Steps, generate
from ..generation.weights import weight_shapes
from ..shapes import TransformerShape
from ..text.characters import Characters
from .entries import DiaryError
from .journal import Journal
from .material import BEGIN, Page, lot

NAME = "model.safetensors"
FORM = 1
ANEW = "mebuki diary grow --anew"
Array = NDArray[Any]


@dataclass(frozen=True)
class About:
    """What is told beside the weights.

    Attributes:
        shape: the numbers of the Transformer.
        letters: that have an id of their own.
        seed: of everything random in it.
        limit: entries whose lot is below it are kept aside (`material.limit_of`).
        learned: letters in the entries that it learned from.
        sized: letters in the diary when its shape was chosen.
        steps: taken in all.
        loss: in nats a letter, on the entries kept aside.
        finished: whether it was grown as far as was planned.
        grown: when, in UTC.
        recited: how much of the diary it says word for word (`reciting.Recited`), once that was looked at.
    """

    shape: dict[str, Any]
    letters: str
    seed: int
    limit: int
    learned: int
    sized: int
    steps: int = 0
    loss: float = float("inf")
    finished: bool = False
    grown: str = ""
    recited: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """What has happened to a diary since its model was grown.

    Attributes:
        new: entries that the model has not read.
        changed: entries that say something else than what it has read.
        gone: how many that it has read are not there any more, in the trash or deleted for ever.
    """

    new: tuple[Page, ...]
    changed: tuple[Page, ...]
    gone: int


@dataclass(frozen=True)
class DiaryModel:
    """A model with what it has read.

    Attributes:
        names, said: [N], 64 bits for each entry that it was shown: its id, and what it said then (`material.Page`).
    """

    about: About
    weights: dict[str, Array]
    names: NDArray[np.uint64]
    said: NDArray[np.uint64]

    @classmethod
    def load(cls, journal: Journal) -> DiaryModel | None:
        """The model on the diary's shelf; None: none was grown.

        Raises:
            DiaryError: its file is damaged, or of another form than this version writes.
        """
        content = journal.shelf.read(NAME)
        return None if content is None else cls.from_bytes(content)

    @classmethod
    def from_bytes(cls, content: bytes) -> DiaryModel:
        """The inverse of `to_bytes`.

        Raises:
            DiaryError: as `load`.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            told = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
            form = int(told["form"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _damaged("it has no head") from None
        if form != FORM:
            version = "a newer" if form > FORM else "an older"
            raise DiaryError(
                f"the model of this diary was grown by {version} version of this program (form {form})",
                allowed=f"form {FORM}",
                hint=ANEW,
            )
        try:
            arrays = load(content)
            if _digest(arrays) != told["digest"]:
                raise ValueError("its numbers are not those that were written")
            names, said = arrays.pop("entries.names"), arrays.pop("entries.said")
            model = cls(About(**json.loads(told["about"])), arrays, names, said)
            wanted = weight_shapes("transformer", model.vocabulary, model.shape)
            if {name: array.shape for name, array in arrays.items()} != wanted or names.shape != said.shape:
                raise ValueError("its numbers have other shapes than it says")
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise _damaged(str(error)) from error
        return model

    def to_bytes(self) -> bytes:
        """The file's content."""
        from safetensors.numpy import save

        arrays = {name: np.ascontiguousarray(array) for name, array in self.weights.items()}
        arrays |= {"entries.names": self.names, "entries.said": self.said}
        about = json.dumps(asdict(self.about), ensure_ascii=False)
        return save(arrays, {"form": str(FORM), "about": about, "digest": _digest(arrays)})

    def keep(self, journal: Journal) -> None:
        """Put it on the shelf, in the place of the one before.

        Raises:
            StorageError: it cannot be written.
        """
        journal.shelf.write(NAME, self.to_bytes())

    def with_about(self, **changes: Any) -> DiaryModel:
        """The same model, and something else said of it."""
        return replace(self, about=replace(self.about, **changes))

    @cached_property
    def shape(self) -> TransformerShape:
        return TransformerShape(**self.about.shape)

    @cached_property
    def tokenizer(self) -> Characters:
        return Characters(self.about.letters)

    @property
    def vocabulary(self) -> int:
        return self.tokenizer.vocabulary_size

    def keeps_aside(self, page: Page) -> bool:
        """Whether an entry is one of those that it does not learn from."""
        return lot(page.id, self.about.seed) < self.about.limit

    def standing(self, found: Sequence[Page]) -> Standing:
        """What of these entries, which are all outside the trash, it has not read."""
        said = dict(zip(self.names.tolist(), self.said.tolist(), strict=True))
        new = tuple(page for page in found if page.name not in said)
        changed = tuple(page for page in found if said.get(page.name, page.said) != page.said)
        return Standing(new, changed, len(said) - (len(found) - len(new)))

    def weights_for(self, tokenizer: Characters) -> dict[str, Array]:
        """The weights for more letters: a new one begins as the mean of the bytes that it was spelt in."""
        before = self.tokenizer
        known = {letter: row for row, letter in enumerate(before.alphabet)}
        rows = [[known[c]] if c in known else [before.letters + b for b in c.encode()] for c in tokenizer.alphabet]

        def longer(table: Array) -> Array:
            return np.concatenate([np.stack([table[row].mean(0) for row in rows]), table[before.letters :]])

        tables = ("embedding.weight", "output.weight")
        return {name: longer(array) if name in tables else array for name, array in self.weights.items()}

    @cached_property
    def decoder(self) -> Steps:
        """What it writes with: machine code where that can be had, else NumPy."""
        if available("transformer"):
            found = compiled("transformer", self.weights, self.shape, self.vocabulary)
            if found is not None:
                return found
        from ..scratch import build

        model: Any = build("transformer", self.vocabulary, self.shape, 0)
        model.load(self.weights)
        return model

    def write(
        self, prompt: str, *, letters: int, temperature: float = 0.8, seed: int = 0, **sampling: Any
    ) -> Iterator[str]:
        """What it writes on, piece by piece, up to the end of the entry or so many letters.

        Args:
            prompt: what it is told before: at best the line of a day, `material.head`, and how the entry begins.
            sampling: further fields of `mebuki.generation.sampler.Sampling`.
        """
        how = {"tokens": letters, "temperature": temperature, "seed": seed, "stop": BEGIN, **sampling}
        return generate(self.decoder, self.tokenizer, prompt, **how)


def _digest(arrays: dict[str, Array]) -> str:
    found = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        found.update(name.encode())
        found.update(np.ascontiguousarray(arrays[name]).tobytes())
    return found.hexdigest()


def _damaged(why: str) -> DiaryError:
    return DiaryError(f"the model of this diary is damaged: {why}", hint=ANEW)
