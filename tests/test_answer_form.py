"""What a prompt says of the answers: only what holds of them, and nothing where they differ."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from rungwise.task import parse
from rungwise.training.prompting.answer_form import answer_form
from rungwise.training.prompting.instruction import instructions


def form(*answers: str) -> str:
    return answer_form(pl.Series("expected", answers, pl.String))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("12", "7", "-40"), "Answer with one whole number, in digits, and nothing else."),
        (("12", "7.5"), "Answer with one number, in digits, and nothing else."),
        (("9" * 5000, "1"), "Answer with one whole number, in digits, and nothing else."),
        (("true", "false"), "Answer with true or false and nothing else."),
        (('"red"', '"blue"'), "Answer with one JSON string, in double quotes, and nothing else."),
        (("12", "null"), "Answer with one whole number, in digits, or null and nothing else."),
        (("12", "true", '"red"'), "Answer with one JSON value and nothing else."),
        (("red", "blue"), "Answer with one word and nothing else."),
        (
            ("$12", "$3.50"),
            "Answer with one number, in digits, with $ before it, and nothing else.",
        ),
        (("5%", "12%"), "Answer with one number, in digits, with % behind it, and nothing else."),
        (("1,234", "12", "3/4"), "Answer with one number, in digits, and nothing else."),
        (
            ("2024-05-03", "2023-11-30"),
            "Answer in the form 0000-00-00, with a digit for each 0, and nothing else.",
        ),
        (
            ("7 €", "3,50 €"),
            "Answer with one number, in digits, with € behind it, and nothing else.",
        ),
        (
            ("12 apples", "7 apples", "1 apples", "9 apples"),
            "Answer with one number, in digits, and its unit behind it, and nothing else.",
        ),
        (
            ("12 Baker Street", "7 Oak Lane", "1 Hill Road", "9 Elm Way"),
            "Answer with at most 3 words and nothing else.",
        ),
        (
            ("3 + 4 = 7\n#### 7", "First 2.\nThen 4.\n#### 4"),
            "Say the steps first, then write #### and the final answer on a line of its own.",
        ),
        (("A4", "B5"), "Answer with one word and nothing else."),
        (("12", "about four"), "Answer with at most 2 words and nothing else."),
        (("北京是首都", "上海"), "Answer with at most 5 characters and nothing else."),
        (('{"a": 1}', "there is none"), ""),
        (("[1, 2]", "there is none"), ""),
        (("", " "), ""),
        ((), ""),
    ],
)
def test_each_kind_of_answer_has_its_sentence(answers: tuple[str, ...], said: str) -> None:
    assert form(*answers) == said


def test_an_object_is_shown_by_its_shape_without_paths() -> None:
    frames = [
        {"intent": "flight", "slots": {"toloc.city_name": ["boston"], "stops": 0}},
        {"intent": "fare", "slots": {"toloc.city_name": ["denver", "dallas"]}},
    ]
    told = form(*map(json.dumps, frames))
    assert told.startswith("Answer with one JSON object and nothing else, on one line.")
    shape = '{"intent": string, "slots": {"toloc.city_name": [string], "stops"?: number}}'
    assert told.endswith(shape)
    assert "?" in told.removesuffix(shape), "what the mark means is said"
    assert not re.search(r"\w/\w|/\*", told)


def test_json_in_a_code_block_is_shown_by_its_shape() -> None:
    told = form('```json\n{"a": 1}\n```', '```json\n{"a": 2}\n```')
    assert (
        "in a code block (```json)" in told
        and "on one line" not in told
        and told.endswith('Its shape: {"a": number}')
    )
    assert form('```json\n{"a": 1}\n```', "none") == form('```json\n{"a": 2}\n```', "none")


def test_lists_and_mixed_values_have_a_shape_too() -> None:
    assert form('["a"]', '["b", 2]', "[]").endswith("Its shape: [string | number]")
    assert "one JSON object or one JSON list" in form('{"a": 1}', '{"a": 2}', "[3]")
    assert form('{"a": 1}', '{"a": 2.5}', '{"a": null}').endswith('{"a": number | null}')


def test_answers_on_several_lines_may_have_them() -> None:
    assert "on one line" not in form('{\n"a": 1\n}', '{"a": 2}')


def test_keys_of_one_row_alone_are_not_listed() -> None:
    told = form(*(json.dumps({"name": "x", f"key {row}": row}) for row in range(60)))
    assert told.endswith('{"name": string, …}')
    assert "… stands for further keys" in told


def test_one_broken_answer_among_many_hides_nothing() -> None:
    assert form(*['{"a": 1}'] * 40, '{"a": ').endswith('Its shape: {"a": number}')
    assert form(*['{"a": 1}'] * 4, '{"a": ') == "", "a fifth is no exception"


@pytest.mark.parametrize("metric", ["final_number", "final_answer"])
def test_where_the_end_is_measured_words_may_stand_before_it(metric: str) -> None:
    goal = {"goal": "Solve it", "kind": "generate", "metric": metric, "target": 0.5}
    asked = parse({"task": goal, "data": {"source": "sums.csv"}})
    told = instructions(asked, pl.Series(["42", "7"]))["form"]
    assert "`Answer: `" in told and "nothing else" not in told
