"""The model card: read by the hub's own parser, complete, and safe against what users write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt
from tests.constructed import attempt, measured, split_record, task_facts

from rungwise.ledger.state import State
from rungwise.records import FailureGroup, Finding, Override, Part, RowReference
from rungwise.release.manifest import Manifest
from rungwise.reporting.card import card

EVIL = "<script>alert(1)</script> | [x](http://evil)"
RECALLS = (
    measured(0.95, 0.9, 0.99, metric="recall[late]", rows=100),
    measured(0.55, 0.4, 0.7, metric="recall[lost]", rows=40),
)
FROZEN = attempt(
    "frozen",
    measured(0.92, 0.90, 0.94),
    per_class=RECALLS,
    configuration={"class_weights": "balanced"},
)


def manifest(**changes: Any) -> Manifest:
    made = Manifest(
        version="v1.0",
        created="2026-01-01T10:00:00+00:00",
        task={"task": {"goal": "Route tickets to teams", "metric": "accuracy", "target": 0.9}},
        classes=("late", "lost"),
        model={"name": "all-MiniLM-L6-v2", "digest": "0f3c" * 16},
        rung="frozen",
        attempt=FROZEN.id,
        configuration=FROZEN.configuration,
        evidence=(FROZEN.id,),
        data="split-1",
        sources={"questions.csv": "9b1d" * 16},
        validation=(FROZEN.goal, *RECALLS),
        test=(replace(measured(0.915, 0.89, 0.93, rows=500), on="test"),),
        unseal=1,
        overrides=(),
        versions={"torch": "2.13.0"},
    )
    return replace(made, **changes)


def state() -> State:
    return State(
        **task_facts(),
        split=split_record(("late", "lost")),
        attempts=(FROZEN,),
        findings=(Finding("copies", "warn", "12 rows repeat another", "Keep one.", "R21", 12),),
        failures={FROZEN.id: (FailureGroup("lost taken for late", "lost", "late", 9, 0.6, ()),)},
        diagnoses={FROZEN.id: (Finding("lagging_class", "warn", "lost lags", "Weight it."),)},
    )


def test_the_hub_reads_the_front_matter() -> None:
    data: Any = ModelCard(card(state(), manifest())).data
    assert data.pipeline_tag == "text-classification"
    assert data.base_model == "all-MiniLM-L6-v2"
    (result,) = data.eval_results or []
    assert (result.metric_type, result.metric_value) == ("accuracy", 0.915)
    assert result.dataset_split == "test"


def test_everything_that_a_reader_needs_is_there() -> None:
    text = card(state(), manifest())
    for said in (
        "# Route tickets to teams",
        "**v1.0**",
        "| accuracy | 91.5 % | [89.0, 93.0] | 500 test rows |",
        "| accuracy | 92.0 % | [90.0, 94.0] | 1,000 validation rows |",
        "opened once",
        "lost: recall 55.0 % [40.0, 70.0] on 40 validation rows",
        r"lost taken for late: 9 (60 % of its failures)",
        "lagging_class: lost lags",
        "9b1d" * 16,
        "0f3c" * 16,
        "2 rows set aside: empty input",
        r"12 rows repeat another",
        "rungwise predict --release v1.0",
        f"`{FROZEN.id}`",
        "torch 2.13.0",
        "Intended use",
    ):
        assert said in text, said
    assert "overridden" not in text


def test_overrides_and_a_second_look_stand_above_the_numbers() -> None:
    override = Override("test_once", "Maria", "lead", "Late fix", "2026-01-01T09:00:00+00:00")
    text = card(state(), manifest(unseal=2, overrides=(override,)))
    assert "`test_once` by Maria (lead), 2026-01-01T09:00:00+00:00: Late fix" in text
    assert "opened 2 times" in text
    assert text.index("overridden") < text.index("What it was measured to do")


def test_what_users_wrote_stays_text() -> None:
    override = Override("test_once", EVIL, EVIL, EVIL, "2026-01-01T09:00:00+00:00")
    made = manifest(
        task={"task": {"goal": EVIL, "metric": "accuracy", "target": 0.9}},
        classes=(EVIL, "lost"),
        sources={EVIL: "0" * 64},
        overrides=(override,),
    )
    text = card(state(), made)
    html = MarkdownIt("commonmark").enable("table").render(text.split("---\n", 2)[2])
    assert "<script" not in html
    assert "<a " not in html
    assert html.count("&lt;script&gt;") >= 5
    ModelCard(text)


def test_a_release_without_a_base_model_or_evidence_has_a_card_too() -> None:
    bare = State(**task_facts())
    made = manifest(model={"name": "", "digest": ""}, evidence=(), sources={}, test=())
    assert "base model: none" in card(bare, made)


def mixed(*groups: tuple[str, int]) -> str:
    """The card of a release whose failures are in these groups."""
    every = sum(count for _, count in groups)
    failures = tuple(FailureGroup(name, "", "", n, n / every, ()) for name, n in groups)
    return card(replace(state(), failures={FROZEN.id: failures}), manifest())


def test_what_is_in_no_group_is_no_mistake_of_its_own() -> None:
    text = mixed(("lost taken for late", 6), ("other mistakes", 4))
    assert "lost taken for late: 6 (60 % of its failures)" in text
    assert "other mistakes" not in text
    assert "- 2 mistakes, no two alike\n" in mixed(("other mistakes", 2))
    assert "- 90 mistakes, no kind of them frequent\n" in mixed(("other mistakes", 90))
    assert "frequent mistakes" not in mixed()


@pytest.mark.parametrize(
    ("code", "part", "files", "said"),
    [
        ("personal.name", "train", ("vocabulary.json",), True),
        ("personal.email", "train", ("vocabulary.json",), True),
        ("personal.name", "test", ("vocabulary.json",), False),
        ("personal.name", "train", ("model.onnx",), False),
        ("personal.name_in_output", "train", ("vocabulary.json",), False),
        ("copies", "train", ("vocabulary.json",), False),
    ],
)
def test_a_vocabulary_of_personal_texts_is_said_with_the_command(
    code: str, part: Part, files: tuple[str, ...], said: bool
) -> None:
    rows = (RowReference("1", part),)
    numbers = {"values": 3, "train": 1} if code != "copies" else {}
    finding = Finding(code, "warn", "1 input", "Ask.", "R18", 1, rows, numbers)
    text = card(
        replace(state(), findings=(finding,)), manifest(files=dict.fromkeys(files, "0" * 64))
    )
    assert (f"`rungwise curate --accept {code}=redact`" in text) is said
    assert ("holds words of the training texts" in text) is said
