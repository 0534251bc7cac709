"""Looking inside: what the pages under /lab ask of the reader's own models, and of the calculator."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ..errors import MebukiError
from ..runs.carries import Carries
from ..runs.embedding_map import EmbeddingMap
from ..runs.inspecting import Reach
from ..runs.one_step import OneStep
from ..runs.run import Run, find_runs
from ..scratch.depth import DeepChain
from ..text.side_by_side import Cut
from .app import Studio
from .problems import Problem

LETTERS = 400
POINTS = 400
CALCULATOR = "calculator"  # the one in the package, where a run may be named
OPEN = 3  # runs kept in memory
RunName = Annotated[str, Field(max_length=400)]
Text = Annotated[str, Field(max_length=LETTERS)]


class Seen(BaseModel):
    """A run whose inside can be looked at."""

    run: str
    kind: str


class Read(BaseModel):
    """A text for a run to read; none: only for tokenizers."""

    run: RunName = ""
    text: Text


class Cutting(Read):
    """A text to cut."""

    vocabulary: int = Field(2048, ge=260, le=8192)


class Looks(BaseModel):
    """Where each position looks: for each layer, head and position t the shares of the positions 0 … t."""

    tokens: list[str]
    cut: int
    weights: list[list[list[list[float]]]]


class States(BaseModel):
    """What is carried after each token: for each layer and token the units' values."""

    tokens: list[str]
    hidden: list[list[list[float]]]
    cell: list[list[list[float]]] | None
    gates: dict[str, list[list[list[float]]]]


class Stepping(BaseModel):
    """Which step to take."""

    run: RunName
    fresh: bool = False
    start: int = Field(0, ge=0)
    length: int = Field(8, ge=1, le=32)
    rate: float = Field(1.0, gt=0, le=100)


class Window(BaseModel):
    """What a window may be: how many tokens there are to learn from, and how many the model reads at once."""

    tokens: int
    context: int


class _Runs:
    """Runs by the names of their folders, the last few with their weights in memory."""

    def __init__(self, studio: Studio) -> None:
        self.home = studio.place.runs
        self._open: OrderedDict[tuple[str, str], Run] = OrderedDict()
        self._calculator = None
        self._lock = threading.Lock()

    def found(self) -> dict[str, Run]:
        return {run.folder.relative_to(self.home).as_posix(): run for run in find_runs(self.home)}

    def listed(self) -> list[Seen]:
        seen = []
        for name, run in self.found().items():
            try:
                run.checkpoint()
                seen.append(Seen(run=name, kind=run.recipe.model))
            except MebukiError:
                continue  # damaged, or nothing kept of it yet
        return seen

    def run(self, name: str) -> Run:
        with self._lock:
            run = self.found().get(name)
            if run is None:
                raise Problem("run_missing", 404, name=name)
            key = name, run.checkpoint().name
            self._open[key] = self._open.pop(key, run)
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
            return self._open[key]

    def calculator(self):
        from ..runs.answering import Calculator

        with self._lock:
            self._calculator = self._calculator or Calculator.ready()
            return self._calculator


def router(studio: Studio) -> APIRouter:
    """The routes, for one studio."""
    router = APIRouter(prefix="/api", tags=["lab"])
    runs = _Runs(studio)

    @router.get("/lab/models")
    def models() -> list[Seen]:
        """Runs with something kept, the latest first."""
        return runs.listed()

    @router.post("/tokenize", response_model=list[Cut])
    def tokenize(asked: Cutting) -> list[Cut]:
        """The text by letters, bytes and byte pairs, and as the run cuts it."""
        from ..text.side_by_side import cut, side_by_side

        cuts = side_by_side(asked.text, asked.vocabulary)
        return [*cuts, cut("run", runs.run(asked.run).tokenizer, asked.text)] if asked.run else cuts

    @router.post("/lab/attention", response_model=Looks)
    def attention(asked: Read):
        """Where a Transformer looks; the calculator reads a sum."""
        from ..runs import calculator_inside, inspecting

        if asked.run == CALCULATOR:
            return calculator_inside.attention(runs.calculator(), asked.text).to_dict()
        return inspecting.attention(runs.run(asked.run), asked.text).to_dict()

    @router.post("/lab/states", response_model=States)
    def states(asked: Read):
        """What a recurrent model carries."""
        from ..runs.inspecting import hidden_states

        return hidden_states(runs.run(asked.run), asked.text).to_dict()

    @router.post("/lab/reach", response_model=Reach)
    def reach(asked: Read):
        """How far back the loss at the last token reaches."""
        from ..runs.inspecting import gradient_reach

        return gradient_reach(runs.run(asked.run), asked.text).to_dict()

    @router.get("/lab/embedding", response_model=EmbeddingMap)
    def embedding(run: Annotated[str, Query(max_length=400)]):
        """The map of a run's tokens, or of the calculator's letters."""
        from ..runs.embedding_map import calculator_map, embedding_map

        if run == CALCULATOR:
            return calculator_map(runs.calculator(), near=5).to_dict()
        return embedding_map(runs.run(run), most=POINTS, near=5).to_dict()

    @router.get("/lab/window")
    def window(run: Annotated[str, Query(max_length=400)]) -> Window:
        """How long the text is that a run learns from."""
        found = runs.run(run)
        return Window(tokens=len(found.corpus.train), context=found.recipe.shape.context)

    @router.post("/lab/step", response_model=OneStep)
    def step(asked: Stepping):
        """One step of training, on a copy."""
        from ..runs.one_step import one_step

        how = asked.model_dump(exclude={"run"})
        return one_step(runs.run(asked.run), **how, top=5).to_dict()

    @router.get("/lab/depth", response_model=DeepChain)
    def depth(
        activation: Literal["sigmoid", "tanh", "relu", "silu", "gelu"] = "tanh",
        layers: Annotated[int, Query(ge=1, le=40)] = 20,
        gain: Annotated[float, Query(ge=0, le=10)] = 1.0,
    ):
        """A deep chain at its first weights."""
        from ..scratch.depth import deep_chain

        return deep_chain(activation, layers, gain=gain).to_dict()

    @router.get("/lab/carries", response_model=Carries)
    def carries(a: Annotated[int, Query(ge=0, lt=10**12)], b: Annotated[int, Query(ge=0, lt=10**12)]):
        """Where the calculator decides the carries of a + b."""
        from ..runs.carries import carries

        return carries(runs.calculator(), a, b).to_dict()

    return router
