"""A project with a release of the rung `linear`, which needs no model, tested on its own rows."""

from __future__ import annotations

from pathlib import Path

from tests.recorded_tests import record_a_test
from tests.small_task import GOAL, rows, write

from rungwise import Project


def released(folder: Path) -> Project:
    """Init, climb, record a test of .97 [.94, .99] and ship v1.0."""
    folder.mkdir(parents=True, exist_ok=True)
    data = write(folder / "requests.csv", rows())
    project = Project.init(folder / "task", data=data, goal=GOAL)
    project.split()
    project.audit()
    project.climb(rungs=("majority", "linear"))
    record_a_test(project, 0.97, 0.94, 0.99)
    project.ship(confirm_monitoring="Ola")
    return project
