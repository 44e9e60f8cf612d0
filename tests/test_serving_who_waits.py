"""Generated text over HTTP while it is written: who waits, who leaves, and what ends it."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import openai
import pytest
from numpy.typing import NDArray
from tests.small_server import Client, serving
from tests.test_serving_queue import until

from rungwise.conversation import Draft, Generated, GoesOn
from rungwise.decision_rule import Decided, DecisionRule
from rungwise.errors import ModelError
from rungwise.protocols import Reference
from rungwise.serving.limits import Limits


def of(client: Client) -> openai.OpenAI:
    url = "http://{}:{}/v1".format(*client.server.address)
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0)


@dataclasses.dataclass
class Slow:
    """Writes a letter whenever it is let, and remembers to whom."""

    version: str = "v1.0"
    digest: str = "0" * 64
    classes: tuple[str, ...] = ()
    reference: Reference | None = None
    rule: DecisionRule = dataclasses.field(default_factory=DecisionRule)
    longest: int = 50
    concurrency: int = 1
    together: int = 2
    calls: list[list[str]] = dataclasses.field(default_factory=list)
    letters: int = 0
    let: threading.Semaphore = dataclasses.field(default_factory=lambda: threading.Semaphore(0))

    def write(
        self, values: Sequence[str], longest: int, goes_on: GoesOn | None = None
    ) -> list[Generated]:
        self.calls.append(list(values))
        if any("refuse" in value for value in values):
            raise ModelError("/tmp/copy/model cannot render this", "Ask otherwise.")
        texts, going = ["" for _ in values], set(range(len(values)))
        while going:
            assert self.let.acquire(timeout=20)
            for place in sorted(going):
                texts[place] += "a"
                self.letters += 1
                draft = Draft(len(texts[place]), lambda place=place: texts[place])  # type: ignore[misc]
                if goes_on is not None and not goes_on(place, draft):
                    going.discard(place)
        return [Generated(text, 1, len(text), "length") for text in texts]

    def probabilities(self, values: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError

    def decide(self, values: Sequence[str]) -> Decided:
        raise AssertionError

    def sizes(self, values: Sequence[str]) -> NDArray[np.int64]:
        return np.array([len(value) for value in values], np.int64)

    def embed(self, values: Sequence[str]) -> None: ...

    def both(self, values: Sequence[str]) -> tuple[NDArray[np.float32], None]:
        raise AssertionError

    def warm(self) -> None: ...


def sent(client: Client, text: str, **more: Any) -> Any:
    """A request that is in; its connection."""
    connection, rows = client.connection(), client.service.writing.rows
    body = json.dumps({"model": "m", "prompt": text} | more)
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    until(lambda: any(text in call for call in client.service.versions.live.calls)  # type: ignore[attr-defined]
          or client.service.writing.rows > rows)  # fmt: skip
    return connection


def test_nothing_more_is_written_for_a_client_that_left() -> None:
    model = Slow()
    with serving(model, limits=Limits(deadline=20)) as client:
        for more in ({"stream": True}, {}):
            before = model.letters
            leaves = sent(client, "first", **more)
            model.let.release(2)
            until(lambda before=before: model.letters == before + 2)  # type: ignore[misc]
            waits = sent(client, "waits", max_tokens=1)
            gone = client.service.instruments.gone._value.get()
            (leaves.sock or leaves).close()
            leaves.close()
            until(lambda gone=gone: client.service.instruments.gone._value.get() > gone)  # type: ignore[misc]
            model.let.release(2)  # one letter shows that it is gone, one is the answer that waits
            answer = json.loads(waits.getresponse().read())
            assert answer["choices"][0]["text"] == "a"
            assert model.letters == before + 4
            waits.close()
    assert [call[0] for call in model.calls] == ["first", "waits", "first", "waits"]


def test_who_waits_is_answered_together_and_others_are_refused_with_a_time() -> None:
    model = Slow()
    with serving(model, limits=Limits(deadline=5)) as client:
        client.service.writing.seconds = 4.0
        first = sent(client, "one", max_tokens=1)
        # The running call has 4 s left, and then one of 4 s follows.
        refused = client.post("/v1/completions", {"model": "m", "prompt": "three"})
        assert refused.status == 429
        assert refused.headers["retry-after"] in ("3", "2")
        client.service.writing.seconds = 1.0
        others = [sent(client, text, max_tokens=1) for text in ("two", "three")]
        model.let.release(9)
        statuses = [each.getresponse().status for each in (first, *others)]
        for each in (first, *others):
            each.close()
    assert statuses == [200, 200, 200]
    assert model.calls == [["one"], ["two", "three"]]


def test_one_conversation_that_cannot_be_read_fails_alone() -> None:
    model = Slow()
    with serving(model, limits=Limits(deadline=20)) as client:
        first = sent(client, "one", max_tokens=1)
        others = [sent(client, text, max_tokens=1) for text in ("refuse", "three")]
        model.let.release(9)
        replies = [each.getresponse() for each in (first, *others)]
        bodies = [json.loads(reply.read()) for reply in replies]
        for each in (first, *others):
            each.close()
    assert [reply.status for reply in replies] == [200, 400, 200]
    assert "/tmp" not in json.dumps(bodies)


def test_a_stream_that_takes_too_long_ends_with_an_error() -> None:
    model = Slow()
    with serving(model, limits=Limits(deadline=20, time=0.3)) as client, of(client) as official:
        model.let.release()
        stream = official.completions.create(model="m", prompt="a", stream=True)
        with pytest.raises(openai.APIError, match=r"not answered within 0\.3 s"):
            for _ in stream:
                pass
        model.let.release(2)


def test_texts_that_are_in_are_written_to_the_end_when_the_server_ends() -> None:
    model = Slow()
    with serving(model, limits=Limits(deadline=20)) as client:
        stream = sent(client, "one", max_tokens=2, stream=True)
        model.let.release()
        client.server.end()
        time.sleep(0.2)
        model.let.release()
        told = stream.getresponse().read().decode()
        stream.close()
    assert told.endswith("data: [DONE]\n\n")
    assert told.count('"text": "a"') == 2
