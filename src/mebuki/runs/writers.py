"""What a run generates with: its weights in machine code where that can be had, else one of its engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import RecipeError, out_of_range, unknown
from .engines import ENGINES

if TYPE_CHECKING:
    from ..generation.compiled import Decoder
    from .run import Run

COMPILED = "compiled"
WRITERS = (COMPILED, *ENGINES)


def writer(run: Run, engine: str | None = None, weights: str = "float32", threads: int = 0) -> Any:
    """A model or a decoder for `mebuki.generate`; each is made once for a run.

    Args:
        engine: compiled, torch or scratch. None: compiled, if the kernels lie ready; while they are being compiled
            (in the background, once for each version and processor) scratch, which starts quickest; where they cannot
            be had, the one that trained the run.
        weights: float32, bfloat16 or int8; the last two are for compiled alone, and wait for it.
        threads: of the processor; 0: one for compiled, and as many as they choose for the others.

    Raises:
        RecipeError: an unknown engine or weights, threads out of range, or kernels that cannot be had.
    """
    from ..generation.compiled import STORAGES, available, making

    kind, known = run.recipe.model, run.writers
    if engine is not None and engine not in WRITERS:
        raise unknown("engine", engine, WRITERS)
    if weights not in STORAGES:
        raise unknown("weights", weights, STORAGES)
    if not 0 <= threads <= 1024:
        raise out_of_range("threads", threads, 0, 1024)
    if engine in ENGINES and weights != "float32":
        raise RecipeError(
            f"the engine {engine} has no {weights} weights", allowed="float32", hint="the engine compiled"
        )
    if engine not in ENGINES:
        asked = engine == COMPILED or weights != "float32"
        key = run.chosen, weights, threads
        if key not in known and available(kind, wait=asked):
            known[key] = _decoder(run, weights, threads or 1)
        if key in known:
            return known[key]
        if asked:
            raise RecipeError(
                f"there are no compiled kernels for the model {kind} on this machine",
                allowed="Numba installed, MEBUKI_KERNELS not off, a cache folder that may be written",
                hint="pip install numba, or the engine torch or scratch with weights in float32",
            )
        engine = "scratch" if making(kind) else run.recipe.training.engine
    if threads:
        ENGINES[engine].threads(threads)
    key = run.chosen, engine
    if key not in known:
        known[key] = run.model(engine=engine)
    return known[key]


def _decoder(run: Run, weights: str, threads: int) -> Decoder:
    from ..generation.compiled import compiled
    from ..generation.weights import weight_shapes

    kind, shape, vocabulary = run.recipe.model, run.recipe.shape, run.info["vocabulary"]
    found = run.weights(weight_shapes(kind, vocabulary, shape))
    decoder = compiled(kind, found, shape, vocabulary, storage=weights, threads=threads)
    assert decoder is not None
    return decoder
