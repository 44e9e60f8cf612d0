"""A model behind a real server: llama.cpp with the small packaged language model."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.language.llama_server import KEY, serving, weights

from rungwise.conversation import LanguageModel, Message
from rungwise.errors import ModelError
from rungwise.models.endpoint import Endpoint, EndpointLimits, EndpointModel
from rungwise.progress import Silent

CONTEXT = 256
QUESTIONS = ["What is the capital of France?", "Say hello.", "Count to three."]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = weights()
    if isinstance(model, str):
        pytest.skip(model)
    with serving(model, CONTEXT, tmp_path_factory.mktemp("server") / "log") as place:
        yield place


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", KEY)


def opened(address: str, answers: Path | None = None) -> EndpointModel:
    limits = EndpointLimits(attempts=2, concurrency=2, timeout_s=120)
    return Endpoint().open(f"endpoint:smollm2@{address}/v1", limits=limits, answers=answers)


def asks(*texts: str) -> list[tuple[Message, ...]]:
    return [(Message("user", text),) for text in texts]


def raw(address: str, route: str, body: dict[str, Any]) -> Any:
    """Ask the server without our code."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    request = urllib.request.Request(address + route, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)


def test_it_answers_in_order_and_says_how_it_ended(address: str, tmp_path: Path) -> None:
    model: LanguageModel = opened(address, tmp_path / "answers.jsonl")
    assert model.context == CONTEXT
    found = model.generate(asks(*QUESTIONS), Silent(), max_tokens=6)
    alone = [
        opened(address).generate(asks(question), Silent(), max_tokens=6)[0].text
        for question in QUESTIONS
    ]
    assert [one.text for one in found] == alone
    assert len(set(alone)) == 3
    assert {(one.ended, one.output_tokens) for one in found} == {("length", 6)}
    again = opened(address, tmp_path / "answers.jsonl")
    assert again.generate(asks(*QUESTIONS), Silent(), max_tokens=6) == found
    assert again.usage.requests == 0


def test_the_server_holds_an_answer_to_a_schema(address: str) -> None:
    schema = {"type": "string", "enum": ["Rome", "Oslo"]}
    prompts = asks(QUESTIONS[0])
    answer = opened(address).generate(prompts, Silent(), max_tokens=16, schema=schema)[0]
    assert answer.ended == "stop"
    assert json.loads(answer.text) in {"Rome", "Oslo"}


def test_scores_are_the_models_own_log_probabilities(address: str) -> None:
    """Against the whole distribution after every token, which the server gives when it writes."""
    options = ["Paris", "Paris is"]
    found = opened(address).score(asks(QUESTIONS[0]), options, Silent())
    assert found.shape == (1, 2)

    turns = {"messages": [{"role": "user", "content": QUESTIONS[0]}]}
    text = raw(address, "/apply-template", turns)["prompt"]
    start = tokens(address, text, special=True)
    [end] = tokens(address, "<|im_end|>", special=True)
    after: dict[int, dict[int, float]] = {}
    for option, score in zip(options, found[0], strict=True):
        path = [*tokens(address, option, special=False), end]
        for place in set(range(len(path))) - set(after):  # one option begins as the other
            after[place] = following(address, [*start, *path[:place]])
        expected = sum(after[place][token] for place, token in enumerate(path))
        assert score == pytest.approx(expected, abs=0.05)  # batches of other shapes round otherwise


def tokens(address: str, text: str, *, special: bool) -> list[int]:
    body = {"content": text, "add_special": special, "parse_special": special}
    found: list[int] = raw(address, "/tokenize", body)["tokens"]
    return found


def following(address: str, start: list[int]) -> dict[int, float]:
    """Token → log-probability of the next one, of all 49,152."""
    asked = {"prompt": start, "n_predict": 1, "n_probs": 49152, "temperature": 0}
    said = raw(address, "/completion", asked)["completion_probabilities"][0]["top_logprobs"]
    return {one["id"]: one["logprob"] for one in said}


def test_a_question_that_leaves_no_room_costs_its_own_answer_alone(address: str) -> None:
    asked = asks("Hi", "word " * 2 * CONTEXT)
    first, second = opened(address).generate(asked, Silent(), max_tokens=2)
    assert first.text and first.ended == "length"
    assert (second.text, second.ended) == ("", "unasked")


def test_a_wrong_key_and_a_wrong_model_are_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Endpoint().open(f"endpoint:larger@{address}/v1")
    with pytest.raises(ModelError, match=r"asked for larger and answers as another model \(smol"):
        other.generate(asks("Hi"), Silent(), max_tokens=1)
    for value, fact in (("", "wants a key and none is set"), ("wrong", "refuses the key")):
        monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", value)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with pytest.raises(ModelError, match=fact):
            opened(address).generate(asks("Hi"), Silent(), max_tokens=1)
