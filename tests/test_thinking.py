"""Thinking is no answer: it is told from one in every form that models write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.conversation import THINKING, opens_thinking, without_thinking


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
        ("[THINK]a[/THINK]refund", "refund"),
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
