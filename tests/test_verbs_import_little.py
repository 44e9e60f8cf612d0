"""What a verb imports: seconds of waiting are imports, so only a rung that needs torch loads it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project

NETWORKS = {"accelerate", "bitsandbytes", "peft", "torch", "transformers"}
OTHERS = {"alembic", "onnx", "onnxruntime", "pandas", "sklearn"}
TABLES = {"numpy", "polars", "pyarrow", "scipy"}
AFTERWARDS = "import sys; print('LOADED', *sys.modules, file=sys.stderr)"
RUN = f"""
import sys
from rungwise.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
{AFTERWARDS}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Split and audited, so that a climb may begin."""
    folder = tmp_path_factory.mktemp("light")
    made = Project.init(folder / "task", data=write(folder / "a.csv", rows()[:240]), goal=GOAL)
    made.split()
    made.audit()
    return made


def loaded(project: Project, *verb: str) -> set[str]:
    """Names of all modules that a process has loaded when the command ends."""
    told = subprocess.run(
        [sys.executable, "-c", RUN, *verb, "-C", str(project.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    (line,) = (line for line in told.stderr.splitlines() if line.startswith("LOADED"))
    modules = set(line.split()[1:])
    return modules | {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("climbed", [False, True])
def test_status_reads_the_record_and_nothing_else(
    project: Project, tmp_path: Path, climbed: bool
) -> None:
    copy = Project(shutil.copytree(project.folder, tmp_path / "task"))
    if climbed:  # the ladder goes on, so `status` looks at every rung
        copy.climb(rungs=["majority"])
    modules = loaded(copy, "status")
    assert "rungwise.workflow.status" in modules
    assert modules & {*NETWORKS, *OTHERS, *TABLES, "rungwise.goal", "rungwise.models"} == set()


@pytest.mark.parametrize("verb", ["status", "log"])
def test_a_command_imports_no_other(project: Project, verb: str) -> None:
    place = "rungwise.cli.commands."
    assert {one for one in loaded(project, verb) if one.startswith(place)} == {place + verb}


def test_the_first_number_waits_for_no_network(project: Project) -> None:
    modules = loaded(project, "climb", "--rung", "majority")
    assert "majority" in {one.rung for one in Project(project.folder).attempts()}
    assert modules & {*NETWORKS, *OTHERS} == set()


def test_linear_needs_scikit_learn_and_no_network(project: Project) -> None:
    modules = loaded(project, "climb", "--rung", "linear")
    assert "sklearn" in modules
    assert modules & {*NETWORKS, "alembic", "onnx", "onnxruntime"} == set()
