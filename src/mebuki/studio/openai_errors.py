"""Errors of the compatible endpoints: `{"error": {"message", "type", "param", "code"}}`, as clients of OpenAI read them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ..errors import MebukiError
from .guard import Refused

PREFIX = "/v1/"
REFUSALS = {  # of the guard: what its codes mean
    "no_token": ("the key is missing or wrong; send it as Authorization: Bearer KEY", "invalid_api_key"),
    "wrong_host": ("this server has another name; start it with --name HOST to be asked so", "wrong_host"),
    "foreign_origin": ("pages of other sites may not ask", "foreign_origin"),
    "cross_site": ("pages of other sites may not ask", "cross_site"),
    "too_large": ("the request is larger than 2 MB", "request_too_large"),
    "too_slow": ("the request came too slowly", "request_timeout"),
}


class Told(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """An error, for the description of the endpoints."""

    error: Told


ANSWERS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "It cannot be read, done, found or let in, or too many wait."},
    "5XX": {"model": ErrorAnswer, "description": "The model broke, or the server is stopping."},
}


class ApiError(Exception):
    """Something a client is told.

    Args:
        param: the field that is meant.
        code: a short name that a program can look at.
    """

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code

    @property
    def content(self) -> dict[str, Any]:
        return shaped(self.status, self.message, self.param, self.code)

    def answer(self) -> JSONResponse:
        headers = {"retry-after": "1"} if self.status in (429, 503) else None
        return JSONResponse(self.content, self.status, headers)


def shaped(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """An error as clients read it; what a client sent may be told back, half letters too."""
    message = message.encode("utf-8", "replace").decode("utf-8")
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def refusal(path: str, refused: Refused) -> dict[str, Any]:
    """What the guard answers."""
    if path.startswith(PREFIX):
        message, code = REFUSALS.get(refused.detail, ("the request cannot be read", refused.detail))
        return shaped(refused.status_code, message, None, code)
    return {"code": refused.detail, "detail": {}}


def unreadable(error: RequestValidationError) -> ApiError:
    """The first field that is wrong; of the ways in which a value may be given, the one that came furthest."""
    errors = error.errors()
    same = [one for one in errors if one["loc"][1:2] == errors[0]["loc"][1:2]]
    first = max(same, key=lambda one: len(one["loc"]))
    names = [str(part) for part in first["loc"][1:] if not isinstance(part, int)]
    name = names[0] if names else None
    return ApiError(400, f"{name or 'the body'}: {first['msg']}", param=name, code="invalid_value")


class Route(APIRoute):
    """A route whose errors have this form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            _as_json(request)
            try:
                return await handle(request)
            except ApiError as error:
                return error.answer()
            except RequestValidationError as error:
                return unreadable(error).answer()
            except MebukiError as error:
                return ApiError(400, str(error), code="invalid_value").answer()
            except Refused as refused:
                return JSONResponse(refusal(PREFIX, refused), refused.status_code)
            except HTTPException as error:
                return ApiError(error.status_code, str(error.detail)).answer()

        return handled


def _as_json(request: Request) -> None:
    """Take a body for JSON whatever it is called: `curl -d` calls everything a form. The guard refuses pages of other sites."""
    others = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
    request.scope["headers"] = [*others, (b"content-type", b"application/json")]
