"""The shapes of what the Grow pages send and get."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Learn = Literal["text", "diary", "sample", "calculator", "addition"]
Size = Literal["small", "medium", "large"]
Setting = bool | int | float | str | None


class Row(BaseModel):
    """A run at a glance; what does not apply, or is not known yet, is None.

    Attributes:
        unit: what it hesitates among: letters, or pieces of words.
        exact: of a task the share that is right.
    """

    id: str
    name: str
    title: str
    note: str
    kind: Literal["text", "calculator", "addition"]
    model: str | None
    engine: str | None
    unit: Literal["letters", "pieces"] = "letters"
    created: float | None
    state: str
    can: list[str]
    step: int | None
    total: int | None
    share: float | None
    perplexity: float | None
    exact: float | None
    parameters: int | None
    text: str | None


class Why(BaseModel):
    """An error as the rooms below tell it."""

    given: str
    allowed: str = ""
    hint: str = ""


class Live(Row):
    """Where a run stands at this moment.

    Attributes:
        doing: opening, training, evaluating, writing, saving or ended.
        what: of a preparation: what is being done.
        left: seconds, as far as is known; seconds: spent in steps so far.
        joules: of the whole processor since the process began.
        offsets: bytes of metrics.jsonl and samples.jsonl: they grow with what was written.
        saved: steps of the checkpoints.
    """

    doing: str | None
    what: str | None
    why: str | None
    error: Why | None
    warnings: list[str]
    left: float | None
    seconds: float | None
    loss: float | None
    rate: float | None
    pace: float | None
    joules: float | None
    offsets: dict[str, int]
    saved: list[int]


class File(BaseModel):
    """A file in a run's folder."""

    name: str
    size: int


class About(BaseModel):
    """What stays as it is while a run is trained.

    Attributes:
        settings: all of them, flat: `training.steps` and so on, of tasks without sections.
        info: run.json, of runs on text.
        sources: names of the files that it learned from.
    """

    settings: dict[str, Setting]
    info: dict[str, Any]
    sources: list[str]
    folder: str
    files: list[File]
    log: str


class Train(BaseModel):
    """Buckets of losses."""

    x: list[float] = []
    min: list[float] = []
    mean: list[float] = []
    max: list[float] = []
    count: list[int] = []


class Baselines(BaseModel):
    """Losses of counting, in nats a token."""

    uniform: float | None = None
    unigram: float | None = None
    bigram: float | None = None


class Evaluation(BaseModel):
    """A look at text kept aside, or an examination: of a calculator `exact` is told by suite."""

    x: float
    step: int
    event: str = "evaluation"
    loss: float | None = None
    exact: float | dict[str, float] | None = None


class Curve(BaseModel):
    """The losses of a run, to be drawn; see `mebuki.runs.curve.curve`."""

    axis: Literal["step", "seconds", "tokens"]
    axes: list[str] = []
    train: Train = Train()
    evaluations: list[Evaluation] = []
    baselines: Baselines | None = None
    step: int = 0
    rows: int = 0
    offset: int = 0


class Sample(BaseModel):
    """Something the model wrote: on a prompt, or of a task the answer to a question."""

    step: int
    prompt: str
    text: str


class Rows(BaseModel):
    """What was written since; `again`: something was taken back, so the curve must be asked for anew."""

    rows: list[dict[str, Any]]
    samples: list[Sample]
    offsets: dict[str, int]
    again: bool


class Kept(BaseModel):
    """A checkpoint."""

    step: int
    perplexity: float | None
    best: bool


class Named(BaseModel):
    """A run's title or note, changed."""

    title: str | None = None
    note: str | None = None


class Longer(BaseModel):
    """How long a run shall be in all; neither: as it was planned."""

    steps: int | None = None
    minutes: float | None = None


class Trashed(BaseModel):
    """Where a run lies in the trash: what `restore` takes; empty if there was nothing to keep."""

    trash: str


class Restore(BaseModel):
    """A way back out of the trash."""

    trash: str


class Text(BaseModel):
    """A text that was given, kept beside the runs."""

    id: str
    name: str
    letters: int
    encoding: str
    begins: str


class Asked(BaseModel):
    """What shall be grown: from what, how big, and single settings."""

    learn: Learn = "text"
    size: Size = "medium"
    texts: list[str] = Field(default_factory=list, max_length=1000)
    language: Literal["ja", "en"] = "en"
    model: str = ""
    settings: dict[str, Setting] = Field(default_factory=dict)


class Begin(Asked):
    """The same, to be begun."""

    title: str = Field("", max_length=200)


class Way(BaseModel):
    """A setting: what it takes, and what it is now."""

    name: str
    section: str
    kind: Literal["number", "whole", "choice", "switch", "text"]
    help: str
    value: Setting
    usual: Setting
    low: float | None = None
    high: float | None = None
    choices: list[str] | None = None


class Plan(BaseModel):
    """All settings of what was asked for."""

    models: list[str]
    model: str
    ways: list[Way]


class Differing(BaseModel):
    """A setting that is not the same in all runs."""

    name: str
    values: list[Setting]


class Compared(BaseModel):
    """Runs beside each other; fields: the settings that differ, with a value for each run."""

    runs: list[Row]
    curves: list[Curve]
    fields: list[Differing]


class Expectation(BaseModel):
    """What is to be expected of a run that was asked for.

    Attributes:
        seconds: that it will take here; quick, slow: the range.
        letters: of the text; epochs: how often it is read; None for tasks.
        perplexity: to expect, low, high: the range, blind: that of a blind guess; None for tasks.
        by_heart: whether it will begin to recite.
        rough: whether the pace is reckoned, and not that of an earlier run.
    """

    seconds: float
    quick: float
    slow: float
    parameters: int
    tokens: int
    epochs: float | None = None
    letters: int | None = None
    perplexity: float | None = None
    low: float | None = None
    high: float | None = None
    blind: float | None = None
    unit: Literal["letters", "pieces"] = "letters"
    by_heart: bool = False
    rough: bool


class Expected(BaseModel):
    """The same for each size."""

    sizes: dict[Size, Expectation]
