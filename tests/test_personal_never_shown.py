"""A name that only the audit knows stands in every row; no verb shows it, no page has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import rows, write
from typer.testing import CliRunner

from rungwise.cli.application import application
from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.reading import Reading
from rungwise.workflow.derived_inputs import DerivedInputs

NAME = "nkechi okonkwo"
GOAL = "Route customer requests to one of three teams with at least 60 percent accuracy"


def reader(_: object, texts: pl.Series) -> Reading:
    """Finds the name in whatever case, as the learnt reader would."""
    places = texts.str.to_lowercase().str.find(NAME, literal=True)
    found = [(row, at, at + len(NAME), "name") for row, at in enumerate(places) if at is not None]
    return Reading(pl.DataFrame(found, SCHEMA, orient="row"), ())


@pytest.fixture
def told(tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What each command printed, in order."""
    monkeypatch.setattr(DerivedInputs, "people", reader)
    turned = {"refund": "access", "access": "delivery", "delivery": "refund"}
    content = [
        (
            f"{text}, I am with {(NAME, NAME.title())[place % 2]}",
            turned[label] if place % 7 == 0 else label,
        )
        for place, (text, label) in enumerate(rows())
    ]
    write(tmp_path / "requests.csv", content)
    monkeypatch.chdir(tmp_path)
    at = ["-C", "task"]
    commands = (
        ["init", "task", "--data", "requests.csv", "--goal", GOAL, "--model", encoder],
        ["check", *at],
        ["run", *at],
        ["audit", *at],
        ["audit", *at, "--json"],
        ["audit", *at, "--review", "review.csv"],
        *([verb, *at] for verb in ("status", "decide", "diagnose", "cost", "checklist", "log")),
        ["status", *at, "--json"],
        ["report", *at],
        ["test", *at],
        ["ship", *at, "--confirm-monitoring", "Ada"],
        ["report", *at],
        ["curate", *at, "--accept", "personal.name=redact"],
        ["verify", *at],
    )
    printed = {}
    for command in commands:
        done = CliRunner().invoke(application, command)
        said = f"{done.output}\n{done.exception}"
        assert done.exit_code in (0, 3), f"{command}: {said}"
        printed[" ".join(command)] = said
    yield printed


def test_no_output_of_a_verb_has_the_name(told: dict[str, str]) -> None:
    parts = NAME.split()
    for command, said in told.items():
        assert not any(part in said.lower() for part in parts), command
    written = [*Path().rglob("*.html"), *Path().rglob("*.md"), Path("review.csv")]
    assert {"report.html", "GUIDELINE.md", "review.csv", "README.md"} <= {
        path.name for path in written
    }
    for path in written:
        text = path.read_text(encoding="utf-8")
        around = [
            text[max(0, at - 120) : at + 60]
            for part in parts
            if (at := text.lower().find(part)) >= 0
        ]
        assert around == [], path
    shown = (Path("task") / "report.html").read_text(encoding="utf-8")
    assert shown.count("&lt;NAME&gt;") >= 3, "the page shows wrong answers, without the name"
    assert "<NAME>" in (Path("task") / "GUIDELINE.md").read_text(encoding="utf-8")
