"""Definitions in the guideline count for the classes in force, however their names are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.data_made import frame, reading, task
from tests.test_every_audit import context_of

from rungwise.audits.guideline import Guideline
from rungwise.reporting.guideline import guideline

LABELS = ("pay", "go_home", "_late_", "1. first", "a [b] <c> | #d", r"back\slash", "Grüße & mehr")


@pytest.mark.parametrize("defined", range(3))
def test_labels_that_were_merged_or_emptied_away_do_not_count(tmp_path: Path, defined: int) -> None:
    content = [(f"{label} order {n}", label) for n in range(30) for label in LABELS]
    context = context_of(tmp_path, task(), reading(source=frame(content)))
    gone = ("Pay", "go  home?", "PAY ")
    page = guideline("Route it", dict.fromkeys((*gone, *LABELS), ()))
    parts = page.split("**Means:** …")
    assert len(parts) == len(gone) + len(LABELS) + 1
    filled = "**Means:** …".join(parts[: len(gone) + 1])
    for place, rest in enumerate(parts[len(gone) + 1 :]):
        filled += ("**Means:** it" if place < defined else "**Means:** …") + rest
    (found,) = Guideline().examine(replace(context, guideline=filled))
    assert found.title == f"GUIDELINE.md defines {defined} of {len(LABELS)} classes"
    assert found.count == len(LABELS) - defined


def test_only_sections_of_vanished_labels_left_blank_are_no_finding(tmp_path: Path) -> None:
    content = [(f"{label} order {n}", label) for n in range(30) for label in "ab"]
    context = context_of(tmp_path, task(), reading(source=frame(content)))
    page = "## a\n\n**Means:** pays\n\n## old\n\n**Means:** …\n\n## b\n\n**Means:** goes\n"
    assert Guideline().examine(replace(context, guideline=page)) == []
