"""What stands before every request: who may ask, from where, how much, and what the browser may do with the answer.

A page on the internet can make a browser send requests to 127.0.0.1. So each request must name this server as its host (a
name that was pointed here is refused), come from no other site, and bring the token.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEGABYTE = 2**20
BODY = 2 * MEGABYTE
UPLOAD = 512 * MEGABYTE
PROGRAMS = ("/api/", "/v1/")  # where no browser is led on to a page
PATIENCE = 30.0  # seconds for the next piece of a body
HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


class Refused(HTTPException):
    """A request that is answered at once, with a status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)


class Guard:
    """ASGI middleware.

    Args:
        app: what is guarded.
        token: that every request must bring, as the cookie or as `Authorization: Bearer`; once as `?token=`, which sets the cookie.
            Empty: nobody needs one.
        hosts: names, with ports, under which this server may be asked for.
        uploads: paths whose bodies may be large.
        stranger: the page for those who come without the token, by the languages that a browser accepts; None: they get JSON, too.
        told: what is answered at a path to a request that is refused, as JSON holds it.
    """

    def __init__(
        self,
        app: App,
        token: str,
        hosts: Iterable[str],
        uploads: Iterable[str],
        stranger: Callable[[str], bytes] | None,
        told: Callable[[str, Refused], Any],
    ) -> None:
        self.app, self.token, self.stranger, self.told = app, token, stranger, told
        self.hosts, self.uploads = frozenset(host.lower() for host in hosts), tuple(uploads)
        port = next(iter(self.hosts)).rpartition(":")[2]
        self.cookie = f"mebuki-{port}"  # browsers share cookies between the ports of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        limit = UPLOAD if any(scope["path"].startswith(path) for path in self.uploads) else BODY
        begun = False

        async def answering(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *self._added(scope, message["headers"])]
            await send(message)

        try:
            self._from_here(headers)
            if await self._let_in(scope, headers, answering):
                return
            if int(headers.get("content-length") or 0) > limit:
                raise Refused(413, "too_large")
            await self.app(scope, _measured(receive, limit), answering)
        except Refused as refused:
            if not begun:
                await self._refuse(scope, headers, answering, refused)
        except ValueError:
            if begun:
                raise
            await self._refuse(scope, headers, answering, Refused(400, "bad_request"))

    def _from_here(self, headers: dict[str, str]) -> None:
        """Refuse hosts and sites that are not this one."""
        if headers.get("host", "").lower() not in self.hosts:
            raise Refused(421, "wrong_host")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() not in self.hosts:
            raise Refused(403, "foreign_origin")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise Refused(403, "cross_site")

    async def _let_in(self, scope: Scope, headers: dict[str, str], send: Send) -> bool:
        """Whether the request was answered here: with the cookie for a right token in the address."""
        if not self.token:
            return False
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if (
            scope["method"] == "GET"
            and not scope["path"].startswith(PROGRAMS)
            and self._right(query.pop("token", [""])[0])
        ):
            path = scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or quote(scope["path"])
            there = path + ("?" + urlencode(query, doseq=True) if query else "")
            if not there.startswith("/") or there.startswith(("//", "/\\")):
                there = "/"
            cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000"
            answer = [(b"location", there.encode("ascii")), (b"set-cookie", cookie.encode("ascii"))]
            await send({"type": "http.response.start", "status": 303, "headers": answer})
            await send({"type": "http.response.body", "body": b""})
            return True
        bearer = headers.get("authorization", "")
        if self._right(bearer[7:].strip() if bearer[:7].lower() == "bearer " else ""):
            return False
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        brought = cookies.get(self.cookie)
        if not self._right(brought.value if brought else ""):
            raise Refused(401, "no_token")
        return False

    def _right(self, brought: str) -> bool:
        return hmac.compare_digest(brought.encode(), self.token.encode())

    def _added(self, scope: Scope, own: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        said = {name.lower() for name, _ in own}
        added = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in said]
        if b"cache-control" not in said:
            added.append((b"cache-control", b"no-store"))
        return added

    async def _refuse(self, scope: Scope, headers: dict[str, str], send: Send, refused: Refused) -> None:
        if self.stranger and refused.detail == "no_token" and "text/html" in headers.get("accept", ""):
            kind, body = b"text/html; charset=utf-8", self.stranger(headers.get("accept-language", ""))
        else:
            kind, body = b"application/json", json.dumps(self.told(scope["path"], refused)).encode()
        answer = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": refused.status_code, "headers": answer})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _measured(receive: Receive, limit: int) -> Receive:
    """Receive a body of so many bytes at most, and not too slowly."""
    seen, ended = 0, False

    async def measured() -> Message:
        nonlocal seen, ended
        if ended:  # what comes now is the client's leaving, which may take as long as it likes
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), PATIENCE)
        except TimeoutError:
            raise Refused(408, "too_slow") from None
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if seen > limit:
                raise Refused(413, "too_large")
        return message

    return measured
