"""A key that stands twice is refused wherever a user writes what we decide by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rungwise.data.curation.decision_file import read_decisions
from rungwise.data.formats import read_file
from rungwise.data.general import examples
from rungwise.errors import DataError, RungwiseError, TaskError
from rungwise.evaluation.json_schemas import load as load_schema
from rungwise.task import load, parse, with_settings

HEAD = "task:\n  goal: Classify tickets by team\n  metric: accuracy\n  target: 0.9\n"
DATA = "data:\n  source: tickets.csv\n"


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        (HEAD + "  target: 0.1\n" + DATA, "target", (4, 5)),
        (HEAD + '  "target": 0.1\n' + DATA, "target", (4, 5)),
        (HEAD + "  ? target\n  : 0.1\n" + DATA, "target", (4, 5)),
        (HEAD + "  !!str target: 0.1\n" + DATA, "target", (4, 5)),
        (HEAD + DATA + HEAD, "task", (1, 7)),
        (
            HEAD + DATA + "need: {wrong: [form],\n  calls_per_month: 1, wrong: []}\n",
            "wrong",
            (7, 8),
        ),
        (
            HEAD + DATA + "judge:\n  model: m\n  rubric: r\n  endpoint:\n    attempts: 1\n"
            "    timeout_s: 3\n    attempts: 9\n",
            "attempts",
            (11, 13),
        ),
        (HEAD + DATA + "models:\n- {a: 1,\n   a: 2}\n", "a", (8, 9)),
        (HEAD + DATA + "policy: &a {seed: 1}\nx: {<<: *a, y: 1,\n  <<: *a}\n", "<<", (8, 9)),
        (
            HEAD + DATA + "x: &a {seed: 1}\ny: &b {seed: 2}\npolicy:\n  <<: [*a, *b]\n",
            "seed",
            (7, 8),
        ),
        (
            HEAD + DATA + "x: &a {seed: 1}\ny: &b {<<: *a}\nz: &c {seed: 2}\n"
            "policy:\n  <<: [*b, *c]\n",
            "seed",
            (7, 9),
        ),
        (HEAD + DATA + "x: {1: a,\n 1.0: b}\n", "1.0", (7, 8)),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(
    tmp_path: Path, text: str, key: str, lines: tuple[int, int]
) -> None:
    (tmp_path / "rungwise.yaml").write_text(text)
    with pytest.raises(TaskError, match=f"`{key}` stands on lines {lines[0]} and {lines[1]}"):
        load(tmp_path / "rungwise.yaml")


def test_two_merges_of_one_key_on_one_line_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rungwise.yaml"
    path.write_text(HEAD + DATA + "policy:\n  <<: [{seed: 1}, {seed: 2}]\n")
    with pytest.raises(TaskError, match="`seed` stands twice on line 8"):
        load(path)
    same = "policy: &a {seed: 3}\n"
    path.write_text(HEAD + DATA + same.replace("&a {", "{<<: [&a {seed: 2}, *a], "))
    assert load(path).policy.seed == 3  # one mapping twice says one thing, and here another


def test_an_anchor_that_is_merged_once_and_overridden_is_plain_yaml(tmp_path: Path) -> None:
    (tmp_path / "rungwise.yaml").write_text(
        HEAD + DATA + "endpoint: &asking {attempts: 2, timeout_s: 3}\n"
        "judge:\n  model: m\n  rubric: r\n  endpoint:\n    <<: *asking\n    attempts: 5\n"
    )
    judge = load(tmp_path / "rungwise.yaml").judge
    assert judge is not None
    assert (judge.endpoint.attempts, judge.endpoint.timeout_s) == (5, 3)


BILLION = "x0: &x0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"x{n}: &x{n} [{','.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BILLION, "aliases stand for"),
        ("a: " + "[" * 100_000, "line 1 is nested more than 100 levels"),
        ("a:\n" + "".join(f"{' ' * n}- \n" for n in range(1, 400)), "nested more than 100 levels"),
        ("a: " + "{b: " * 5_000, "nested more than 100 levels"),
        (
            "x0: &x0 [1]\n" + "".join(f"x{n}: &x{n} [*x{n - 1}]\n" for n in range(1, 3000)),
            "nested more",
        ),
        ("a: &a [*a]\n", "line 1 holds itself"),
        ("a: &a\n  b: *a\n", "line 1 holds itself"),
        ("a: 2026-02-30\n", "cannot be read: day"),
        ("a: !!int many\n", "cannot be read"),
        ("a: !!python/object/apply:os.getcwd []\n", "not valid YAML at line 1"),
        ("{a: 1}: 2\n", "not valid YAML at line 1"),
        ("a: *nobody\n", "not valid YAML at line 1"),
        ("a: 1\n---\na: 2\n", "not valid YAML at line 2"),
        ("a: \x01\n", "not valid YAML"),
    ],
)
def test_what_would_flood_or_end_the_reader_is_one_line(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "rungwise.yaml").write_text(text)
    with pytest.raises(TaskError, match=told) as refused:
        load(tmp_path / "rungwise.yaml")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (("need={wrong: [form], wrong: []}",), "`wrong` stands twice on line 1"),
        (("task.target=0.9", "task.target=0.1"), "given twice, as 0.9 and as 0.1"),
        (("training.epochs=[",), "--set training.epochs` is not valid YAML"),
        (("training.epochs=2026-02-30",), "cannot be read"),
    ],
)
def test_settings_of_the_command_line_are_read_as_strictly(
    settings: tuple[str, ...], told: str
) -> None:
    content = {"task": {"goal": "g", "metric": "accuracy", "target": 0.9}, "data": {"source": "a"}}
    with pytest.raises(TaskError, match=told):
        parse(with_settings(content, settings))


def test_decisions_with_a_key_twice_are_refused(tmp_path: Path) -> None:
    text = "- id: r1\n  action: drop\n  reason: spam\n  action: relabel\n"
    (tmp_path / "decisions.yaml").write_text(text)
    with pytest.raises(DataError, match="`action` stands on lines 2 and 4"):
        read_decisions(tmp_path / "decisions.yaml")
    row = '{"id": "r1", "action": "drop", "reason": "spam", "action": "relabel"}\n'
    (tmp_path / "decisions.jsonl").write_text(row)
    with pytest.raises(DataError, match=r"Line 1 .*'action' stands twice"):
        read_decisions(tmp_path / "decisions.jsonl")


@pytest.mark.parametrize(
    "row",
    [
        '{"text": "a", "label": "x", "label": "y"}',
        '{"text": "a", "label": "x", "l\\u0061bel": "y"}',
        '{"text" : "a", "text" : "b", "label": "x"}',
    ],
)
def test_a_row_with_a_key_twice_is_set_aside(tmp_path: Path, row: str) -> None:
    sound = json.dumps({"text": 'say "label": no', "label": "x", "meta": {"label": 1}})
    (tmp_path / "rows.jsonl").write_text(f"{sound}\n{row}\n")
    raw, _ = read_file(tmp_path / "rows.jsonl", "rows.jsonl", ["text", "label"])
    assert raw.lines.to_list() == [1]
    assert raw.bad["line"].to_list() == [2]
    assert "stands twice in one object" in raw.bad["reason"][0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n "type": "string",\n\t"type": "object"\n}', "`type` stands on lines 2 and 3"),
        (
            '{"properties": {"a": {"type": "string",\n "type": "null"}}}',
            "`type` stands on lines 1 and 2",
        ),
        ('{"const": NaN}', "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_schema_with_a_key_twice_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "answer.json").write_text(text)
    with pytest.raises(RungwiseError, match=told):
        load_schema(tmp_path, "answer.json")


def test_a_general_example_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "general.jsonl").write_text('{"input": "a", "output": "b", "output": "c"}\n')
    with pytest.raises(DataError, match="line 1 is no example: the key 'output' stands twice"):
        examples(tmp_path / "general.jsonl")
