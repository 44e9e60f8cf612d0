"""Conversations are compared by what is said in them, not by what all of them begin with."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.shapes_made import found_in, generating, turn

from rungwise.conversation import Message, as_input
from rungwise.data.near.spoken import spoken
from rungwise.data.normalise import normalised
from rungwise.data.split import split

BANK = "You are the assistant of a bank. Answer in one friendly sentence and promise nothing. " * 4
QUESTIONS = [
    f"{verb} my {thing} {when}?"
    for verb in ("Where is", "Who has taken", "When will you return", "Can I block")
    for thing in ("card", "statement", "first transfer", "savings book", "passport copy")
    for when in ("today", "before the holidays")
]


def asked(*turns: tuple[str, str]) -> str:
    return as_input([Message(role, content) for role, content in turns])  # type: ignore[arg-type]


@pytest.mark.parametrize("system", [(), (turn("system", BANK),)], ids=["plain", "system turn"])
def test_a_system_turn_that_all_rows_share_joins_none_of_them(
    tmp_path: Path, system: tuple[dict[str, str], ...]
) -> None:
    rows = [
        {"messages": [*system, turn("user", text), turn("assistant", f"answer {number}")]}
        for number, text in enumerate(QUESTIONS)
    ]
    plain = [{"messages": row["messages"][-2:]} for row in rows]
    numbers = [
        split(found_in(tmp_path, some), generating(source="a.jsonl")).numbers
        for some in (rows, plain)
    ]
    for name in ("clusters", "rows_in_clusters", "largest_cluster", "near_pairs"):
        assert numbers[0][name] == numbers[1][name]


def test_what_is_said_is_what_remains() -> None:
    inputs = pl.Series(
        "input",
        [
            asked(("system", BANK), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye")),
            asked(("system", BANK), ("user", "Where is my card?")),
            asked(("system", "Said once."), ("user", "And this?")),
            "A plain question",
        ],
    )
    assert spoken(inputs).to_list() == [
        "Hi\nHello\nBye", "Where is my card?", "Said once.\nAnd this?", "A plain question",
    ]  # fmt: skip


def test_one_question_under_several_system_turns_keeps_them() -> None:
    documents = ["Rain in the north.", "Sun in the south.", "Rain in the north."]
    inputs = pl.Series([asked(("system", text), ("user", "Sum it up")) for text in documents])
    assert spoken(inputs).to_list() == [f"{text}\nSum it up" for text in documents]


def test_plain_texts_and_texts_that_are_no_conversation_stay_as_they_are() -> None:
    inputs = pl.Series(["a", '[{"role": "actor"}]', '[{"role":', '[{"role": 1}'])
    assert spoken(inputs).to_list() == inputs.to_list()
    assert spoken(inputs.head(1)) is not None
    assert spoken(inputs.clear()).to_list() == []


def test_conversations_that_differ_in_spacing_only_are_copies() -> None:
    one, other, third = (
        asked(("system", BANK), ("user", text)) for text in ("Hi there\n", "hi\r\n\tThere!", "Hi n")
    )
    folded = normalised(pl.Series("input", [one, other, third, "Hi there"]))
    assert folded[0] == folded[1] != folded[2]
    assert (folded.name, folded[3]) == ("input", "hi there")
