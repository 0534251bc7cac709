"""What each word of a diary is shown as: the spelling that its writer uses most, no two alike, so that what is shown can be asked for.

Shapes: O occurrences of words, V words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from .chance import Ints

LOOKED = 20  # places where a phrase stands, whose texts are read


def commonest(word: Ints, spelling: Ints, words: int) -> Ints:
    """[V], the spelling that each word has most often, of two as often the one that came first; -1: it is as it stands in the text.

    Args:
        word, spelling: [O], numbers.
        words: V.

    >>> commonest(np.array([0, 1, 0, 0, 1]), np.array([7, 5, 8, 8, 6]), 2).tolist()
    [8, 5]
    """
    found = np.full(words, -1)
    if len(word):
        width = int(spelling.max()) + 2
        codes, first, times = np.unique(word * width + spelling + 1, return_index=True, return_counts=True)
        order = np.lexsort((-first, times))  # the last one stays
        found[codes[order] // width] = codes[order] % width - 1
    return found


def as_it_stands(places: Ints, text_at: Callable[[int], str]) -> str:
    """The commonest of the texts at some of these places, spread over all of them; of two as common the one that came first.

    Args:
        places: [≥ 1], of a phrase.
        text_at: gives what stands at a place.
    """
    some = places[np.unique(np.linspace(0, len(places) - 1, min(LOOKED, len(places))).round().astype(int))]
    return Counter(text_at(place) for place in some.tolist()).most_common(1)[0][0]


def told_apart(names: Sequence[str], keys: Sequence[tuple[str, ...]], order: Sequence[int]) -> list[str]:
    """The names, each once: of two words that are spelled alike, the one that comes later has what it counts as behind it.

    Args:
        names: [V].
        keys: [V], what each word counts as; no two alike.
        order: [V], the words, those first that keep their names.

    >>> told_apart(["のぼる", "池", "のぼる"], [("登る",), ("池",), ("昇る",)], [2, 0, 1])
    ['のぼる (登る)', '池', 'のぼる']
    """
    found, taken = list(names), set[str]()
    if len(set(names)) == len(names):
        return found
    for word in order:
        if found[word] in taken:
            found[word] = f"{found[word]} ({' '.join(keys[word])})"
        taken.add(found[word])
    return found
