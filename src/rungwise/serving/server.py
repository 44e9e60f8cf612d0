"""The process: a socket, uvicorn, and an end that loses no request."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

import uvicorn

from rungwise.errors import InputError
from rungwise.serving.application import application

if TYPE_CHECKING:
    from rungwise.serving.service import Service

SIGNALS = (signal.SIGINT, signal.SIGTERM)
DRAIN = 1.0
"""Seconds in which a connection without a request may still send one when the process ends."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Server(uvicorn.Server):
    """Uvicorn with one worker, which drains when it is asked to end.

    On SIGTERM or Ctrl-C it accepts no more connections, `/health/ready` answers 503, every answer
    closes its connection, and the process ends when the last one was sent, or after the time limit.

    Args:
        service: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.

    Attributes:
        service: What answers.
        address: Host and port that it listens on.

    Raises:
        InputError: The address cannot be listened on.
    """

    def __init__(self, service: Service, host: str, port: int) -> None:
        self.service = service
        config = uvicorn.Config(
            application(service),
            log_level="warning",
            access_log=False,
            server_header=False,
            http=_bounded_http(),
            timeout_graceful_shutdown=int(service.limits.time) + 1,
        )
        super().__init__(config)
        self._socket = _listening(host, port)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]

    def serve_until_ended(self) -> None:
        """Answer requests until a signal, or `end`."""
        with self._socket, _frozen():
            self.run(sockets=[self._socket])

    def end(self) -> None:
        """Drain, then end."""
        self.service.draining = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take what has come in, and answer it; uvicorn then closes what is idle.

        It would close a connection whose request it has not read yet, and the kernel would reset
        those that it has not accepted.
        """
        for connected in self._waiting(sockets or []):
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connected)
        for server in self.servers:
            server.close()
        until = time.monotonic() + DRAIN
        while self.server_state.connections and time.monotonic() < until and not self.force_exit:
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)

    def _waiting(self, sockets: list[socket.socket]) -> Iterator[socket.socket]:
        for listening in sockets:
            with contextlib.suppress(OSError):  # BlockingIOError: nobody waits
                while True:
                    yield listening.accept()[0]

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on a signal; a second Ctrl-C ends at once. The process ends with 0 either way."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._asked_to_end) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _asked_to_end(self, number: int, _: FrameType | None) -> None:
        if self.should_exit and number == signal.SIGINT:
            self.force_exit = True
        self.end()


@contextlib.contextmanager
def _frozen() -> Iterator[None]:
    """Leave what is loaded out of garbage collection, which stopped all requests for 0.1 s."""
    if threading.current_thread() is not threading.main_thread():
        yield  # the process is somebody else's
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _bounded_http() -> type[asyncio.Protocol] | Literal["auto"]:
    try:
        from rungwise.serving.connection import Connection
    except ImportError:  # httptools is not installed on Windows
        return "auto"
    return Connection


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return host in LOOPBACK


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{host}:{port} cannot be listened on: {reason}", "Choose another port with `--port`."
        ) from error
