"""A real server on loopback over the release of `small_export`, and a client that sends bytes."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.small_export import CLASSES, export, facts, probabilities

from rungwise.decision_rule import Decided, DecisionRule
from rungwise.protocols import Reference, Served
from rungwise.release.build import build
from rungwise.release.opened import opened
from rungwise.serving.limits import Limits
from rungwise.serving.server import Server
from rungwise.serving.service import Service
from rungwise.serving.versions import Versions


def release(folder: Path, version: str = "v1.0") -> Path:
    """A release on disk."""
    return build(folder, facts(version), export, f"# Parcels {version}\n")


def loaded(folder: Path) -> Served:
    """A release as it is served."""
    return opened(folder)


@dataclass
class Held:
    """A model that computes when it is let, and remembers what it was asked."""

    version: str = "v1.0"
    digest: str = "0" * 64
    classes: tuple[str, ...] = CLASSES
    reference: Reference | None = None
    rule: DecisionRule = field(default_factory=DecisionRule)
    batches: list[list[str]] = field(default_factory=list)
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    let: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def probabilities(self, values: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(list(values))
        self.started.release()
        assert self.let.acquire(timeout=20)
        return np.array([probabilities(value) for value in values], np.float32)

    def sizes(self, values: Sequence[str]) -> NDArray[np.int64]:
        return np.array([max(1, len(value.split())) for value in values], np.int64)

    def decide(self, values: Sequence[str]) -> Decided:
        return self.rule.decide(self.probabilities(values), self.classes)

    def embed(self, values: Sequence[str]) -> None: ...

    def both(self, values: Sequence[str]) -> tuple[NDArray[np.float32], None]:
        return self.probabilities(values), None

    def warm(self) -> None: ...


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Client:
    """Sends requests to a server.

    Attributes:
        service: What is behind the server.
        server: The server.
        thread: Where it runs.
    """

    service: Service
    server: Server
    thread: threading.Thread

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """One request on a connection of its own; a body that is no bytes is sent as JSON."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | (headers or {})
        with contextlib.closing(self.connection()) as connection:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, given, answer.read().decode())

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Reply:
        return self.send("POST", path, body, headers)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.server.address, timeout=20)


@contextlib.contextmanager
def serving(
    model: Served,
    find: Callable[[str], Served] | None = None,
    limits: Limits | None = None,
    **more: Any,
) -> Iterator[Client]:
    """A server in a thread until the block ends."""
    given = find or (lambda _: model)
    service = Service(Versions(model, given), limits or Limits(), **more)
    server = Server(service, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_until_ended)
    thread.start()
    try:
        yield Client(service, server, thread)
    finally:
        server.end()
        thread.join(20)
        assert not thread.is_alive()
