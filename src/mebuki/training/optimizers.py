"""AdamW for everything, or Muon for the inner matrices and AdamW for the rest.

Muon (Jordan et al. 2024) keeps a momentum of the gradient and steps along its nearest orthogonal matrix, found by
three rounds of a polynomial. Matrices that hold several maps (queries, keys and values, say) are taken piece by
piece; pieces of equal shape are orthogonalised together.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

from ..models.protocol import LanguageModel
from .settings import TrainingSettings

# For three rounds the polynomials a x + b x³ + c x⁵ that bring all of 0.03 … 1 nearest to 1 (Amsel et al. 2025).
ROUNDS = (
    (7.36252775802779, -20.74339564617217, 15.16055175868458),
    (2.91753804422985, -2.18240538286504, 0.47552921925746),
    (2.04631011373083, -1.42947500382508, 0.39335241059370),
)


def orthogonalise(matrices_NRC: Tensor) -> Tensor:
    """For each matrix U S V^T a matrix near U V^T, by polynomials that act on the singular values alone.

    Those above 3% of (Σ S⁴)^¼ come near 1, smaller ones grow some forty times.
    """
    x, tall = matrices_NRC, matrices_NRC.shape[-2] > matrices_NRC.shape[-1]

    def squared(x: Tensor) -> Tensor:
        return torch.bmm(x.mT, x) if tall else torch.bmm(x, x.mT)

    gram = squared(x)
    size = torch.linalg.matrix_norm(gram, keepdim=True) + 1e-14  # at least the square of the largest singular value
    x, gram = x * size.rsqrt(), gram / size
    for number, (a, b, c) in enumerate(ROUNDS):
        if number:
            gram = squared(x)
        factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, *((x, factor) if tall else (factor, x)), beta=a)
    return x


class Muon:
    """Momentum, orthogonalised. `pieces` are the row counts into which a matrix falls."""

    def __init__(
        self, matrices: dict[str, tuple[nn.Parameter, tuple[int, ...]]], momentum: float, decay: float
    ) -> None:
        self.matrices, self.momentum, self.decay = matrices, momentum, decay
        self.buffers = {name: torch.zeros_like(matrix) for name, (matrix, _) in matrices.items()}
        self.dtype = torch.float32  # of the iterations; bfloat16 where that is quick

    @torch.no_grad()
    def step(self, rate: float) -> None:
        parameters = [matrix.data for matrix, _ in self.matrices.values()]
        gradients = [matrix.grad for matrix, _ in self.matrices.values() if matrix.grad is not None]
        buffers = list(self.buffers.values())
        torch._foreach_lerp_(buffers, gradients, 1 - self.momentum)
        directions = torch._foreach_lerp(gradients, buffers, self.momentum)  # Nesterov
        if self.decay:
            torch._foreach_mul_(parameters, 1 - rate * self.decay)
        self.move(parameters, list(directions), [pieces for _, pieces in self.matrices.values()], rate)

    def move(self, matrices: list[Tensor], directions: list[Tensor], parts: list[tuple[int, ...]], rate: float) -> None:
        """Move each piece of the matrices along the orthogonal matrix nearest to its direction."""
        groups: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for matrix, direction, pieces in zip(matrices, directions, parts, strict=True):
            for weight, step in zip(matrix.split(pieces), direction.split(pieces), strict=True):
                groups[weight.shape[0], weight.shape[1]].append((weight, step))
        for (rows, columns), group in groups.items():
            weights, steps = zip(*group, strict=True)
            steps_NRC = orthogonalise(torch.stack(steps).to(self.dtype)).to(weights[0].dtype)
            torch._foreach_add_(weights, list(steps_NRC), alpha=-rate * max(1.0, rows / columns) ** 0.5)


class Optimizers:
    """What a recipe asks for, over all parameters of a model, with a state of named tensors."""

    def __init__(self, model: LanguageModel, settings: TrainingSettings) -> None:
        self.settings = settings
        names = {id(p): name for name, p in model.named_parameters()}
        muon = settings.optimizer == "muon"
        matrices = {names[id(p)]: (p, pieces) for p, pieces in (model.matrices() if muon else [])}
        self.muon = Muon(matrices, settings.momentum, settings.weight_decay) if matrices else None
        rest = {name: p for name, p in model.named_parameters() if name not in matrices}
        self.adamw = torch.optim.AdamW(
            [
                {"params": [p for p in rest.values() if p.ndim > 1], "weight_decay": settings.weight_decay},
                {"params": [p for p in rest.values() if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            fused=model.device.type in ("cpu", "cuda"),
        )
        self._rest = rest

    def step(self, factor: float) -> None:
        """One step at `factor` of the full learning rates."""
        for group in self.adamw.param_groups:
            group["lr"] = self.settings.learning_rate * factor
        self.adamw.step()
        if self.muon:
            self.muon.step(self.settings.matrix_rate * factor)

    def state(self) -> dict[str, Tensor]:
        """Everything the optimizers remember, by name."""
        tensors = {f"muon.{name}": buffer for name, buffer in (self.muon.buffers if self.muon else {}).items()}
        for name, parameter in self._rest.items():
            for part, value in self.adamw.state[parameter].items():
                tensors[f"adamw.{part}.{name}"] = value
        return tensors

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of `state()` after the first step; before it, AdamW remembers nothing."""
        shapes = {
            f"muon.{name}": tuple(buffer.shape) for name, buffer in (self.muon.buffers if self.muon else {}).items()
        }
        for name, parameter in self._rest.items():
            shape = tuple(parameter.shape)
            shapes |= {f"adamw.step.{name}": (), f"adamw.exp_avg.{name}": shape, f"adamw.exp_avg_sq.{name}": shape}
        return shapes

    def load(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `state`."""
        for key, value in tensors.items():
            kind, _, rest = key.partition(".")
            if kind == "muon" and self.muon:
                self.muon.buffers[rest].copy_(value)
            elif kind == "adamw":
                part, _, name = rest.partition(".")
                parameter = self._rest[name]
                self.adamw.state[parameter][part] = value.to(parameter.device, copy=True)
