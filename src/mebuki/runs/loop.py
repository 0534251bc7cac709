"""One process's part of a run: the loop around the trainer that evaluates, samples, saves and stops."""

from __future__ import annotations

import contextlib
import math
import platform
import time
from collections.abc import Generator, Iterator
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..evaluation.perplexity import evaluate
from ..generation.generate import generate
from ..recipes import Recipe
from ..training.batches import Batches, derive
from ..training.processes import is_gone
from ..training.schedule import Fall
from . import checkpoints
from .crews import crew_trainer
from .engines import ENGINES
from .events import Evaluated, Evaluating, Event, Finished, Sampled, Saved, Started, Stepped
from .interrupt import Interrupt
from .records import Records
from .run import Run, characters_per_token

if TYPE_CHECKING:
    from ..training.processes import Crew
    from ..training.stepping import Stepping


class Stop(Exception):
    """Ctrl-C in the middle of an evaluation."""


class Loop:
    """One process's part of a run.

    Args:
        run, recipe: what is trained.
        interrupt: whether to stop soon.
        resume: whether the run goes on.
        longer: whether the recipe has a new length, which is kept.
        crew: the processes that train it together, of which this is the first.
    """

    def __init__(
        self,
        run: Run,
        recipe: Recipe,
        interrupt: Interrupt,
        resume: bool,
        longer: bool = False,
        crew: Crew | None = None,
    ) -> None:
        self.run, self.recipe, self.interrupt, self.crew = run, recipe, interrupt, crew
        self.settings, self.info = recipe.training, run.info
        self.home = run.folder / "checkpoints"
        self.warnings: list[str] = []
        engine = ENGINES[self.settings.engine]
        engine.threads(self.settings.threads if crew else self.info["threads"])
        if resume:
            versions = (engine.package, engine.version), ("machine", f"{platform.system()} {platform.machine()}")
            for name, now in versions:
                if self.info[name] != now:
                    self.warnings.append(f"begun with {name} {self.info[name]}, here {now}: equal up to rounding only")
        if crew:
            self.trainer: Stepping = crew_trainer(run, recipe, crew, lambda: interrupt.asked)
        else:
            batches = Batches(run.corpus.train, recipe.shape.context, self.settings.batch, recipe.seed)
            self.trainer = engine.trainer(recipe, self.info["vocabulary"], batches, self.info)
        if self.info.get("kernels") and not crew and not self.trainer.model.quick:
            self.warnings.append(
                "begun with compiled kernels, which are missing here: slower, and equal up to rounding only"
            )
        self.state = checkpoints.State(0)
        checkpoints.sweep(self.home)
        last, damaged = checkpoints.restore(self.home, self._load)
        for folder in damaged:
            self.warnings.append(f"{folder} is damaged and was put aside: going on from the one before")
        if last:
            self.state = last.state
            self.trainer.number = self.state.step
            self.trainer.seconds, self.trainer.beside = self.state.seconds, self.state.beside
            if self.state.fall and self.settings.minutes == self.state.minutes:
                self.trainer.schedule.fall = Fall(*self.state.fall)
        if longer:
            self._refuse_shorter()
            self.state = replace(self.state, stale=0)  # patience begins anew
            recipe.save(run.folder / "recipe.toml")
        self.metrics, self.samples = (Records(run.folder / f"{name}.jsonl") for name in ("metrics", "samples"))
        if resume:
            for records in (self.metrics, self.samples):
                records.add({"event": "resume", "step": self.state.step})
        self._saved_at = time.monotonic()
        self._pace: list[tuple[float, int]] = []
        self._losses = list(self.state.losses)

    def _load(self, checkpoint: checkpoints.Checkpoint) -> None:
        weights, training = checkpoint.weights(), checkpoint.training()
        checkpoints.compare("training tensors", training, self.trainer.shapes(checkpoint.state.step), checkpoint.folder)
        own = {name: value.shape for name, value in self.trainer.weights().items()}
        checkpoints.compare("weights", weights, own, checkpoint.folder)
        self.trainer.load(weights, training)

    def _refuse_shorter(self) -> None:
        """Refuse a new length, which counts from the beginning, that leaves nothing to do."""
        done, spent, settings = self.trainer.number, self._clock / 60, self.settings
        if settings.steps is not None and settings.steps <= done:
            raise RunError(
                f"{done:,} steps are done", allowed=f"more than {done:,}, in all", hint=f"--steps {2 * done}"
            )
        if settings.minutes is not None and settings.minutes <= spent:
            raise RunError(
                f"{spent:.2f} minutes are spent",
                allowed=f"more than {spent:.2f}, in all",
                hint=f"--minutes {2 * spent:.2f}",
            )

    def events(self) -> Generator[Event]:
        trainer = self.trainer
        why = "stopped"
        try:
            yield Started(trainer.number, self.run.folder, self.recipe, self.info, tuple(self.warnings))
            yield from self._owed()
            while not trainer.over:
                if self._gives_up():
                    why = "patience"
                    break
                yield self._step()
                if self.interrupt.asked:
                    raise Stop
                ends = trainer.over
                if ends or self._evaluation_due():
                    yield from self._evaluate()
                    yield from self._sample()
                    yield self._save()
                elif time.monotonic() - self._saved_at > self.settings.save_seconds:
                    yield self._save()
            else:
                why = "done"
        except Stop:
            yield self._save()
        except GeneratorExit:
            self._save()
            raise
        except Exception as error:
            why = "failed"
            if self.crew and not self.crew.shard and is_gone(error):
                yield self._save()  # the copy here is whole, up to the last step that all took
            raise
        finally:
            end = {"event": "end", "step": trainer.number, "why": why, "seconds": round(trainer.seconds, 3)}
            with contextlib.closing(self.metrics), contextlib.closing(self.samples):
                self.metrics.add(end)
        yield Finished(trainer.number, why, trainer.seconds + trainer.beside)

    def _owed(self) -> Iterator[Event]:
        """What the last step still owes, if training was stopped right after it; the first sample before any step."""
        number = self.trainer.number
        written = {row["event"] for row in self.run.metrics() + self.run.samples() if row.get("step") == number}
        if number == 0:
            if "sample" not in written:
                yield from self._sample()
        elif self.trainer.over or self._evaluation_due():
            if "evaluation" not in written:
                yield from self._evaluate()
            if "sample" not in written:
                yield from self._sample()
            yield self._save()

    def _step(self) -> Stepped:
        planned = self.trainer.schedule.fall
        self.trainer.look = self._row_due(self.trainer.number + 1)
        step = self.trainer.step()
        total = self.trainer.schedule.total
        if planned != self.trainer.schedule.fall:
            self.metrics.add({"event": "plan", "step": step.number, "total": total})
        self._losses.append(step.loss)
        if self._row_due(step.number):
            row = {
                "event": "train",
                "step": step.number,
                "loss": sum(self._losses) / len(self._losses),
                "rate": step.rate,
            }
            row |= {"gradient_norm": step.gradient_norm, "tokens": step.number * step.tokens}
            if self.trainer.look:
                row["gradient_norms"] = {name: float(f"{norm:.4g}") for name, norm in self.trainer.norms.items()}
            self.metrics.add(row | {"seconds": round(self.trainer.seconds, 3)})
            self._losses.clear()
        self._pace = [*self._pace[-49:], (step.seconds, step.tokens)]
        seconds, tokens = (sum(part) for part in zip(*self._pace, strict=True))
        return Stepped(
            step.number,
            step.loss,
            step.rate,
            tokens / seconds,
            total,
            self._left(seconds / len(self._pace)),
            self._share(),
        )

    def _row_due(self, number: int) -> bool:
        total = self.trainer.schedule.total
        return number % max(1, (total or 5000) // 500) == 0 or number == total

    @property
    def _clock(self) -> float:
        return self.trainer.seconds + self.trainer.beside

    def _share(self) -> float:
        total, limit = self.trainer.schedule.total, self.trainer.schedule.limit
        by_steps = self.trainer.number / total if total else 0.0
        return by_steps if limit is None or total else min(1.0, self._clock / limit)

    def _left(self, per_step: float) -> float | None:
        total, limit = self.trainer.schedule.total, self.trainer.schedule.limit
        if total is None:
            return None if limit is None else max(0.0, limit - self._clock)
        around = self.trainer.beside / max(1, self.trainer.number)
        return (total - self.trainer.number) * (per_step + around)

    def _evaluation_due(self) -> bool:
        if self.settings.evaluate_every:
            return self.trainer.number % self.settings.evaluate_every == 0
        limit = self.trainer.schedule.limit
        if limit is not None:  # ten times over the minutes
            tenth = math.floor(10 * self._clock / limit)
            due, self._tenth = tenth > getattr(self, "_tenth", tenth), tenth
            return due
        return self.trainer.number % max(1, (self.settings.steps or 10) // 10) == 0

    @contextlib.contextmanager
    def _usable(self) -> Iterator[Any]:
        """The model with the weights to use; the time goes to what stands beside the steps."""
        began = time.perf_counter()
        try:
            with self.trainer.usable() as model:
                yield model
        finally:
            self.trainer.beside += time.perf_counter() - began

    def _evaluate(self) -> Iterator[Event]:
        def progress(share: float) -> None:
            if self.interrupt.asked:
                raise Stop

        yield Evaluating(self.trainer.number, 0.0)
        with self._usable() as model:
            found = evaluate(
                model,
                self.run.corpus.validation,
                limit=self.settings.evaluate_tokens,
                characters_per_token=characters_per_token(self.run.corpus, "validation"),
                precision=self.trainer.precision,
                progress=progress,
            )
        best = self.state.best_loss is None or found.loss < self.state.best_loss
        self.state = replace(
            self.state,
            step=self.trainer.number,
            loss=found.loss,
            best_step=self.trainer.number if best else self.state.best_step,
            best_loss=found.loss if best else self.state.best_loss,
            stale=0 if best else self.state.stale + 1,
        )
        self.metrics.add(
            {
                "event": "evaluation",
                "step": self.trainer.number,
                **found.to_dict(),
                "seconds": round(self.trainer.seconds, 3),
            }
        )
        yield Evaluated(self.trainer.number, found.loss, found.perplexity, found.bits_per_character, found.whole, best)

    def _gives_up(self) -> bool:
        return bool(self.settings.patience) and self.state.stale >= self.settings.patience

    def _sample(self) -> Iterator[Event]:
        if not self.settings.sample_tokens:
            return
        number, pieces = self.trainer.number, []
        with self._usable() as model:
            seed = derive(self.recipe.seed, "sample", number)
            how = {"tokens": self.settings.sample_tokens, "seed": seed, "temperature": 0.8}
            for piece in generate(model, self.run.tokenizer, self.settings.sample_prompt, **how):
                pieces.append(piece)
        text = "".join(pieces)
        self.samples.add({"event": "sample", "step": number, "prompt": self.settings.sample_prompt, "text": text})
        yield Sampled(number, text)

    def _save(self) -> Saved:
        trainer, began = self.trainer, time.perf_counter()
        for records in (self.metrics, self.samples):
            records.sync()
        self.state = replace(
            self.state,
            step=trainer.number,
            seconds=trainer.seconds,
            beside=trainer.beside,
            minutes=self.settings.minutes,
            fall=astuple(trainer.schedule.fall) if trainer.schedule.fall and self.settings.minutes else None,
            loss=self.state.loss if self.state.step == trainer.number else None,
            losses=tuple(self._losses),
        )
        saved = checkpoints.save(self.home, self.state, trainer.weights(), trainer.state())
        checkpoints.prune(self.home, self.settings.keep)
        trainer.beside += time.perf_counter() - began
        self._saved_at = time.monotonic()
        return Saved(trainer.number, saved.name)
