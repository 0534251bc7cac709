"""Loss and gradients of a Transformer on the processor, written out: matrix products, and compiled passes between them.

Shapes: B windows, T positions, R = B T rows, F ids a position (one, unless the model says otherwise), D width, N query heads, K key-value heads, E width of a head, H hidden,
V vocabulary, L layers.

Automatic differentiation takes most of a small model's time: it makes many sweeps over memory, and each is a call of its
own. Here a sweep does all that can be done while a row is at hand, everything is written into memory that was set aside
before, and each thread takes a share of the windows through the whole network, so that nobody waits for anybody in
between. What a thread found is added up at the end, in a fixed order. The residual stream and its gradient are float32.

Tests hold loss and gradients equal to those of automatic differentiation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import kernels
from .parts import EPSILON

if TYPE_CHECKING:
    from .transformer import Transformer

LANES = 16  # of the widest vectors
AT_ONCE = 2048  # positions that are read at once


class WholeStep:
    """Call it with ids and targets [B, T]: gradients are added to the model's, and the mean loss is returned."""

    def __init__(self, model: Transformer, precision: str, passes: kernels.Kernels, attention: kernels.Kernels) -> None:
        self.model, self.precision = model, precision
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.kernels = {
            name: getattr(library, f"{name}_{precision}")
            for library, names in (
                (passes, ("embed", "add_norm", "norm_backward", "weigh", "weigh_backward", "gate", "gate_backward", "cross_entropy", "surprise")),
                (attention, ("attend", "attend_backward")),
            )
            for name in names
        }  # fmt: skip
        self.kernels |= {"embed_backward": passes.embed_backward, "room": attention.room}
        self._shares: dict[tuple[int, int, int], list[Share]] = {}
        self._memory: list[Memory] = []  # of each thread
        self._pool: ThreadPoolExecutor | None = None
        tied = model.shape.tied
        self.products = [
            name for name, p in model.named_parameters() if p.ndim > 1 and (tied or name != "embedding.weight")
        ]
        self.others = ["norm.weight"] if tied else ["embedding.weight", "norm.weight"]
        self.totals, self.gradients = self.room(torch.float32)
        self.cast = {name: p.detach().to(self.dtype, copy=True) for name, p in model.named_parameters() if p.ndim > 1}

    def __call__(self, ids_BT: Tensor, targets_BT: Tensor, weight: float = 1.0, seed: int = 0) -> float:
        """Mean cross-entropy in nats over targets ≥ 0; its gradient times `weight` is added to the parameters' gradients."""
        counted = max(1, int((targets_BT >= 0).sum()))
        scale = weight / counted
        shares, losses = self._run(ids_BT, targets_BT, lambda share, ids, to: share.learn(ids, to, scale, seed))
        parameters = dict(self.model.named_parameters())
        adding = all(p.grad is self.gradients[name] for name, p in parameters.items())
        for number, share in enumerate(shares):
            for total, part in zip(self.totals, share.totals, strict=True):
                total.add_(part) if number or adding else total.copy_(part)
        if self.model.shape.tied:
            for share in shares:
                self.gradients["embedding.weight"].add_(share.d_table)
        for name, parameter in parameters.items():
            if parameter.grad is None:
                parameter.grad = self.gradients[name]
            elif not adding:
                parameter.grad.add_(self.gradients[name])
        return sum(losses) / counted

    def losses(self, ids_BT: NDArray[np.int64], targets_BC: NDArray[np.int64]) -> NDArray[np.float64]:
        """Surprise in nats at what follows the last C positions of each row, [B, C]; without dropout."""
        T, C = ids_BT.shape[1], targets_BC.shape[1]
        ids, targets = torch.from_numpy(ids_BT), torch.zeros(ids_BT.shape[:2], dtype=torch.int64)
        targets[:, -C:] = torch.from_numpy(targets_BC)
        parts = zip(ids.split(max(1, AT_ONCE // T)), targets.split(max(1, AT_ONCE // T)), strict=True)
        found = [loss for part in parts for loss in self._run(*part, lambda share, i, t: share.read(i, t))[1]]
        return torch.cat(found).view(-1, T)[:, -C:].double().numpy()

    def room(self, products: torch.dtype) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Memory for all gradients, those that matrix products give and the others each in one piece; and by name."""
        parameters, pieces, by_name = dict(self.model.named_parameters()), [], {}
        for names, dtype in ((self.products, products), (self.others, torch.float32)):
            sizes = [parameters[name].numel() for name in names]
            pieces.append(torch.zeros(sum(sizes), dtype=dtype))
            for name, part in zip(names, pieces[-1].split(sizes), strict=True):
                by_name[name] = part.view_as(parameters[name])
        return pieces, by_name

    def _run(self, ids_BT: Tensor, targets_BT: Tensor, work: Callable[..., Any]) -> tuple[list[Share], list[Any]]:
        """Each thread does its work with its share of the windows."""
        with torch.no_grad():
            parameters = dict(self.model.named_parameters())
            torch._foreach_copy_(list(self.cast.values()), [parameters[name] for name in self.cast])
        shares = self._divide(*ids_BT.shape[:2])
        counts = [share.B for share in shares]
        jobs = zip(shares, ids_BT.split(counts), targets_BT.split(counts), strict=True)
        if len(shares) == 1:
            return shares, [work(*job) for job in jobs]
        if self._pool is None or self._pool._max_workers < len(shares):
            self._pool = ThreadPoolExecutor(len(shares), initializer=torch.set_num_threads, initargs=(1,))
        return shares, list(self._pool.map(lambda job: work(*job), jobs))

    def _divide(self, B: int, T: int) -> list[Share]:
        """A share of the windows for each thread; those of the last few sizes are kept."""
        threads = min(torch.get_num_threads(), B)
        shares = self._shares.pop((B, T, threads), None)
        if shares is None:
            ends = [B * i // threads for i in range(threads + 1)]
            self._memory += [Memory() for _ in range(threads - len(self._memory))]
            parts = zip(pairwise(ends), self._memory, strict=False)
            shares = [Share(self, end - first, T, first, memory) for (first, end), memory in parts]
        self._shares[B, T, threads] = shares
        while len(self._shares) > 3:
            self._shares.pop(next(iter(self._shares)))
        return shares


class Memory:
    """One thread's memory, used again for windows of every size: it grows to the largest."""

    def __init__(self) -> None:
        self._blocks: dict[object, Tensor] = {}
        self._gradients: tuple[list[Tensor], dict[str, Tensor]] | None = None

    def __call__(self, name: object, dtype: torch.dtype, *size: int) -> Tensor:
        """What is called so, with any content."""
        block, count = self._blocks.get(name), math.prod(size)
        if block is None or block.numel() < count:
            block = self._blocks[name] = torch.empty(count, dtype=dtype)
        return block[:count].view(size)

    def gradients(self, whole: WholeStep, dtype: torch.dtype) -> tuple[list[Tensor], dict[str, Tensor]]:
        """`WholeStep.room`, made once."""
        if self._gradients is None:
            self._gradients = whole.room(dtype)
        return self._gradients


@dataclass
class Layer:
    """What the forward of a block leaves for the backward, and the block's matrices."""

    h1: Tensor
    inverse1: Tensor
    qkv: Tensor
    mixed: Tensor
    h2: Tensor
    inverse2: Tensor
    gate_up: Tensor
    gated: Tensor
    W: dict[str, Tensor]
    d: dict[str, Tensor]


class Share:
    """One thread's windows, with all the memory that they need."""

    def __init__(self, whole: WholeStep, B: int, T: int, first: int, memory: Memory) -> None:
        model, shape, dtype = whole.model, whole.model.shape, whole.dtype
        self.whole, self.B, self.T, self.first = whole, B, T, first
        R, D, H, V = B * T, shape.width, shape.hidden_width, model.vocabulary
        self.R, self.D, self.H, self.V = R, D, H, V
        self.table = len(model.embedding.weight), model.features
        N, E, half = shape.heads, D // shape.heads, D // shape.heads // 2
        cos, sin = model.rotary.table(0, T, torch.float32)
        size = torch.zeros(1, dtype=torch.int64)
        whole.kernels["room"](size.data_ptr(), T, E)
        scratch = memory("scratch", torch.float32, int(size))
        sizes = B, T, N, shape.key_value_heads or N, E, EPSILON if shape.qk_norm else -1.0
        self.heads = cos[:, :half].contiguous(), sin[:, half:].contiguous(), scratch, *sizes
        self.output = whole.cast["embedding.weight" if shape.tied else "output.weight"]

        def stored(name: object, *size: int) -> Tensor:
            return memory(name, dtype, *size)

        def exact(name: object, *size: int) -> Tensor:
            return memory(name, torch.float32, *size)

        self.totals, gradients = memory.gradients(whole, dtype)
        width = D + 2 * shape.key_value_width
        self.layers = [
            Layer(
                stored((l, "h1"), R, D), exact((l, "inverse1"), R), stored((l, "qkv"), R, width), stored((l, "mixed"), R, D),
                stored((l, "h2"), R, D), exact((l, "inverse2"), R), stored((l, "gate_up"), R, 2 * H), stored((l, "gated"), R, H),
                W := {part: whole.cast[f"blocks.{l}.{part}.weight"] for part in ("attention.qkv", "attention.out", "mlp.gate_up", "mlp.down")},
                {part: gradients[f"blocks.{l}.{part}.weight"] for part in W},
            )
            for l in range(shape.layers)
        ]  # fmt: skip
        self.x, self.dx, self.branch = exact("x", R, D), exact("dx", R, D), stored("branch", R, D)
        self.h, self.inverse = stored("h", R, D), exact("inverse", R)
        self.top, self.d_top = stored("top", R, D), stored("d_top", R, D)
        self.logits, self.loss = stored("logits", R, V), torch.zeros(1, dtype=torch.float64)
        self.room = exact("room", V + LANES)
        self.d_gate_up, self.d_gated = stored("d_gate_up", R, 2 * H), stored("d_gated", R, H)
        self.d_qkv = stored("d_qkv", R, width)
        self.d_table = exact("d_table", V, D) if shape.tied else gradients["embedding.weight"]
        self.d_output = gradients["embedding.weight" if shape.tied else "output.weight"]
        self.d_norm = gradients["norm.weight"]

    def call(self, name: str, *given: Any) -> None:
        """A kernel; of a tensor it is given the address."""
        self.whole.kernels[name](*(g.data_ptr() if isinstance(g, Tensor) else g for g in given))

    def drop(self, seed: int | None, place: int) -> tuple[int, int, int, float]:
        """The last arguments of a kernel with dropout."""
        p = self.whole.model.shape.dropout
        if seed is None or not p:
            return 0, 0, 0, 1.0
        mixed = (seed + 0x9E3779B97F4A7C15 * (place + 1)) * 0xBF58476D1CE4E5B9 % 2**64
        return mixed >> 33, self.first * self.T * self.D, int(p * 2**24), 1 / (1 - p)

    def forward(self, ids_BT: Tensor, seed: int | None) -> None:
        """Logits, and what the backward needs; dropout only with a seed."""
        R, D, call, mm, x, branch = self.R, self.D, self.call, torch.mm, self.x, self.branch
        first, model = self.layers[0], self.whole.model
        norms = [(layer.h1, layer.inverse1) for layer in self.layers[1:]] + [(self.h, self.inverse)]
        call(
            "embed",
            model.embedding.weight,
            ids_BT,
            *self.table,
            x,
            first.h1,
            first.inverse1,
            R,
            D,
            EPSILON,
            *self.drop(seed, 0),
        )
        for l, (layer, norm) in enumerate(zip(self.layers, norms, strict=True)):
            W = layer.W
            mm(layer.h1, W["attention.qkv"].t(), out=layer.qkv)
            call("attend", layer.qkv, layer.mixed, *self.heads)
            mm(layer.mixed, W["attention.out"].t(), out=branch)
            call("add_norm", x, branch, layer.h2, layer.inverse2, R, D, EPSILON, *self.drop(seed, 2 * l + 1))
            mm(layer.h2, W["mlp.gate_up"].t(), out=layer.gate_up)
            call("gate", layer.gate_up, layer.gated, R, self.H)
            mm(layer.gated, W["mlp.down"].t(), out=branch)
            call("add_norm", x, branch, *norm, R, D, EPSILON, *self.drop(seed, 2 * l + 2))
        call("weigh", self.h, model.norm.weight, self.top, R, D)
        mm(self.top, self.output.t(), out=self.logits)

    @torch.no_grad()
    def read(self, ids_BT: Tensor, targets_BT: Tensor) -> Tensor:
        """The loss of each position, [R]."""
        ids_BT, targets_BT, losses = ids_BT.contiguous(), targets_BT.contiguous(), torch.empty(self.R)
        self.forward(ids_BT, None)
        self.call("surprise", self.logits, targets_BT, losses, self.room, self.R, self.V)
        return losses

    @torch.no_grad()
    def learn(self, ids_BT: Tensor, targets_BT: Tensor, scale: float, seed: int) -> float:
        """The sum of the losses; `gradients` are those of `scale` times it."""
        R, D, call, mm, dx, branch, d_top = self.R, self.D, self.call, torch.mm, self.dx, self.branch, self.d_top
        ids_BT, targets_BT, model = ids_BT.contiguous(), targets_BT.contiguous(), self.whole.model
        self.forward(ids_BT, seed)
        for total in (self.loss, dx, self.d_norm, self.d_table):
            total.zero_()
        call("cross_entropy", self.logits, targets_BT, self.loss, self.room, R, self.V, scale)
        mm(self.logits.t(), self.top, out=self.d_output)
        mm(self.logits, self.output, out=d_top)
        call("weigh_backward", d_top, self.h, model.norm.weight, self.d_norm, R, D)
        last = self.drop(seed, 2 * len(self.layers))
        call("norm_backward", d_top, self.h, self.inverse, dx, branch, R, D, *last)
        for l, layer in reversed(list(enumerate(self.layers))):
            W, d = layer.W, layer.d
            mm(branch.t(), layer.gated, out=d["mlp.down"])
            mm(branch, W["mlp.down"], out=self.d_gated)
            call("gate_backward", layer.gate_up, self.d_gated, self.d_gate_up, R, self.H)
            mm(self.d_gate_up.t(), layer.h2, out=d["mlp.gate_up"])
            mm(self.d_gate_up, W["mlp.gate_up"], out=d_top)
            call("norm_backward", d_top, layer.h2, layer.inverse2, dx, branch, R, D, *self.drop(seed, 2 * l + 1))
            mm(branch.t(), layer.mixed, out=d["attention.out"])
            mm(branch, W["attention.out"], out=d_top)
            call("attend_backward", layer.qkv, layer.mixed, d_top, self.d_qkv, *self.heads)
            mm(self.d_qkv.t(), layer.h1, out=d["attention.qkv"])
            mm(self.d_qkv, W["attention.qkv"], out=d_top)
            before = self.drop(seed if l else None, 2 * l)  # the embedding's own dropout is in `embed_backward`
            call("norm_backward", d_top, layer.h1, layer.inverse1, dx, branch, R, D, *before)
        call("embed_backward", dx, ids_BT, *self.table, self.d_table, R, D, *self.drop(seed, 0))
        return self.loss.item()
