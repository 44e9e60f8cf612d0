"""What a verb imports: seconds of waiting are imports, so only a rung that needs torch loads it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project

NETWORKS = {"accelerate", "bitsandbytes", "peft", "torch", "transformers"}
OTHERS = {"alembic", "onnx", "onnxruntime", "pandas", "sklearn"}
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


def test_status_reads_the_record_and_nothing_else(project: Project) -> None:
    modules = loaded(project, "status")
    assert "rungwise.workflow.status" in modules
    assert modules & {*NETWORKS, *OTHERS, "pyarrow", "scipy", "rungwise.goal"} == set()


def test_the_first_number_waits_for_no_network(project: Project) -> None:
    modules = loaded(project, "climb", "--rung", "majority")
    assert "majority" in {one.rung for one in Project(project.folder).attempts()}
    assert modules & {*NETWORKS, *OTHERS} == set()


def test_linear_needs_scikit_learn_and_no_network(project: Project) -> None:
    modules = loaded(project, "climb", "--rung", "linear")
    assert "sklearn" in modules
    assert modules & {*NETWORKS, "alembic", "onnx", "onnxruntime"} == set()
