"""Servers that are down, slow, busy or broken: one line, what is spent, and never a key."""

from __future__ import annotations

import itertools
import logging
import re
import socket
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.scripted_server import MODEL, Asked, Says, Scripted, completion, echo

from rungwise.conversation import Message
from rungwise.errors import InputError, ModelError, RungwiseError
from rungwise.models.endpoint import Endpoint, EndpointLimits
from rungwise.models.endpoint.troubles import wait_asked
from rungwise.progress import Silent

KEY = "canary-7f3a9c"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def ask(name: str, *questions: str, **limits: Any) -> list[str]:
    given = {"backoff_s": 0.001, "attempts": 3, "price_in": 1.0, **limits}
    model = Endpoint().open(name, limits=EndpointLimits(**given))
    prompts = [(Message("user", text),) for text in questions or ("a",)]
    return [one.text for one in model.generate(prompts, Silent(), max_tokens=8)]


def refused(name: str, *questions: str, **limits: Any) -> RungwiseError:
    with pytest.raises(ModelError) as caught:
        ask(name, *questions, **limits)
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert "\n" not in str(caught.value)
    assert "rows are done and 0." in caught.value.fact
    return caught.value


def in_turn(says: Iterable[Says]) -> Any:
    waiting = iter(says)
    return lambda asked: next(waiting, echo(asked))


# ── what passes ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "trouble",
    [
        Says({"error": {"message": "slow down"}}, status=429),
        Says({"error": {"message": "slow down"}}, status=429, headers={"retry-after": "0.05"}),
        Says({"error": "oh"}, status=500),
        Says(b"<html>bad gateway</html>", status=502, headers={"content-type": "text/html"}),
        Says(None),
        Says(b'{"choices": ['),
        Says(completion("x"), longer=9),
        Says({"error": {"message": "overloaded", "code": 503}}),
    ],
    ids=[
        "429",
        "429 with a wait",
        "500",
        "502",
        "dropped",
        "not JSON",
        "cut",
        "200 without answer",
    ],
)
def test_what_may_pass_is_tried_again(trouble: Says, server: Scripted) -> None:
    server.script = in_turn([trouble, trouble])
    start = time.monotonic()
    assert ask(server.name) == ["re: a"]
    assert len(server.asked) == 3
    if "retry-after" in trouble.headers:
        assert time.monotonic() - start >= 2 * 0.05


def test_a_wait_that_one_request_is_asked_for_holds_for_all(server: Scripted) -> None:
    ask(server.name)  # what is loaded late is loaded now
    times: list[float] = []

    def script(asked: Asked) -> Says:
        times.append(time.monotonic())
        if len(times) == 1:
            return Says({}, status=429, headers={"retry-after-ms": "400"})
        return Says(echo(asked).body, late_s=0.2 if len(times) == 2 else 0.0)

    server.script = script
    ask(server.name, *"abcdef", concurrency=2)
    assert len(times) == 7
    assert sum(one < times[0] + 0.39 for one in times) <= 2  # the first, and one under way


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "Sun, 06 Nov 99999 08:49:37 GMT"}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers) == seconds


# ── what does not ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("says", "fact", "next_step", "requests"),
    [
        (Says({"error": {"message": f"key {KEY}"}}, status=500),
         r"status 500 \(key <KEY>\), 3 times", "again later", 3),
        (Says({}, status=429), r"status 429, 3 times", "requests_per_minute", 3),
        (Says({}, status=429, headers={"retry-after": "3600"}), "asks to wait 3600 s",
         "requests_per_minute", 1),
        (Says({"error": {"code": "insufficient_quota", "message": "pay"}}, status=429),
         "no money left", "Top it up", 1),
        (Says({"error": {"message": f"Incorrect key: {KEY}"}}, status=401),
         r"refuses the key with status 401 \(Incorrect key: <KEY>\)", "Correct RUNGWISE", 1),
        (Says({"detail": "no such model"}, status=404), f"knows no model {MODEL}.*no such model",
         "Correct the model", 1),
        (Says({"error": {"message": "too\nlong"}}, status=400), r"status 400 \(too long\).*row 1",
         "length", 1),
        (Says(f"<html>{KEY}".encode()), "a web page, not with JSON", "most end in /v1", 1),
        (Says(f"data: {KEY}".encode()), r"no JSON object \(data: <KEY>\), 3 times", "log", 3),
        (Says(f"{'x' * 55} {KEY}".encode()), r"no JSON object \(x+ <KEY", "log", 3),
        (Says(b"[]"), "no JSON object", "log", 3),
        (Says(b"\xff\xfe\x00"), "no JSON object", "log", 3),
        (Says(b"[" * 100_000), "no JSON object", "log", 3),
        (Says(b""), "no JSON object", "log", 3),
        (Says({}), "holds no answer \\({}", "log", 3),
        (Says({"choices": []}), "holds no answer .choices", "log", 3),
        (Says(completion(None, choices=[{"message": {"content": 3}}])), "no answer", "log", 3),
        (Says({"error": {"message": f"bad {KEY}"}}), "no answer .bad <KEY>", "log", 3),
        (Says(completion("x", model=f"other {KEY}")), r"as another model \(other <KEY>\)",
         "as the server does", 1),
        (Says({"error": {"message": "\x1b[2J\nred"}}, status=400), r"400 \(\[2J red\)",
         "length", 1),
        (Says(None), "cannot be reached .*3 times", "when it is up", 3),
    ],
)  # fmt: skip
def test_what_does_not_pass_is_one_line(
    says: Says, fact: str, next_step: str, requests: int, server: Scripted
) -> None:
    server.script = lambda asked: says
    error = refused(server.name)
    assert re.search(fact, error.fact)
    assert next_step in error.next_step
    assert len(server.asked) == requests


def test_what_is_done_and_spent_is_in_the_message(server: Scripted) -> None:
    server.script = in_turn([Says(completion("x")), Says(completion("y")), Says({}, status=400)])
    error = refused(server.name, *"abcde", concurrency=1, price_in=1e4)
    assert "(at row 3); 2 of 5 rows are done and 0.2000 USD are spent" in error.fact


def test_a_key_that_is_wanted_and_not_set(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNGWISE_ENDPOINT_KEY")
    server.script = lambda asked: Says({"error": {"message": "who?"}}, status=401)
    error = refused(server.name)
    assert "wants a key and none is set (who?)" in error.fact
    assert "RUNGWISE_ENDPOINT_KEY" in error.next_step
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("asked", "answered", "same"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("openai/gpt-4", "gpt-4-0613", True),
        ("claude-sonnet-latest", "claude-sonnet-20260101", True),
        ("Llama-3:latest", "llama-3", True),
        ("gpt-4o", "gpt-4o-mini", False),
        ("llama-3", "llama-3-8", False),
        ("llama-3", "llama-33", False),
    ],
)
def test_the_date_of_a_snapshot_is_no_other_model(
    asked: str, answered: str, same: bool, server: Scripted
) -> None:
    server.script = lambda asked: Says(completion("x", model=answered))
    name = server.name.replace(f":{MODEL}@", f":{asked}@")
    if same:
        assert ask(name) == ["x"]
    else:
        assert f"asked for {asked} and answers as another model ({answered})" in refused(name).fact


def test_the_client_comes_with_an_extra(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    assert "pip install 'rungwise[generate]'" in refused(server.name).next_step


@pytest.mark.parametrize("value", [f"{KEY}\nX: y", f"{KEY} b", f"{KEY}é"])
def test_a_key_that_cannot_be_sent_is_not_shown(
    value: str, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", value)
    with pytest.raises(InputError, match="RUNGWISE_ENDPOINT_KEY holds") as caught:
        ask(server.name)
    assert KEY not in str(caught.value)


def test_a_server_that_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = refused(f"endpoint:{MODEL}@http://127.0.0.1:{port}/v1", attempts=2)
    assert "cannot be reached" in error.fact
    assert "refused), 2 times in a row" in error.fact


@pytest.mark.parametrize(
    "says",
    [Says(completion("x"), late_s=0.3), Says(completion("x"), drip_s=0.05)],
    ids=["silent", "dripping"],
)
def test_a_server_that_is_slow(says: Says, server: Scripted) -> None:
    server.script = lambda asked: says
    start = time.monotonic()
    error = refused(server.name, attempts=2, timeout_s=0.1)
    assert "did not answer within 0.1 s, 2 times in a row" in error.fact
    assert "timeout_s" in error.next_step
    assert time.monotonic() - start < 2.0


@pytest.mark.parametrize(
    ("limits", "least"),
    [
        ({"backoff_s": 0.1}, (0.05, 0.1, 0.2)),  # doubled each time, and up to half of it off
        ({"backoff_s": 0.0, "requests_per_minute": 400}, (0.15, 0.15, 0.15)),
    ],
)
def test_attempts_wait_longer_each_time_and_keep_the_pace(
    server: Scripted, limits: dict[str, float], least: tuple[float, ...]
) -> None:
    times: list[float] = []

    def script(asked: Asked) -> Says:
        times.append(time.monotonic())
        return Says({}, status=500)

    server.script = script
    refused(server.name, attempts=4, **limits)
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert len(gaps) == 3
    # The server may notice one request later than the next: half is enough to tell.
    assert all(gap > 0.5 * one for gap, one in zip(gaps, least, strict=True))


def test_one_failure_stops_what_waits(server: Scripted) -> None:
    def script(asked: Asked) -> Says:
        if asked.last == "a":
            return Says({}, status=400, late_s=0.05)
        return Says({}, status=429, headers={"retry-after": "30"})

    server.script = script
    start = time.monotonic()
    refused(server.name, *"abcd", concurrency=4)
    assert time.monotonic() - start < 2.0


def test_options_cannot_be_scored_by_a_server_that_only_writes(server: Scripted) -> None:
    server.script = lambda asked: Says({"error": {"message": "no route"}}, status=404)
    model = Endpoint().open(server.name)
    with pytest.raises(ModelError, match="only of what its model writes itself") as caught:
        model.score([(Message("user", "a"),)], ["x", "y"], Silent())
    assert "compare generated answers" in caught.value.next_step


def test_a_key_is_never_logged(
    server: Scripted, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    model = Endpoint().open(server.name, answers=tmp_path / "kept")
    with caplog.at_level(logging.DEBUG):
        model.generate([(Message("user", "a"),)], Silent(), max_tokens=8)
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text
    assert KEY not in f"{model!r} {vars(model)} {model.usage}"


def test_a_row_that_is_too_long_keeps_no_other_from_its_answer(
    server: Scripted, tmp_path: Path
) -> None:
    def short(asked: Asked) -> Says:
        said = {"message": "maximum context length is 9", "code": "context_length_exceeded"}
        return Says({"error": said}, status=400) if "long" in asked.last else echo(asked)

    def told() -> list[tuple[str, str]]:
        model = Endpoint().open(server.name, tmp_path, answers=Path("answers.jsonl"))
        prompts = [(Message("user", text),) for text in ("a", "long", "b")]
        found = model.generate(prompts, Silent(), max_tokens=8)
        return [(one.text, one.ended) for one in found]

    server.script = short
    assert told() == [("re: a", "stop"), ("", "unasked"), ("re: b", "stop")]
    assert len(server.asked) == 3, "asking for the same again does not help"
    server.script = echo  # the server reads more by now: that row alone is asked again
    assert told() == [("re: a", "stop"), ("re: long", "stop"), ("re: b", "stop")]
    assert len(server.asked) == 4
