"""Licence and origin: asked for, kept by file, and asked again only until they are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.data_made import task
from tests.small_task import GOAL, write

from rungwise import Project
from rungwise.data.provenance import provenance
from rungwise.data.split import settings
from rungwise.errors import TaskError

SOURCES = {"source.csv": "aa", "t.csv": "bb"}


def test_one_licence_for_all_files_or_one_for_each() -> None:
    both = provenance(task(test="t.csv", licence="MIT", origin=" ").data, SOURCES)
    assert [(one.file, one.digest, one.licence, one.origin) for one in both] == [
        ("source.csv", "aa", "MIT", None),
        ("t.csv", "bb", "MIT", None),
    ]
    each = provenance(task(test="t.csv", licence={"t.csv": "CC0-1.0"}).data, SOURCES)
    assert [one.licence for one in each] == [None, "CC0-1.0"]


def test_a_file_that_the_task_does_not_name_is_refused() -> None:
    with pytest.raises(TaskError, match=r"'absent\.csv' is no file of the task"):
        task(licence={"absent.csv": "MIT"})


def test_a_licence_that_is_named_later_is_heard_without_a_new_split(tmp_path: Path) -> None:
    assert settings(task()) == settings(task(licence="MIT", origin="support desk"))
    data = write(tmp_path / "a.csv")
    project = Project.init(tmp_path / "t", data=data, goal=GOAL)
    split = project.split()
    codes = {finding.code for finding in project.audit()}
    assert codes >= {"provenance.licence", "provenance.origin"}

    named = ("data.licence=CC0-1.0", "data.origin=support desk")
    again = Project(tmp_path / "t", settings=named)
    assert again.split() == split
    assert not any(finding.code.startswith("provenance") for finding in again.audit())


def test_the_advice_can_be_followed_as_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    project = Project.init(folder, data=write(tmp_path / "a.csv"), goal=GOAL)
    project.split()
    asked = [one for one in project.audit() if one.code.startswith("provenance.")]
    lines = [one.advice.split("`")[3] for one in asked]
    assert lines == ["  licence: CC-BY-4.0", "  origin: export of the support desk"]

    file = folder / "rungwise.yaml"
    text = file.read_text(encoding="utf-8").replace("data:\n", "\n".join(["data:", *lines, ""]))
    file.write_text(text, encoding="utf-8")
    again = Project(folder).audit()
    assert not any(one.code.startswith("provenance.") for one in again)
