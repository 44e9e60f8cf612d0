"""Replies that are no answers, the names that models answer by, and their thinking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.scripted_server import (
    MODEL,
    Asked,
    Says,
    Scripted,
    ask,
    completion,
    echo,
    opened,
    scripted,
)
from tests.small_texts import answering, right, text_project
from tests.test_models_endpoint import Said

from rungwise.conversation import Generated
from rungwise.errors import ModelError
from rungwise.models.endpoint import Endpoint, EndpointLimits

pytestmark = pytest.mark.usefixtures("no_endpoint_keys")


def choice(finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    told = {"role": "assistant", "content": None, **message}
    return completion(None, choices=[{"index": 0, "message": told, "finish_reason": finish}])


CALL = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
AZURE = {"code": "content_filter", "message": "triggering the content management policy"}
NO_ANSWERS = {
    "provider error": Says({"error": {"message": "upstream died", "code": 502}}),
    "error beside null": Says(choice(content=None) | {"error": {"message": "upstream died"}}),
    "error finish": Says(choice("error", content="half an ans")),
    "choices empty": Says(completion(None, choices=[])),
    "choices null": Says(completion(None, choices=None)),
    "choices absent": Says({"model": MODEL}),
    "message null": Says(completion(None, choices=[{"message": None}])),
    "noise": Says(b'{"choices": ['),
    "null": Says(choice()),
    "filtered": Says(choice("content_filter", content="half an ans")),
    "filtered prompt": Says({"error": AZURE}, status=400),
    "filtered in a 200": Says({"error": AZURE}),
    "refusal": Says(choice(refusal="I cannot help with that.")),
    "refusal beside empty": Says(choice(content="", refusal="I cannot.")),
    "tool call": Says(choice("tool_calls", tool_calls=CALL)),
    "tool call with words": Says(choice("tool_calls", content="Let me see.", tool_calls=CALL)),
    "function call": Says(choice("function_call", function_call={"name": "f"})),
    "error beside a text": Says(
        choice(content="half") | {"error": {"message": "rate", "code": 429}}
    ),
    "error in the choice": Says(
        completion(
            None,
            choices=[
                {
                    "message": {"content": "half"},
                    "finish_reason": "stop",
                    "error": {"message": "gone"},
                }
            ],
        )
    ),
    **{
        finish: Says(choice(finish, content="half an ans"))
        for finish in (
            "abort",
            "cancelled",
            "network_error",
            "insufficient_system_resource",
            "sensitive",
            "RECITATION",
            "SAFETY",
            "refusal",
            "OTHER",
            "pause_turn",
            "tool_use",
            "UNEXPECTED_TOOL_CALL",
        )
    },
    "prohibited": Says(choice("PROHIBITED_CONTENT", content="")),
    "refused by its end": Says(choice("refusal", content="")),
    "filtered by Azure": Says(
        completion(
            None,
            choices=[
                {
                    "message": {"content": ""},
                    "finish_reason": "stop",
                    "content_filter_results": {"hate": {"filtered": True, "severity": "high"}},
                }
            ],
        )
    ),
    "a gateway's page": Says(b"<html>502 Bad Gateway</html>"),
    "error that is true": Says(choice(content="half an ans") | {"error": True}),
    "thinking beside an empty text": Says(choice(content="", reasoning_content="Let me think")),
    "thinking without a text": Says(choice(content=[{"type": "thinking", "thinking": []}])),
}


# ── replies that are no answers ──────────────────────────────────────────────────────────
@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_one_reply_that_is_no_answer_ends_nothing_and_is_not_kept(
    reply: Says, server: Scripted, tmp_path: Path
) -> None:
    def script(asked: Asked) -> Says:
        return reply if asked.last == "b" else echo(asked)

    server.script, said, path = script, Said(), tmp_path / "answers.jsonl"
    found = ask(opened(server, path), "a", "b", "c", said=said)
    assert [one.text for one in found] == ["re: a", "", "re: c"]
    assert [one.ended for one in found] == ["stop", "unanswered", "stop"]
    assert len([line for line in said.lines if line.startswith("1 of 3 answers were ")]) == 1
    kept = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    assert sorted(kept) == ["re: a", "re: c"]

    server.script = echo  # asked again, and that row alone
    server.asked.clear()
    assert [one.text for one in ask(opened(server, path), "a", "b", "c")][1] == "re: b"
    assert [one.last for one in server.asked] == ["b"]


def test_answers_in_parts_and_empty_answers_are_answers(server: Scripted) -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "so"}]
    contents = {"parts": (parts, "so"), "empty": ("", "")}
    server.script = lambda asked: Says(choice(content=contents[asked.last][0]))
    for question, (_, text) in contents.items():
        assert ask(opened(server), question) == [Generated(text, 10, 2, "stop")]


def test_of_several_choices_the_first_by_number_is_the_answer(server: Scripted) -> None:
    first, second = (choice(content=text)["choices"][0] for text in "ab")
    told = [{**second, "index": 1}, first]
    server.script = lambda asked: Says(completion(None, choices=told))
    assert ask(opened(server), "q")[0].text == "a"


def test_too_many_in_a_row_end_the_work(server: Scripted, tmp_path: Path) -> None:
    def script(asked: Asked) -> Says:
        return echo(asked) if asked.last == "a" else NO_ANSWERS["refusal"]

    server.script = script
    model = opened(server, tmp_path / "kept", concurrency=1, unanswered_in_a_row=3)
    with pytest.raises(ModelError, match=r"3 replies in a row.*refused.*1 of 7 rows are") as caught:
        ask(model, *"abcdefg")
    assert "unanswered_in_a_row" in caught.value.next_step
    assert len(server.asked) == 4


def test_what_replies_cost_that_are_no_answers_counts_towards_the_cap(
    server: Scripted, tmp_path: Path
) -> None:
    def script(asked: Asked) -> Says:
        return echo(asked) if asked.last == "a" else NO_ANSWERS["refusal"]

    server.script = script
    prices = {"price_out": 1e6, "concurrency": 1}  # 1 USD a token, and 2 tokens a reply
    ask(opened(server, tmp_path / "kept", **prices), "a", "b", "c")
    again = opened(server, tmp_path / "kept", spend_cap_usd=13.0, **prices)
    with pytest.raises(ModelError, match=r"6\.0000 USD are spent, 6\.0000 of them before"):
        ask(again, "a", "b", "c")  # the next may cost 8


def test_an_error_that_holds_for_every_row_stops_at_the_first(server: Scripted) -> None:
    server.script = lambda asked: Says({"error": {"message": "pay", "code": 402}})
    with pytest.raises(ModelError, match="no money left"):
        ask(opened(server, concurrency=1), *"abc")
    assert len(server.asked) == 1


def test_a_climb_counts_and_shows_rows_without_an_answer(tmp_path: Path) -> None:
    def script(asked: Asked) -> Says:
        given = answering()(asked)
        return NO_ANSWERS["filtered"] if "Oslo" in right(asked.last) else given

    with scripted(script) as server:
        project = text_project(tmp_path, server.name, "policy.resamples=200")
        project.climb(rungs=["prompt"])
    workspace = project._workspace
    expected = workspace.measured()["expected"]
    none = expected.str.contains("Oslo")
    (attempt, *_) = project.attempts()
    assert attempt.details["unanswered"] == int(none.sum()) > 0
    assert attempt.goal.value == pytest.approx(1 - int(none.sum()) / len(none))
    outputs = workspace.predictions(attempt.predictions).outputs
    assert (outputs.fill_null("") == "").to_list() == none.to_list()


# ── names ────────────────────────────────────────────────────────────────────────────────
UNDERLYING = "models/Qwen3-4B-Q4_K_M.gguf"


def test_another_name_is_refused_for_the_price_of_one_token(tmp_path: Path) -> None:
    def script(asked: Asked) -> Says:
        return Says(completion("x", model=UNDERLYING))

    with scripted(script) as server:
        project = text_project(tmp_path, server.name, "policy.resamples=200")
        with pytest.raises(ModelError, match="answers as another model") as caught:
            project.climb(rungs=["prompt"])
        assert [one.body["max_tokens"] for one in server.asked] == [1]
        assert f"`answers_as: {UNDERLYING}` under `endpoint:`" in caught.value.next_step
    assert not (tmp_path / ".rungwise" / "cache" / "answers.jsonl").exists()


def test_the_name_that_is_stated_is_the_name_that_counts(server: Scripted) -> None:
    server.script = lambda asked: Says(completion("x", model=f"{UNDERLYING}"))
    said = Said()
    assert ask(opened(server, answers_as=UNDERLYING), "a", said=said)[0].text == "x"
    assert said.lines == [f"{MODEL} answered as {UNDERLYING}"]
    with pytest.raises(ModelError, match=r"small \(`answers_as: gpt-4o`\) and answers as another"):
        ask(opened(server, answers_as="gpt-4o"), "a")


@pytest.mark.parametrize(
    "reply", [NO_ANSWERS["null"], Says({"error": "too few tokens"}, status=400)]
)
def test_one_token_that_is_too_little_stops_nothing(reply: Says, server: Scripted) -> None:
    server.script = lambda asked: reply if asked.body["max_tokens"] == 1 else echo(asked)
    model = Endpoint().open(
        server.name, limits=EndpointLimits(backoff_s=0.001, attempts=2), check_name=True
    )
    assert [one.text for one in ask(model, "a", "b")] == ["re: a", "re: b"]
    before = len(server.asked)
    ask(model, "c")
    assert len(server.asked) == before + 1  # the name is asked for once


# ── thinking ─────────────────────────────────────────────────────────────────────────────
def test_thinking_is_left_out_and_counted_apart(server: Scripted, tmp_path: Path) -> None:
    def script(asked: Asked) -> Says:
        if asked.last == "reported":
            usage = {"prompt_tokens": 10, "completion_tokens": 50,
                     "completion_tokens_details": {"reasoning_tokens": 45}}  # fmt: skip
            message = {"content": "refund", "reasoning_content": "hm"}
            return Says(completion("", choices=[{"message": message}], usage=usage))
        if asked.last == "cut":
            return Says(choice("length", content="<think>still at it"))
        if asked.last == "cut and null":
            return Says(choice("length"))
        return Says(completion("<think>\nhm\n</think>\n\nrefund"))

    server.script, said = script, Said()
    questions = ("tags", "reported", "cut", "cut and null")
    found = ask(opened(server, tmp_path / "kept"), *questions, said=said)
    assert [one.text for one in found] == ["refund", "refund", "", ""]
    assert [one.ended for one in found] == ["stop", "stop", "length", "length"]
    assert [one.thinking_tokens > 0 for one in found] == [True, True, True, False]
    assert found[1].thinking_tokens == 45
    assert any("3 of 4 answers began with thinking" in line for line in said.lines)
    assert any("2 of 4 answers were cut before they held any text" in line for line in said.lines)
    assert ask(opened(server, tmp_path / "kept"), *questions) == found
