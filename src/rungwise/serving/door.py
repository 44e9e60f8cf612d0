"""What every request passes first: its size, its key, and where it came from."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from rungwise.errors import StorageError
from rungwise.serving.problem import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from rungwise.serving.service import Service

log = logging.getLogger("rungwise.serving")

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY_KEY = ("/v1/model", "/v1/models", "/metrics", "/docs", "/openapi.json")


class Door:
    """ASGI middleware: refuses bodies that are too long, and counts requests.

    Without keys the server answers on loopback alone, where a page in a browser could reach it
    under a name of its own: the `Host` must be a loopback name then. Once there is a key, requests
    need one.
    """

    def __init__(self, app: ASGIApp, service: Service, paths: frozenset[str]) -> None:
        self._app, self._service, self._paths = app, service, paths
        # Keys that were asked for once are not given up when their file is gone.
        self._needs_key = service.keys is not None and bool(service.keys.all())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._service.draining:
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            self._admit(scope)
            await self._app(scope, self._counted(receive), sent)
        except Problem as problem:
            await problem.response()(scope, receive, sent)
        finally:
            path = scope["path"] if scope["path"] in self._paths else "other"
            instruments = self._service.instruments
            instruments.requests.labels(path, status).inc()
            instruments.seconds.labels(path).observe(time.perf_counter() - start)

    def _admit(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._service.limits.body:
            raise self._too_long()
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if scope["method"] == "POST" and kind != b"application/json":
            # Pages in a browser may send any other type to any host, without asking it before.
            raise Problem(415, "Send JSON, with `Content-Type: application/json`.")
        if not scope["path"].startswith("/health/"):
            self._check_key(headers, scope["path"])

    def _check_key(self, headers: dict[bytes, bytes], path: str) -> None:
        keys = self._service.keys
        try:
            self._needs_key = self._needs_key or (keys is not None and bool(keys.all()))
            if keys is None or not self._needs_key:
                self._check_host(headers)
                return
            scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
            key = keys.find(token.strip()) if scheme.lower() == "bearer" else None
        except StorageError as error:
            log.error("No request is answered: %s", error)
            raise Problem(503, "The API keys cannot be read; the server's log says why.") from error
        if key is None:
            raise Problem(
                401,
                "The API key is missing, unknown, revoked or expired. Send a valid one as "
                "`Authorization: Bearer KEY`.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        scope = _scope(path)
        if scope and not key.allows(scope):
            raise Problem(403, f"The API key is for {key.scope}, and this needs {scope}.")

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name not in LOOPBACK:
            raise Problem(
                403,
                "This server has no API keys and answers on loopback only. Ask it as 127.0.0.1, or "
                "make a key with `rungwise keys new --api predict`.",
            )

    def _counted(self, receive: Receive) -> Receive:
        read, whole, seconds = 0, False, self._service.limits.time
        until = asyncio.get_running_loop().time() + seconds

        async def counted() -> Message:
            nonlocal read, whole
            if whole:  # what is left to come is that the client leaves
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError as error:
                raise Problem(
                    408,
                    f"The body did not come within {seconds:g} s. Send it again.",
                    headers={"Connection": "close"},
                ) from error
            whole = not message.get("more_body")
            read += len(message.get("body", b""))
            if read > self._service.limits.body:
                raise self._too_long()
            return message

        return counted

    def _too_long(self) -> Problem:
        limit = self._service.limits.body
        return Problem(
            413,
            f"The body is longer than {limit:,} bytes. Send fewer or shorter texts.",
            headers={"Connection": "close"},
        )


def _scope(path: str) -> str | None:
    """What a key must allow for a path; None if any key will do."""
    if path in ANY_KEY:
        return None
    return "admin" if path.startswith("/v1/admin/") else "predict"
