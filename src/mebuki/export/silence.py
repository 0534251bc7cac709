"""Rows for tokens that a model never learned: such that it gives them as little probability as rows can.

Shapes: T positions, D width, V vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..shapes import TransformerShape

SHORT = 1e-5  # what the square of its length costs: a short row is right on other texts too


@dataclass(frozen=True)
class Silence:
    """A row [D], and the share of the probability that so many tokens with it take on the text: the mean, and the largest."""

    row: NDArray[np.float32]
    mean: float
    largest: float


def silence(
    weights: dict[str, NDArray[np.float32]], shape: TransformerShape, ids: NDArray[np.int64], tokens: int
) -> Silence:
    """The best row for tokens that never come: the one with which a text is foretold best.

    An output without a bias has no constant to make them unlikely everywhere, so their row is learned, as the letters' were, on a text
    in which none of them comes: logistic regression on what stands before the output, which is convex.

    Args:
        ids: of a text, one or more.
        tokens: how many share the row.
    """
    import torch
    import torch.nn.functional as F

    from ..models import build
    from ..models.weights import load_weights

    model = build("transformer", len(weights["embedding.weight"]), shape).eval()
    load_weights(model, weights)
    seen: list[torch.Tensor] = []
    hook = model.get_submodule("output").register_forward_pre_hook(lambda _, given: seen.append(given[0][0]))
    with torch.no_grad():
        others_T = model(torch.from_numpy(ids)[None])[0].double().logsumexp(-1) - math.log(tokens)
    hook.remove()
    before_TD = seen[0].double()
    row = model.get_submodule("output").weight.detach().double().mean(0).requires_grad_()  # pyright: ignore[reportCallIssue]
    optimizer = torch.optim.LBFGS([row], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.softplus(before_TD @ row - others_T).mean() + SHORT * row.square().sum()
        value.backward()
        return value

    optimizer.step(loss)  # pyright: ignore[reportArgumentType]
    found = row.detach().float()
    share_T = torch.sigmoid(before_TD @ found.double() - others_T)
    return Silence(found.numpy(), float(share_T.mean()), float(share_T.max()))
