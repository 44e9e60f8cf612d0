"""Errors as JSON in one shape, which the official `openai` client shows: no path, no traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger("rungwise.serving")

UNREADABLE = "The body is not JSON that can be read."
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "too_large_error",
    415: "invalid_request_error",
    429: "overloaded_error",
    431: "too_large_error",
    502: "upstream_error",
    503: "unavailable_error",
}


class Problem(HTTPException):
    """A request that gets no answer.

    Args:
        status: The HTTP status.
        message: The fact and the next step; no path of this machine.
        param: The field of the request that is wrong.
        headers: To send along, such as `Retry-After`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.param = param

    @property
    def phrase(self) -> str:
        """What the status means."""
        return HTTPStatus(self.status_code).phrase

    @property
    def error(self) -> dict[str, Any]:
        """What the body says."""
        return {
            "message": self.detail,
            "type": TYPES.get(self.status_code, "server_error"),
            "param": self.param,
            "code": self.status_code,
        }

    def response(self) -> Response:
        """The answer to the client."""
        body = json.dumps({"error": self.error}, ensure_ascii=True)
        return Response(body, self.status_code, self.headers, "application/json")


def install(app: FastAPI) -> None:
    """Answer every exception of the application in the one shape."""

    async def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return of_validation(error.errors()).response()

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 400:  # raised by FastAPI alone: the body has no encoding, or no end
            return Problem(400, UNREADABLE).response()
        return Problem(error.status_code, f"{error.detail}.", headers=error.headers).response()

    async def failed(_: Request, error: Exception) -> Response:
        log.error("A request failed: %s", error)
        return Problem(500, "The server failed on this request; its log says why.").response()

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, failed)


BRANCHES = ("body", "str", "list[str]", "list[Part]")
"""Parts of pydantic's places that are no names of fields: where it is, and branches of a union."""


def of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """What pydantic refused, by the name of its field: the first of the deepest places."""
    error = max(errors, key=lambda each: len(each["loc"]))
    if error["type"] == "json_invalid":
        return Problem(400, UNREADABLE)
    name = ".".join(str(part) for part in error["loc"] if part not in BRANCHES)[:200]
    shown = f"`{name}`" if name else "The body"
    message = f"{shown}: {error['msg']}.".encode("utf-8", "replace").decode()
    return Problem(400, message, name or None)
