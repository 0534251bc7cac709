"""An encyclopedia of the tests' own: a server on this computer that answers as MediaWiki does, and keeps all that it was sent."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from mebuki.diary.fetching import fetch

JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass
class Request:
    """All that came with one request."""

    line: str
    headers: list[tuple[str, str]]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.line.split()[1]).query, keep_blank_values=True, strict_parsing=True)


@dataclass
class Reply:
    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


class Wiki:
    """A server with a few pages.

    Args:
        pages: titles, and how each begins, in MediaWiki's language.
        extracts: titles, and what is told of them.
        alike: titles, and those that the search finds most like them.
        redirects: titles, and where they lead.
        ambiguous: titles that list several meanings.

    Attributes:
        requests: all that it was sent.
        answer: what is answered instead, if it is not None.
    """

    def __init__(
        self,
        pages: dict[str, str] | None = None,
        extracts: dict[str, str] | None = None,
        alike: dict[str, list[str]] | None = None,
        redirects: dict[str, str] | None = None,
        ambiguous: tuple[str, ...] = (),
    ) -> None:
        self.pages, self.extracts, self.alike = pages or {}, extracts or {}, alike or {}
        self.redirects, self.ambiguous = redirects or {}, ambiguous
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Reply | None] = lambda request: None

    def __enter__(self) -> Wiki:
        wiki = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                request = Request(self.requestline, list(self.headers.items()))
                wiki.requests.append(request)
                reply = wiki.answer(request) or wiki.plays(request)
                content, headers = reply.content, dict(reply.headers)
                if reply.status == 200 and "gzip" in self.headers.get("Accept-Encoding", "") and headers == JSON:
                    content, headers["Content-Encoding"] = gzip.compress(content), "gzip"
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def source(self) -> str:
        return f"http://{self.host}/w/api.php"

    def instead(self, of: str) -> Callable[[str], bytes]:
        """A way to fetch that asks this server instead of another."""
        return lambda url: fetch(url.replace(of, f"http://{self.host}"))

    def plays(self, request: Request) -> Reply:
        """As MediaWiki, of formatversion 2."""
        asked, query = dict(request.query), {}
        if said := asked.get("titles"):
            title = said[0].upper() + said[1:]
            if title != said:
                query["normalized"] = [{"fromencoded": False, "from": said, "to": title}]
            if title in self.redirects:
                query["redirects"] = [{"from": title, "to": self.redirects[title]}]
                title = self.redirects[title]
            query["pages"] = [self._page(title)]
        if said := asked.get("srsearch"):
            query["search"] = [self._hit(title) for title in self._found(said)]
        return Reply(json.dumps({"batchcomplete": True, "query": query}, ensure_ascii=False).encode())

    def _page(self, title: str) -> dict[str, Any]:
        url = f"http://{self.host}/wiki/{quote(title.replace(' ', '_'))}"
        if title not in self.pages:
            return {"ns": 0, "title": title, "missing": True, "fullurl": url}
        content = {"slots": {"main": {"contentmodel": "wikitext", "content": self.pages[title]}}}
        page = {"pageid": 1, "ns": 0, "title": title, "fullurl": url, "pagelanguage": "ja", "revisions": [content]}
        if title in self.ambiguous:
            page["pageprops"] = {"disambiguation": ""}
        return {**page, "extract": self.extracts.get(title, "")}

    def _found(self, said: str) -> list[str]:
        if (title := said.removeprefix("morelike:")) != said:
            title = title[0].upper() + title[1:]
            return self.alike.get(self.redirects.get(title, title), [])
        return [title for title in self.pages if said.lower() in title.lower() and title != said]

    def _hit(self, title: str) -> dict[str, Any]:
        snippet = self.extracts.get(title, "").replace(title, f'<span class="searchmatch">{title}</span>', 1)
        return {"ns": 0, "title": title, "pageid": 2, "snippet": snippet}


def pond() -> Wiki:
    """A page on ponds in Japanese, as one of Wikipedia begins."""
    return Wiki(
        pages={
            "池": "{{otheruses}}{{Infobox|名前=[[箱]]|中={{lang|en|[[Pond]]}}}}\n[[ファイル:Ike.jpg|thumb|[[公園]]の池]]\n"
            "'''池'''（いけ）は、[[陸地]]の中で[[水]]をたたえる場所である<ref>[[辞典]]、[[1998年]]</ref>。[[湖沼|湖]]や[[沼]]より小さく、"
            "[[農業]]の[[溜池]]、[[庭園]]の池などがある。[[:en:Pond]]<!-- [[秘密]] -->[[2001年]]",
        },
        extracts={
            "池": "池（いけ）は、陸地の中で水をたたえる場所である。湖や沼より小さく、人の手で造られたものが多い。",
            "用水路": "用水路は、灌漑などのために水を引く水路である。",
            "蓮": "蓮は、水の中に育つ花。",
        },
        alike={"池": ["湖沼", "用水路", "蓮", "ダム湖"]},
        redirects={"池塘": "池"},
    )
