"""Which words mark out one body of text against another: log-odds ratios with an informative Dirichlet prior.

Counting alone favours the commonest words, and dividing favours those that stand there once. Here each text is thought to have begun with
counts of its own, in proportion to how common each word is over all (the prior): what is rare has to be seen more often before it says
something, and the standard deviation of the ratio, which is known, tells how much it says (z). After Monroe, Colaresi & Quinn, "Fightin' Words"
(Political Analysis 16, 2008), section 3.5.

Shapes: V words, P groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def prior(counts: NDArray[Any], weight: float) -> Floats:
    """[V], the counts that a text is thought to begin with: so many words, as common as they are over all.

    Args:
        counts: [V], of each word over all texts.
        weight: words altogether; as many as a text of the usual size has lets one of that size speak half for itself.

    >>> prior(np.array([6, 3, 1]), 5.0).tolist()
    [3.0, 1.5, 0.5]
    """
    return weight * counts / max(1.0, float(counts.sum()))


def log_odds(one: NDArray[Any], other: NDArray[Any], prior: NDArray[Any]) -> tuple[Floats, Floats]:
    """[V] and [V]: how much likelier each word is in one text than in the other, and the same in standard deviations.

    The first is δ = ln(odds in one / odds in the other), in nats, above 0 for words of the first text; the second is z = δ/σ, with σ² =
    1/(one + prior) + 1/(other + prior). Change the texts about, and both change their signs. A word whose prior is 0 has 0 and 0.

    Args:
        one, other: [V], how often each word stands in each.
        prior: [V], see `prior`; of 0 or more.

    >>> ratio, z = log_odds(np.array([20, 5, 5]), np.array([5, 20, 5]), np.array([5.0, 5.0, 2.0]))
    >>> ratio.round(2).tolist(), z.round(2).tolist()
    ([1.55, -1.55, 0.0], [4.14, -4.14, 0.0])
    """
    mine, yours = one + prior, other + prior
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(mine / (mine.sum() - mine)) - np.log(yours / (yours.sum() - yours))
        z = ratio / np.sqrt(1 / mine + 1 / yours)
    known = np.isfinite(z)
    return np.where(known, ratio, 0.0), np.where(known, z, 0.0)


def of_groups(counts: ArrayLike, prior: ArrayLike | None = None) -> Floats:
    """[P, V], how far each word's log-odds in a group of texts are above those in all other groups together, in standard deviations.

    Args:
        counts: [P, V], how often each word stands in each group; 0 or more.
        prior: [V], see `prior`; None: what an average group has.

    >>> of_groups([[9, 100, 90], [1, 100, 90], [1, 100, 90]])[:, 0].round(1).tolist()
    [2.4, -1.2, -1.2]
    """
    groups = np.asarray(counts, float)
    total = groups.sum(0)
    lent = total / max(1, len(groups)) if prior is None else np.asarray(prior, float)
    return np.array([log_odds(one, total - one, lent)[1] for one in groups]).reshape(groups.shape)
