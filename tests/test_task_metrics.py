"""Metrics that read more than their name: a schema, a pattern, a function of the user's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rungwise.errors import DataError, TaskError
from rungwise.evaluation.intervals import measure, measure_all
from rungwise.evaluation.json_schemas import load, schema
from rungwise.evaluation.metrics import Metric
from rungwise.evaluation.task_metrics import beside, bound
from rungwise.policy import Policy
from rungwise.table import Predictions
from rungwise.task import Task, parse

POLICY = Policy(resamples=200)
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}


def task(metric: str = "exact_match", **generation: Any) -> Task:
    goal = {"goal": "Write who it is", "kind": "generate", "metric": metric, "target": 0.5}
    return parse({"task": goal, "data": {"source": "rows.csv"}, "generation": generation})


def predictions(outputs: list[str]) -> Predictions:
    ids = pl.Series("id", [f"r{place}" for place in range(len(outputs))])
    return Predictions(ids, pl.Series("output", outputs, dtype=pl.String), None, ())


def value(metric: Metric, outputs: list[str], expected: list[str] | None = None) -> float:
    return metric.value(pl.Series(expected or outputs), predictions(outputs))


# ── JSON Schema ──────────────────────────────────────────────────────────────────────────
def test_the_share_of_outputs_that_satisfy_the_schema(tmp_path: Path) -> None:
    (tmp_path / "person.json").write_text(json.dumps(PERSON))
    metric = bound("json_schema", task(schema="person.json"), tmp_path)
    outputs = ['{"name": "A"}', '{"name": "A", "age": -1}', '{"age": 1}', "A", '{"name": NaN}']
    assert value(metric, outputs) == 1 / 5
    found = measure(metric, pl.Series(outputs), predictions(outputs), "validation", POLICY)
    assert (found.low, found.high) == pytest.approx((0.0362, 0.6245), abs=1e-4)  # Wilson's, 1 of 5


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is not JSON"),
        ("[]", "neither an object nor a truth"),
        ('{"type": "text"}', "is no JSON Schema at type"),
    ],
)
def test_a_schema_that_is_none_is_refused(tmp_path: Path, written: str | None, reason: str) -> None:
    if written is not None:
        (tmp_path / "s.json").write_text(written)
    with pytest.raises(TaskError, match=reason):
        load(tmp_path, "s.json")


def test_nothing_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="which is not in it and is not fetched"):
        schema({"$ref": "https://example.org/person.json"}).fault("{}")


# ── patterns ─────────────────────────────────────────────────────────────────────────────
def test_a_pattern_is_looked_for_in_every_output(tmp_path: Path) -> None:
    outputs = ["10 EUR", "about 10", "12 EUR each"]
    assert value(bound("regex[\\d+ EUR$]", task(), tmp_path), outputs) == 1 / 3
    assert value(bound("regex", task(pattern="EUR"), tmp_path), outputs) == 2 / 3


def test_a_pattern_that_takes_for_ever_is_stopped_and_counts_for_nothing(tmp_path: Path) -> None:
    metric = bound("regex[(a+)+$]", task(), tmp_path)
    with pytest.raises(DataError, match=r"takes longer than 1 s on the output of row r1"):
        value(metric, ["b", "a" * 5000 + "!"])
    slow = schema({"type": "string", "pattern": "(a+)+$"})
    with pytest.raises(DataError, match="takes longer"):
        slow.fault(json.dumps("a" * 5000 + "!"))


@pytest.mark.parametrize(
    ("name", "generation", "fact"),
    [
        ("regex", {}, "regex needs a pattern"),
        ("regex[(]", {}, r"is no regular expression: missing \)"),
        ("regex[" + "a" * 1001 + "]", {}, "has 1,001 characters"),
        ("json_schema", {}, "json_schema needs a schema"),
        ("metrics.py:short", {}, "is not named in rungwise.yaml"),
    ],
)
def test_what_a_metric_lacks_is_said(
    tmp_path: Path, name: str, generation: dict[str, Any], fact: str
) -> None:
    with pytest.raises(TaskError, match=fact):
        bound(name, task(**generation), tmp_path)


# ── functions of the user's ──────────────────────────────────────────────────────────────
OWN = """
def half(expected, output):
    return 0.5 if output else 0

def words(expected, output):
    return len(output.split())
words.bounds, words.greater = (0, 50), False

def broken(expected, output):
    return 1 / len(output)

def much(expected, output):
    return 3

wrong = 7
"""


def own(tmp_path: Path, function: str) -> Metric:
    (tmp_path / "metrics.py").write_text(OWN)
    name = f"metrics.py:{function}"
    return bound(name, task(metrics=[name]), tmp_path, permit=lambda _: None)


def test_a_function_of_ones_own_has_a_mean_and_an_interval(tmp_path: Path) -> None:
    metric = own(tmp_path, "words")
    outputs = ["one", "one two", "one two three"]
    found = measure(metric, pl.Series(outputs), predictions(outputs), "validation", POLICY)
    assert (found.value, found.rows) == (2, 3)
    assert found.low is not None and found.high is not None and 1 <= found.low < 2 < found.high <= 3
    assert (metric.greater, metric.low, metric.high) == (False, 0, 50)
    best = measure(metric, pl.Series(["a"] * 9), predictions([""] * 9), "validation", POLICY)
    assert best.value == best.low == 0
    assert best.high == pytest.approx(50 * (1 - 0.025 ** (1 / 9)))  # Clopper and Pearson


@pytest.mark.parametrize(
    ("function", "fact"),
    [
        ("broken", r"metrics.py:broken fails at row r1: ZeroDivisionError.*line 10 of metrics.py"),
        ("much", "gives 3 at row r0, where a number from 0 to 1 is asked"),
    ],
)
def test_an_error_in_it_is_one_line_with_the_row(tmp_path: Path, function: str, fact: str) -> None:
    with pytest.raises(DataError, match=fact) as refused:
        value(own(tmp_path, function), ["a", ""])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("metrics.py:hlaf", "has no function 'hlaf'. Did you mean half?"),
        ("metrics.py:wrong", "has no function 'wrong'"),
        ("absent.py:half", "no file absent.py beside"),
        ("absent.package:half", "absent.package is no file below the task's folder"),
        ("torn.py:half", "torn.py cannot be imported: SyntaxError"),
    ],
)
def test_a_function_that_is_not_there_is_refused(tmp_path: Path, name: str, fact: str) -> None:
    (tmp_path / "metrics.py").write_text(OWN)
    (tmp_path / "torn.py").write_text("def half(:")
    with pytest.raises(TaskError, match=fact.replace("?", r"\?")):
        bound(name, task(metrics=[name]), tmp_path)


def test_what_the_task_names_is_measured_beside_the_goal(tmp_path: Path) -> None:
    told = task(pattern="a", metrics=["regex[b]", "chrf"])
    others = [bound(name, told, tmp_path) for name in beside(told)]
    outputs = ["ab", "a"]
    _, measured, _ = measure_all(
        bound("exact_match", told, tmp_path), pl.Series(outputs), predictions(outputs),
        "validation", POLICY, others,
    )  # fmt: skip
    by_name = {one.metric: one.value for one in measured}
    assert (by_name["regex"], by_name["regex[b]"]) == (1, 0.5)
    assert [one.metric for one in measured].count("chrf") == 1


def test_a_judge_is_not_asked_at_every_attempt() -> None:
    with pytest.raises(TaskError, match="would ask a model at every attempt"):
        beside(task(metrics=["judge"]))
