"""A word is looked up outside: what is asked, what is made of the answer, what is kept, and that nothing goes unallowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from wiki import JSON, Reply, Request, Wiki, pond

from mebuki.diary import consent, fetching
from mebuki.diary.encyclopedia import LEAD, Article, Page, address, checked_word, links, look_up
from mebuki.diary.exploring import KEPT, MOST, Question, explore, forget
from mebuki.diary.fetching import ExploreError
from mebuki.diary.journal import Journal
from mebuki.errors import StorageError

DAY = date(2026, 11, 21)


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    with pond() as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        made.write("池で水を見た。水は青い。", "2026-01-03", id="a")
        made.write("庭園の水がにごる。", "2026-02-01", id="b")
        made.write("We walked to the pond, and on to Africa.", "2026-03-01", id="c")
        made.write("Stones in the pond.", "2026-03-02", id="d")
        yield made


def yes(question: Question) -> bool:
    return True


def never(url: str) -> bytes:
    raise AssertionError(f"sent: {url}")


def saying(content: object, **headers: str) -> Callable[[Request], Reply]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda request: Reply(body, headers={**JSON, **headers})


# What is sent


def test_one_word_is_sent_and_nothing_else(wiki: Wiki, journal: Journal) -> None:
    explore(journal, "池", endpoint=wiki.source, ask=yes)
    (request,) = wiki.requests
    assert request.line.startswith("GET /w/api.php?")
    assert request.query == [
        ("action", "query"),
        ("format", "json"),
        ("formatversion", "2"),
        ("maxlag", "5"),
        ("prop", "info|pageprops|extracts|revisions"),
        ("titles", "池"),
        ("redirects", "1"),
        ("inprop", "url"),
        ("ppprop", "disambiguation"),
        ("exintro", "1"),
        ("explaintext", "1"),
        ("exchars", "400"),
        ("rvprop", "content"),
        ("rvslots", "main"),
        ("rvsection", "0"),
        ("list", "search"),
        ("srsearch", "morelike:池"),
        ("srlimit", "20"),
        ("srprop", "snippet"),
        ("srinfo", ""),
    ]
    assert dict(request.headers) == {
        "Accept-Encoding": "gzip",
        "Host": wiki.host,
        "User-Agent": fetching.AGENT,
        "Connection": "close",
    }


def test_what_is_sent_does_not_depend_on_the_diary(wiki: Wiki, journal: Journal, tmp_path: Path) -> None:
    explore(journal, "池", endpoint=wiki.source, ask=yes)
    with Journal(tmp_path / "other") as other:
        explore(other, "池", endpoint=wiki.source, ask=yes)
    first, second = wiki.requests
    assert (first.line, first.headers) == (second.line, second.headers)


def test_a_word_without_a_page_is_searched_for(wiki: Wiki, journal: Journal) -> None:
    wiki.pages["溜池山王"] = "駅"
    found = explore(journal, "溜池", endpoint=wiki.source, ask=yes)
    assert [dict(request.query).get("srsearch") for request in wiki.requests] == ["morelike:溜池", "溜池"]
    assert "titles" not in dict(wiki.requests[1].query)
    assert found.page is None
    assert [one.title for one in found.related] == ["溜池山王"]
    assert found.related[0].url == f"http://{wiki.host}/w/index.php?title=%E6%BA%9C%E6%B1%A0%E5%B1%B1%E7%8E%8B"


@pytest.mark.parametrize(
    "said", ["", " ", "a|b", "C#", "[[x]]", "{x}", "<b>", "x" * 256, "池" * 86, ":en:x", "\ud800", "a\x00b"]
)
def test_what_is_no_word_is_not_sent(said: str, journal: Journal) -> None:
    with pytest.raises(ExploreError):
        explore(journal, said, ask=yes, fetch=never)


def test_a_word_is_sent_as_it_is_written_at_best() -> None:
    assert checked_word(" Blue\u3000Note\n") == "Blue Note"
    assert checked_word("ﾈｺ") == "ネコ"
    assert checked_word("が") == "が"


# Where to


@pytest.mark.parametrize(
    ("endpoint", "meant"),
    [
        (None, "https://de.wikipedia.org/w/api.php"),
        ("https://wiki.example", "https://wiki.example/w/api.php"),
        ("wiki.example/api.php", "https://wiki.example/api.php"),
        ("https://Wiki.Example:8443/x/api.php?a=b#c", "https://wiki.example:8443/x/api.php"),
        ("localhost:8080/api.php", "http://localhost:8080/api.php"),
        ("http://nas.home/wiki/api.php", "http://nas.home/wiki/api.php"),
        ("127.evil.example", "https://127.evil.example/w/api.php"),
        ("https://[::1]/", "https://[::1]/w/api.php"),
        ("https://wiki.example/百科/api.php", "https://wiki.example/%E7%99%BE%E7%A7%91/api.php"),
    ],
)
def test_addresses(endpoint: str | None, meant: str) -> None:
    assert address("de", endpoint) == meant


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "ftp://wiki.example",
        "file:///etc/passwd",
        "https://me:pw@wiki.example/",
        "https://",
        "https://a:port/",
        "https://[x/",
        "https://a\x1b.example",
    ],
)
def test_what_is_no_address(endpoint: str) -> None:
    with pytest.raises(ExploreError, match="no address"):
        address("ja", endpoint)


@pytest.mark.parametrize("language", ["", "J", "ja.evil.example/", "xx/../..", "evil.example#", "japanese"])
def test_what_is_no_language(language: str) -> None:
    with pytest.raises(ExploreError, match="no code of a language"):
        address(language)


@pytest.mark.parametrize(
    ("word", "host"),
    [
        ("水", "ja"),
        ("コーヒー", "ja"),
        ("pond", "en"),
        ("Africa", "en"),
        ("telescope", "en"),
        ("Python", "ja"),  # as its entries
        ("将棋", "ja"),
    ],
)
def test_the_language_is_that_of_the_entries_or_the_word(word: str, host: str, journal: Journal) -> None:
    journal.write("Pythonで水の計算をした。", "2026-04-01")
    journal.write("またPythonを書いた。", "2026-04-02")
    asked: list[Question] = []
    with pytest.raises(ExploreError):
        explore(journal, word, ask=lambda question: bool(asked.append(question)), fetch=never)
    assert asked == [Question(word, host, f"https://{host}.wikipedia.org/w/api.php")]


def test_a_language_that_is_given(journal: Journal) -> None:
    asked: list[Question] = []
    with pytest.raises(ExploreError):
        explore(journal, "Garten", language="de", ask=lambda question: bool(asked.append(question)), fetch=never)
    assert asked[0].source == "https://de.wikipedia.org/w/api.php"


# What is made of the answer


def test_a_page_and_what_is_related(wiki: Wiki, journal: Journal) -> None:
    found = explore(journal, "池", endpoint=wiki.source, ask=yes, today=DAY)
    start = f"http://{wiki.host}/wiki/"
    assert found.page == Page("池", start + "%E6%B1%A0", wiki.extracts["池"])
    assert [one.title for one in found.related] == [
        "水",
        "庭園",
        "陸地",
        "湖沼",
        "沼",
        "農業",
        "溜池",
        "用水路",
        "蓮",
        "ダム湖",
    ]
    assert [[entry for _, entry in one.days] for one in found.related[:3]] == [["a", "b"], ["b"], []]
    assert found.related[7].extract == wiki.extracts["用水路"]
    assert found.related[3].url == start + "%E6%B9%96%E6%B2%BC"
    content = json.loads(json.dumps(found.to_dict()))
    assert {key: content[key] for key in ("word", "language", "source", "looked_up", "ambiguous")} == {
        "word": "池",
        "language": None,
        "source": wiki.source,
        "looked_up": "2026-11-21",
        "ambiguous": False,
    }
    assert content["related"][1] == {
        "title": "庭園",
        "url": start + "%E5%BA%AD%E5%9C%92",
        "in_diary": True,
        "days": [{"date": "2026-02-01", "entry": "b"}],
    }
    assert content["related"][7]["extract"]
    assert not content["related"][7]["in_diary"]
    assert len(found.to_dict(3)["related"]) == 3


def test_a_redirect_leads_to_the_page(wiki: Wiki, journal: Journal) -> None:
    found = explore(journal, "池塘", endpoint=wiki.source, ask=yes)
    assert found.page
    assert found.page.title == "池"
    assert "湖沼" in [one.title for one in found.related]


def test_a_word_of_several_meanings(journal: Journal) -> None:
    with Wiki(
        pages={"Mercury": "'''Mercury''' may be: [[Mercury (planet)]], [[Stone (unit)]]"}, ambiguous=("Mercury",)
    ) as wiki:
        found = explore(journal, "mercury", endpoint=wiki.source, ask=yes)
    assert found.ambiguous
    assert [(one.title, [entry for _, entry in one.days]) for one in found.related] == [
        ("Stone (unit)", ["d"]),  # as Stone
        ("Mercury (planet)", []),
    ]


def test_titles_in_the_diary_are_those_that_stand_there(journal: Journal) -> None:
    lead = "[[Walking]] [[Out of Africa]] [[Africa]] [[Stone]] [[The Pond]] [[The pond, and on]] [[We]] [[The]] [[Pondering]]"
    with Wiki(pages={"Travel": lead}) as wiki:
        found = explore(journal, "travel", endpoint=wiki.source, ask=yes)
    days = {one.title: [entry for _, entry in one.days] for one in found.related}
    assert days["Walking"] == ["c"]  # walked
    assert days["Africa"] == ["c"]
    assert days["Stone"] == ["d"]
    assert days["The Pond"] == ["c", "d"]
    for title in ("Out of Africa", "We", "The", "Pondering"):
        assert days[title] == []


def test_links_are_those_of_the_sentences() -> None:
    assert links("a [[b]] c [[d|e]] [[f#g]] [[h_i]] [[b]] [[#j]] [[k&amp;l]]") == ["b", "d", "f", "h i", "k&l"]
    assert links("{{a|{{b|[[c]]}}|[[d]]}} [[e]] {| [[f]]\n| {{g}} {| [[h]] |} |} [[i]]") == ["e", "i"]
    assert links("<ref>[[a]]</ref><ref name='b' /> [[c]] <REF name=d>{{[[e]]</REF> [[f]] <!-- [[g]] }} --> [[h]]") == [
        "c",
        "f",
        "h",
    ]
    assert links("[[File:a.jpg|thumb|b [[c]] d]] [[:en:e]] [[wikt:f]] [[Category:G]] [[2001: A Space Odyssey]]") == [
        "2001: A Space Odyssey"
    ]
    assert links("[[1998年]] [[11月21日]] [[20世紀]] [[1984]] [[月]] [[年]]") == ["月", "年"]
    assert links("}} ]] |} [[a]]") == ["a"]
    assert links("[[a\x1b[31mb]]") == []
    assert len(links(" ".join(f"[[page {n}]]" for n in range(900)))) == LEAD


@pytest.mark.parametrize("text", ["<!--", "{{", "[[", "{|", "<ref>", "<ref ", "[[a|", "<!-- <ref> {{ [[ "])
def test_a_text_that_was_made_to_take_long_does_not(text: str) -> None:
    """A million letters of it are read in one go; were each beginning read to the end, this would not end today."""
    assert links(text * (1_000_000 // len(text))) == []


def test_older_mediawikis(journal: Journal) -> None:
    page = {"title": "Pond", "revisions": [{"content": "[[Lake]]"}]}
    content = {"query": {"pages": [page]}}
    article = look_up("pond", "https://wiki.example/w/api.php", lambda url: json.dumps(content).encode())
    assert article.related == (Page("Lake", "https://wiki.example/w/index.php?title=Lake"),)


def test_nothing_that_a_terminal_obeys_comes_in(journal: Journal) -> None:
    bad = "\x1b[31mred\x07\u202e\n<b>&lt;x&gt;</b>"
    content = {
        "query": {
            "pages": [{"title": bad, "extract": bad, "fullurl": "https://\x1b[31m/" + bad}],
            "search": [{"title": bad + "2", "snippet": bad}],
        }
    }
    article = look_up("x", "https://wiki.example/w/api.php", lambda url: json.dumps(content).encode())
    said = json.dumps(article.to_dict(), ensure_ascii=False)
    assert said.isprintable()
    assert article.page
    assert article.page.url.startswith("https://wiki.example/w/index.php?title=")
    assert article.page.extract.endswith("<x>")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "damaged"),
        (b"", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"[]", "not as MediaWiki"),
        (b"null", "not as MediaWiki"),
        ({}, "not as MediaWiki"),
        ({"query": []}, "not as MediaWiki"),
        ({"query": {"pages": 1}}, "a form that is not known"),
        ({"query": {"pages": [1]}}, "a form that is not known"),
        ({"query": {"pages": [{}]}}, "a form that is not known"),
        ({"query": {"pages": [{"title": "x", "revisions": [{"slots": []}]}]}}, "a form that is not known"),
        ({"query": {"pages": [{"title": "x", "fullurl": "https://[x"}]}}, "a form that is not known"),
        ({"query": {"search": {"a": 1}}}, "a form that is not known"),
        ({"query": {"search": [[]]}}, "a form that is not known"),
        ({"error": {"code": "maxlag", "info": "Waiting for a server: 9 seconds lagged."}}, "is busy (maxlag)"),
        ({"error": {"code": "ratelimited"}}, "is busy (ratelimited)"),
        ({"error": {"code": "search-error", "info": "\x1b[31mThe search \nis off"}}, "refuses: [31mThe search is off"),
        ({"error": {"code": "unknown_action"}}, "refuses: unknown_action"),
    ],
)
def test_answers_of_another_form(content: object, said: str, wiki: Wiki, journal: Journal) -> None:
    wiki.answer = saying(content)
    with pytest.raises(ExploreError) as caught:
        explore(journal, "池", endpoint=wiki.source, ask=yes)
    assert said in str(caught.value)
    assert caught.value.hint
    assert journal.shelf.read(KEPT) is None  # no misfortune is kept


def test_a_page_of_nothing(wiki: Wiki, journal: Journal) -> None:
    wiki.answer = saying({"batchcomplete": True, "query": {"pages": [{"title": "池", "missing": True}]}})
    found = explore(journal, "池", endpoint=wiki.source, ask=yes)
    assert (found.page, found.related) == (None, ())


# What is kept


def test_the_second_look_needs_no_network(wiki: Wiki, journal: Journal) -> None:
    first = explore(journal, "池", endpoint=wiki.source, ask=yes, today=DAY)
    journal.write("農業の話。", "2026-05-01", id="e")
    again = explore(journal, "池", endpoint=wiki.source, fetch=never)
    assert (again.page, again.looked_up) == (first.page, DAY)
    assert {one.title for one in again.related} == {one.title for one in first.related}
    assert [one.title for one in again.related if one.days] == ["水", "農業", "庭園"]  # the diary as it is now
    assert len(wiki.requests) == 1


def test_fresh_asks_again(wiki: Wiki, journal: Journal) -> None:
    explore(journal, "池", endpoint=wiki.source, ask=yes, today=DAY)
    wiki.alike["池"] = ["湿地"]
    again = explore(journal, "池", endpoint=wiki.source, ask=yes, fresh=True, today=date(2026, 11, 22))
    assert "湿地" in [one.title for one in again.related]
    kept = explore(journal, "池", endpoint=wiki.source, fetch=never)
    assert kept == again
    with pytest.raises(ExploreError, match="nothing was sent"):
        explore(journal, "池", endpoint=wiki.source, fresh=True, fetch=never)


def test_each_encyclopedia_is_kept_by_itself(wiki: Wiki, journal: Journal) -> None:
    explore(journal, "池", endpoint=wiki.source, ask=yes)
    with pytest.raises(ExploreError, match="nothing was sent"):
        explore(journal, "池", endpoint=wiki.source.replace("/w/", "/x/"), fetch=never)


def test_no_name_of_a_file_tells_the_word(wiki: Wiki, journal: Journal) -> None:
    for word in ("池", "池塘"):
        explore(journal, word, endpoint=wiki.source, ask=yes)
    assert journal.shelf.names() == [KEPT]


def test_what_is_kept_is_sealed_with_the_diary(wiki: Wiki, journal: Journal) -> None:
    turned = lambda name, content: bytes(byte ^ 255 for byte in content)  # noqa: E731
    journal.shelf = type(journal.shelf)(journal.shelf.folder, turned, turned)
    found = explore(journal, "池", endpoint=wiki.source, ask=yes)
    assert "池".encode() not in (journal.shelf.folder / KEPT).read_bytes()
    assert explore(journal, "池", endpoint=wiki.source, fetch=never) == found


def test_the_latest_are_kept(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mebuki.diary.exploring.MOST", 3)
    assert MOST > 100
    with Wiki() as wiki:
        for word in ("a", "b", "c", "a", "d"):
            explore(journal, word, endpoint=wiki.source, ask=yes, fresh=True)
        for word in ("c", "a", "d"):
            explore(journal, word, endpoint=wiki.source, fetch=never)
        with pytest.raises(ExploreError, match="nothing was sent"):
            explore(journal, "b", endpoint=wiki.source, fetch=never)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"form": 9}',
        b'{"form": 1}',
        b'{"form": 1, "answers": [1]}',
    ],
)
def test_what_is_kept_is_damaged(content: bytes, wiki: Wiki, journal: Journal) -> None:
    journal.shelf.write(KEPT, content)
    assert explore(journal, "池", endpoint=wiki.source, ask=yes).page
    assert explore(journal, "池", endpoint=wiki.source, fetch=never).page


def test_one_answer_is_damaged(wiki: Wiki, journal: Journal) -> None:
    explore(journal, "池", endpoint=wiki.source, ask=yes)
    content = json.loads(journal.shelf.read(KEPT) or b"")
    content["answers"][0]["article"] = {"page": 1}
    journal.shelf.write(KEPT, json.dumps(content).encode())
    assert explore(journal, "池", endpoint=wiki.source, ask=yes).page
    assert len(wiki.requests) == 2


def test_an_answer_that_cannot_be_kept_is_shown(wiki: Wiki, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str, content: bytes) -> None:
        raise StorageError("the disk is full", hint="making room")

    monkeypatch.setattr(journal.shelf, "write", full)
    found = explore(journal, "池", endpoint=wiki.source, ask=yes)
    assert found.page
    assert found.unkept == "the disk is full"


def test_words_are_forgotten(wiki: Wiki, journal: Journal) -> None:
    for word in ("池", "池塘"):
        explore(journal, word, endpoint=wiki.source, ask=yes)
    assert forget(journal, "水") == 0
    assert forget(journal, "池") == 1
    assert "池塘".encode() in (journal.shelf.read(KEPT) or b"")
    with pytest.raises(ExploreError, match="nothing was sent"):
        explore(journal, "池", endpoint=wiki.source, fetch=never)
    assert forget(journal) == 1
    assert KEPT not in journal.shelf.names()
    assert forget(journal) == 0


def test_an_article_is_the_same_after_it_was_kept() -> None:
    article = Article(Page("a", "b", "c"), True, (Page("d", "e"), Page("f", "g", "h")))
    assert Article.from_dict(json.loads(json.dumps(article.to_dict()))) == article
    assert Article.from_dict(json.loads(json.dumps(Article(None, False, ()).to_dict()))) == Article(None, False, ())


# What is allowed


def test_nothing_is_sent_by_itself(journal: Journal) -> None:
    with pytest.raises(ExploreError, match=r"nothing was sent: '池' would go to wikipedia\.org") as caught:
        explore(journal, "池", fetch=never)
    assert "--allow" in str(caught.value)
    assert not consent.allowed(journal.folder, "https://ja.wikipedia.org/w/api.php")


def test_what_was_allowed_lasts_until_it_is_forbidden(wiki: Wiki, journal: Journal) -> None:
    consent.allow(journal.folder, wiki.source)
    explore(journal, "池", endpoint=wiki.source)
    assert consent.forbid(journal.folder) == [f"http://{wiki.host}"]
    with pytest.raises(ExploreError, match="nothing was sent"):
        explore(journal, "池塘", endpoint=wiki.source, fetch=never)
    assert consent.forbid(journal.folder) == []


def test_one_receiver_is_no_other(tmp_path: Path) -> None:
    consent.allow(tmp_path, "https://ja.wikipedia.org/w/api.php")
    assert consent.allowed(tmp_path, "https://en.wikipedia.org/w/api.php")
    for other in (
        "http://en.wikipedia.org/w/api.php",
        "https://en.wikipedia.org:8443/w/api.php",
        "https://wikipedia.org.evil.example/",
        "https://evilwikipedia.org/",
        "https://en.wiktionary.org/",
    ):
        assert not consent.allowed(tmp_path, other)
    assert not consent.allowed(tmp_path / "other", "https://ja.wikipedia.org/w/api.php")


def test_settings_of_others_stay(tmp_path: Path) -> None:
    path = tmp_path / consent.NAME
    path.write_text('{"other": {"a": 1}, "explore": {"allowed": [1, "x.example"]}}', encoding="utf-8")
    consent.allow(tmp_path, "https://wiki.example/")
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "other": {"a": 1},
        "explore": {"allowed": ["wiki.example", "x.example"]},
    }


@pytest.mark.parametrize("content", ["", "[]", "{", '{"explore": {"allowed": ["wikipedia.org"]}'])
def test_damaged_settings_allow_nothing(content: str, journal: Journal) -> None:
    (journal.folder / consent.NAME).write_text(content, encoding="utf-8")
    with pytest.raises(Exception, match=r"settings\.json is damaged"):
        explore(journal, "池", fetch=never)


@pytest.mark.parametrize(
    "content",
    ['{"explore": []}', '{"explore": {"allowed": "wikipedia.org"}}', '{"explore": {"allowed": {"wikipedia.org": 1}}}'],
)
def test_settings_of_another_form_allow_nothing(content: str, journal: Journal) -> None:
    (journal.folder / consent.NAME).write_text(content, encoding="utf-8")
    with pytest.raises(ExploreError, match="nothing was sent"):
        explore(journal, "池", fetch=never)
