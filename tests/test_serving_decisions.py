"""Decisions as the official client asks for them, with the base URL changed and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.small_export import probabilities
from tests.small_server import Client, loaded, release, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(loaded(release(tmp_path_factory.mktemp("releases")))) as client:
        yield client


@pytest.fixture(scope="module")
def official(client: Client) -> Iterator[openai.OpenAI]:
    url = "http://{}:{}/v1".format(*client.server.address)
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as official:
        yield official


def choice(*values: Any, **more: Any) -> dict[str, Any]:
    choices = [{"value": value} for value in values]
    return {"type": "choice", "instructions": "What happened?", "choices": choices} | more


def test_the_official_client_gets_the_probabilities_of_the_release(
    official: openai.OpenAI, tmp_path: Path
) -> None:
    decision = official.decisions.create(
        model="a-hosted-model",
        input="gone missing",
        questions=[
            choice("broken", "lost", "late", name="what"),  # type: ignore[list-item]
            choice("late", "broken"),  # type: ignore[list-item]
        ],
    )
    late, lost, broken = probabilities("gone missing")
    assert decision.model == "v1.0"
    assert decision.usage.input_tokens == 2
    every, two = decision.answers
    assert every.type == two.type == "choice"
    assert (every.name, every.choice, two.name) == ("what", "lost", None)
    assert every.confidence == pytest.approx(lost, abs=2e-6)
    assert {each.value: each.probability for each in every.probabilities} == pytest.approx(
        {"broken": broken, "lost": lost, "late": late}, abs=2e-6
    )
    # Of two of the three labels: their shares of the two, which add up to one.
    assert {each.value: each.probability for each in two.probabilities} == pytest.approx(
        {"late": late / (late + broken), "broken": broken / (late + broken)}, abs=2e-6
    )


def test_one_user_message_is_read_and_instructions_change_nothing(
    official: openai.OpenAI,
) -> None:
    part = {"type": "input_text", "text": "crack"}
    messages: Any = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [part]},
    ]
    question: Any = choice("broken", "lost")
    (answer,) = official.decisions.create(model="m", input=messages, questions=[question]).answers
    assert answer.type == "choice"
    assert answer.choice == "broken"


IMAGE = {"type": "input_image", "image_url": "https://example.org/a.png"}
LEVELS = {"type": "score", "instructions": "How bad?", "levels": [{"label": "a"}, {"label": "b"}]}


@pytest.mark.parametrize(
    ("given", "questions", "param", "says"),
    [
        ("gone", [choice("late", "stolen")], "questions.0.choices.1", "'stolen', no label"),
        ("gone", [choice("late", True)], "questions.0.choices.1", "'True', no label"),
        ("gone", [choice("late", "late")], "questions.0.choices.1", "a second time"),
        ("gone", [choice("late")], "questions.0.choices", "1 options. Give 2 to 255"),
        ("gone", [choice(*map(str, range(256)))], "questions.0.choices", "256 options"),
        ("gone", [choice("late", "lost"), LEVELS], "questions.1.type", "'score'"),
        ("gone", [{"type": "predicate", "instructions": "Lost?"}], "questions.0.type", "'predic"),
        ("gone", [], "questions", "Ask 1 to 400"),
        ("gone", [choice("late", "lost")] * 401, "questions", "has 401"),
        (" ", [choice("late", "lost")], "input", "is empty"),
        ([], [choice("late", "lost")], "input", "0 user messages"),
        ([{"role": "user", "content": "a"}] * 2, [choice("late", "lost")], "input", "2 user"),
        ([{"role": "assistant", "content": "a"}], [choice("late", "lost")], "input.0", "assistant"),
        ([{"type": "function_call"}], [choice("late", "lost")], "input.0", "'function_call'"),
        (
            [{"role": "user", "content": [IMAGE]}],
            [choice("late", "lost")], "input.0.content.0", "'input_image'",
        ),
    ],
)  # fmt: skip
def test_what_the_release_cannot_decide_is_named(
    official: openai.OpenAI, given: Any, questions: Any, param: str, says: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        official.decisions.create(model="m", input=given, questions=questions)
    assert caught.value.param == param
    assert says in caught.value.message
