"""What is no request, or not a whole one: a bounded head and body, in bounded time."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.small_server import loaded, release, serving

from rungwise.serving import connection
from rungwise.serving.limits import Limits

POST = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def exchanged(address: tuple[str, int], *pieces: bytes) -> tuple[int, dict[str, object]]:
    """Status and error of what the server says to these bytes; then it closes the connection."""
    with socket.create_connection(address, timeout=10) as client:
        for piece in pieces:
            client.sendall(piece)
        with client.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers = dict(line.lower().split(b": ", 1) for line in iter(answer.readline, b"\r\n"))
            body = answer.read()  # to the end of the connection
    assert headers[b"content-type"] == b"application/json\r\n"
    assert headers[b"connection"] == b"close\r\n"
    error: dict[str, object] = json.loads(body)["error"]
    return status, error


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("releases"))


def test_what_is_no_request_gets_an_error_in_the_one_shape(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 0.3)
    cases = {
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n": (400, "not HTTP"),  # TLS
        POST + b"Content-Length: -5\r\n\r\n{}": (400, "not HTTP"),
        POST + b"Content-Length: ten\r\n\r\n{}": (400, "not HTTP"),
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}": (400, "not HTTP"),
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}": (400, "not HTTP"),
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}": (400, "not HTTP"),
        POST + b"X: " + b"a" * 70_000: (431, "65,536 bytes"),
        POST + b"X: 1\r\nY": (408, "headers did not come within 0.3 s"),
        POST + b'Content-Length: 50\r\n\r\n{"input"': (408, "body did not come within 0.3 s"),
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n": (408, "body did not come"),
        POST + b"Content-Length: 100000000\r\n\r\n{": (413, "longer than 1,000,000 bytes"),
    }
    with serving(loaded(folder), limits=Limits(time=0.3, deadline=20)) as client:
        for sent, (status, says) in cases.items():
            found, error = exchanged(client.server.address, sent)
            assert found == error["code"] == status, sent[:200]
            assert says in str(error["message"])
        with socket.create_connection(client.server.address, timeout=10) as silent:
            assert silent.recv(1) == b""  # nothing was asked, so nothing is said
        client.service.limits = Limits(deadline=20)
        assert client.post("/v1/predict", {"input": "gone"}).status == 200


@pytest.mark.parametrize(
    "body", [b'{"input": "\xff"}', b"[" * 90_000, b'{"input": 1' + b"0" * 5_000]
)
def test_a_body_that_cannot_be_read_is_no_json(folder: Path, body: bytes) -> None:
    with serving(loaded(folder)) as client:
        reply = client.post("/v1/predict", body)
    assert (reply.status, reply.json["error"]["message"]) == (
        400, "The body is not JSON that can be read."
    )  # fmt: skip
