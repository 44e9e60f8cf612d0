"""Classes that are taken for each other become edge cases of the guideline (R13)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_task import GOAL, write
from tests.small_task import rows as rows_of_task
from tests.test_reporting_guideline import MARKDOWN, parts

from rungwise import Project
from rungwise.errors import StorageError
from rungwise.records import Finding, to_json
from rungwise.reporting.edge_cases import BEGIN, END, Confusion, refreshed
from rungwise.reporting.guideline import guideline
from rungwise.workflow.guideline import refresh

PAGE = guideline("Route tickets", {"late": ["one"], "lost": ["two"]})
PAIR = Confusion(("late", "lost"), 0.21, (["it is late"], ["it is gone", "# where?"]))


def test_pairs_stand_below_the_page_with_rows_of_both_classes() -> None:
    headings, items = parts(refreshed(PAGE, [PAIR]))
    assert headings == ["late", "lost", "late or lost? (21 % of their rows)"]
    assert items[2:] == [
        "labelled late: it is late",
        "labelled lost: it is gone",
        "labelled lost: # where?",
    ]


def test_the_next_audit_rewrites_its_part_and_nothing_else() -> None:
    once = refreshed(PAGE.replace("…", "a rule of ours", 1), [PAIR])
    edited = once + "\nOur own closing words.\n"
    other = Confusion(("late", "early"), 0.3, (["soon"], []))
    twice = refreshed(edited, [other])
    assert "a rule of ours" in twice and twice.endswith("Our own closing words.\n")
    assert "late or early?" in twice and "late or lost?" not in twice
    assert twice.count(BEGIN) == twice.count(END) == 1
    assert refreshed(twice, [other]) == twice


def test_without_confusion_a_page_stays_as_it_is_and_an_old_part_says_so() -> None:
    assert refreshed(PAGE, []) == PAGE
    assert "No two classes are taken for each other" in refreshed(refreshed(PAGE, [PAIR]), [])


def test_a_torn_part_costs_nothing_that_people_wrote() -> None:
    torn = refreshed(PAGE, [PAIR]).replace(END, "") + "Our words.\n"
    mended = refreshed(torn, [PAIR])
    assert "Our words." in mended and mended.count(BEGIN) == mended.count(END) == 1


MARKS = st.sampled_from([BEGIN, END, f"\n{END}\n", "```", "# "])


@given(st.text(max_size=30) | MARKS, st.text(max_size=60) | MARKS)
def test_whatever_the_data_holds_the_part_stays_closed(label: str, text: str) -> None:
    page = refreshed(PAGE, [Confusion((label, "lost"), 0.1, ([text], [text]))])
    lines = page.splitlines()
    assert lines.count(BEGIN) == lines.count(END) == 1
    assert refreshed(page, []).startswith(PAGE.rstrip("\n"))
    assert not [t for t in MARKDOWN.parse(page) if t.type == "fence"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    content = [(f"{text} to jane.doe@example.org", label) for text, label in rows_of_task()]
    made = Project.init(tmp_path / "task", data=write(tmp_path / "r.csv", content), goal=GOAL)
    made.split()
    workspace = made._workspace
    rows = workspace.part("train")["id"].to_list()
    pair = {"classes": ["access", "refund"], "share": 0.2, "examples": [rows[:1], rows[1:2]]}
    found = Finding("confused_pairs", "warn", "1 pair", "Look.", "R13", numbers={"pairs": [pair]})
    workspace.record(
        "audit",
        {
            "data": made.split().id,
            "audit": "confused_pairs",
            "findings": to_json([found]),
            "read_sealed_inputs": False,
        },
    )
    return made


def test_the_file_of_a_task_follows_its_findings(project: Project) -> None:
    page = project.folder / "GUIDELINE.md"
    first = project._workspace.part("train")["input"][0]
    assert refresh(project._workspace)
    shown = first.replace("jane.doe@example.org", "")
    told = page.read_text(encoding="utf-8")
    assert f"labelled access: {shown}" in told and "EMAIL" in told
    assert "jane.doe" not in told, "no page quotes a personal value (R18)"
    assert not refresh(project._workspace)
    page.unlink()
    assert not refresh(project._workspace) and not page.exists()


def test_a_page_that_is_no_text_is_one_line(project: Project) -> None:
    (project.folder / "GUIDELINE.md").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(StorageError, match="cannot be rewritten"):
        refresh(project._workspace)
