"""The built pages. Every address that is no file is the one page, which reads its address itself."""

from __future__ import annotations

import html
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from .preferences import Preferences

BUILT = Path(__file__).parent / "static"
STRANGER = {
    "ja": (
        "鍵がちがいます",
        "このページは、芽吹きをはじめた端末に出ているアドレス（?token= が付いたもの）から開いてください。",
    ),
    "en": (
        "This page needs its key",
        "Open it with the address that Mebuki printed in the terminal, the one with ?token= in it.",
    ),
}
UNBUILT = "The pages are not built. Install Mebuki again (pip install -e .), or run: python frontend/build_pages.py"


class Pages:
    """An ASGI application that serves them."""

    def __init__(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self._files = StaticFiles(directory=BUILT, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405)
        if path.startswith(("/api/", "/v1/")) or "/." in path:
            raise HTTPException(404)
        name = path.rpartition("/")[2]
        if "." not in name or path == "/index.html":
            return self._page(scope)
        answer = await self._files.get_response(self._files.get_path(scope), scope)
        if path.startswith("/assets/"):  # their names hold a digest of their content
            answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        else:
            answer.headers["cache-control"] = "no-cache"
        return answer

    def _page(self, scope: Scope) -> Response:
        try:
            page = (BUILT / "index.html").read_text(encoding="utf-8")
        except OSError:
            return HTMLResponse(UNBUILT, 503)
        accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        theme = self.preferences.chosen.theme
        attributes = f'<html lang="{self.preferences.language(accepted)}"' + (
            f' data-theme="{theme}"' * (theme != "auto")
        )
        return HTMLResponse(page.replace('<html lang="en"', attributes, 1), headers={"cache-control": "no-store"})

    def stranger(self, accepted: str) -> bytes:
        """The page for those who come without the token."""
        language = self.preferences.language(accepted)
        title, why = (html.escape(text) for text in STRANGER[language])
        style = "body{font:1.1rem/1.8 serif;max-width:34rem;margin:20vh auto;padding:0 1.5rem;background:#f6f1e6;color:#25221b}h1{font-weight:400}"
        page = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        )
        return f"{page}<h1>{title}</h1><p>{why}</p></html>".encode()
