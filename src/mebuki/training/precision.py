"""bfloat16 or float32: measured on the model itself, once for each machine and shape, and remembered."""

from __future__ import annotations

import json
import platform
import statistics
import time
from contextlib import AbstractContextManager
from pathlib import Path

import torch
import torch.nn.functional as F

from ..errors import RecipeError
from ..models.protocol import LanguageModel

GAIN = 1.15  # bfloat16 must be so many times as fast to be taken: it costs some exactness


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """A context in which matrix products run in the given precision."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def measure(model: LanguageModel, batch: int, rounds: int = 3) -> float:
    """How many times as fast one training step is in bfloat16 as in float32, on at most 2,048 tokens of noise."""
    generator = torch.Generator().manual_seed(0)
    batch = max(1, min(batch, 2048 // model.context or 1))
    ids = torch.randint(model.vocabulary, (batch, model.context), generator=generator).to(model.device)
    seconds: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    for _ in range(rounds + 1):  # the first round warms up
        for precision, times in seconds.items():
            start = time.perf_counter()
            with autocast(precision, model.device):
                logits = model(ids)
            loss = F.cross_entropy(logits.float().flatten(0, 1), ids.flatten())
            torch.autograd.grad(loss, [p for p in model.parameters() if p.requires_grad])
            if model.device.type == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - start)
    return statistics.median(seconds["float32"][1:]) / statistics.median(seconds["bfloat16"][1:])


def resolve(asked: str, model: LanguageModel, batch: int) -> str:
    """The precision that was asked for, or if that is auto, the one to train in.

    Raises:
        RecipeError: bfloat16, for a model that needs float32.
    """
    if asked == "auto":
        return choose(model, batch)
    if asked == "bfloat16" and not model.half_precision:
        raise RecipeError(f"a {model.kind} cannot be trained in bfloat16", allowed="auto, float32")
    return asked


def choose(model: LanguageModel, batch: int) -> str:
    """The precision to train in. The verdict is kept in the cache folder, so that equal runs choose equally."""
    if not model.half_precision:
        return "float32"
    machine = (platform.machine(), torch.backends.cpu.get_cpu_capability(), torch.get_num_threads(), torch.__version__)
    if model.device.type == "cuda":
        machine = (torch.cuda.get_device_name(model.device), torch.__version__)
    key = f"{machine} {model.kind} {model.vocabulary} {model.shape} {batch}"
    known = _read()
    if key not in known:
        known[key] = round(measure(model, batch), 2)
        _write(known)
    return "bfloat16" if known[key] >= GAIN else "float32"


def _file() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("mebuki")) / "precision.json"


def _read() -> dict[str, float]:
    try:
        known = json.loads(_file().read_text("utf-8"))
        return {str(key): float(gain) for key, gain in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(known: dict[str, float]) -> None:
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_text(json.dumps(known, indent=1), "utf-8")
    except OSError:
        pass  # a cache: without it the next run measures again
