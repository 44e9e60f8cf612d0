"""Requests in front of the model: batches, admission, clients that leave, and a graceful end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tests.small_export import probabilities
from tests.small_server import Client, Held, Reply, loaded, release, serving

from rungwise.serving import batching
from rungwise.serving.admission import Cost, Margin, retry_after, wait
from rungwise.serving.batching import Asked, Batch, Batches
from rungwise.serving.limits import Limits
from rungwise.serving.server import Server
from rungwise.serving.service import Service
from rungwise.serving.versions import Versions


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    for _ in range(2_000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it never came true")


def asked(pool: ThreadPoolExecutor, client: Client, texts: list[str]) -> Future[Reply]:
    """A request that is in the queue."""
    rows = client.service.batches.rows
    reply = pool.submit(client.post, "/v1/predict", {"input": texts})
    until(lambda: client.service.batches.rows == rows + len(texts))
    return reply


def test_what_arrives_while_the_model_computes_is_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "BUDGET", 6)
    model = Held()
    limits = Limits(deadline=20)
    with serving(model, limits=limits) as client, ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/v1/predict", {"input": "gone"})
        assert model.started.acquire(timeout=20)
        second = asked(pool, client, ["crack in in", "gone", "missing"])
        third = asked(pool, client, ["waiting", "crack crack crack"])
        for _ in range(4):
            model.let.release()
        replies = [each.result(20) for each in (first, second, third)]
    # Sorted by length, in batches of six tokens at most; that with the oldest row goes first.
    assert model.batches[0] == ["gone"]
    assert model.batches[1] == ["crack in in", "crack crack crack"]
    assert model.batches[2] == ["gone", "missing", "waiting"]
    assert [reply.status for reply in replies] == [200] * 3
    labels = [[each["label"] for each in reply.json["answers"]] for reply in replies]
    assert labels == [["lost"], ["broken", "lost", "lost"], ["late", "broken"]]
    confidence = replies[1].json["answers"][0]["confidence"]
    assert confidence == pytest.approx(max(probabilities("crack in in")), abs=2e-6)


def test_rows_of_a_client_that_left_are_not_computed() -> None:
    model = Held()
    with serving(model, limits=Limits(deadline=20)) as client, ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/v1/predict", {"input": "gone"})
        assert model.started.acquire(timeout=20)
        leaves = client.connection()
        body = b'{"input": ["crack", "crack"]}'
        leaves.request("POST", "/v1/predict", body, {"Content-Type": "application/json"})
        until(lambda: client.service.batches.rows == 2)
        leaves.close()
        until(lambda: client.service.instruments.gone._value.get() == 1)
        last = asked(pool, client, ["waiting"])
        for _ in range(2):
            model.let.release()
        assert [first.result(20).status, last.result(20).status] == [200, 200]
    assert model.batches == [["gone"], ["waiting"]]
    assert (client.service.batches.rows, client.service.batches.tokens) == (0, 0)


def test_a_request_that_takes_too_long_is_given_up() -> None:
    model = Held()
    with serving(model, limits=Limits(time=0.05, deadline=20)) as client:
        reply = client.post("/v1/predict", {"input": "gone"})
        model.let.release()
    assert reply.status == 503
    assert "not answered within 0.05 s" in reply.json["error"]["message"]
    assert reply.headers["retry-after"] == "1"


def test_a_model_that_fails_fails_its_batch_and_not_the_server() -> None:
    class Failing(Held):
        def probabilities(self, values):  # type: ignore[no-untyped-def]
            raise ValueError("/srv/models/v1.0/model.onnx: no")

    with serving(Failing()) as client:
        replies = [client.post("/v1/predict", {"input": "gone"}) for _ in range(2)]
    assert [reply.status for reply in replies] == [500, 500]
    assert "/srv" not in replies[0].text


def test_the_cost_of_a_batch_is_fitted_and_follows_a_slower_machine() -> None:
    cost = Cost()
    sizes = np.random.default_rng(0).integers(10, 2_000, 60)
    for size in sizes:
        cost.add(Batch(1, int(size), 0.0001 * size + 0.004))
    assert cost.line == pytest.approx((0.0001, 0.004))
    for size in np.tile(sizes, 20):
        cost.add(Batch(1, int(size), 0.0003 * size + 0.01))
    assert cost.line == pytest.approx((0.0003, 0.01), rel=1e-6)


@pytest.mark.parametrize(
    ("waiting", "tokens", "deadline", "seconds"),
    [
        (0, 5_000, 0.001, None),  # the model is idle
        (1_000, 1_000, 3, None),  # 2,000 tokens at 1 ms in eight batches of 0.1 s: 2.8 s
        (4_000, 96, 1.0, 5),  # 4,096 tokens in 16 batches take 5.696 s, 4.696 s too late
        (4_000, 2_000, 1.0, 6),  # 8.4 s; alone it takes 2.8 s, so when the queue is empty
    ],
)  # fmt: skip
def test_the_seconds_to_wait_are_computed(
    waiting: int, tokens: int, deadline: float, seconds: int | None
) -> None:
    cost = Cost()
    for size in (100, 500, 2_000):
        cost.add(Batch(1, size, 0.001 * size + 0.1))
    assert retry_after(cost, Batches(tokens=waiting), tokens, deadline) == seconds


def test_two_threads_take_batches_in_turns() -> None:
    cost = Cost()
    for size in (100, 500, 2_000):
        cost.add(Batch(1, size, 0.001 * size + 0.1))
    now = time.perf_counter()
    batches = Batches(threads=2, tokens=256, running={0: (200, now), 1: (900, now)})
    # In 0.3 s a thread is free for the batch that waits (0.356 s), in 1.0 s the other: it is the
    # first that is free again, in 0.656 s, and computes the new one in 0.2 s.
    assert wait(cost, batches, 100) == pytest.approx(0.856, abs=0.01)
    long = Batches(threads=2, tokens=256 * 2_000)  # a thousand batches each, and one more
    assert wait(cost, long, 256) == pytest.approx(1_001 * 0.356)


def test_a_row_that_would_make_another_late_is_refused() -> None:
    cost = Cost()
    for size in (100, 500, 2_000):
        cost.add(Batch(1, size, 0.001 * size + 0.1))
    loop = asyncio.new_event_loop()
    now = time.perf_counter()
    early = Asked(Held(), ["a"], np.array([100]), [None], loop.create_future(), 1, now - 0.8)
    loop.close()
    batches = Batches(tokens=100, running={0: (100, now)}, _waiting=deque([(early, 0)]))
    # 0.2 s for what runs, 0.3 s for both rows: 0.5 s for the new one, 1.3 s for the one before it.
    assert retry_after(cost, batches, 100, 1.0) == 1
    assert retry_after(cost, batches, 100, 1.4) is None
    # No batch holds both, so the one before is answered as soon as without it.
    assert retry_after(cost, batches, 200, 1.0) is None


def test_a_request_that_cannot_meet_its_deadline_is_refused_before_it_queues() -> None:
    model = Held()
    with serving(model, limits=Limits(deadline=1)) as client, ThreadPoolExecutor() as pool:
        client.service.cost.add(Batch(1, 1, 100.0))  # 100 s a token
        first = pool.submit(client.post, "/v1/predict", {"input": "gone"})
        assert model.started.acquire(timeout=20)
        reply = client.post("/v1/predict", {"input": ["crack", "crack"]})
        assert reply.status == 429
        # The running token has at most 100 s left; two tokens alone would take 200 s.
        assert 80 <= int(reply.headers["retry-after"]) <= 100
        assert reply.json["error"]["type"] == "overloaded_error"
        model.let.release()
        assert first.result(20).status == 200
        metrics = client.send("GET", "/metrics").text
    assert model.batches == [["gone"]]
    assert "rungwise_refused_total 1.0" in metrics


def test_rows_count_from_the_moment_they_are_let_in() -> None:
    async def burst() -> tuple[int, int]:
        batches, model = Batches(), Held()
        waits = [batches.ask(model, ["gone", "in"], np.array([1, 2])) for _ in range(3)]
        for each in waits:
            each.close()
        return batches.rows, batches.tokens

    assert asyncio.run(burst()) == (6, 9)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
def test_the_margin_rests_where_one_answer_in_a_hundred_is_late(noise: float) -> None:
    margin, late = Margin(), []
    generator = np.random.default_rng(0)
    for _ in range(20_000):
        # Let in at the edge, and answered later or earlier than was expected.
        seconds = margin.within(1.0) * (1 + noise * generator.standard_normal())
        late.append(seconds > 1.0)
        margin.add(late=late[-1])
    assert np.mean(late) == pytest.approx(0.01 if noise else 0.0, abs=0.002)
    # The margin that is right: 1 / (1 + z(.99) * noise).
    assert margin.within(1.0) == pytest.approx(1 / (1 + 2.326 * noise), abs=0.06)


def test_an_answer_that_cannot_be_on_time_raises_no_margin() -> None:
    model = Held()
    with serving(model, limits=Limits(deadline=0.05)) as client, ThreadPoolExecutor() as pool:
        for slow, raised in ((False, True), (True, False)):
            client.service.margin = Margin()
            client.service.cost = Cost()
            client.service.cost.add(Batch(1, 1, 9.0 if slow else 0.001))
            reply = pool.submit(client.post, "/v1/predict", {"input": "gone"})
            assert model.started.acquire(timeout=20)
            time.sleep(0.1)
            model.let.release()
            assert reply.result(20).status == 200
            assert (client.service.margin.share > 0) is raised


def test_requests_that_are_in_are_answered_when_the_server_is_asked_to_end() -> None:
    model = Held()
    with serving(model, limits=Limits(deadline=20)) as client, ThreadPoolExecutor() as pool:
        running = pool.submit(client.post, "/v1/predict", {"input": "gone"})
        assert model.started.acquire(timeout=20)
        queued = asked(pool, client, ["crack"])
        client.server.end()
        until(lambda: _refused(client))
        for _ in range(2):
            model.let.release()
        replies = [running.result(20), queued.result(20)]
        client.thread.join(20)
        assert not client.thread.is_alive()
    assert [reply.status for reply in replies] == [200, 200]
    assert [reply.headers["connection"] for reply in replies] == ["close", "close"]


def _refused(client: Client) -> bool:
    with contextlib.closing(client.connection()) as connection:
        try:
            connection.connect()
        except OSError:
            return True
    return False


def test_who_has_connected_when_the_server_ends_is_answered(tmp_path: Path) -> None:
    body = b'{"input": "gone"}'
    head = f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    sent = head.encode() + b"Content-Type: application/json\r\n\r\n" + body
    answers: list[bytes] = []

    def asks(address: tuple[str, int]) -> None:
        while True:
            try:
                connection = socket.create_connection(address, timeout=20)
            except ConnectionRefusedError:
                return
            with contextlib.closing(connection):
                try:
                    connection.sendall(sent)
                    answers.append(connection.recv(12))
                except ConnectionResetError:
                    answers.append(b"")

    with ThreadPoolExecutor(8) as pool:
        with serving(loaded(release(tmp_path))) as client:
            for _ in range(8):
                pool.submit(asks, client.server.address)
            until(lambda: len(answers) > 50)
        assert set(answers) == {b"HTTP/1.1 200"}


def test_garbage_collection_passes_over_what_was_loaded() -> None:
    model = Held()
    server = Server(Service(Versions(model, lambda _: model)), "127.0.0.1", 0)
    frozen: list[int] = []

    def look() -> None:
        until(lambda: server.started)
        frozen.append(gc.get_freeze_count())
        server.end()

    thread = threading.Thread(target=look)
    thread.start()
    server.serve_until_ended()
    thread.join()
    assert frozen[0] > 10_000
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_answers_until_a_signal_and_ends_with_0(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = release(tmp_path / "releases")
    command = [sys.executable, "-m", "rungwise", "serve", "--release", str(folder), "--port", "0"]
    command += ["-C", str(tmp_path)]
    environment = os.environ | {"RUNGWISE_PLAIN": "1"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "answers on" not in said:
            said = process.stderr.readline()
            assert said, "it ended"
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.extend(process.stderr or ()))
        reader.start()
        url = said.partition("answers on ")[2].partition(",")[0]
        with urllib.request.urlopen(f"{url}/health/ready") as answer:
            assert answer.status == 200
        process.send_signal(number)
        assert process.wait(20) == 0
        reader.join()
    assert "Traceback" not in "".join(rest)
