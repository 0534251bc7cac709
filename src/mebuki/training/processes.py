"""Several processes that train one model: which one this is, and the short words by which the first leads the others.

`torchrun` starts them and tells each its rank. Light until a crew is made: torch is loaded there.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
from datetime import timedelta
from typing import Any

from ..errors import RunError

PATIENCE = timedelta(hours=6)  # as long may the first read a text, or evaluate, while the others wait


def several() -> bool:
    """Whether this process is one of several, as torchrun starts them."""
    told = all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"))
    return told and int(os.environ["WORLD_SIZE"]) > 1


def follows() -> bool:
    """Whether this process is one of several, and not the first."""
    return several() and int(os.environ["RANK"]) > 0


def is_gone(error: BaseException) -> bool:
    """Whether an error means that another process is not there any more, as those say who carry words between them.

    >>> is_gone(RuntimeError("[gloo/transport/tcp/pair.cc:553] Connection closed by peer [127.0.0.1]:948"))
    True
    >>> is_gone(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    False
    """
    named = type(error).__name__ in ("DistBackendError", "DistNetworkError")
    return named or (isinstance(error, RuntimeError) and any(word in str(error).lower() for word in ("gloo", "nccl")))


class Crew:
    """All processes of this training. They meet when each has made its own.

    Words and numbers go over gloo, which serves processors of every kind; what lies on GPUs goes over NCCL.

    Args:
        shard: whether the weights are shared out over the processes (FSDP2), not copied (DDP).

    Attributes:
        rank: of this process, 0 … size - 1.
        size: how many there are.
        leads: whether this is the first, which alone evaluates, writes and decides.
        engaged: whether the others are in the middle of something, and do not listen.
        asked: whether somebody pressed Ctrl-C on any of them, as of the last `agree`.

    Raises:
        RunError: this torch knows nothing of other processes.
    """

    def __init__(self, shard: bool = False) -> None:
        import torch
        import torch.distributed as dist

        if not (dist.is_available() and dist.is_gloo_available()):
            raise RunError("this torch cannot speak with other processes", hint="mebuki train, without torchrun")
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
        if not dist.is_initialized():  # once: a second training of this program finds them together
            on_gpus = torch.cuda.is_available() and dist.is_nccl_available()
            meeting = next(iter(dist.rendezvous("env://", timeout=PATIENCE)))
            store, rank, size = _of_this_attempt(meeting[0]), meeting[1], meeting[2]
            backend = "cpu:gloo,cuda:nccl" if on_gpus else "gloo"
            dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
            atexit.register(dist.destroy_process_group)
        self.shard = shard
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.leads, self.engaged, self.asked = self.rank == 0, False, False

    def tell(self, do: str, **words: Any) -> None:
        """Say what comes next, from the first process to all that `hear`; the others say nothing."""
        if self.leads:
            self._broadcast(json.dumps({"do": do, **words}).encode())

    def hear(self) -> dict[str, Any]:
        """What the first process says next."""
        return json.loads(self._broadcast(b""))

    def agree(self, number: float, asked: bool) -> float:
        """The sum of a number over all processes; `asked` is true afterwards if it was for any of them."""
        import torch
        import torch.distributed as dist

        both = torch.tensor([number, float(asked)], dtype=torch.float64)
        dist.all_reduce(both)
        self.asked = self.asked or both[1].item() > 0
        return both[0].item()

    def part(self) -> None:
        """End: the first tells the others so. While they do not listen, they end when they find it gone."""
        import torch.distributed as dist

        with contextlib.suppress(RuntimeError):  # some are gone already
            if not self.engaged:
                self.tell("end")
                dist.barrier()

    def _broadcast(self, message: bytes) -> bytes:
        """A length first, then so many bytes."""
        import torch
        import torch.distributed as dist

        length = torch.tensor([len(message)])
        dist.broadcast(length, 0)
        told = torch.frombuffer(bytearray(message), dtype=torch.uint8) if self.leads else None
        told = torch.empty(int(length), dtype=torch.uint8) if told is None else told
        dist.broadcast(told, 0)
        return told.numpy().tobytes()


def _of_this_attempt(store: Any) -> Any:
    """Where the processes find each other. torchrun keeps it when it starts all anew (`--max-restarts`), with the addresses
    of those that are gone: each attempt gets a corner of its own. On several machines attempts are counted differently.
    """
    import torch.distributed as dist

    store.set_timeout(PATIENCE)
    if os.environ.get("GROUP_WORLD_SIZE") != "1":
        return store
    return dist.PrefixStore(f"attempt {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
