"""What published data adds to the shapes: verdicts, system texts, earlier turns, no prompt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.shapes_made import found_in, generating, pairs, said, turn, written

from rungwise.data.inputs import read_inputs
from rungwise.data.rejected import rejected
from rungwise.errors import DataError
from rungwise.objects import digest_file
from rungwise.progress import Silent

FORMATS = ("jsonl", "csv", "parquet")
GOOD, BAD = turn("assistant", "good"), turn("assistant", "bad")


def conversation(*turns: tuple[str, str]) -> str:
    return json.dumps([turn(*one) for one in turns])


# ── KTO: completions that were wanted, and others ────────────────────────────────────────
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("yes", "no"),
    [
        (True, False), (1, 0), ("true", "False"), (1.0, 0.0), ("chosen", "rejected"),
        ("Desirable", "Undesirable"),
    ],
)  # fmt: skip
def test_completions_that_were_not_wanted_are_not_learnt(
    yes: Any, no: Any, suffix: str, tmp_path: Path
) -> None:
    labels = [yes, no, yes, no, no, yes]
    rows = [
        {"prompt": f"q{n}", "completion": f"a{n}", "label": label} for n, label in enumerate(labels)
    ]
    reading = found_in(tmp_path, rows, suffix)
    assert pairs(reading) == [("q0", "a0"), ("q2", "a2"), ("q5", "a5")]
    assert reading.quarantine["reason"].str.starts_with("`label` is ").sum() == 3
    told = f"`label` of a.{suffix} says which completions were wanted: 3 of 6 are false and are set"
    assert any(one.startswith(told) for one in reading.assumptions)


@pytest.mark.parametrize("column", ["label", "kto_tag"])
@pytest.mark.parametrize("shape", ["messages", "conversations", "instruction"])
def test_unwanted_answers_of_every_shape_are_set_aside(
    shape: str, column: str, tmp_path: Path
) -> None:
    def row(n: int) -> dict[str, Any]:
        if shape == "instruction":
            return {"instruction": f"q{n}", "output": f"a{n}"}
        if shape == "messages":
            return {"messages": [turn("user", f"q{n}"), turn("assistant", f"a{n}")]}
        told = (("human", f"q{n}"), ("gpt", f"a{n}"))
        return {"conversations": [{"from": who, "value": text} for who, text in told]}

    reading = found_in(tmp_path, [{**row(n), column: n % 3 != 0} for n in range(6)])
    assert pairs(reading) == [(f"q{n}", f"a{n}") for n in (1, 2, 4, 5)]
    assert reading.quarantine["reason"].str.starts_with(f"`{column}` is false").sum() == 2
    told = f"`{column}` of a.jsonl says which completions were wanted: 2 of 6 are false and are set"
    assert any(one.startswith(told) for one in reading.assumptions)


def test_a_label_that_is_no_verdict_is_another_column(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{n}", "completion": f"a{n}", "label": "money"} for n in range(3)]
    reading = found_in(tmp_path, rows)
    assert len(pairs(reading)) == 3
    assert not any("`label`" in one for one in reading.assumptions)


@pytest.mark.parametrize(("yes", "no"), [("good", "bad"), ("thumbs_up", "thumbs_down"), (1, -1)])
def test_what_may_be_a_verdict_is_not_left_out_without_a_word(
    yes: Any, no: Any, tmp_path: Path
) -> None:
    rows = [{"prompt": f"q{n}", "completion": f"a{n}", "label": (yes, no)[n % 2]} for n in range(4)]
    reading = found_in(tmp_path, rows)
    assert len(pairs(reading)) == 4
    assert any("write true and false there" in one for one in reading.assumptions)


def test_a_verdict_that_is_missing_is_none(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{n}", "completion": f"a{n}", "label": n or None} for n in (0, 1)]
    reading = found_in(tmp_path, [*rows, {"prompt": "q", "completion": "a", "label": 0}])
    assert pairs(reading) == [("q1", "a1")]


def test_files_of_unwanted_completions_alone_are_refused(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{n}", "completion": f"a{n}", "label": False} for n in range(3)]
    with pytest.raises(DataError, match="`label` is false 3"):
        found_in(tmp_path, rows)


def test_who_names_the_columns_is_told_what_they_hold(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{n}", "completion": f"a{n}", "label": n > 0} for n in range(3)]
    reading = found_in(tmp_path, rows, input="prompt", label="completion")
    assert len(pairs(reading)) == 3
    assert any("`label` of a.jsonl is false in 1 of 3 rows" in one for one in reading.assumptions)


# ── system texts and earlier turns ───────────────────────────────────────────────────────
@pytest.mark.parametrize("suffix", FORMATS)
def test_alpacas_system_and_history_come_before_the_instruction(
    suffix: str, tmp_path: Path
) -> None:
    before = [["Hi", "Hello"], ["How?", "Well"]]
    rows: list[dict[str, Any]] = [
        {"instruction": "A", "input": "x", "output": "a", "system": "Be kind.", "history": before},
        {"instruction": "B", "input": "", "output": "b", "system": "", "history": [["Q", "R"]]},
    ]
    reading = found_in(tmp_path, rows, suffix)
    assert pairs(reading) == [
        (
            conversation(
                ("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"),
                ("user", "How?"), ("assistant", "Well"), ("user", "A\n\nx"),
            ),
            "a",
        ),
        (conversation(("user", "Q"), ("assistant", "R"), ("user", "B")), "b"),
    ]  # fmt: skip
    told = " ".join(reading.assumptions)
    assert f"`system` of a.{suffix} is read as the system text of 1 rows" in told
    assert f"`history` of a.{suffix} is read as the earlier questions and answers of 2 rows" in told


@pytest.mark.parametrize("history", ["[", "[1]", '[["a"]]', '[["a", ""]]', '[["a", 3]]', "{}"])
def test_a_history_of_another_form_is_set_aside_with_its_reason(
    history: str, tmp_path: Path
) -> None:
    rows = [{"instruction": f"{n}", "output": "a", "history": "[]"} for n in range(2)]
    reading = found_in(tmp_path, [*rows, {"instruction": "x", "output": "b", "history": history}])
    assert len(pairs(reading)) == 2
    assert "`history`" in reading.quarantine["reason"][0]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Q", "completion": "A"},
        {"prompt": "Q", "chosen": "A", "rejected": "B"},
        {"messages": [turn("user", "Q"), turn("assistant", "A")]},
        {"conversations": [said("human", "Q"), said("gpt", "A")]},
    ],
    ids=lambda row: next(iter(row)),
)
def test_a_column_of_system_texts_is_asked_first_in_every_shape(
    row: dict[str, Any], tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = [row | {"system": f"Be {how}."} for how in ("kind", "brief")]
    assert pairs(found_in(tmp_path, rows)) == [
        (conversation(("system", f"Be {how}."), ("user", "Q")), "A") for how in ("kind", "brief")
    ]
    asked = tmp_path / "ask.jsonl"
    written(asked, [{"prompt": "New", "system": "Be kind."}])
    inputs = read_inputs(asked, generating(source="a.jsonl"), Silent()).inputs
    assert inputs.values.to_list() == [conversation(("system", "Be kind."), ("user", "New"))]


def test_two_system_texts_are_one_too_many(tmp_path: Path) -> None:
    talk = [turn("system", "Be kind."), turn("user", "Q"), turn("assistant", "A")]
    rows: list[dict[str, Any]] = [
        {"messages": talk, "system": "Be kind."},
        {"messages": talk, "system": "Be rude."},
    ]
    reading = found_in(tmp_path, rows)
    assert len(pairs(reading)) == 1
    assert reading.quarantine["reason"][0].startswith("two system texts")


def test_tools_are_said_not_to_be_shown(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"conversations": [said("human", f"Q{n}"), said("gpt", "A")], "tools": tools}
        for n, tools in enumerate(['[{"name": "f"}]', "[]", ""])
    ]
    reading = found_in(tmp_path, rows)
    assert "`tools` of a.jsonl is not shown to the model (1 rows)" in reading.assumptions


# ── preferences without a prompt ─────────────────────────────────────────────────────────
HH = "\n\nHuman: Q{}\n\nAssistant: Which?\n\nHuman: That\n\nAssistant: {}"


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("form", ["turns", "transcript"])
def test_the_prompt_is_what_both_answers_begin_with(form: str, suffix: str, tmp_path: Path) -> None:
    def side(n: int, answer: str) -> Any:
        if form == "transcript":
            return HH.format(n, answer)
        asked = [turn("user", f"Q{n}"), turn("assistant", "Which?"), turn("user", "That")]
        return [*asked, turn("assistant", answer)]

    rows = [{"chosen": side(n, "good"), "rejected": side(n, "bad")} for n in range(3)]
    reading = found_in(tmp_path, rows, suffix)
    asked = [(("user", f"Q{n}"), ("assistant", "Which?"), ("user", "That")) for n in range(3)]
    assert pairs(reading) == [(conversation(*turns), "good") for turns in asked]
    task, name = generating(source=f"a.{suffix}"), f"a.{suffix}"
    digests = {name: digest_file(tmp_path / name)}
    beside = rejected(task, tmp_path, digests, reading.frames["source"])
    assert beside.to_list() == ["bad"] * 3


def test_answers_without_any_question_are_refused(tmp_path: Path) -> None:
    rows = [{"chosen": f"good {n}", "rejected": f"bad {n}"} for n in range(3)]
    with pytest.raises(DataError, match="holds no question, and there is no `prompt`"):
        found_in(tmp_path, rows)


def test_conversations_that_differ_before_the_answer_are_set_aside(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"chosen": [turn("user", "Q"), GOOD], "rejected": [turn("user", "Q"), BAD]},
        {"chosen": [turn("user", "Q"), GOOD], "rejected": [turn("user", "R"), BAD]},
    ]
    reading = found_in(tmp_path, rows)
    assert len(pairs(reading)) == 1
    assert "differ before the last turn" in reading.quarantine["reason"][0]
