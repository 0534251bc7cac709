"""What a training would take on GPUs that are not here: work, time, memory, wire, disk and cost, reckoned and not measured.

>>> from mebuki import recipes
>>> recipe = recipes.transformer("library/", width=768, layers=12, heads=12, context=1024, tied=True, batch=128, accumulation=4)
>>> plan = reckon(recipe.change(steps=19_000, precision="bfloat16"), 50_304, GPUS["h100"], 8)
>>> plan.parameters, round(plan.tokens / 1e9, 2), round(plan.seconds / 60)
(123568896, 9.96, 51)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..errors import RecipeError, out_of_range
from ..recipes import Recipe
from ..shapes import TransformerShape
from .parameter_count import parameter_count


@dataclass(frozen=True)
class Gpu:
    """A graphics processor as its maker describes it, but for the price.

    Attributes:
        bfloat16, float32: most operations a second in matrix products, without sparsity; float32 as PyTorch multiplies by
            default, exactly.
        memory: bytes.
        wire: bytes a second to the others of its machine, one way.
        price: dollars an hour, assumed; they differ by a factor of three, and change.
    """

    bfloat16: float
    float32: float
    memory: float
    wire: float
    price: float


GPUS = {
    "h100": Gpu(989e12, 67e12, 80e9, 450e9, 3.00),  # SXM, NVLink
    "a100": Gpu(312e12, 19.5e12, 80e9, 300e9, 1.80),  # SXM, NVLink
    "rtx4090": Gpu(165e12, 82.6e12, 24e9, 32e9, 0.50),  # PCI Express 4
}


@dataclass(frozen=True)
class Plan:
    """What is to be expected; bytes, seconds and dollars.

    Attributes:
        parameters: numbers to learn.
        tokens: learned from, with repetition; step_tokens: in each step.
        token_flops: of one token, forward and backward: 6 for each number that takes part in a product, and attention.
        flops: of all tokens.
        tokens_per_second, step_seconds, seconds: at the assumed share of the peak.
        cost: of all GPUs.
        memory: of each GPU by what it is for; total_memory: together, beside what CUDA takes for itself.
        wire: sent by each GPU in a step; wire_seconds: that this takes within one machine, partly while it computes.
        checkpoint: size of one.
        ids: size of the text as ids, if each is read once.
    """

    parameters: int
    tokens: int
    step_tokens: int
    token_flops: float
    flops: float
    tokens_per_second: float
    step_seconds: float
    seconds: float
    cost: float
    memory: dict[str, float]
    total_memory: float
    wire: float
    wire_seconds: float
    checkpoint: float
    ids: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def reckon(
    recipe: Recipe,
    vocabulary: int,
    gpu: Gpu,
    gpus: int,
    *,
    share: float = 0.35,
    shard: bool = False,
    price: float | None = None,
) -> Plan:
    """Plan the training of a Transformer.

    Args:
        recipe: what would be trained, for a number of steps.
        vocabulary: how many tokens there are.
        gpus: how many, on one machine or several.
        share: of the peak that arrives in the model (MFU), as PaLM counts it (Chowdhery et al. 2022): 0.35 is good for a
            small model that is compiled, 0.15 is what to fear without.
        shard: whether weights, gradients and the optimizer's memory are shared out.
        price: dollars an hour of a GPU; None: as assumed.

    Raises:
        RecipeError: another kind of model, a limit in minutes, or a number out of its range.
    """
    shape, training = recipe.shape, recipe.training
    if not isinstance(shape, TransformerShape):
        raise RecipeError(f"a {recipe.model} is not planned", allowed="transformer", hint="--model transformer")
    if training.steps is None:
        raise RecipeError("the length of the training is given in minutes", allowed="--steps", hint="--steps 19000")
    if not 1 <= gpus <= 10**6:
        raise out_of_range("gpus", gpus, 1, 10**6)
    if not 0.001 <= share <= 1:
        raise out_of_range("mfu", share, 0.001, 1)
    if training.batch < gpus:
        raise RecipeError(f"a batch of {training.batch} cannot be shared by {gpus} GPUs", hint=f"--batch {gpus}")
    half = training.precision != "float32"
    parameters = parameter_count(recipe.model, shape, vocabulary)
    multiplied = parameters - (0 if shape.tied else vocabulary * shape.width)  # looking up is no product
    token_flops = 6 * multiplied + 12 * shape.layers * shape.context * shape.width
    step_tokens = training.batch * training.accumulation * shape.context
    pace = gpus * (gpu.bfloat16 if half else gpu.float32) * share / token_flops
    remembered = optimizer_bytes(recipe, vocabulary) + (4 * parameters if training.ema else 0)
    memory = {"weights": 4.0 * parameters, "gradients": 4.0 * parameters, "optimizer": float(remembered)}
    if shard:
        memory = {name: size / gpus for name, size in memory.items()}
        outside = parameters - shape.layers * _block(shape)
        memory["gathered"] = 4.0 * (outside + 2 * _block(shape))  # embedding and output, a block, and the next one
    elif gpus > 1:
        memory["buffers"] = 4.0 * parameters  # of DDP, for the gradients that are sent
    if half:
        memory["copies in bfloat16"] = 2.0 * multiplied  # of autocast, from the forward pass to the backward one
    here = -(-training.batch // gpus) * shape.context
    memory["activations"] = float(here * shape.layers * activation_bytes(shape, half))
    memory["logits"] = 12.0 * here * vocabulary  # logarithms, their gradient and that of the logits, in float32
    passes = 3 * training.accumulation if shard else 2  # of all weights or gradients around the ring
    wire = passes * 4.0 * parameters * (gpus - 1) / gpus
    tokens = training.steps * step_tokens
    seconds = tokens / pace
    return Plan(
        parameters=parameters,
        tokens=tokens,
        step_tokens=step_tokens,
        token_flops=token_flops,
        flops=float(token_flops) * tokens,
        tokens_per_second=pace,
        step_seconds=step_tokens / pace,
        seconds=seconds,
        cost=seconds / 3600 * gpus * (gpu.price if price is None else price),
        memory=memory,
        total_memory=sum(memory.values()),
        wire=wire,
        wire_seconds=wire / gpu.wire,
        checkpoint=4.0 * parameters + remembered,
        ids=tokens * (2.0 if vocabulary <= 2**16 else 4.0),
    )


def _block(shape: TransformerShape) -> int:
    """Numbers in one block."""
    D = shape.width
    return D * (D + 2 * shape.key_value_width) + D * D + 3 * D * shape.hidden_width


def optimizer_bytes(recipe: Recipe, vocabulary: int) -> int:
    """What the optimizer remembers: AdamW two numbers for each, Muon one for each of the inner matrices."""
    assert isinstance(recipe.shape, TransformerShape)
    parameters = parameter_count(recipe.model, recipe.shape, vocabulary)
    inner = recipe.shape.layers * _block(recipe.shape) if recipe.training.optimizer == "muon" else 0
    return 4 * inner + 8 * (parameters - inner)


def activation_bytes(shape: TransformerShape, half: bool) -> int:
    """What one block keeps of one token for the backward pass, without dropout, and where attention keeps no weights.

    Counted as on the processor; compiled, and on GPUs, it may be somewhat less or more.
    """
    kept = 5 * shape.width + 4 * shape.hidden_width + 3 * shape.key_value_width
    return kept * (2 if half else 4)
