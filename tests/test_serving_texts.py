"""Generated text over HTTP, as the official client asks for it, and who stops it when."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import polars as pl
import pytest
from tests.scripted_server import Asked as Sent
from tests.scripted_server import Says, completion, scripted
from tests.small_export import facts
from tests.small_language import write_language_model
from tests.small_server import Client, Held, loaded, serving

from rungwise import plugins
from rungwise.conversation import Message, as_input
from rungwise.release.build import build
from rungwise.release.manifest import Manifest
from rungwise.serving.limits import Limits
from rungwise.serving.writing import held, until_stop
from rungwise.training.prompting.prompted import Asked, Prompted

LONGEST = 10
EXAMPLES = pl.DataFrame({"input": ["big hat"], "expected": ["hat"]})


def about() -> Manifest:
    return dataclasses.replace(facts(), classes=())


def text_release(folder: Path, model: Any) -> Path:
    """A release that asks a model behind a system prompt and an example."""
    asked = Asked("Name the thing.", "random", 1, LONGEST, 0)
    prompted = Prompted(model, asked, EXAMPLES)
    return build(folder / "releases", about(), prompted.export, "# Things\n")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


@pytest.fixture(scope="module")
def client(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    model = plugins.load("models", "language").open(str(weights), weights)
    folder = text_release(tmp_path_factory.mktemp("task"), model)
    with serving(loaded(folder), limits=Limits(deadline=60, rows=4, characters=300)) as client:
        yield client


@pytest.fixture(scope="module")
def official(client: Client) -> Iterator[openai.OpenAI]:
    with of(client) as official:
        yield official


def of(client: Client) -> openai.OpenAI:
    url = "http://{}:{}/v1".format(*client.server.address)
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0)


@functools.cache
def by_transformers(weights: Path, *turns: tuple[str, str], tokens: int = LONGEST) -> str:
    """What the weights write greedily behind these turns."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(weights)
    network = AutoModelForCausalLM.from_pretrained(weights, dtype="float32").eval()
    shown = [{"role": role, "content": text} for role, text in turns]
    prompt = tokenizer.apply_chat_template(shown, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    with torch.no_grad():
        made = network.generate(**ids, max_new_tokens=tokens, do_sample=False)
    told: str = tokenizer.decode(made[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    return told.strip()


AROUND = (("system", "Name the thing."), ("user", "big hat"), ("assistant", "hat"))


def test_the_official_client_gets_what_the_release_writes_behind_its_prompt(
    official: openai.OpenAI, weights: Path
) -> None:
    expected = by_transformers(weights, *AROUND, ("user", "old cup"))
    assert expected
    chat = official.chat.completions.create(
        model="anything", messages=[{"role": "user", "content": "old cup"}], temperature=0
    )
    (choice,) = chat.choices
    assert choice.message.content == expected
    assert (chat.model, choice.message.role, choice.finish_reason) == (
        "v1.0",
        "assistant",
        "length",
    )
    assert chat.usage is not None
    letters = sum(len(f"<{role[0]}>{text}\n") for role, text in (*AROUND, ("user", "old cup")))
    assert chat.usage.prompt_tokens == letters + len("<a>")  # a token is a letter
    assert (chat.usage.completion_tokens, chat.usage.total_tokens) == (10, letters + 13)
    many = official.completions.create(model="v1.0", prompt=["old cup", "new pen"], temperature=0)
    assert many.choices[0].text == expected
    assert many.choices[1].text == by_transformers(weights, *AROUND, ("user", "new pen"))
    assert [model.id for model in official.models.list()] == ["v1.0"]


def test_what_is_streamed_is_the_answer_in_pieces(
    client: Client, official: openai.OpenAI, weights: Path
) -> None:
    expected = by_transformers(weights, *AROUND, ("user", "old cup"))
    chunks = list(
        official.chat.completions.create(
            model="v1.0", messages=[{"role": "user", "content": "old cup"}], stream=True,
            stream_options={"include_usage": True},
        )
    )  # fmt: skip
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == expected
    assert sum(map(bool, pieces)) > 2, "it comes as it is written"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 10
    assert {chunk.model for chunk in chunks} == {"v1.0"}
    texts = ["", ""]
    prompts = ["old cup", "new pen"]
    for part in official.completions.create(model="v1.0", prompt=prompts, stream=True):
        texts[part.choices[0].index] += part.choices[0].text
    assert texts == [by_transformers(weights, *AROUND, ("user", one)) for one in prompts]


def test_a_shorter_answer_and_texts_that_end_it(official: openai.OpenAI, weights: Path) -> None:
    expected = by_transformers(weights, *AROUND, ("user", "old cup"))
    short = official.completions.create(model="m", prompt="old cup", max_tokens=3)
    assert short.choices[0].text == by_transformers(weights, *AROUND, ("user", "old cup"), tokens=3)
    assert short.usage is not None
    assert (short.usage.completion_tokens, short.choices[0].finish_reason) == (3, "length")
    stop = expected[2:4]
    for stream in (False, True):
        got = official.completions.create(model="m", prompt="old cup", stop=[stop], stream=stream)
        parts = [got] if isinstance(got, openai.types.Completion) else list(got)
        assert "".join(part.choices[0].text for part in parts) == expected[: expected.find(stop)]
        assert parts[-1].choices[0].finish_reason == "stop"


def test_instructions_of_the_client_stand_below_those_of_the_release(
    official: openai.OpenAI, weights: Path
) -> None:
    turns: Any = [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": "old cup"},
        {"role": "assistant", "content": "cup"},
        {"role": "user", "content": [{"type": "text", "text": "and this: pen"}]},
    ]
    got = official.chat.completions.create(model="m", messages=turns)
    told = [("system", "Name the thing.\n\nBe short."), *AROUND[1:], ("user", "old cup"),
            ("assistant", "cup"), ("user", "and this: pen")]  # fmt: skip
    assert got.choices[0].message.content == by_transformers(weights, *told)


ASK = [{"role": "user", "content": "old cup"}]


@pytest.mark.parametrize(
    ("more", "param", "says"),
    [
        ({"temperature": 0.7}, "temperature", "answers greedily. Leave it out, or send 0"),
        ({"n": 2}, "n", "one answer"),
        ({"presence_penalty": 1}, "presence_penalty", "greedily"),
        ({"logit_bias": {"5": 1}}, "logit_bias", "greedily"),
        ({"logprobs": True}, "logprobs", "no log-probabilities"),
        ({"tools": [{"type": "function"}]}, "tools", "no tools"),
        ({"response_format": {"type": "json_object"}}, "response_format", "form of its answers"),
        ({"reasoning_effort": "high"}, "reasoning_effort", "part of the release"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"stop": ["a", ""]}, "stop", "none empty"),
        ({"stop": ["a"] * 5}, "stop", "at most 4"),
        ({"best": 1}, "best", "Extra inputs"),
        ({"messages": []}, "messages", "not the user's"),
        ({"messages": [*ASK, {"role": "assistant", "content": "a"}]}, "messages", "not the user's"),
        ({"messages": [{"role": "tool", "content": "a"}, *ASK]}, "messages.0.role", "'tool'"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages.0.content", "is empty"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.0.content", "no text"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         "messages.0.content.0", "'image_url'"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages", "surrogate"),
    ],
)  # fmt: skip
def test_what_the_release_has_fixed_is_refused_by_name(
    client: Client, more: dict[str, Any], param: str, says: str
) -> None:
    reply = client.post("/v1/chat/completions", {"model": "m", "messages": ASK} | more)
    assert reply.status == 400, reply.text
    assert reply.json["error"]["param"] == param
    assert says in reply.json["error"]["message"]


def test_what_changes_nothing_is_accepted(client: Client) -> None:
    more = {"temperature": 0, "top_p": 0.5, "seed": 3, "n": 1, "user": "u", "logprobs": False,
            "response_format": {"type": "text"}, "tools": [], "store": False, "max_tokens": 9_000,
            "metadata": {"a": "b"}}  # fmt: skip
    reply = client.post("/v1/chat/completions", {"model": "m", "messages": ASK} | more)
    assert reply.status == 200, reply.text
    assert reply.json["usage"]["completion_tokens"] == LONGEST


def test_limits_and_texts_without_room(client: Client) -> None:
    long = client.post("/v1/completions", {"model": "m", "prompt": "x" * 301})
    assert (long.status, long.json["error"]["param"]) == (413, "prompt")
    many = client.post("/v1/completions", {"model": "m", "prompt": ["x"] * 5})
    assert many.status == 413
    empty = client.post("/v1/completions", {"model": "m", "prompt": ["x", " "]})
    assert (empty.status, empty.json["error"]["param"]) == (400, "prompt.1")
    turns = [{"role": "user", "content": "é" * 255}]  # two bytes each, so 510 tokens of 512
    none = client.post("/v1/chat/completions", {"model": "m", "messages": turns})
    assert none.status == 400
    assert "no room is left for an answer" in none.json["error"]["message"]
    assert client.post("/v1/chat/completions", {"model": "m", "messages": turns, "stream": True}
                       ).status == 400  # fmt: skip


def test_predict_and_model_serve_text_too(client: Client, weights: Path) -> None:
    reply = client.post("/v1/predict", {"input": ["old cup"]})
    expected = by_transformers(weights, *AROUND, ("user", "old cup"))
    (answer,) = reply.json["answers"]
    assert (answer["output"], answer["ended"]) == (expected, "length")
    assert reply.headers["rungwise-digest"] == reply.json["digest"]
    assert client.send("GET", "/v1/model").json["classes"] == []
    question = {"type": "choice", "instructions": "?", "choices": [{"value": "a"}, {"value": "b"}]}
    asked = {"model": "m", "input": "a", "questions": [question]}
    assert "generates text" in client.post("/v1/decisions", asked).json["error"]["message"]
    metrics = client.send("GET", "/metrics").text
    assert 'rungwise_texts_total{ended="length",release="v1.0"}' in metrics
    assert 'rungwise_text_tokens_total{kind="written",release="v1.0"}' in metrics


def test_a_release_of_labels_says_where_to_ask() -> None:
    with serving(Held()) as client:
        reply = client.post("/v1/chat/completions", {"model": "m", "messages": ASK})
        assert reply.status == 400
        assert "answers with labels. Ask `/v1/predict`" in reply.json["error"]["message"]
        assert client.send("GET", "/v1/models").json["data"][0]["id"] == "v1.0"


def test_a_model_behind_an_endpoint_is_asked_with_the_prompt_of_the_release(
    tmp_path: Path,
) -> None:
    def script(asked: Sent) -> Says:
        if asked.last == "fail":
            return Says({"error": {"message": "no"}}, status=400)
        return Says(completion(f"re: {asked.last}"))

    with scripted(script) as server:
        model = plugins.load("models", "endpoint").open(server.name)
        folder = text_release(tmp_path, model)
        with serving(loaded(folder), limits=Limits(deadline=20)) as client, of(client) as official:
            got = official.completions.create(model="m", prompt="old cup", max_tokens=4)
            assert got.choices[0].text == "re: old cup"
            assert got.usage is not None
            assert (got.usage.prompt_tokens, got.usage.completion_tokens) == (10, 2)
            stream = official.completions.create(model="m", prompt="new pen", stream=True)
            assert "".join(part.choices[0].text for part in stream) == "re: new pen"
            with pytest.raises(openai.APIStatusError) as caught:
                official.completions.create(model="m", prompt="fail")
            assert caught.value.status_code == 502
            assert "127.0.0.1" not in caught.value.message
    first = server.asked[0].body
    assert [turn["content"] for turn in first["messages"]] == [
        "Name the thing.", "big hat", "hat", "old cup",
    ]  # fmt: skip
    assert (first["temperature"], first["max_tokens"]) == (0, 4)


@pytest.mark.parametrize(
    ("text", "stops", "whole", "so_far"),
    [
        ("one. two", (".",), ("one", True), None),
        ("one, two", (".",), ("one, two", False), "one, two"),
        ("one #", ("##", "# #"), ("one #", False), "one "),
        ("one ##", ("##",), ("one ", True), None),
        ("a-b-", ("-c",), ("a-b-", False), "a-b"),
        ("ab", (), ("ab", False), "ab"),
    ],
)
def test_the_beginning_of_a_text_that_ends_is_held_back(
    text: str, stops: tuple[str, ...], whole: tuple[str, bool], so_far: str | None
) -> None:
    assert until_stop(text, stops) == whole
    if so_far is not None:
        assert held(text, stops) == so_far


def test_a_prompt_that_looks_like_a_conversation_is_one_text(client: Client) -> None:
    text = '[{"role": "user", "content": "a"}]'
    assert client.post("/v1/completions", {"model": "m", "prompt": text}).status == 200
    assert json.loads(as_input((Message("user", text),)))[0]["content"] == text
