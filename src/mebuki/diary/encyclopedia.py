"""A word looked up in an encyclopedia that runs MediaWiki, as Wikipedia does: its page, and the pages related to it.

One request asks for both that can be had at once: the beginning of the word's page, whose links, in the order in which its writers set
them, are the words that explain the word; and the pages that the encyclopedia's search finds most like it. Where there is no such page,
a second request searches for the word.

https://www.mediawiki.org/wiki/API:Query · https://www.mediawiki.org/wiki/Help:CirrusSearch#Morelike
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit, urlunsplit

from .fetching import ExploreError, is_local
from .search import folded

Fetch = Callable[[str], bytes]  # the JSON at an address

WIKIPEDIA = "https://{language}.wikipedia.org/w/api.php"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{2,10}){0,2}|simple")
IMPOSSIBLE = re.compile(r"[#<>\[\]|{}\x00-\x1f\x7f\ufffd\ud800-\udfff]|^:")  # in titles; | would be several
LONGEST = 255  # bytes of a title
LEAD, ALIKE = 60, 20  # pages from either, at most
TELLS = 400  # letters of the word's own page
_MARK = re.compile(  # of MediaWiki's language: notes, comments, templates, tables, links
    r"<!--|-->|<(?P<end>/?)(?P<note>ref|gallery|math|nowiki)\b[^<>]*>|\{\{|\}\}|\{\||\|\}"
    r"|\[\[(?P<target>[^\[\]|]+)(?:\|[^\[\]]*)?\]\]|\[\[|\]\]",
    re.I,
)
_ELSEWHERE = re.compile(r":|[^\s:]+:\S")  # another namespace, or another wiki
_TIME = re.compile(r"(?=.*\d)[\d\s年月日代世紀前紀元-]+")  # years and days, which are linked to in Japanese


@dataclass(frozen=True)
class Page:
    """A page of an encyclopedia.

    Attributes:
        extract: how it begins, where that came with it.
    """

    title: str
    url: str
    extract: str = ""


@dataclass(frozen=True)
class Article:
    """What an encyclopedia has on a word.

    Attributes:
        page: the word's own page; None: there is none.
        ambiguous: whether that page lists several meanings of the word.
        related: other pages, the nearest first.
    """

    page: Page | None
    ambiguous: bool
    related: tuple[Page, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Article:
        """The same, out of JSON.

        Raises:
            KeyError, TypeError: it is something else.
        """
        page = content["page"]
        related = tuple(Page(**one) for one in content["related"])
        return cls(None if page is None else Page(**page), content["ambiguous"], related)


def checked_word(said: str) -> str:
    """A word as a page may be called.

    Raises:
        ExploreError: no page can be called so.

    >>> checked_word("  blue   note "), checked_word("ｺｰﾋｰ")
    ('blue note', 'コーヒー')
    """
    word = " ".join(unicodedata.normalize("NFKC", said).replace("_", " ").split())
    if not word:
        raise ExploreError("nothing was given to look up", allowed="a word", hint="mebuki diary explore 池")
    if IMPOSSIBLE.search(word) or len(word.encode(errors="replace")) > LONGEST:
        raise ExploreError(
            f"{word[:60]!r} is no word that an encyclopedia may have",
            allowed=f"up to {LONGEST} bytes, without # < > [ ] | {{ }}, and no : in front",
            hint="one word of it",
        )
    return word


def address(language: str, endpoint: str | None = None) -> str:
    """Where to ask: Wikipedia in a language, or the API of another encyclopedia.

    Plain http is for this computer, and for those who write http:// out.

    Args:
        language: its code, as in the name of its Wikipedia.
        endpoint: the address of an api.php, or a host that has it where Wikipedia does.

    Raises:
        ExploreError: this is no address to ask at.

    >>> address("ja"), address("en", "en.wiktionary.org")
    ('https://ja.wikipedia.org/w/api.php', 'https://en.wiktionary.org/w/api.php')
    """
    if endpoint is None:
        if not LANGUAGE.fullmatch(language):
            raise ExploreError(f"{language[:20]!r} is no code of a language", allowed="as ja, en, de", hint="en")
        return WIKIPEDIA.format(language=language)
    said = endpoint.strip()
    said = said if "://" in said else f"{'http' if is_local(said.split('/')[0].split(':')[0]) else 'https'}://{said}"
    parts = _parts(said)
    if not parts or parts.scheme not in ("https", "http") or parts.username is not None or not said.isprintable():
        raise ExploreError(
            f"{endpoint[:80]!r} is no address to ask at",
            allowed="https://…/api.php, without a password; http:// for a wiki on this computer or at home",
            hint="--endpoint https://en.wiktionary.org/w/api.php",
        )
    path = quote(parts.path, safe="/%") if parts.path.strip("/") else "/w/api.php"
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, "", ""))


def _parts(address: str) -> SplitResult | None:
    """The parts of an address that names a host."""
    try:
        parts = urlsplit(address)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def look_up(word: str, source: str, fetch: Fetch) -> Article:
    """Ask an encyclopedia for a word, with one request, or two where it has no page of that name.

    Args:
        word: from `checked_word`.
        source: from `address`.
        fetch: gets what stands at an address.

    Raises:
        ExploreError: it cannot be had, or is not in MediaWiki's form.
    """
    found = _asked(
        source,
        fetch,
        prop="info|pageprops|extracts|revisions",
        titles=word,
        redirects="1",
        inprop="url",
        ppprop="disambiguation",
        exintro="1",
        explaintext="1",
        exchars=str(TELLS),
        rvprop="content",
        rvslots="main",
        rvsection="0",
        **_searching(f"morelike:{word}"),
    )
    article = _article(found, source)
    if article.page:
        return article
    return _article(_asked(source, fetch, **_searching(word)), source)


def _searching(query: str) -> dict[str, str]:
    return {"list": "search", "srsearch": query, "srlimit": str(ALIKE), "srprop": "snippet", "srinfo": ""}


def _asked(source: str, fetch: Fetch, **fields: str) -> dict[str, Any]:
    """What MediaWiki answers to a query."""
    always = {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
    content = fetch(f"{source}?{urlencode({**always, **fields}, quote_via=quote)}")
    host = urlsplit(source).netloc
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ExploreError(f"the answer of {host} is damaged: no JSON", hint="again") from error
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        code, info = _plain(error.get("code"))[:60], _plain(error.get("info"))[:200]
        if code in ("maxlag", "ratelimited", "readonly"):
            raise ExploreError(f"{host} is busy ({code})", hint="again in a minute")
        raise ExploreError(f"{host} refuses: {info or code}", hint="another word, or another address: --endpoint URL")
    if not isinstance(answer, dict) or not isinstance(answer.get("query"), dict):
        raise ExploreError(
            f"{host} answers, but not as MediaWiki does", hint="the address of its api.php: --endpoint URL"
        )
    return answer["query"]


def _article(query: dict[str, Any], source: str) -> Article:
    """An article out of MediaWiki's answer."""
    try:
        pages, alike = query.get("pages", []), query.get("search", [])
        page, ambiguous, lead = None, False, ()
        own = next((one for one in pages if not one.get("missing") and not one.get("invalid")), None)
        if own is not None:
            title = _plain(own["title"])
            url = own.get("fullurl", "")
            start = _start(url, title, source)
            page = Page(title, start + _quoted(title), _plain(own.get("extract")))
            ambiguous = "disambiguation" in own.get("pageprops", {})
            lead = links(_wikitext(own))
        else:
            start = _start("", "", source)
        found = [(title, "") for title in lead] + [(one["title"], _plain(one.get("snippet"))) for one in alike]
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ExploreError(
            f"{urlsplit(source).netloc} answers in a form that is not known", hint="another address: --endpoint URL"
        ) from error
    return Article(page, ambiguous, _once(found, start, page.title if page else ""))


def _wikitext(page: dict[str, Any]) -> str:
    """The source of the page's beginning, of present and of older MediaWikis."""
    revision = (page.get("revisions") or [{}])[0]
    main = revision.get("slots", {}).get("main", revision)
    return str(main.get("content", ""))


def links(wikitext: str) -> list[str]:
    """The pages that the sentences of a text in MediaWiki's language link to, in order; not its tables, templates, pictures, notes.

    >>> links("{{Infobox|[[Asia]]}}'''Tea''' is a [[drink]]<ref>[[Book]]</ref> of [[Camellia sinensis|leaves]]. [[File:Tea.jpg]]")
    ['drink', 'Camellia sinensis']
    """
    found: dict[str, None] = {}
    comment = note = False
    depth = 0  # in templates, tables, and pictures with links below them
    for mark in _MARK.finditer(wikitext):
        said = mark.group()
        if comment or said == "<!--":
            comment = said != "-->"
        elif mark["note"]:
            note = not mark["end"] and not said.endswith("/>")
        elif note:
            continue
        elif said in ("{{", "{|", "[["):
            depth += 1
        elif said in ("}}", "|}", "]]"):
            depth = max(0, depth - 1)
        elif mark["target"] and not depth:
            title = _plain(mark["target"].partition("#")[0].replace("_", " "))
            if title and not _ELSEWHERE.match(title) and not _TIME.fullmatch(title):
                found[title] = None
    return list(found)[:LEAD]


def _once(found: Iterable[tuple[str, str]], start: str, own: str) -> tuple[Page, ...]:
    """Each page once, with what is told of it, without the word's own."""
    known: dict[str, Page] = {}
    for said, extract in found:
        title = _plain(said)
        key = folded(title)
        if key and key != folded(own) and not (key in known and (known[key].extract or not extract)):
            known[key] = Page(known[key].title if key in known else title, start + _quoted(title), extract)
    return tuple(known.values())


def _start(url: str, title: str, source: str) -> str:
    """What stands before the title in the address of each page, as an address that is known tells."""
    whole = unquote(url)
    if title and whole.endswith(title.replace(" ", "_")) and urlsplit(whole).scheme in ("https", "http"):
        start = whole[: len(whole) - len(title)]
        if start.isascii() and start.isprintable() and " " not in start:
            return start
    return source.removesuffix("api.php") + "index.php?title="


def _quoted(title: str) -> str:
    return quote(title.replace(" ", "_"), safe="/:,()!~*'")


def _plain(text: object) -> str:
    """A stranger's text in one line, without marks of HTML and what a terminal would obey."""
    bare = html.unescape(re.sub(r"<[^<>]*>", "", text)) if isinstance(text, str) else ""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in bare).split())
