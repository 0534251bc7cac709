"""Errors as the pages get them: `{"code", "detail"}`. The server names what happened, the page owns the sentence."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ..errors import MebukiError
from .guard import Refused


class Problem(Exception):
    """Something a page can tell its reader.

    Args:
        code: a short name, as `run_missing`; pages have a sentence for each.
        status: of HTTP.
        detail: what the sentence needs, as a name or a limit.
    """

    def __init__(self, code: str, status: int = 400, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.status, self.detail = code, status, detail


def code_of(error: MebukiError) -> str:
    """The code of one of our own errors.

    >>> from mebuki.errors import StorageError
    >>> code_of(StorageError("the disk is full"))
    'storage'
    """
    name = type(error).__name__.removesuffix("Error") or "Mebuki"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def told(code: str, detail: dict[str, Any], status: int) -> JSONResponse:
    return JSONResponse({"code": code, "detail": detail}, status)


def reason_of(error: MebukiError) -> dict[str, Any]:
    """What one of our own errors says; the pages have the same sentences in other languages."""
    return {"given": error.given, "allowed": error.allowed, "hint": error.hint}


def _misfit(error: Any) -> dict[str, Any]:
    """A field that does not fit: how pydantic names that, and its limits."""
    limits = {name: value for name, value in error.get("ctx", {}).items() if isinstance(value, (int, float, str))}
    return {"field": ".".join(map(str, error["loc"][1:])), "kind": error["type"], "limits": limits}


def tell_problems(app: FastAPI) -> None:
    """Give every error its form."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        return told(error.code, error.detail, error.status)

    @app.exception_handler(MebukiError)
    async def own(request: Request, error: MebukiError) -> JSONResponse:
        return told(code_of(error), reason_of(error), 400)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return told("invalid", {"fields": [_misfit(one) for one in error.errors()]}, 422)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error, Refused):
            return told(error.detail, {}, error.status_code)
        codes = {404: "not_found", 405: "not_allowed"}
        return told(codes.get(error.status_code, "refused"), {}, error.status_code)
