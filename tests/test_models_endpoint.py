"""A model behind an endpoint: names, answers in order, pace, money, and nothing asked twice."""

from __future__ import annotations

import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.scripted_server import MODEL, Asked, Says, Scripted, completion, echo, scripted

from rungwise import plugins
from rungwise.conversation import Conversation, LanguageModel, Message
from rungwise.errors import InputError, ModelError, StorageError
from rungwise.models.endpoint import EndpointLimits, EndpointModel, is_endpoint, parse
from rungwise.models.endpoint.together import NAME
from rungwise.progress import Silent

Item = TypeVar("Item")
QUICK = {"backoff_s": 0.001}


pytestmark = pytest.mark.usefixtures("no_endpoint_keys")


def asks(*texts: str) -> list[Conversation]:
    return [(Message("user", text),) for text in texts]


def opened(server: Scripted, answers: Path | None = None, **limits: Any) -> EndpointModel:
    model: EndpointModel = plugins.load("models", "endpoint").open(
        server.name, limits=EndpointLimits(**{**QUICK, **limits}), answers=answers
    )
    return model


def texts(model: LanguageModel, *questions: str) -> list[str]:
    return [one.text for one in model.generate(asks(*questions), Silent(), max_tokens=8)]


class Said(Silent):
    """Remembers what is said, and may interrupt like Ctrl-C after some rows."""

    def __init__(self, rows: int | None = None) -> None:
        self.lines: list[str] = []
        self.rows = rows

    def say(self, message: str) -> None:
        self.lines.append(message)

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        for done, item in enumerate(items, 1):
            yield item
            if done == self.rows:
                raise KeyboardInterrupt


# ── names ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "model", "url"),
    [
        ("endpoint:smollm2@http://127.0.0.1:8080/v1", "smollm2", "http://127.0.0.1:8080/v1"),
        ("endpoint:org/model:7b@https://host/v1/", "org/model:7b", "https://host/v1"),
        ("endpoint:@cf/meta/llama@https://host/ai/v1", "@cf/meta/llama", "https://host/ai/v1"),
        ("endpoint:m@http://[::1]:8080/v1", "m", "http://[::1]:8080/v1"),
    ],
)
def test_an_endpoint_is_named_by_its_model_and_url(name: str, model: str, url: str) -> None:
    address = parse(name)
    assert is_endpoint(name)
    assert (address.model, address.base_url) == (model, url)
    assert parse(address.name) == address


@pytest.mark.parametrize(
    "name",
    [
        "smollm2",
        "endpoint:smollm2",
        "endpoint:@http://host/v1",
        "endpoint:m@ftp://host/v1",
        "endpoint:m@http://",
        "endpoint:m@http://host:port/v1",
        "endpoint:m@http://ho st/v1",
        "endpoint:m@http://[::1/v1",
        "endpoint:m@https://user:canary@host/v1",
        "endpoint:m@https://user:canary@ho st/v1",
        "endpoint:m@https://host/v1?key=canary",
        "endpoint:m@https://host/v1#canary",
    ],
)
def test_a_misspelt_name_is_one_line_without_secrets(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse(name)
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "limits",
    [{"timeout_s": 0}, {"attempts": 0}, {"concurrency": -1}, {"price_in": float("nan")},
     {"spend_cap_usd": 1.0}, {"requests_per_minute": 0}, {"context": 0}],
)  # fmt: skip
def test_limits_that_cannot_hold_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(limits))):
        EndpointLimits(**limits)


def test_the_digest_is_of_the_url_and_the_model(server: Scripted) -> None:
    model = opened(server)
    assert (model.name, model.digest) == (server.name, parse(server.name).digest)
    assert parse(server.name + "/x").digest != model.digest


# ── questions and answers ────────────────────────────────────────────────────────────────
def test_it_is_asked_greedily_and_in_the_words_of_the_protocol(server: Scripted) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    prompt = (Message("system", "Be brief."), Message("user", "Hi"))
    opened(server).generate([prompt], Silent(), max_tokens=5, schema=schema)
    asked = server.asked[0]
    assert asked.route == "/v1/chat/completions"
    assert asked.body == {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
        "temperature": 0,
        "max_tokens": 5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": True},
        },
    }
    assert "authorization" not in asked.headers


def test_the_key_comes_from_the_environment(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for-openai-alone")
    texts(opened(server), "a")
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", " ours\n")
    texts(opened(server), "a")
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", "")
    texts(opened(server), "a")
    sent = [one.headers.get("authorization") for one in server.asked]
    assert sent == [None, "Bearer ours", None]


@examples(max_examples=12)
@given(
    questions=st.lists(st.integers(0, 9), max_size=25),
    concurrency=st.integers(1, 9),
    delays=st.lists(st.integers(0, 4), min_size=1, max_size=7),
)
def test_answers_come_in_the_order_of_the_questions(
    questions: list[int], concurrency: int, delays: list[int]
) -> None:
    delay = itertools.cycle(delays)
    with scripted(lambda asked: Says(echo(asked).body, late_s=next(delay) / 1000)) as server:
        found = texts(opened(server, concurrency=concurrency), *map(str, questions))
    assert found == [f"re: {question}" for question in questions]
    assert len(server.asked) == len(set(questions))  # the same question is asked once
    assert server.most_at_once <= concurrency


@pytest.mark.parametrize(
    ("finish", "ended"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("MAX_TOKENS", "length"),
        ("eos", "stop"),
        (None, "stop"),
    ],
)
def test_how_an_answer_ended(finish: str | None, ended: str, server: Scripted) -> None:
    choice = {"message": {"content": "so"}, "finish_reason": finish}
    server.script = lambda asked: Says(completion("", choices=[choice]))
    answer = opened(server).generate(asks("a"), Silent(), max_tokens=8)[0]
    assert (answer.text, answer.ended) == ("so", ended)
    assert (answer.prompt_tokens, answer.output_tokens) == (10, 2)


def test_what_a_filter_withheld_and_which_snapshot_answered_are_said(server: Scripted) -> None:
    choice = {"message": {"content": None}, "finish_reason": "content_filter"}
    model = f"{MODEL}-2026-01-31"
    server.script = lambda asked: Says(completion("", choices=[choice], model=model))
    said = Said()
    assert opened(server).generate(asks("a"), said, max_tokens=8)[0].text == ""
    assert said.lines == [
        f"{MODEL} answered as {model}",
        "1 of 1 answers were withheld by the server's filter",
    ]


def test_the_newer_name_of_the_longest_answer_is_tried(server: Scripted) -> None:
    def script(asked: Asked) -> Says:
        if "max_tokens" not in asked.body:
            return echo(asked)
        error = {"message": "no", "code": "unsupported_parameter", "param": "max_tokens"}
        return Says({"error": error}, status=400, late_s=0.05)

    server.script = script
    assert texts(opened(server, concurrency=3), *"abcd") == ["re: a", "re: b", "re: c", "re: d"]
    sent = [one.body.get("max_completion_tokens") for one in server.asked]
    assert sent.count(8) == 4
    assert 1 <= sent.count(None) <= 3  # the threads that asked before the first was refused


@pytest.mark.parametrize(
    ("entry", "context", "notes"),
    [
        ({"meta": {"n_ctx": 512}}, 512, 0),
        ({"max_model_len": 4096}, 4096, 0),
        ({}, 8192, 1),
        ({"max_model_len": "many", "meta": 3}, 8192, 1),
    ],
)
def test_how_much_it_reads_is_what_the_server_says(
    entry: dict[str, Any], context: int, notes: int, server: Scripted
) -> None:
    listing = {"data": [{"id": "another", "max_model_len": 1}, {"id": MODEL, **entry}]}
    server.script = lambda asked: Says(listing)
    model = opened(server)
    assert (model.context, len(model.notes)) == (context, notes)
    assert opened(server, context=99).context == 99
    assert [one.route for one in server.asked] == ["/v1/models"]


# ── pace and money ───────────────────────────────────────────────────────────────────────
def test_no_more_requests_a_minute_than_allowed(server: Scripted) -> None:
    start = time.monotonic()
    texts(opened(server, requests_per_minute=1200), *"abcd")
    assert time.monotonic() - start >= 3 * 60 / 1200


def test_what_was_used_is_counted(server: Scripted) -> None:
    model = opened(server, price_in=1.0, price_out=100.0)
    texts(model, *"abc")
    usage = model.usage
    assert (usage.prompt_tokens, usage.output_tokens, usage.requests) == (30, 6, 3)
    assert usage.spend_usd == pytest.approx(3 * (10 * 1.0 + 2 * 100.0) / 1e6)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_spend_cap_is_never_passed(concurrency: int, server: Scripted, tmp_path: Path) -> None:
    prices = {"price_in": 0.0, "price_out": 1e6, "concurrency": concurrency}  # 1 USD a token
    server.script = lambda asked: Says(echo(asked).body, late_s=0.005)
    model = opened(server, tmp_path / "kept", spend_cap_usd=13.0, **prices)
    with pytest.raises(ModelError, match=r"cap of 13 USD.*3 of 9 rows .* 6\.0000 USD") as caught:
        texts(model, *"abcdefghi")  # each costs 2 USD, and may cost 8
    assert "spend_cap_usd" in caught.value.next_step
    assert model.usage.spend_usd == 6.0

    again = opened(server, tmp_path / "kept", spend_cap_usd=13.0, **prices)
    with pytest.raises(ModelError, match=r"3 of 9 rows.* 6\.0000 USD are spent, 6\.0000 of them"):
        texts(again, *"abcdefghi")
    assert len(server.asked) == 3


def test_an_answer_without_a_count_is_charged_with_the_most_it_can_cost(server: Scripted) -> None:
    server.script = lambda asked: Says(completion("x", usage=None))
    model = opened(server, price_out=1e6)
    texts(model, "a")
    assert model.usage.spend_usd == 8.0
    assert model.usage.output_tokens == 0


# ── nothing lost ─────────────────────────────────────────────────────────────────────────
def test_what_is_on_file_is_not_asked_again(server: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "answers.jsonl"
    assert texts(opened(server, path), "a", "b") == ["re: a", "re: b"]
    said = Said()
    found = opened(server, path).generate(asks("b", "c", "a"), said, max_tokens=8)
    assert [one.text for one in found] == ["re: b", "re: c", "re: a"]
    assert [one.last for one in server.asked][2:] == ["c"]
    assert said.lines == [f"2 of 3 answers are in {path} already"]
    opened(server, path).generate(asks("a"), Silent(), max_tokens=9)  # another setting
    assert len(server.asked) == 4


def test_answers_are_shown_as_they_come_and_those_on_file_first(
    server: Scripted, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    texts(opened(server, path), "b")
    server.asked.clear()
    shown: list[tuple[int, str, int]] = []

    def come(place: int, text: str) -> None:
        shown.append((place, text, len(server.asked)))

    model = opened(server, path, concurrency=1)
    model.generate(asks("a", "b", "c", "a"), Silent(), max_tokens=8, shown=come)
    assert [(place, text) for place, text, _ in shown] == [
        (1, "re: b"), (0, "re: a"), (3, "re: a"), (2, "re: c"),
    ]  # fmt: skip
    assert shown[0][2] == 0, "what is on file is shown before anything is asked"


def test_a_torn_line_is_asked_again_and_spoils_no_other(server: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    texts(opened(server, path, concurrency=1), "a", "b")
    whole = path.read_bytes()
    for cut in (1, 30, len(whole.splitlines()[1]) - 1):
        path.write_bytes(whole[: -1 - cut])
        server.asked.clear()
        assert texts(opened(server, path), "a", "b") == ["re: a", "re: b"]
        assert [one.last for one in server.asked] == ["b"]
        assert texts(opened(server, path), "a", "b") == ["re: a", "re: b"]
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "line",
    ["[]", "1", '{"key": 1}', '{"no": 1}', "\x00\xff", "null", '{"key": "a", "spend_usd": "x"}'],
)
def test_lines_of_others_in_the_file_are_passed_over(
    line: str, server: Scripted, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n", encoding="latin-1")
    assert texts(opened(server, path), "a") == ["re: a"]


def test_ctrl_c_loses_no_finished_row(server: Scripted, tmp_path: Path) -> None:
    path, questions = tmp_path / "answers.jsonl", [str(number) for number in range(30)]
    server.script = lambda asked: Says(echo(asked).body, late_s=0.005)
    with pytest.raises(KeyboardInterrupt):
        opened(server, path).generate(asks(*questions), Said(rows=5), max_tokens=8)
    kept = [json.loads(line) for line in path.read_text().splitlines()]
    assert 5 <= len(kept) == len(server.asked) < 30  # also what was under way is on file
    assert texts(opened(server, path), *questions) == [f"re: {one}" for one in questions]
    assert len(server.asked) == 30
    # By name: the scripted server's own threads end when they like.
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


def test_neither_questions_nor_keys_are_on_file(
    server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", "canary")
    server.script = lambda asked: Says(completion("fine"))
    texts(opened(server, tmp_path / "answers.jsonl"), "a secret question")
    written = (tmp_path / "answers.jsonl").read_text()
    assert "fine" in written
    assert "canary" not in written
    assert "secret question" not in written


def test_a_signal_ends_it_at_once(server: Scripted, tmp_path: Path) -> None:
    def script(asked: Asked) -> Says:
        if asked.last == "20":
            os.kill(os.getpid(), signal.SIGINT)
        return Says(echo(asked).body, late_s=0.02)

    server.script = script
    # A shell starts what runs in the background with this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            texts(opened(server, tmp_path / "kept"), *map(str, range(500)))
    finally:
        signal.signal(signal.SIGINT, before)
    kept = (tmp_path / "kept").read_text().splitlines()
    assert 20 <= len(kept) == len(server.asked) < 500


def test_a_disk_that_refuses_is_one_line(server: Scripted, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        texts(opened(server, tmp_path / "file" / "answers.jsonl"), "a")
    with pytest.raises(StorageError, match="cannot be read"):
        texts(opened(server, tmp_path), "a")
