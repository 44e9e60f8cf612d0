"""HTTP/1.1 of one client: a head of bounded size in bounded time, and errors in the one shape."""

from __future__ import annotations

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rungwise.serving.problem import Problem

HEAD = 65_536
"""Bytes of request line and headers, from which on they are refused if they have not ended."""
SECONDS = 10.0
"""In which a head must be complete, from the connection or from its first byte."""


class Connection(HttpToolsProtocol):
    """Uvicorn's protocol, which bounds neither a head nor the time that it takes."""

    _head: int | None = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Count the bytes of a head."""
        super().on_message_begin()
        self._head = 0
        if self._timer is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Pass the request on."""
        self._head = None
        self._stop()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it is too much of a head."""
        super().data_received(data)
        if self._head is not None and not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD:
                self._refuse(431, f"The headers are longer than {HEAD:,} bytes. Send fewer.")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        self._refuse(400, "The request is not HTTP that can be read.")

    def _wait(self) -> None:
        self._timer = self.loop.call_later(SECONDS, self._late)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self._head and not self.transport.is_closing():
            self._refuse(408, f"The headers did not come within {SECONDS:g} s. Send them again.")
        else:
            self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        self._stop()
        problem = Problem(status, message)
        body = json.dumps({"error": problem.error}).encode()
        head = (
            f"HTTP/1.1 {status} {problem.phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
