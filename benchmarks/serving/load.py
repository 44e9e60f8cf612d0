"""A client of many connections on one event loop, and the servers that it asks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

TEXT = "please tell me why my card payment was declined twice at the shop yesterday although "
TEXT += "there was enough money in the account and when it will work again thank you"
"""About 32 tokens."""


@dataclass
class Load:
    """What came back: status, seconds and headers of each request; wall and processor seconds."""

    status: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    retry: list[str] = field(default_factory=list)
    releases: list[tuple[str, str]] = field(default_factory=list)
    wall: float = 0.0
    processor: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.status.count(200) / self.wall

    def percentile(self, share: float) -> float:
        """Seconds of the answered requests."""
        answered = [s for s, code in zip(self.seconds, self.status, strict=True) if code == 200]
        return float(np.quantile(answered, share))


def processor(process: psutil.Process) -> float:
    """Seconds of processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


class Connection:
    """HTTP/1.1 on a connection that is kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, load: Load) -> None:
        """One request; what comes back goes into the load."""
        start = time.perf_counter()
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            head = (
                "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            status, headers = await self._head(reader)
            answer = await reader.readexactly(int(headers.get("content-length", "0")))
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self._streams, status, headers, answer = None, 0, {}, b"{}"
        load.status.append(status)
        load.seconds.append(time.perf_counter() - start)
        if status == 429:
            load.retry.append(headers.get("retry-after", ""))
        if status == 200 and "rungwise-release" in headers:
            load.releases.append((headers["rungwise-release"], json.loads(answer)["release"]))

    async def _head(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {n.lower(): value.strip() for n, _, value in fields}


async def closed(
    port: int, connections: int, requests: int, texts: Sequence[str] = (TEXT,)
) -> Load:
    """Every connection sends its next request, of the next text, when it has the last answer."""
    load, left = Load(), iter(range(requests))
    bodies = [json.dumps({"input": text}).encode() for text in texts]

    async def client() -> None:
        connection = Connection(port)
        for number in left:
            await connection.post(bodies[number % len(bodies)], load)

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    load.wall = time.perf_counter() - start
    return load


async def opened_loop(port: int, rate: float, requests: int) -> Load:
    """So many requests a second, whether answers come or not."""
    load, body = Load(), json.dumps({"input": TEXT}).encode()
    idle: list[Connection] = []
    tasks = []

    async def one() -> None:
        connection = idle.pop() if idle else Connection(port)
        await connection.post(body, load)
        idle.append(connection)

    start = time.perf_counter()
    for number in range(requests):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one()))
    await asyncio.gather(*tasks)
    load.wall = time.perf_counter() - start
    return load


async def terminated(port: int, process: psutil.Process, connections: int) -> int:
    """Answers lost when a server is asked to end in the middle of a load.

    A request counts if it was sent on a connection before the server closed it; one that is refused
    was never taken, and its client would ask elsewhere.
    """
    lost, ending = 0, asyncio.Event()
    body = json.dumps({"input": TEXT}).encode()
    head = "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def client() -> None:
        nonlocal lost
        while not ending.is_set():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            try:
                writer.write(sent)
                answer = await reader.read(12)
            except OSError:
                answer = b""
            if not answer.startswith(b"HTTP/1.1 200"):
                lost += 1
            writer.close()

    clients = [asyncio.create_task(client()) for _ in range(connections)]
    await asyncio.sleep(2)
    process.terminate()
    await asyncio.sleep(0)
    await asyncio.wait(clients, timeout=30)
    ending.set()
    return lost


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[tuple[int, psutil.Process]]:
    """A server in a process of its own; yields its port, and the process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, *(part.format(port=port) for part in command)], stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}/health/ready"
        for _ in range(600):
            with contextlib.suppress(urllib.error.URLError):
                urllib.request.urlopen(url).close()
                break
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def ours(release: Path, deadline: float = 5.0) -> list[str]:
    """The command of `rungwise serve`."""
    return [
        "-m", "rungwise", "serve", "--release", str(release), "--port", "{port}",
        "--deadline", str(deadline), "-C", str(release.parent),
    ]  # fmt: skip


def naive(release: Path) -> list[str]:
    """The command of the naive endpoint on the release's own ONNX graph."""
    return ["-m", "benchmarks.serving.naive", str(release), "{port}"]


def naive_torch(base: str = "all-MiniLM-L6-v2") -> list[str]:
    """The command of the naive endpoint on PyTorch."""
    return ["-m", "benchmarks.serving.naive_torch", base, "{port}"]
