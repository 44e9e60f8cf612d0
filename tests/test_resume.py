"""A killed run goes on where it was and repeats no finished attempt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.small_task import write

from rungwise import Project

GOAL = "Route customer requests to one of three teams with at least 99.9 percent accuracy"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_run_resumes(tmp_path: Path, encoder: str) -> None:
    data = write(tmp_path / "requests.csv")
    folder = tmp_path / "task"
    project = Project.init(folder, data=data, goal=GOAL, models=[encoder])
    command = [sys.executable, "-m", "rungwise", "climb", "--rung", "majority", "--rung",
               "zero_shot", "--rung", "nearest", "--rung", "frozen", "-C", str(folder)]  # fmt: skip
    project.split()
    project.audit()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        for line in running.stderr:  # not after some time: a loaded machine takes any
            if b"Trying zero_shot" in line:
                break
        running.kill()
    finished = [entry.payload["id"] for entry in project.log("attempt")]
    assert 0 < len(finished) < 4, "it was to be killed in its second attempt"
    project.verify()
    resumed = Project(folder)
    resumed.climb(rungs=("majority", "zero_shot", "nearest", "frozen"))
    identities = [entry.payload["id"] for entry in resumed.log("attempt")]
    assert identities[: len(finished)] == finished
    assert len(set(identities)) == len(identities) == 4
    assert {e.payload["attempt"] for e in resumed.log("diagnosis")} == set(identities)
    resumed.verify()
