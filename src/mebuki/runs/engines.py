"""The two engines behind a run: PyTorch, and NumPy with every gradient by hand. Each is loaded only if it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..errors import RunError
from ..recipes import Recipe

if TYPE_CHECKING:
    from ..training.batches import Batches
    from ..training.stepping import Arrays, Stepping


class Engine(Protocol):
    """What a run asks of an engine.

    Attributes:
        package: the name under which run.json keeps its version.
    """

    package: str

    @property
    def version(self) -> str: ...
    def threads(self, wanted: int) -> int:
        """Use so many processor threads (0: as the library chooses), and say how many they are."""
        ...

    def model(self, recipe: Recipe, vocabulary: int) -> Any:
        """A fresh model; the recipe's seed draws its weights."""
        ...

    def facts(self, recipe: Recipe, model: Any, *, wait: bool = True) -> dict[str, Any]:
        """The device, the precision, and whether compiled kernels are used: how to train, kept with the run.

        Args:
            wait: for the compiler, if this version never ran here.
        """
        ...

    def trainer(self, recipe: Recipe, vocabulary: int, batches: Batches, facts: dict[str, Any]) -> Stepping: ...
    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        """Names and shapes of a model's weights."""
        ...

    def load(self, model: Any, weights: Arrays) -> Any:
        """Put weights into a model, and make it ready to be used."""
        ...


class Torch:
    """PyTorch: `mebuki.models`, trained by `Trainer`."""

    package = "torch"

    @property
    def version(self) -> str:
        import torch

        return torch.__version__

    def threads(self, wanted: int) -> int:
        import torch

        torch.set_num_threads(wanted or torch.get_num_threads())
        return torch.get_num_threads()

    def model(self, recipe: Recipe, vocabulary: int) -> Any:
        import torch

        from ..models import build
        from ..training.batches import derive

        torch.manual_seed(derive(recipe.seed, "weights"))
        return build(recipe.model, vocabulary, recipe.shape)

    def facts(self, recipe: Recipe, model: Any, *, wait: bool = True) -> dict[str, Any]:
        import torch

        from ..training.precision import resolve

        device = recipe.training.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        precision = resolve(recipe.training.precision, to_device(model, device), recipe.training.batch)
        compiled = not recipe.training.compile and model.quicken(precision, wait=wait)
        return {"device": device, "precision": precision, "kernels": compiled}

    def trainer(self, recipe: Recipe, vocabulary: int, batches: Batches, facts: dict[str, Any]) -> Stepping:
        from ..training.trainer import Trainer

        model, compiled = to_device(self.model(recipe, vocabulary), facts["device"]), facts.get("kernels", False)
        how = {"chosen": facts["precision"], "compiled": compiled and model.quicken(facts["precision"], wait=True)}
        return Trainer(model, batches, recipe.training, seed=recipe.seed, **how)

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}

    def load(self, model: Any, weights: Arrays) -> Any:
        from ..models.weights import load_weights

        load_weights(model, weights)
        return model.eval()


class Scratch:
    """NumPy alone: `mebuki.scratch`, trained by `ScratchTrainer`, on the processor in float32."""

    package = "numpy"

    @property
    def version(self) -> str:
        import numpy

        return numpy.__version__

    def threads(self, wanted: int) -> int:
        import numpy
        import threadpoolctl

        numpy.dot(numpy.ones(1), numpy.ones(1))  # its library of matrix products must be loaded to be found
        if wanted:
            threadpoolctl.threadpool_limits(wanted, "blas")
        found = [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
        return max(found, default=1)

    def model(self, recipe: Recipe, vocabulary: int) -> Any:
        from ..scratch import build
        from ..training.batches import derive

        return build(recipe.model, vocabulary, recipe.shape, derive(recipe.seed, "weights"))

    def facts(self, recipe: Recipe, model: Any, *, wait: bool = True) -> dict[str, Any]:
        return {"device": "cpu", "precision": "float32"}

    def trainer(self, recipe: Recipe, vocabulary: int, batches: Batches, facts: dict[str, Any]) -> Stepping:
        from ..training.scratch_trainer import ScratchTrainer

        return ScratchTrainer(self.model(recipe, vocabulary), batches, recipe.training, seed=recipe.seed)

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        return {name: value.shape for name, value in model.weights().items()}

    def load(self, model: Any, weights: Arrays) -> Any:
        model.load(weights)
        return model


ENGINES: dict[str, Engine] = {"torch": Torch(), "scratch": Scratch()}


def to_device(model: Any, device: str) -> Any:
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise RunError(
            f"the device {device} cannot be used: {str(error).splitlines()[0]}", hint="--device cpu"
        ) from error
