"""A server that sends half a surrogate pair, or counts that are none: the answer is still used."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from tests.scripted_server import Asked, Says, Scripted, completion, opened, scripted
from tests.small_texts import answering, right, text_project

from rungwise.conversation import Generated, Message
from rungwise.errors import ModelError
from rungwise.models.endpoint import EndpointLimits, EndpointModel
from rungwise.progress import Silent
from rungwise.task import Asking

QUESTION = (Message("user", "a"),)
HALF = "\ud800"


pytestmark = pytest.mark.usefixtures("no_endpoint_keys")


def answer(model: EndpointModel) -> Generated:
    (told,) = model.generate([QUESTION], Silent(), max_tokens=8)
    return told


# ── half a surrogate pair ────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"a\ud800b", "a\ufffdb"),
        (rb"\udc00\ud800", "\ufffd\ufffd"),
        (b"a\xed\xa0\x80b", "a\ufffdb"),  # the same half as bytes, which is no UTF-8
        (rb"\ud83d\ude00 \ufeff", "\U0001f600 \ufeff"),  # a whole pair, and a mark, stay
    ],
)
def test_half_a_pair_is_replaced_as_it_is_read(
    sent: bytes, read: str, server: Scripted, tmp_path: Path
) -> None:
    body = json.dumps(completion("TEXT")).encode().replace(b"TEXT", sent)
    server.script = lambda asked: Says(body, headers={"content-type": "application/json"})
    path = tmp_path / "answers.jsonl"
    assert answer(opened(server, path)).text == read
    assert json.loads(path.read_text(encoding="utf-8"))["text"] == read
    assert answer(opened(server, path)).text == read
    assert len(server.asked) == 1


@pytest.mark.parametrize("kept", [b"\xed\xa0\x80", rb"\ud800"], ids=["bytes", "escape"])
def test_half_a_pair_that_is_on_file_is_replaced(
    kept: bytes, server: Scripted, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    answer(opened(server, path))
    path.write_bytes(path.read_bytes().replace(b"re: a", b"re: " + kept))
    assert answer(opened(server, path)).text == "re: \ufffd"
    assert len(server.asked) == 1


def test_a_climb_goes_on_over_half_a_pair(tmp_path: Path) -> None:
    def reply(asked: Asked) -> str:
        return HALF if "Oslo" in asked.last else right(asked.last)

    with scripted(answering(reply)) as server:
        project = text_project(tmp_path, server.name, "policy.resamples=200")
        project.climb(rungs=["prompt"])
    workspace = project._workspace
    expected = workspace.measured()["expected"]
    assert expected.str.contains("Oslo").any()
    for attempt in project.attempts():
        outputs = workspace.predictions(attempt.predictions).outputs
        assert ((outputs == "\ufffd") == expected.str.contains("Oslo")).all()


# ── counts that are none ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("usage", "read", "written"),
    [
        ("many", 0, 0),
        ([1], 0, 0),
        (7, 0, 0),
        ({"prompt_tokens": "many", "completion_tokens": 2}, 0, 2),
        ({"prompt_tokens": {"text": 10}, "completion_tokens": 2}, 0, 2),
        ({"prompt_tokens": float("inf"), "completion_tokens": 2}, 0, 2),
        ({"prompt_tokens": 10, "completion_tokens": float("nan")}, 10, 0),
        ({"prompt_tokens": -10, "completion_tokens": 2}, 0, 2),
        ({"prompt_tokens": 10, "completion_tokens": -2}, 10, 0),
        ({"prompt_tokens": 10, "completion_tokens": True}, 10, 0),
        ({"prompt_tokens": 10, "completion_tokens": 10**400}, 10, 0),
        ({"prompt_tokens": 10, "completion_tokens": None}, 10, 0),
    ],
)
def test_a_count_that_is_none_reports_nothing(
    usage: Any, read: int, written: int, server: Scripted, tmp_path: Path
) -> None:
    server.script = lambda asked: Says(completion("fine", usage=usage))
    model = opened(server, tmp_path / "answers.jsonl", price_out=1e6)  # 1 USD a token written
    assert answer(model) == Generated("fine", read, written, "stop")
    assert answer(opened(server, tmp_path / "answers.jsonl")).prompt_tokens == read
    assert (model.usage.prompt_tokens, model.usage.output_tokens) == (0, 0)
    assert model.usage.spend_usd == 8.0  # the most that it can have cost
    assert len(server.asked) == 1


@pytest.mark.parametrize("count", ["many", -1, [1], None])
def test_options_are_scored_whatever_the_server_says_it_read(
    count: Any, server: Scripted, tmp_path: Path
) -> None:
    """The routes of llama.cpp beside the protocol; each option is one token and the end."""
    tokens = {"yes": [5], "no": [6]}

    def script(asked: Asked) -> Says:
        if asked.route == "/tokenize":
            return Says({"tokens": tokens.get(asked.body["content"], [1])})
        if asked.route == "/completion":
            ((token, _),) = asked.body["logit_bias"]
            said = {"id": token, "logprob": -float(token)}
            return Says({"completion_probabilities": [said], "tokens_evaluated": count})
        return Says({"eos_token": "</s>", "prompt": "a"})

    server.script = script
    path = tmp_path / "answers.jsonl"
    scores = opened(server, path).score([QUESTION], ["yes", "no"], Silent())
    assert scores.tolist() == [[-6.0, -7.0]]
    assert json.loads(path.read_text())["prompt_tokens"] == 0


def test_a_refusal_that_is_no_text_is_no_answer(server: Scripted) -> None:
    message: dict[str, Any] = {"content": None, "refusal": {"reason": 1}}
    server.script = lambda asked: Says(completion(None, choices=[{"message": message}]))
    with pytest.raises(ModelError, match="no answer"):
        answer(opened(server))
    message |= {"content": "fine", "refusal": False}  # nothing hangs on it beside a text
    assert answer(opened(server)).text == "fine"


# ── tokens that are none ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("/props", {"eos_token": 7}),
        ("/tokenize", {"tokens": 5}),
        ("/tokenize", {"tokens": ["five"]}),
        ("/tokenize", {"tokens": [{"id": 5}]}),
        ("/apply-template", {"prompt": ["<a>"]}),
    ],
)
def test_a_server_that_tells_no_tokens_scores_nothing(
    route: str, said: dict[str, Any], server: Scripted
) -> None:
    right: dict[str, dict[str, Any]] = {
        "/props": {"eos_token": "</s>"},
        "/tokenize": {"tokens": [5]},
        "/apply-template": {"prompt": "<a>"},
    }
    server.script = lambda asked: Says((right | {route: said})[asked.route])
    with pytest.raises(ModelError, match="log-probabilities only"):
        opened(server).score([QUESTION], ["yes", "no"], Silent())


@pytest.mark.parametrize("said", [10**400, True, 0.5, "high", None])
def test_a_log_probability_that_is_none_is_refused(said: Any, server: Scripted) -> None:
    def script(asked: Asked) -> Says:
        if asked.route == "/completion":
            ((token, _),) = asked.body["logit_bias"]
            return Says({"completion_probabilities": [{"id": token, "logprob": said}]})
        return Says({"eos_token": "</s>", "prompt": "a", "tokens": [5]})

    server.script = script
    with pytest.raises(ModelError, match="log-probabilities only"):
        opened(server).score([QUESTION], ["yes", "no"], Silent())


# ── limits ───────────────────────────────────────────────────────────────────────────────
def test_a_task_can_set_every_limit_that_the_documentation_names() -> None:
    limits = {field.name for field in fields(EndpointLimits)}
    assert set(Asking.model_fields) == limits
    page = (Path(__file__).parents[1] / "docs" / "language-models.md").read_text(encoding="utf-8")
    table = page.partition("| limit | default | meaning |")[2].partition("\n\n")[0]
    assert all(f"`{name}`" in table for name in limits)


def test_the_wait_before_a_second_attempt_is_set_in_the_task(tmp_path: Path) -> None:
    from rungwise.training.prompting.models import language_model
    from rungwise.workflow.rung_context import rung_context

    with scripted(answering()) as server:
        project = text_project(tmp_path, server.name, "endpoint.backoff_s=0.05")
    asked = language_model(rung_context(project._workspace))
    assert isinstance(asked, EndpointModel)
    assert asked.limits.backoff_s == 0.05
