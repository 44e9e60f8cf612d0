"""Thinking is no answer: it is told from one in every form that models write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scripted_server import Asked, Says, completion, scripted
from tests.small_encoder import context, examples

from rungwise import plugins
from rungwise.conversation import THINKING, THINKING_ROOM, opens_thinking, without_thinking
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.table import Inputs


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>…</think>refund", "refund"),
        ("<think>\nIt asks for money.\n</think>\n\nrefund", "refund"),
        ("  \n<think></think>refund\n", "refund"),
        ("<think>a</think>\n<think>b</think>\nrefund", "refund"),
        ("<think>It may be <b>access</b>, or </thinking>?</think>refund", "refund"),
        ("It asks for money.</think>refund", "refund"),
        ("\n</think>\n\nrefund", "refund"),
        ("<think>It asks for", ""),
        ("<think>", ""),
        ("<thinking>a\n\nb</thinking> refund", "refund"),
        ("<Thinking>a</Thinking>refund", "refund"),
        ("<thought>a</thought>refund", "refund"),
        ("<reasoning>a</reasoning>\nrefund", "refund"),
        ("[THINK]a[/THINK]refund", "refund"),
        (
            "<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>refund<|end_of_solution|>",
            "refund",
        ),
        ("◁think▷a◁/think▷refund", "refund"),
        ("<seed:think>a</seed:think>refund", "refund"),
        ("<|begin_of_thought|>a<|end_of_thought|>refund", "refund"),
        ("<|START_THINKING|>a<|END_THINKING|>refund", "refund"),
        ("<|channel>thought\na<channel|>refund", "refund"),
        (
            "<|channel|>analysis<|message|>It asks.<|end|><|start|>assistant"
            "<|channel|>final<|message|>refund<|return|>",
            "refund",
        ),
        ("<|channel|>final<|message|>refund", "refund"),
        ("<|channel|>final <|constrain|>json<|message|>{}<|return|>", "{}"),
        ("<|channel|>analysis<|message|>It asks for", ""),
    ],
)
def test_the_answer_stands_after_the_thinking(text: str, answer: str) -> None:
    assert without_thinking(text)[0] == answer


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        " refund\n",
        "",
        "I think <b>refund</b>",
        "Write <think> before and </think> after it.",
        '{"think": "<think>a</think>"}',
        "thinking: refund",
        "Close it with `</think>` at the end.",
        "```xml\n<think>a</think>\n```",
        "<channel>news</channel>",
    ],
)
def test_a_text_without_thinking_is_as_it_was(text: str) -> None:
    assert without_thinking(text) == (text, "")


@given(st.sampled_from(THINKING), st.text("ab \n", max_size=9), st.text("xyz", min_size=1))
def test_no_character_is_lost(tags: tuple[str, str], thought: str, answer: str) -> None:
    told, thinking = without_thinking(f"{tags[0]}{thought}{tags[1]}{answer}")
    assert told == answer
    assert thinking == f"{tags[0]}{thought}{tags[1]}"


def test_a_prompt_that_opens_thinking_leaves_its_end_to_the_model() -> None:
    assert without_thinking("It asks for", opened=True) == ("", "It asks for")
    assert without_thinking("It asks.</think>refund", opened=True)[0] == "refund"
    assert without_thinking("", opened=True) == ("", "")


@pytest.mark.parametrize(
    ("prompt", "closing"),
    [
        ("<|Assistant|><think>\n", "</think>"),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", ""),
        ("<|im_start|>assistant\n", ""),
        ("Write <think> first.<|im_start|>assistant\n", ""),
        ("[INST]a[/INST][THINK]", "[/THINK]"),
    ],
)
def test_whether_a_prompt_opens_thinking(prompt: str, closing: str) -> None:
    assert opens_thinking(prompt) == closing


# ── behind an endpoint ───────────────────────────────────────────────────────────────────
NEEDED = 300
"""Tokens that the scripted model thinks before it answers."""


def limit(asked: Asked) -> int | None:
    """The longest answer that a request asks for, under either of its names."""
    most: int | None = asked.body.get("max_tokens", asked.body.get("max_completion_tokens"))
    return most


def thinking_server(asked: Asked) -> Says:
    """Thinks first, as DeepSeek-R1 does, and is cut where the request says."""
    if not asked.route.endswith("/chat/completions"):
        return Says({}, status=404)
    most = limit(asked) or 1
    enough = most >= NEEDED
    text = f"<think>{'so ' * min(most, NEEDED)}" + ("</think>refund" if enough else "")
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop" if enough else "length",
    }
    usage = {"prompt_tokens": 10, "completion_tokens": min(most, NEEDED)}
    return Says(completion(None, choices=[choice], usage=usage))


def told(folder: Path, model: str, kind: str, **generation: Any) -> RungContext:
    about = context(folder, model, kind=kind)
    task = about.task
    changed: dict[str, Any] = {"generation": task.generation.model_copy(update=generation)}
    if kind == "classify":
        changed |= {"language_model": model, "models": ("none",)}
    return replace(about, task=task.model_copy(update=changed))


ROWS = examples(0, 6)
FEW = Inputs(ROWS.inputs.ids[:3], ROWS.inputs.values[:3])


@pytest.mark.parametrize("kind", ["generate", "classify"])
def test_an_endpoint_that_thinks_is_given_room(tmp_path: Path, kind: str) -> None:
    with scripted(thinking_server) as server:
        about = told(tmp_path, server.name, kind)
        fitted = plugins.load("rungs", "prompt").fit({"prompt": 0}, 0, ROWS, ROWS, about)
        answers = fitted.predict(FEW, Silent())
    assert answers.outputs.to_list() == ["refund"] * 3
    assert fitted.details["thinking_tokens"] > 0
    most = {limit(one) for one in server.asked}
    assert {fitted.asked.max_tokens, fitted.asked.max_tokens + THINKING_ROOM} <= most


@pytest.mark.parametrize(("room", "output"), [(0, ""), (NEEDED, "refund")])
def test_the_room_that_a_task_states_is_kept_to(tmp_path: Path, room: int, output: str) -> None:
    with scripted(thinking_server) as server:
        about = told(tmp_path, server.name, "generate", thinking_tokens=room)
        fitted = plugins.load("rungs", "prompt").fit({"prompt": 0}, 0, ROWS, ROWS, about)
        answers = fitted.predict(FEW, Silent())
    assert answers.outputs.to_list() == [output] * 3
    most = {limit(one) for one in server.asked}
    assert max(filter(None, most)) == fitted.asked.max_tokens == 4 + room
