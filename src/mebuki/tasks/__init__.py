"""Problems with exact answers, made by the thousand: what a model learns when there is right and wrong.

>>> from mebuki.tasks import Addition
>>> Addition(digits=2).heldout(3).answers
['3', '46', '6']
"""

from __future__ import annotations

from .addition import Addition, Problems

__all__ = ["Addition", "Problems"]
