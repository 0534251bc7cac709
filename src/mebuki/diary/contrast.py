"""Which words mark a group of texts out against the others: log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008).

Shares of rare words are mostly noise: a word that stood once in one month and never elsewhere is no sign of that month. The prior lends each
group some texts of the average kind, and the z-score holds what remains of the difference against its own uncertainty.

Shapes: P groups, V words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def log_odds(counts: ArrayLike, prior: ArrayLike | None = None) -> Floats:
    """[P, V], how far each word's log-odds in a group are above those in all other groups together, in standard deviations.

    Args:
        counts: [P, V], how often each word stands in each group; 0 or more.
        prior: [V], how often each word stands in the texts that every group is lent; 0 or more. None: what an average group has.

    A word that stands nowhere, neither in the groups nor in the prior, has 0 everywhere.

    >>> log_odds([[9, 100, 90], [1, 100, 90], [1, 100, 90]])[:, 0].round(1).tolist()
    [2.4, -1.2, -1.2]
    """
    y = np.asarray(counts, float)
    total = y.sum(0)
    a = total / max(1, len(y)) if prior is None else np.asarray(prior, float)
    rest = total - y
    here, there = y + a, rest + a
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(here / (here.sum(1, keepdims=True) - here))
        against = np.log(there / (there.sum(1, keepdims=True) - there))
        z = (odds - against) / np.sqrt(1 / here + 1 / there)
    return np.where(np.isfinite(z), z, 0.0)
