"""Rows that fit no shape: each is set aside with what was found and what was expected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shapes_made import (
    HELLO,
    HI,
    MORE,
    SHAPES,
    SYSTEM,
    found_in,
    generating,
    pairs,
    said,
    turn,
)

from rungwise.conversation import ROLES, of_input
from rungwise.data.read import read
from rungwise.errors import DataError
from rungwise.progress import Silent

TURNS = "a list of objects with `role` and `content`"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("messages", {"messages": "hello"}, f"`messages` is no list: 'hello' instead of {TURNS}"),
    ("messages", {"messages": {"role": "user"}}, '`messages` is no list: \'{"role": "user"}\''),
    ("messages", {"messages": None}, f"`messages` is empty: expected {TURNS}"),
    ("messages", {"messages": []}, f"`messages` is empty: expected {TURNS}"),
    ("messages", {"messages": "[1,"}, "`messages` is bad JSON: Expecting value at character 4"),
    (
        "messages",
        {"messages": [HI, "Hello"]},
        "`messages` has a turn of another form: turn 2 is 'Hello' instead of an object with",
    ),
    (
        "messages",
        {"messages": [{"role": "user", "text": "Hi"}, HELLO]},
        "`messages` has a turn of another form: turn 1 is ",
    ),
    (
        "messages",
        {"messages": [HI, HELLO, MORE]},
        "`messages` ends with the user: expected the assistant's answer as the last turn",
    ),
    (
        "messages",
        {"messages": [HI, turn("tool", "x"), HELLO]},
        "`messages` has an unknown role: 'tool' in turn 2 instead of system, user or assistant",
    ),
    ("messages", {"messages": [turn("user", 1), HELLO]}, "`messages` has content that is no text"),
    (
        "messages",
        {"messages": [HI, SYSTEM, HELLO]},
        "`messages` has a system turn in the middle: turn 2 of 3; expected it first, or nowhere",
    ),
    (
        "messages",
        {"messages": [HI, turn("assistant", " \u200b")]},
        "`messages` has empty content: turn 2 (assistant); expected a text",
    ),
    ("messages", {"messages": [turn("user", None), HELLO]}, "`messages` has empty content: turn 1"),
    (
        "messages",
        {"messages": [HELLO]},
        "`messages` has no question before the answer: nothing instead of a user's turn",
    ),
    (
        "messages",
        {"messages": [SYSTEM, HELLO]},
        "`messages` has no question before the answer: a turn of the system instead of a user's",
    ),
    ("messages", {"messages": [turn("user", "a\0b"), HELLO]}, "NUL byte: in turn 1 of `messages`"),
    (
        "messages",
        {"messages": [turn("user", "\ud83d"), HELLO]},
        "`messages` has half a character: turn 1 cannot be written as UTF-8",
    ),
    (
        "sharegpt",
        {"conversations": [said("human", "Hi"), said("bot", "Hello")]},
        "`conversations` has an unknown role: 'bot' in turn 2 instead of system, human or gpt",
    ),
    (
        "sharegpt",
        {"conversations": [HI, HELLO]},
        "`conversations` has a turn of another form: turn 1 is "
        '\'{"role": "user", "content": "Hi"}\' instead of an object with `from` and `value`',
    ),
    (
        "sharegpt",
        {"conversations": [said("gpt", "Hi"), said("human", "Hello")]},
        "`conversations` ends with the user",
    ),
    (
        "prompt_completion of texts",
        {"prompt": "Hi", "completion": ""},
        "`completion` is empty: expected a text",
    ),
    (
        "prompt_completion of texts",
        {"prompt": None, "completion": "x"},
        "`prompt` is empty: expected a text",
    ),
    (
        "prompt_completion of messages",
        {"prompt": [HI], "completion": [MORE]},
        "`prompt` + `completion` ends with the user: expected the assistant's answer",
    ),
    (
        "prompt_completion of messages",
        {"prompt": [HI, HELLO], "completion": [turn("assistant", "more")]},
        "`prompt` + `completion` has no question before the answer: a turn of the assistant",
    ),
    ("alpaca", {"instruction": "", "input": "x", "output": "y"}, "`instruction` is empty"),
    ("alpaca", {"instruction": "x", "input": "", "output": " "}, "`output` is empty"),
    (
        "preference of texts",
        {"prompt": "Hi", "chosen": " ", "rejected": "x"},
        "`chosen` is empty: expected a text",
    ),
    (
        "preference of texts",
        {"prompt": "Hi", "chosen": "x", "rejected": None},
        "no `rejected`: expected the answer that was not chosen",
    ),
    (
        "preference of texts",
        {"prompt": "Hi", "chosen": "x", "rejected": "x "},
        "`chosen` and `rejected` are the same: expected two answers that differ",
    ),
    (
        "preference of messages",
        {"prompt": [HI], "chosen": [HELLO], "rejected": [MORE]},
        "`rejected` ends with the user: expected the assistant's answer as its last turn",
    ),
    (
        "preference of messages",
        {"prompt": [HI], "chosen": [HI, HELLO], "rejected": [MORE, turn("assistant", "x")]},
        "`chosen` and `rejected` differ before the last turn: expected two answers to one question",
    ),
]


@pytest.mark.parametrize(("shape", "row", "reason"), WRONG, ids=[reason for *_, reason in WRONG])
def test_a_row_that_does_not_fit_is_set_aside_with_what_was_expected(
    tmp_path: Path, shape: str, row: dict[str, Any], reason: str
) -> None:
    rows, expected, _ = SHAPES[shape]
    reading = found_in(tmp_path, [*rows, row, rows[0]])
    assert pairs(reading) == [*expected, expected[0]]
    (aside,) = reading.quarantine.select("source", "line", "reason").rows()
    assert aside[:2] == ("a.jsonl", len(rows) + 1)
    assert aside[2].startswith(reason)


def test_lists_that_are_nested_too_deeply_are_set_aside(tmp_path: Path) -> None:
    good = "".join(json.dumps(row) + "\n" for row in SHAPES["messages"][0])
    deep = "".join(
        f'{{"messages": {"[" * depth}{"]" * depth}}}\n' for depth in (500, 5_000, 500_000)
    )
    (tmp_path / "a.jsonl").write_text(good + deep)
    reading = read(generating(source="a.jsonl"), tmp_path, Silent())
    assert len(reading.frames["source"]) == 3
    assert reading.quarantine["line"].to_list() == [4, 5, 6]


def test_an_answer_may_be_rejected_for_being_empty(tmp_path: Path) -> None:
    rows = [{"prompt": f"Hi {n}", "chosen": "yes", "rejected": "" if n else "no"} for n in range(3)]
    reading = found_in(tmp_path, rows)
    assert len(reading.frames["source"]) == 3
    assert "2 rows of a.jsonl have an empty `rejected`: nothing was answered" in reading.assumptions


def test_a_file_in_which_no_row_fits_names_its_columns_and_the_shapes(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"messages": "see you", "team": "a"},
        {"messages": [HI], "team": "b"},
    ]
    with pytest.raises(DataError) as caught:
        found_in(tmp_path, rows)
    assert str(caught.value) == (
        "None of the 2 rows of a.jsonl fits the shape `messages` (`messages` ends with the user 1, "
        f"`messages` is no list 1), such as line 1 (`messages` is no list: 'see you' instead of "
        f"{TURNS}); it has `messages`, `team`. Name two columns (`--input`, `--label`), or write "
        "one of the known shapes: `instruction` + `output`; `messages`; `prompt` + `chosen` + "
        "`rejected`; `prompt` + `completion`; `conversations`."
    )


def test_columns_that_tell_nothing_are_met_with_the_shapes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"told to be the input; it has `a`, `b`, `c`.*`messages`;"):
        found_in(tmp_path, [{"a": "1", "b": "2", "c": "3"}])


# ── any row ──────────────────────────────────────────────────────────────────────────────
CONTENTS = st.text(st.characters(codec="utf-8"))
CODED = st.sampled_from(['[{"role":', '[{"role": "user", "content": "x"}]', "[]", "{"])
ODD = st.one_of(st.none(), st.booleans(), st.integers(), CONTENTS, st.lists(CONTENTS, max_size=2))
TURN = st.fixed_dictionaries(
    {"role": st.one_of(st.sampled_from(ROLES), ODD), "content": st.one_of(CONTENTS, ODD)}
)
CELL = st.one_of(st.lists(st.one_of(TURN, ODD), max_size=4), st.lists(TURN, max_size=3), ODD, CODED)
ROWS = {
    "messages": st.fixed_dictionaries({"messages": CELL}),
    "completions": st.fixed_dictionaries({"prompt": CELL, "completion": CELL}),
    "preferences": st.fixed_dictionaries({"prompt": CELL, "chosen": CELL, "rejected": CELL}),
    "instructions": st.fixed_dictionaries({"instruction": CELL, "input": CELL, "output": CELL}),
}


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_every_row_is_in_the_table_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, kind: str, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp(kind)
    good = {
        "messages": [{"messages": [HI, HELLO]}, {"messages": [MORE, HELLO]}],
        "completions": SHAPES["prompt_completion of texts"][0],
        "preferences": SHAPES["preference of texts"][0],
        "instructions": SHAPES["alpaca"][0],
    }[kind]

    @given(st.lists(ROWS[kind], max_size=5))
    def holds(rows: list[dict[str, Any]]) -> None:
        reading = found_in(folder, [*good, *rows], suffix)
        source = reading.frames["source"]
        assert len(source) + len(reading.quarantine) == len(good) + len(rows)
        assert not set(source["line"]) & set(reading.quarantine["line"])
        assert source["expected"].null_count() == 0
        for text in source["input"]:
            assert of_input(text)[-1].role == "user"

    holds()
