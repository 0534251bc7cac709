"""One model trained by several processes: each takes its rows of every batch, and the step is that of the whole batch.

Copied (DDP): every process holds all weights, gradients are averaged while the backward pass still runs.
Shared out (FSDP2): every process holds its part of each weight, gradient and optimizer state; the weights of a block
are gathered just before it computes.

What is saved is whole in both cases: the same arrays as those of one process, so that each opens the other's.
"""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from ..models.protocol import LanguageModel
from ..models.transformer import Block, Transformer
from ..models.weights import load_weights, to_arrays
from .batches import Batches, derive
from .optimizers import Muon
from .processes import Crew
from .schedule import Fall
from .settings import TrainingSettings
from .stepping import Arrays, Step, norms_of_layers
from .trainer import Trainer

_STATE = re.compile(r"^(raw|optimizer\.muon|optimizer\.adamw\.\w+)\.")  # before the name of a parameter


def rows_of(batch: int, rank: int, size: int) -> slice:
    """The rows of a batch that a process takes: all of them are taken once, shares differ by one row at most.

    >>> [rows_of(7, rank, 3) for rank in range(3)]
    [slice(0, 2, None), slice(2, 4, None), slice(4, 7, None)]
    """
    return slice(rank * batch // size, (rank + 1) * batch // size)


def share(batches: Batches, crew: Crew) -> Callable[[int], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """This process's rows of every batch; no other window is read."""
    rows = rows_of(batches.batch, crew.rank, crew.size)

    def drawn(number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        window = batches.ids.windows(batches.starts(number)[rows], batches.context + 1)
        return window[:, :-1], window[:, 1:]

    return drawn


def shard(model: LanguageModel) -> None:
    """Share out the weights of a model over all processes, in place: block by block in a Transformer.

    Its blocks are not called as a whole, so that what is called in them makes up the group that is gathered together.
    """
    mesh = init_device_mesh(model.device.type, (dist.get_world_size(),))
    for block in model.blocks if isinstance(model, Transformer) else ():
        assert isinstance(block, Block)
        fully_shard([block.attention.qkv, block.attention.out, block.mlp], mesh=mesh)
    fully_shard(model, mesh=mesh)


class GatheredMuon(Muon):
    """Muon on matrices that are shared out: each direction is gathered, one after the other, made orthogonal in every
    process, and each moves its own rows."""

    def move(self, matrices: list[Tensor], directions: list[Tensor], parts: list[tuple[int, ...]], rate: float) -> None:
        for matrix, direction, pieces in zip(matrices, directions, parts, strict=True):
            assert isinstance(matrix, DTensor)
            assert isinstance(direction, DTensor)
            whole = direction.full_tensor()
            way = torch.zeros_like(whole)
            super().move([way], [whole], [pieces], rate)
            own = distribute_tensor(way, matrix.device_mesh, matrix.placements, src_data_rank=None)  # says nothing
            matrix.to_local().add_(own.to_local())


class DistributedTrainer(Trainer):
    """A trainer of which each process of a crew has one. The first one is used like any other trainer, and tells the
    others what to do; they `follow`.

    Args:
        model: on its device, with equal weights in every process.
        batches: of the whole crew.
        settings: how; the batch is that of the whole crew.
        crew: the processes.
        seed: of dropout.
        chosen: the precision.
        asked: whether to stop soon, as this process sees it.
    """

    def __init__(
        self,
        model: LanguageModel,
        batches: Batches,
        settings: TrainingSettings,
        crew: Crew,
        *,
        seed: int = 0,
        chosen: str = "float32",
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._whole = copy.deepcopy(model).cpu() if crew.shard and crew.leads else None  # to evaluate and write with
        if crew.shard:
            shard(model)
        super().__init__(model, share(batches, crew), settings, seed=seed, chosen=chosen, compiled=False)
        if crew.shard and (muon := self.optimizers.muon):
            self.optimizers.muon = GatheredMuon(muon.matrices, settings.momentum, settings.weight_decay)
            self.optimizers.muon.dtype = muon.dtype
        self.crew, self._asked = crew, asked
        self._tokens = settings.accumulation * settings.batch * batches.context
        called: Any = model
        if not crew.shard:
            called = self._copied = DistributedDataParallel(model)
        self._call = torch.compile(called) if settings.compile else called

    def follow(self) -> None:
        """Do what the first process says, until it says that this is the end."""
        while (told := self.crew.hear())["do"] != "end":
            if told["do"] == "step":
                self.number, self.look = told["number"], told["look"]
                self.schedule.fall = Fall(*told["fall"]) if told["fall"] else None
                self.step()
            elif told["do"] == "weights":
                self.weights()
            elif told["do"] == "state":
                self.state()
            elif told["do"] == "load":
                self._spread(({}, {}), told["shapes"])

    def step(self) -> Step:
        before = self.number
        try:
            return replace(super().step(), tokens=self._tokens)
        except RuntimeError:
            self.number = before  # copies speak before any weight is moved: that step has not been
            raise

    def _plan(self) -> None:
        """The clock of the first process alone makes plans: all take as many steps."""
        if self.crew.leads:
            super()._plan()
            fall = self.schedule.fall
            plan = [fall.step, fall.factor, fall.total] if fall else None
            self.crew.tell("step", number=self.number, look=self.look, fall=plan)
            self.crew.engaged = True

    def learn(self, number: int, x_BT: NDArray[np.int64], y_BT: NDArray[np.int64]) -> float:
        self.model.train()
        if self._random:  # masks of their own for the rows of each process
            torch.manual_seed(derive(self.seed, "dropout", number, self.crew.rank))
        x, y = (torch.from_numpy(ids).to(self.model.device) for ids in (x_BT, y_BT))
        part = len(x_BT) / self.settings.batch / self.settings.accumulation
        last = (number + 1) % self.settings.accumulation == 0
        alone = contextlib.nullcontext() if self.crew.shard or last else self._copied.no_sync()
        with alone:
            loss = self.loss(x, y) * part
            (loss * self.crew.size).backward()  # gradients become the mean over the processes
        whole = self.crew.agree(loss.item(), self._asked())
        return whole if self.crew.leads else 0.0

    def clip(self, longest: float) -> float:
        norm = self._clip(longest) if self.crew.shard else super().clip(longest)
        self.crew.engaged = False
        return norm if self.crew.leads else 0.0  # the first one judges

    def _clip(self, longest: float) -> float:
        gradients = {n: _own(p.grad) for n, p in self.model.named_parameters() if p.grad is not None}
        squares = torch.stack(torch._foreach_norm(list(gradients.values()))).square()
        dist.all_reduce(squares)
        lengths = squares.sqrt()
        if self.look:
            self.norms = norms_of_layers(gradients, lengths.tolist())
        norm = torch.linalg.vector_norm(lengths)
        torch._foreach_mul_(list(gradients.values()), torch.clamp(longest / (norm + 1e-6), max=1.0))
        return norm.item()

    @contextlib.contextmanager
    def usable(self) -> Iterator[LanguageModel]:
        """The model, in the first process: where the weights are shared out, a whole one beside it."""
        if self._whole is None:
            with super().usable() as model:
                yield model
            return
        load_weights(self._whole, self.weights())
        try:
            yield self._whole.to(self.model.device)
        finally:
            self._whole.cpu()

    def weights(self) -> Arrays:
        if not self.crew.shard:
            return super().weights()
        self.crew.tell("weights")
        return self._gathered(self.averaged or dict(self.model.named_parameters()))

    def state(self) -> Arrays:
        if not self.crew.shard:
            return super().state()
        self.crew.tell("state")
        return self._gathered(self._remembered())

    def load(self, weights: Arrays, state: Arrays) -> None:
        shapes = [{name: list(value.shape) for name, value in arrays.items()} for arrays in (weights, state)]
        self.crew.tell("load", shapes=shapes)
        self._spread((weights, state), shapes)

    def _gathered(self, tensors: Mapping[str, Tensor]) -> Arrays:
        """Whole arrays in the first process, none in the others; one tensor after the other, to need little memory."""
        found: Arrays = {}
        for name, tensor in tensors.items():
            whole = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
            if self.crew.leads:
                found |= to_arrays({name: whole})
        return found

    def _spread(self, given: tuple[Arrays, ...], shapes: list[dict[str, list[int]]]) -> None:
        """Weights and state that the first process has read, put where they belong in every process."""
        parameters = dict(self.model.named_parameters())

        def placed(name: str, shape: list[int], arrays: Arrays) -> Tensor:
            value = torch.tensor(arrays[name]) if self.crew.leads else torch.empty(shape)
            value, like = value.to(self.model.device), parameters[_STATE.sub("", name)]
            if shape and isinstance(like, DTensor):
                return distribute_tensor(value, like.device_mesh, like.placements)
            dist.broadcast(value, 0)
            return value

        weights, state = (
            {name: placed(name, shape, arrays) for name, shape in wanted.items()}
            for arrays, wanted in zip(given, shapes, strict=True)
        )
        self._put(weights, state)


def _own(tensor: Tensor) -> Tensor:
    """The part of a tensor that lies in this process."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor
