"""`run` that is held ends with the one command that comes next, said once."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.workflow.typed_command import names

COMMAND = re.compile(r"rungwise [a-z]+[^`\n]*")


@pytest.mark.parametrize("inside", [False, True])
def test_a_held_run_says_each_command_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    texts = enumerate(rows()[:240])
    spelt = [
        (text, "Refund" if at % 2 and label == "refund" else label) for at, (text, label) in texts
    ]
    folder = tmp_path / "task"
    Project.init(folder, data=write(tmp_path / "a.csv", spelt), goal=GOAL)
    monkeypatch.chdir(folder if inside else tmp_path)
    where = os.path.relpath(folder)
    held = CliRunner().invoke(application, ["run", "-C", where])
    assert held.exit_code != 0
    last = str(held.exception)
    told = Counter(COMMAND.findall(last))
    assert sum(count for said, count in told.items() if "labels.spelling" in said) == 1
    assert max(told.values()) == 1


def test_a_command_is_named_with_the_folder_or_without(tmp_path: Path) -> None:
    message = "Merge them with `rungwise curate --accept labels.spelling=merge`."
    command = f"rungwise curate -C {tmp_path} --accept labels.spelling=merge"
    assert names(message, command, tmp_path)
    assert not names(message, f"rungwise curate -C {tmp_path}", tmp_path)
    assert not names("Nothing to do.", command, tmp_path)
