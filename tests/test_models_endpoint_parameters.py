"""Parameters of a request: refused by a model, set by a task, and kept by a release."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.scripted_server import Asked, Says, Scripted, ask, completion, echo, opened, scripted
from tests.small_texts import answering, right, text_project
from tests.test_models_endpoint import Said

from rungwise import Project, plugins
from rungwise.errors import InputError, ModelError
from rungwise.models.endpoint import Endpoint, EndpointLimits
from rungwise.progress import Silent
from rungwise.release.opened import opened as opened_release
from rungwise.table import Inputs
from rungwise.training.prompting import models as prompting_models
from rungwise.training.prompting.prompted import Asked as Prompting
from rungwise.training.prompting.prompted import Prompted
from rungwise.workflow.attempt import same_answers
from rungwise.workflow.rung_context import rung_context

pytestmark = pytest.mark.usefixtures("no_endpoint_keys")


REFUSALS: Mapping[str, Mapping[str, Any]] = {
    "OpenAI": {"error": {
        "message": "Unsupported value: 'temperature' does not support 0 with this model. Only the "
        "default (1) value is supported.",
        "type": "invalid_request_error", "param": "temperature", "code": "unsupported_value"}},
    "OpenAI, o1": {"error": {
        "message": "Unsupported parameter: 'temperature' is not supported with this model.",
        "type": "invalid_request_error", "param": "temperature", "code": "unsupported_parameter"}},
    "a gateway": {"error": {"message": "`temperature` is deprecated for this model.",
                            "type": "invalid_request_error"}},
    "FastAPI": {"detail": [{"loc": ["body", "temperature"], "msg": "extra inputs: unknown field"}]},
}  # fmt: skip


def refusing(name: str, told: Mapping[str, Any], status: int = 400) -> Callable[[Asked], Says]:
    return lambda asked: Says(told, status=status) if name in asked.body else echo(asked)


@pytest.mark.parametrize("told", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_model_that_refuses_temperature_0_is_asked_without_it(
    told: Mapping[str, Any], server: Scripted, tmp_path: Path
) -> None:
    status = 422 if "detail" in told else 400
    server.script, said = refusing("temperature", told, status), Said()
    model = opened(server, tmp_path / "kept", concurrency=1)
    assert [one.text for one in ask(model, *"abc", said=said)] == ["re: a", "re: b", "re: c"]
    assert ["temperature" in one.body for one in server.asked] == [True, False, False, False]
    assert "sampled, not greedy (small refuses temperature 0)" in said.lines[0]
    assert not model.greedy
    again, said = opened(server, tmp_path / "kept"), Said()
    ask(again, *"abc", said=said)
    assert not again.greedy
    assert "sampled" in said.lines[-1]


@pytest.mark.parametrize(
    "error",
    [
        {"code": "unsupported_parameter", "param": "max_tokens", "message": "no"},
        {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
         "'max_completion_tokens' instead.", "param": "max_tokens", "code": "unsupported_value"},
        {"message": "max_tokens: use max_completion_tokens"},
    ],
)  # fmt: skip
def test_both_can_be_refused_one_after_the_other(error: Any, server: Scripted) -> None:
    def script(asked: Asked) -> Says:
        if "max_tokens" in asked.body:
            return Says({"error": error}, status=400)
        return refusing("temperature", REFUSALS["OpenAI"])(asked)

    server.script = script
    assert ask(opened(server), "a")[0].text == "re: a"
    assert len(server.asked) == 3
    assert server.asked[-1].body.keys() == {"model", "messages", "max_completion_tokens"}


def test_a_limit_that_is_too_high_is_not_taken_for_an_unknown_name(server: Scripted) -> None:
    error = {"message": "max_tokens is too large: 8", "param": "max_tokens", "code": "invalid"}
    server.script = lambda asked: Says({"error": error}, status=400)
    with pytest.raises(ModelError, match="too large"):
        ask(opened(server), "a")
    assert len(server.asked) == 1


def test_request_parameters_are_sent_and_are_part_of_the_identity(server: Scripted) -> None:
    extra = {"top_p": 0.5, "chat_template_kwargs": {"enable_thinking": False}}
    plain, set_up = opened(server), opened(server, extra_body=extra, reasoning_effort="low")
    ask(set_up, "a")
    body = server.asked[0].body
    assert {name: body[name] for name in extra} == extra
    assert (body["reasoning_effort"], body["temperature"]) == ("low", 0)
    digests = {
        plain.digest,
        set_up.digest,
        opened(server, reasoning_effort="low").digest,
        opened(server, answers_as="big").digest,
        opened(server, extra_body={"temperature": 1}).digest,
    }
    assert len(digests) == 5
    assert plain.digest == opened(server, concurrency=9).digest


def test_a_temperature_that_the_user_sets_is_the_users(server: Scripted) -> None:
    model, said = opened(server, extra_body={"temperature": 0.7}), Said()
    ask(model, "a", said=said)
    assert server.asked[0].body["temperature"] == 0.7
    assert not model.greedy
    assert "sampled, not greedy (as you set it)" in said.lines[0]
    server.script = refusing("temperature", REFUSALS["OpenAI"])
    with pytest.raises(ModelError, match="does not support 0"):
        ask(model, "b")


@pytest.mark.parametrize("name", ["model", "messages", "max_tokens", "stream", "n"])
def test_what_is_ours_cannot_be_set(name: str) -> None:
    with pytest.raises(InputError, match=f"`{name}`"):
        EndpointLimits(extra_body={name: 2})


def test_parameters_that_are_no_json_are_refused() -> None:
    with pytest.raises(InputError, match="cannot be written as JSON"):
        EndpointLimits(extra_body={"top_p": float("nan")})


def test_a_task_sets_parameters_and_its_attempts_and_release_hold_them(tmp_path: Path) -> None:
    extra = "endpoint.extra_body={top_p: 0.5}"
    with scripted(answering()) as server:
        for folder in ("plain", "other"):
            (tmp_path / folder).mkdir()
        plain = text_project(tmp_path / "plain", server.name, "policy.resamples=200")
        other = text_project(tmp_path / "other", server.name, "policy.resamples=200", extra)
        for project in (plain, other):
            project.climb(rungs=["prompt"])
        first, second = (project.attempts()[0] for project in (plain, other))
        assert first.id != second.id
        assert first.model != second.model
        assert server.asked[-1].body["top_p"] == 0.5
        server.asked.clear()
        other.climb(rungs=["prompt"])
        assert server.asked == []  # the attempt is on record


def test_sampled_answers_are_on_record_and_do_not_stop_the_test(tmp_path: Path) -> None:
    numbers = itertools.count()

    def script(asked: Asked) -> Says:
        if "temperature" in asked.body:
            return Says(REFUSALS["OpenAI"], status=400)
        return answering(lambda asked: right(asked.last) + " " * (next(numbers) % 3))(asked)

    with scripted(script) as server:
        project = text_project(tmp_path, server.name, "policy.resamples=200")
        project.climb(rungs=["prompt"])
        (attempt, *_) = project.attempts()
        assert attempt.details["greedy"] is False
        kept = project.folder / ".rungwise" / "cache" / "answers.jsonl"
        kept.write_text("")  # caches may be deleted at any time
        prompting_models._behind.cache_clear()
        workspace = Project(project.folder)._workspace
        workspace.objects.folder_to(attempt.artefact, tmp_path / "again")
        restored = plugins.load("rungs", "prompt").restore(
            attempt.configuration,
            tmp_path / "again",
            rung_context(workspace),
        )
        rows = workspace.measured()
        answers = restored.predict(Inputs(rows["id"], rows["input"]), Silent())
        before = workspace.predictions(attempt.predictions)
        assert (answers.outputs != before.outputs).any()
        same_answers(workspace, attempt, answers)


def test_a_release_asks_as_the_attempt_was_asked(tmp_path: Path) -> None:
    limits: dict[str, Any] = {
        "extra_body": {"top_p": 0.5},
        "answers_as": "big",
        "reasoning_effort": "low",
    }
    with scripted(lambda asked: Says(completion("x", model="big"))) as server:
        shown = pl.DataFrame({"input": ["a"], "expected": ["b"]})
        asked = Prompting("Answer.", "random", 1, max_tokens=20, seed=1)
        model = Endpoint().open(server.name, limits=EndpointLimits(backoff_s=0.001, **limits))
        folder = tmp_path / "export"
        folder.mkdir()
        Prompted(model, asked, shown).export(folder)
        rows = Inputs(pl.Series(["1", "2"]), pl.Series(["a", "b"]))
        answered = opened_release(folder, exported=True).predict(rows, Silent())
    assert answered.outputs.to_list() == ["x", "x"]
    assert {one.body["top_p"] for one in server.asked} == {0.5}
    assert server.asked[0].body["max_tokens"] == 1  # the name is checked first
    told = json.loads((folder / "serving.json").read_text())
    told.pop("request")  # as earlier versions wrote it
    (folder / "serving.json").write_text(json.dumps(told))
    assert opened_release(folder, exported=True)
