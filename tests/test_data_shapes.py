"""Rows to generate from: every shape they come in, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.data_made import task
from tests.shapes_made import (
    HELLO,
    HI,
    LONG,
    MORE,
    SHAPES,
    found_in,
    generating,
    pairs,
    turn,
    written,
)

from rungwise import Project
from rungwise.data.inputs import read_inputs
from rungwise.data.read import read
from rungwise.data.shape import every_shape
from rungwise.errors import DataError
from rungwise.progress import Silent
from rungwise.table import COLUMNS

FORMATS = ("jsonl", "csv", "parquet")


# ── every shape ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_every_format(tmp_path: Path, shape: str, suffix: str) -> None:
    rows, expected, meaning = SHAPES[shape]
    reading = found_in(tmp_path, rows, suffix)
    assert pairs(reading) == expected
    assert tuple(reading.frames["source"].columns) == COLUMNS
    assert reading.quarantine.is_empty()
    assert meaning.format(f"a.{suffix}") in reading.assumptions
    begin = 2 if suffix == "csv" else 1
    lines = reading.frames["source"]["line"].to_list()
    assert lines == list(range(begin, begin + len(rows)))


def test_every_shape_that_is_known_is_tried_here() -> None:
    assert {name.split()[0] for name in SHAPES} == set(every_shape())


def test_an_alpaca_file_may_have_no_input_at_all(tmp_path: Path) -> None:
    rows = [{"instruction": f"Say {n}", "output": str(n)} for n in range(3)]
    assert pairs(found_in(tmp_path, rows)) == [("Say 0", "0"), ("Say 1", "1"), ("Say 2", "2")]


def test_a_text_that_ends_the_prompt_may_be_followed_by_turns(tmp_path: Path) -> None:
    """UltraFeedback's way: the prompt as a text, and again as the first turn of the answers."""
    rows: list[dict[str, Any]] = [
        {
            "prompt": f"Hi {n}",
            "chosen": [turn("user", f"Hi {n}"), HELLO],
            "rejected": [turn("user", f"Hi {n}"), turn("assistant", "no")],
            "messages": [turn("user", f"Hi {n}"), HELLO],
        }
        for n in range(2)
    ]
    reading = found_in(tmp_path, rows)
    assert pairs(reading) == [("Hi 0", "Héllo"), ("Hi 1", "Héllo")]
    assert "the columns of a.jsonl fit the shape `messages` too" in reading.assumptions


def test_columns_beside_a_shape_keep_their_meaning(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"input": f"id {n}", "messages": [turn("user", f"Hi {n}"), HELLO], "team": "x", "at": "9"}
        for n in range(2)
    ]
    reading = found_in(tmp_path, rows, id="input", group="team", time="at")
    columns = ("id", "input", "group", "time")
    assert reading.frames["source"].select(columns).rows() == [
        ("id 0", "Hi 0", "x", "9"),
        ("id 1", "Hi 1", "x", "9"),
    ]
    grouped = found_in(tmp_path, SHAPES["preference of texts"][0], "csv", group="prompt")
    assert grouped.frames["source"]["group"].to_list() == ["Hi", "Bye"]
    with pytest.raises(DataError, match="no column `who`; it has `input`, `messages`, `team`"):
        found_in(tmp_path, rows, group="who")


def test_keys_of_a_turn_that_are_not_read_are_named(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"messages": [HI | {"name": "Ada"}, HELLO | {"weight": 0, "name": None}]},
        {"messages": [MORE, HELLO]},
    ]
    reading = found_in(tmp_path, rows)
    assert "of the turns in a.jsonl these keys are left out: `name`, `weight`" in (
        reading.assumptions
    )


# ── the user's own words win ─────────────────────────────────────────────────────────────
def test_named_columns_win_over_a_shape(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": f"p{n}", "completion": f"c{n}", "question": f"q{n}", "answer": f"a{n}"}
        for n in range(2)
    ]
    assert pairs(found_in(tmp_path, rows)) == [("p0", "c0"), ("p1", "c1")]
    named = found_in(tmp_path, rows, input="question", label="answer")
    assert pairs(named) == [("q0", "a0"), ("q1", "a1")]
    one = found_in(tmp_path, rows, input="question")
    assert pairs(one) == [("q0", "c0"), ("q1", "c1")]
    assert "column `completion` of a.jsonl is taken as the label" in one.assumptions


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_named_label_of_objects_is_their_json(tmp_path: Path, suffix: str) -> None:
    slots = [[{"entity": "city", "value": "Köln"}], [{"entity": "day", "value": "Monday"}]]
    rows = [{"text": f"Weather {n}", "slots": cell} for n, cell in enumerate(slots)]
    reading = found_in(tmp_path, rows, suffix, input="text", label="slots")
    assert [json.loads(cell) for _, cell in pairs(reading)] == slots
    assert pairs(reading)[0][1] == '[{"entity": "city", "value": "Köln"}]'


def test_a_label_may_become_an_object_only_now_and_then(tmp_path: Path) -> None:
    rows = [{"q": f"q{n}", "a": {"n": n} if n % 2 else f"text {n}"} for n in range(4)]
    rows += [{"q": "none", "a": None}, {"q": "empty", "a": []}]  # type: ignore[dict-item]
    reading = found_in(tmp_path, rows, input="q", label="a")
    assert pairs(reading) == [
        ("q0", "text 0"), ("q1", '{"n": 1}'), ("q2", "text 2"), ("q3", '{"n": 3}'),
        ("empty", "[]"),
    ]  # fmt: skip
    assert reading.quarantine.select("line", "reason").rows() == [(5, "no label")]


def test_a_named_input_may_hold_a_conversation(tmp_path: Path) -> None:
    other_order = [{"content": "Be kind.", "role": "system"}, {"content": "Hi", "role": "user"}]
    rows: list[dict[str, Any]] = [
        {"asked": other_order, "answer": "a"},
        {"asked": "[sic] as it is", "answer": "b"},
        {"asked": '[{"role": "user", "content": "cut of', "answer": "c"},
        {"asked": [turn("user", "x"), turn("robot", "y")], "answer": "d"},
        {"asked": [HI, HELLO], "answer": "e"},
    ]
    reading = found_in(tmp_path, rows, input="asked", label="answer")
    assert pairs(reading) == [(LONG, "a"), ("[sic] as it is", "b")]
    reasons = dict(reading.quarantine.select("line", "reason").iter_rows())
    assert reasons[3].startswith("`asked` is bad JSON: Unterminated string starting at character")
    assert reasons[5].startswith("`asked` ends with the assistant: expected a user's turn last")
    assert reasons[4].startswith("`asked` has an unknown role: 'robot' in turn 2 instead of system")


def test_what_is_classified_is_read_as_before(tmp_path: Path) -> None:
    rows = [{"text": f"t{n}", "messages": [HI, HELLO], "label": "ab"[n % 2]} for n in range(4)]
    written(tmp_path / "a.jsonl", rows)
    reading = read(task(source="a.jsonl"), tmp_path, Silent())
    assert pairs(reading) == [("t0", "a"), ("t1", "b"), ("t2", "a"), ("t3", "b")]
    assert any("left out (lists or objects)" in line for line in reading.assumptions)


# ── the user's other files ───────────────────────────────────────────────────────────────
def test_each_file_may_have_its_own_shape(tmp_path: Path) -> None:
    written(tmp_path / "mine.csv", SHAPES["prompt_completion of texts"][0])
    reading = found_in(tmp_path, SHAPES["messages"][0], test="mine.csv")
    assert pairs(reading) == SHAPES["messages"][1]
    assert pairs(reading, "test") == SHAPES["prompt_completion of texts"][1]


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_to_be_answered_need_no_answer(tmp_path: Path, shape: str) -> None:
    rows, expected, _ = SHAPES[shape]
    path = tmp_path / "new.jsonl"
    written(path, rows)
    reading = read_inputs(path, generating(), Silent())
    assert reading.expected is not None
    assert list(zip(reading.inputs.values, reading.expected, strict=True)) == expected
    open_rows = [_without_answer(row) for row in rows]
    written(path, open_rows)
    reading = read_inputs(path, generating(), Silent())
    assert reading.inputs.values[0] == expected[0][0]
    assert reading.expected is None and reading.bad == ()
    assert not any("fit the shape" in line for line in reading.assumptions)


def _without_answer(row: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in row.items() if k not in {"completion", "output", "chosen", "rejected"}}
    talks = ("messages", "conversations")
    return {key: cell[:-1] if key in talks else cell for key, cell in kept.items()}


def test_other_columns_of_a_file_of_conversations_are_found(tmp_path: Path) -> None:
    from rungwise.workflow.unnamed_columns import unnamed_columns
    from rungwise.workflow.workspace import Workspace

    rows: list[dict[str, Any]] = [
        {"messages": [turn("user", f"Colour of {n}?"), turn("assistant", f"{n}")], "team": f"{n}"}
        for n in range(40)
    ]
    written(tmp_path / "a.jsonl", rows)
    project = Project.init(
        tmp_path / "colours",
        data=tmp_path / "a.jsonl",
        goal="Answer questions about the colour of a parcel",
        metric="exact_match",
        minimum=0.8,
        settings=("task.kind=generate",),
    )
    project.split()
    workspace = Workspace(tmp_path / "colours", Silent())
    train = workspace.part("train")
    beside = unnamed_columns(workspace, train)
    assert list(beside) == ["team"]
    assert beside["team"].to_list() == train["expected"].to_list()
