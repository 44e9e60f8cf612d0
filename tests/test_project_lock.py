"""One writer a project: two processes, two threads and two objects keep each other out."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import GOAL, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import ProjectLocked, RungwiseError, StorageError

HOLD = """
import sys, time
from rungwise import Project
with Project(sys.argv[1]).writing("rungwise run"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("lock")
    data = write(folder / "rows.csv")
    made = Project.init(folder / "task", data=data, goal=GOAL)
    made.split()
    return made


@pytest.fixture
def holder(project: Project) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is killed."""
    with _holding(project, 60) as process:
        yield process
        process.kill()


def _holding(project: Project, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(project.folder), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


WRITERS: dict[str, Callable[[Project], Any]] = {
    "split": lambda one: one.split(),
    "audit": lambda one: one.audit(),
    "curate": lambda one: one.curate(accept=["copies"]),
    "undo_curation": lambda one: one.undo_curation(),
    "compare_curation": lambda one: one.compare_curation(),
    "review": lambda one: one.review("review.csv"),
    "climb": lambda one: one.climb(),
    "import_predictions": lambda one: one.import_predictions("old.csv", "old"),
    "state_need": lambda one: one.state_need(calls_per_month=3),
    "run": lambda one: one.run(),
    "decide": lambda one: one.decide(),
    "test": lambda one: one.test(),
    "ship": lambda one: one.ship(confirm_monitoring="Ada"),
    "rescore": lambda one: one.rescore("macro_f1"),
    "judge_pairs": lambda one: one.judge_pairs("a", "b"),
    "override": lambda one: one.override("test_once", by="A", role="b", reason="c"),
}
READERS: dict[str, Callable[[Project], Any]] = {
    "status": lambda one: one.status(),
    "check": lambda one: one.check(),
    "checklist": lambda one: one.checklist(),
    "report": lambda one: one.report(),
    "cost": lambda one: one.cost(),
    "log": lambda one: one.log(),
    "verify": lambda one: one.verify(),
    "diagnose": lambda one: one.diagnose(),
}


def test_verbs_that_write_are_refused_while_another_process_writes(
    project: Project, holder: subprocess.Popen[str]
) -> None:
    before = len(project.log())
    fact = rf"is being written by `rungwise run` of process {holder.pid} on \S+, .* give `--wait`"
    for verb in WRITERS.values():
        with pytest.raises(ProjectLocked, match=fact):
            verb(project)
    for verb in READERS.values():
        verb(project)
    assert len(project.log()) == before
    where = ["-C", str(project.folder)]
    for command in ("split", "run", "test", "ship", "decide", "audit", "climb", "curate"):
        told = CliRunner().invoke(application, [command, *where])
        assert isinstance(told.exception, ProjectLocked), command
    assert CliRunner().invoke(application, ["status", *where]).exit_code == 0


def test_the_lock_of_a_killed_process_is_free(
    project: Project, holder: subprocess.Popen[str]
) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert project.split().rows["train"] > 0


def test_who_waits_sees_what_was_written_meanwhile(project: Project) -> None:
    patient = Project(project.folder, wait=True)
    entries = len(patient.log())
    assert patient.status()["step"]  # its view of the record is older than what follows
    began = time.monotonic()
    with _holding(project, 0.7):
        patient.split()
        assert time.monotonic() - began >= 0.7
    assert len(patient.log()) == entries


def test_threads_and_objects_of_one_process_exclude_each_other(project: Project) -> None:
    other, entered, leave = Project(project.folder), threading.Event(), threading.Event()
    found: list[str] = []

    def hold() -> None:
        with project.writing("rungwise climb"):
            entered.set()
            leave.wait(10)

    def within(one: Project) -> None:
        try:
            one.split()
        except RungwiseError as error:
            found.append(str(error))

    first = threading.Thread(target=hold)
    first.start()
    assert entered.wait(10)
    for one in (other, project):  # another object, and the same one from another thread
        thread = threading.Thread(target=within, args=(one,))
        thread.start()
        thread.join(20)
    leave.set()
    first.join()
    assert len(found) == 2
    assert all(f"`rungwise climb` of process {os.getpid()}" in fact for fact in found)


def test_who_holds_it_may_enter_again_and_leaves_it_free(project: Project) -> None:
    with project.writing("rungwise test"):
        with project.writing("override"):
            pass
        project.split()
        with pytest.raises(ProjectLocked, match="`rungwise test`"):
            Project(project.folder).split()
    Project(project.folder).split()
    with pytest.raises(ZeroDivisionError), project.writing("rungwise test"):
        _ = 1 / 0
    Project(project.folder).split()


def test_what_lies_at_its_place_is_never_written_to(project: Project, tmp_path: Path) -> None:
    lock, victim = project.folder / ".rungwise" / "lock", tmp_path / "victim"
    victim.write_text("precious")
    kinds: dict[str, Callable[[], None]] = {
        "a symbolic link": lambda: lock.symlink_to(victim),
        "not a file of its own": lambda: lock.hardlink_to(victim),
    }
    for what, plant in kinds.items():
        lock.unlink()
        plant()
        with pytest.raises(StorageError, match=what):
            project.split()
        assert victim.read_text() == "precious"
    lock.unlink()
    os.mkfifo(lock)
    with pytest.raises(StorageError, match="not a file of its own"):
        project.split()
    lock.unlink()
    lock.mkdir()
    with pytest.raises(StorageError, match="cannot be written: Is a directory"):
        project.split()
    lock.rmdir()
    project.split()


def test_a_file_system_without_locks_is_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StorageError, match=r"has no locks \(flock: Operation not supported\)"):
        project.split()


def _commands(*commands: list[str]) -> list[tuple[int, str, str]]:
    """Exit code, output and messages of commands that were begun at once."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "rungwise", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    told = [one.communicate(timeout=300) for one in started]
    return [(one.returncode, *two) for one, two in zip(started, told, strict=True)]


def test_two_at_once_measure_once(tmp_path: Path) -> None:
    """Two `init`, then two `climb`, as a user starts them: each thing is done once."""
    data, folder = write(tmp_path / "rows.csv"), tmp_path / "task"
    init = ["init", str(folder), "--data", str(data), "--goal", GOAL]
    done = _commands(init, init)
    assert sorted(code for code, _, _ in done) == [0, 1]
    refused = next(told for code, _, told in done if code == 1)
    assert "already exists" in refused or "is being written by" in refused
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "task"]
    project = Project(folder)
    assert [entry.kind for entry in project.log("task")] == ["task"]
    project.split()
    project.audit()
    climb = ["climb", "-C", str(folder), "--rung", "majority", "--json"]
    done = _commands([*climb, "--wait"], [*climb, "--wait"])
    assert [code for code, _, _ in done] == [0, 0]
    assert not any("Traceback" in told for _, _, told in done)
    assert len(project.log("attempt")) == 1
    assert [len(json.loads(output)["attempts"]) for _, output, _ in done] == [1, 1]
