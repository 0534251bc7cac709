"""English words: which say little by themselves, which are numbers, and the one form of all that a word is inflected to."""

from __future__ import annotations

from functools import cache

_STOP = """
a about above across after again against ago ain all almost alone along already also although always am among an and
another any anybody anyone anything anyway are aren around as at away back be became because become been before behind
being below beside besides between beyond both but by came can cannot come could couldn did didn do does doesn doing
don done down during each either else enough even ever every everybody everyone everything far few first for from
further gave get gets getting give go goes going gone good got had hadn has hasn have haven having he hence her here
hers herself him himself his how however i if in indeed instead into is isn it its itself just keep kept know last
least less let like little ll long look made make makes many may maybe me might mine more most much must my myself
near nearly need neither never next no nobody none nor not nothing now of off often oh ok on once one only onto or
other others our ours ourselves out over own perhaps put quite rather re really s said same saw say says see seem
seemed seems seen several shall she should shouldn since so some somebody someone something sometimes somewhere soon
still such t take taken than that the their theirs them themselves then there these they thing things think this those
though thought through thus till to today together told tomorrow too took toward towards tried try two under until up
upon us use used ve very want wanted was wasn way we well went were weren what whatever when where whether which while
who whole whom whose why will with within without won would wouldn yes yesterday yet you your yours yourself
yourselves i'm i've i'd i'll it's don't didn't can't couldn't wouldn't isn't wasn't won't doesn't haven't hadn't
hasn't aren't weren't shouldn't that's there's what's he's she's we're they're you're let's we've they've you've he'd
she'd we'd they'd you'd he'll she'll we'll they'll you'll who's here's
"""
STOP = frozenset(_STOP.split())
JOINING = frozenset(
    ["far", "first", "good", "last", "little", "long", "next", "well"]
)  # say little alone, but may be part of a name

_NUMBERS = """
zero three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions dozen dozens
second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth hundredth thirds quarters
"""
NUMBERS = frozenset(_NUMBERS.split())
_WITHIN = NUMBERS | frozenset(["one", "two", "first", "and", "a", "half", "quarter", "past", "odd"])


def is_number(word: str) -> bool:
    """Whether a word in small letters is a number, which says nothing alone, but may be part of a name.

    >>> [is_number(word) for word in ("seven", "forty-first", "half-past", "seven-year-old", "one-sided")]
    [True, True, True, False, False]
    """
    return word in NUMBERS or ("-" in word and all(part in _WITHIN for part in word.split("-")))


@cache
def lemma(word: str) -> str:
    """A word in small letters without its inflection, by simplemma's dictionary; derivation stays, a gardener is no garden.

    >>> [lemma(word) for word in ("walking", "stopped", "cities", "made", "children", "news", "gardener")]
    ['walk', 'stop', 'city', 'make', 'child', 'news', 'gardener']
    """
    import simplemma

    return simplemma.lemmatize(word, lang="en").lower()
