"""A small HTTP server that answers as a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rungwise.conversation import Generated, Message
from rungwise.models.endpoint import Endpoint, EndpointLimits, EndpointModel
from rungwise.progress import Silent

MODEL = "small"


@dataclass(frozen=True, slots=True)
class Says:
    """An HTTP answer.

    Attributes:
        body: Sent as it is, or as JSON where it is a mapping; None drops the connection.
        late_s: Silence before it.
        drip_s: Silence before each of its bytes.
        longer: Bytes that are promised and never come.
    """

    body: Mapping[str, Any] | bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    late_s: float = 0.0
    drip_s: float = 0.0
    longer: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    route: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def last(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"])


Script = Callable[[Asked], Says]


def completion(text: str | None, **changes: Any) -> dict[str, Any]:
    """An answer as the protocol writes it: 10 tokens read, 2 written."""
    message = {"role": "assistant", "content": text}
    return {
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2},
    } | changes


def echo(asked: Asked) -> Says:
    """Answer every question with itself."""
    return Says(completion(f"re: {asked.last}"))


class Scripted:
    """The server; `script` may be exchanged while it runs."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def name(self) -> str:
        """As a task names the model behind it."""
        return f"endpoint:{MODEL}@http://127.0.0.1:{self.server.server_port}/v1"

    def answer(self, asked: Asked) -> Says:
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            says = self.script(asked)
            time.sleep(says.late_s)
            return says
        finally:
            with self._lock:
                self._at_once -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length)) if length else {}
                asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                with contextlib.suppress(OSError):  # a client may have gone
                    self._send(outer.answer(asked))

            def do_GET(self) -> None:
                self.do_POST()

            def _send(self, says: Says) -> None:
                if says.body is None:
                    return
                raw = isinstance(says.body, bytes)
                content = says.body if isinstance(says.body, bytes) else _json(says.body)
                self.send_response(says.status)
                kind = "text/plain" if raw else "application/json"
                told = {"content-type": kind, "content-length": str(len(content) + says.longer)}
                for name, value in (told | dict(says.headers)).items():
                    self.send_header(name, value)
                self.end_headers()
                step = 1 if says.drip_s else len(content) or 1
                for start in range(0, len(content), step):
                    time.sleep(says.drip_s)
                    self.wfile.write(content[start : start + step])
                    self.wfile.flush()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


@contextlib.contextmanager
def scripted(script: Script = echo) -> Iterator[Scripted]:
    """Run a server on the loopback for as long as the block lasts."""
    one = Scripted(script)
    thread = threading.Thread(target=one.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()
        thread.join()


def opened(server: Scripted, answers: Path | None = None, **limits: Any) -> EndpointModel:
    """The model behind a server, asked twice at most and without long waits."""
    given = EndpointLimits(**{"backoff_s": 0.001, "attempts": 2, **limits})
    return Endpoint().open(server.name, limits=given, answers=answers)


def ask(model: EndpointModel, *questions: str, said: Silent | None = None) -> list[Generated]:
    """Answers of up to 8 tokens to single questions."""
    prompts = [(Message("user", text),) for text in questions]
    return model.generate(prompts, said or Silent(), max_tokens=8)
