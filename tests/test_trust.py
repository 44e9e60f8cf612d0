"""Reading a task runs nothing: its code runs to measure, once a user has allowed it as it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.scripted_server import Scripted, scripted
from tests.small_texts import answering, text_project
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli import ask_trust
from rungwise.cli.application import application
from rungwise.errors import RungwiseError, TaskError
from rungwise.evaluation.own_code import Code, facts, read_code
from rungwise.evaluation.task_metrics import bound
from rungwise.ledger.append import append
from rungwise.settings import Settings
from rungwise.table import Predictions
from rungwise.task import Task, parse
from rungwise.workflow import trusted_here

OWN = """
import pathlib
with open({ran!r}, "a") as file:
    file.write("ran\\n")

def same(expected, output):
    return expected == output

def length(expected, output):
    return len(output)
length.greater, length.bounds = False, (0, 500)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with scripted(answering()) as running:
        yield running


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    return tmp_path / "ran.txt"


@pytest.fixture
def project(tmp_path: Path, ran: Path, server: Scripted) -> Project:
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "own.py").write_text(OWN.format(ran=str(ran)))
    return text_project(tmp_path, server.name, "policy.resamples=200", metric="own.py:same")


def read_only(project: Project) -> dict[str, Any]:
    """Every verb that measures nothing; returns the status."""
    project.check()
    project.split()
    project.audit()
    project.decide()
    project.cost()
    project.report()
    project.checklist()
    project.diagnose()
    project.verify()
    return project.status()


def test_only_verbs_that_measure_run_the_code_that_was_allowed(project: Project, ran: Path) -> None:
    own = project.folder / "own.py"
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    view = read_only(project)
    assert not ran.exists()
    assert view["code"] == [{"file": "own.py", "sha256": digest, "trusted": False, "fault": ""}]
    shown = CliRunner().invoke(application, ["status", "-C", str(project.folder)])
    assert "own.py is not yet trusted" in shown.output
    for verb in (project.run, project.climb, project.test, project.ship):
        with pytest.raises(TaskError, match=r"own\.py .*not yet trusted.*`--trust own\.py`"):
            verb()
    assert not ran.exists()

    project.climb(rungs=["prompt"], trust="own.py")
    assert ran.read_text()
    (entry,) = project.log("trust")
    assert (entry.payload["file"], entry.payload["digest"]) == ("own.py", digest)
    assert {one.details["definition"] for one in project.attempts()} == {digest}
    runs = ran.read_text()
    again = Project(project.folder)
    assert read_only(again)["code"][0]["trusted"]
    assert ran.read_text() == runs
    again.climb(rungs=["prompt"])  # allowed once, it stays so
    assert len(again.log("trust")) == 1

    before = {one.id for one in again.attempts()}
    own.write_text(own.read_text() + "# another text\n")
    changed = Project(project.folder)
    assert not read_only(changed)["code"][0]["trusted"]
    runs = ran.read_text()
    with pytest.raises(TaskError, match="has changed since it was allowed"):
        changed.climb(rungs=["prompt"])
    assert ran.read_text() == runs
    changed.climb(rungs=["prompt"], trust=["own.py"])
    assert not before & {one.id for one in changed.attempts()}
    assert changed.verify().objects


def test_the_command_line_allows_by_option_or_by_a_question(
    project: Project, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["climb", "-C", str(project.folder), "--rung", "prompt"]
    refused = CliRunner().invoke(application, where)
    assert "not yet trusted" in str(refused.exception)
    wrong = CliRunner().invoke(application, [*where, "--trust", "other.py"])
    assert "names no code in other.py. It names " in str(wrong.exception)
    assert str(wrong.exception).endswith("own.py.")
    monkeypatch.setattr(ask_trust, "at_terminal", lambda: True)
    no = CliRunner().invoke(application, where, input="n\n")
    assert "runs with all your rights. Run it?" in no.output
    assert "not yet trusted" in str(no.exception)
    assert not ran.exists()
    assert CliRunner().invoke(application, where, input="y\n").exit_code == 0
    assert ran.exists()
    given = str(project.folder / "own.py")
    assert CliRunner().invoke(application, [*where, "--trust", given]).exit_code == 0


def test_what_was_read_is_what_is_allowed(project: Project) -> None:
    (shown,) = project.untrusted()
    shown.path.write_text("def same(expected, output):\n    return 1\n")
    with pytest.raises(TaskError, match="has changed since it was read"):
        project.trust(shown.file, digest=shown.digest)


def task(*metrics: str) -> Task:
    goal = {"goal": "Say it", "kind": "generate", "metric": "exact_match", "target": 0.5}
    return parse({"task": goal, "data": {"source": "a"}, "generation": {"metrics": list(metrics)}})


def value(name: str, folder: Path) -> float:
    """What the metric says of one row, with all code allowed."""
    metric = bound(name, task(name), folder, permit=lambda _: None)
    told = Predictions(pl.Series(["r1"]), pl.Series(["/bin/true"]), None, ())
    return metric.value(pl.Series(["/bin/true"]), told)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("os:execlp", "no importable module is ever run"),
        ("os.path:exists", "no importable module is ever run"),
        ("own:same", "no importable module is ever run"),
        ("../out.py:same", "lies outside the task's folder"),
        ("sub/../../out.py:same", "lies outside the task's folder"),
        ("/tmp/out.py:same", "lies outside the task's folder"),
        ("link.py:same", r"link\.py is a symbolic link"),
        ("linked/out.py:same", "linked is a symbolic link"),
        ("pipe.py:same", r"pipe\.py is not a plain file"),
        ("sub.py:same", r"sub\.py is not a plain file"),
        ("own.py:__import__", "has no function '__import__'"),
        ("own.py:__loader__", "has no function '__loader__'"),
        ("own.py:execlp", "has no function 'execlp'"),
        ("own.py:os", "has no function 'os'"),
        ("own.py:unpickle", "has no function 'unpickle'"),
        ("own.py:number", "has no function 'number'"),
        ("own.py:late", r"known only once the file has run"),
        ("own.py:odd", r"The bounds of own\.py:odd are \(3, 1\)"),
        ("torn.py:same", r"torn\.py cannot be imported: SyntaxError.*line 1"),
        ("null.py:same", r"null\.py cannot be imported"),
        ("large.py:same", "has more than 1,048,576 bytes"),
    ],
)
def test_no_other_code_can_be_named(tmp_path: Path, name: str, fact: str) -> None:
    folder = tmp_path / "task"
    (folder / "sub.py").mkdir(parents=True)
    mark = tmp_path / "ran"
    body = f"open({str(mark)!r}, 'w')\ndef same(expected, output):\n    return 1\n"
    (tmp_path / "out.py").write_text(body)
    (folder / "link.py").symlink_to(tmp_path / "out.py")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.py")
    (folder / "torn.py").write_text("def same(:")
    (folder / "null.py").write_bytes(b"def same(a, b):\n    return 1\0")
    (folder / "large.py").write_text(body + "#" * (1 << 20))
    (folder / "own.py").write_text(
        f"{body}import os\nfrom os import execlp\nfrom pickle import loads as unpickle\n"
        "number = 7\n"
        "late = lambda e, o: 1\nlate.greater = bool(0)\n"
        "odd = lambda e, o: 1\nodd.bounds = (3, 1)\n"
    )
    with pytest.raises(TaskError, match=fact) as refused:
        value(name, folder)
    assert "\n" not in str(refused.value)
    assert not mark.exists()


def test_direction_and_range_are_read_without_running(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.format(ran=str(tmp_path / "ran")))
    metric = bound("own.py:length", task("own.py:length"), tmp_path)
    assert (metric.greater, metric.low, metric.high) == (False, 0, 500)
    with pytest.raises(TaskError, match="nobody has allowed it to run"):
        metric.value(pl.Series(["a"]), Predictions(pl.Series(["r"]), pl.Series(["a"]), None, ()))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "greater", "bounds"),
    [
        ("f = lambda e, o: 1\nf.greater = False", False, (0.0, 1.0)),
        ("import functools\n@functools.cache\ndef f(e, o):\n    return 1\n"
         "f.bounds: tuple = (-1, 1)", True, (-1.0, 1.0)),
        ("if True:\n    def f(e, o):\n        return 1\n", True, (0.0, 1.0)),
        ("def g(e, o):\n    return 1\nf = g\nf.greater = f.other = False", False, (0.0, 1.0)),
    ],
)  # fmt: skip
def test_a_function_may_be_written_in_several_ways(
    tmp_path: Path, text: str, greater: bool, bounds: tuple[float, float]
) -> None:
    said = facts(Code("own.py", tmp_path, text.encode()), "f")
    assert (said.greater, said.bounds) == (greater, bounds)
    (tmp_path / "own.py").write_text(text)
    assert value("own.py:f", tmp_path) == 1


def test_a_direction_that_running_changes_is_refused(tmp_path: Path) -> None:
    text = "def f(e, o):\n    return 1\nsetattr(f, 'greater', False)\n"
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(TaskError, match="changes `greater` or `bounds` of f while it runs"):
        value("own.py:f", tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        "import beside\ndef f(e, o):\n    return beside.X\n",
        "def f(e, o):\n    import beside\n    return beside.X\n",
        "from package.inner import X\ndef f(e, o):\n    return X\n",
        "import importlib\ndef f(e, o):\n    return importlib.import_module('beside').X\n",
    ],
)
@pytest.mark.parametrize("reachable", [True, False])
def test_only_the_file_that_was_allowed_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reachable: bool
) -> None:
    """A helper beside it is covered by no digest, on the path or not."""
    (tmp_path / "own.py").write_text(body)
    (tmp_path / "beside.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nX = 1\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "inner.py").write_text("X = 1\n")
    if reachable:
        monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RungwiseError, match=r"is another file of the task, and only own\.py was"):
        value("own.py:f", tmp_path)
    assert not (tmp_path / "ran").exists()


def test_the_bytes_that_were_hashed_are_the_bytes_that_run(tmp_path: Path) -> None:
    """The file is exchanged between reading and measuring: what was read runs."""
    own = tmp_path / "own.py"
    own.write_text("def f(e, o):\n    return 1\n")
    digest = read_code("own.py", tmp_path).digest
    metric = bound("own.py:f", task("own.py:f"), tmp_path, permit=lambda _: None)
    own.write_text("def f(e, o):\n    return 0\n")
    told = Predictions(pl.Series(["r1"]), pl.Series(["a"]), None, ())
    assert (metric.value(pl.Series(["a"]), told), metric.definition) == (1, digest)


def test_a_project_whose_metric_was_a_module_still_opens(project: Project) -> None:
    """As earlier versions wrote it; it is read, and measured no more."""
    path = project.folder / "rungwise.yaml"
    path.write_text(path.read_text().replace("own.py:same", "operator:eq"))
    old = Project(project.folder)
    content = old._workspace.task.model_dump(mode="json")
    goal = {"name": "operator:eq", "greater": True, "low": 0.0, "high": 1.0}
    append(old._workspace.ledger, "task", {"task": content, "goal": goal})
    view = Project(project.folder).status()
    assert "no importable module is ever run" in view["code"][0]["fault"]
    with pytest.raises(TaskError, match="no importable module is ever run"):
        Project(project.folder).run()


def stand_ins(folder: Path, *names: str) -> None:
    """Files beside a task that would run if the working directory were searched for modules."""
    for name in names:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n")


def test_a_task_folder_is_not_on_the_path_of_the_command(tmp_path: Path) -> None:
    stand_ins(tmp_path, "polars", "typer", "json", "yaml", "typing", "__future__", "enum", "re")
    (tmp_path / "rungwise.yaml").write_text("task: {}\n")
    done = subprocess.run(
        [sys.executable, "-m", "rungwise", "status", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path("src").resolve())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "rungwise.yaml" in done.stderr, done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_task_folder_is_not_on_the_path_of_the_processes_that_a_verb_starts(
    tmp_path: Path,
) -> None:
    stand_ins(tmp_path, "rungwise", "json", "torch", "peft")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "rungwise.training.language.footprint"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path("src").resolve())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0  # it was asked nothing
    assert not (tmp_path / "ran").exists()
    for path in Path("src").rglob("*.py"):
        for call in re.findall(r"sys\.executable.{0,40}", path.read_text(encoding="utf-8")):
            assert call.startswith('sys.executable, "-P"'), path


def test_what_a_project_brings_with_it_was_allowed_by_somebody_else(
    project: Project, ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is sent on with its ledger; whoever gets it has allowed nothing."""
    project.split()
    project.trust("own.py")
    assert project.status()["code"][0]["trusted"]
    monkeypatch.setattr(trusted_here, "_of_this_process", set())
    assert Project(project.folder).status()["code"][0]["trusted"]  # in the next process as well

    elsewhere = tmp_path / "theirs" / "trusted"
    monkeypatch.setattr(trusted_here, "settings", lambda: Settings(trusted=elsewhere))
    received = Project(shutil.copytree(project.folder, tmp_path / "received"))
    assert not received.status()["code"][0]["trusted"]
    with pytest.raises(TaskError, match=r"not yet trusted by you: the record .*--trust own\.py"):
        received.climb(rungs=["prompt"])
    assert not ran.exists()
    received.climb(rungs=["prompt"], trust="own.py")
    assert ran.exists()
    assert len(received.log("trust")) == 1
    digest = hashlib.sha256((received.folder / "own.py").read_bytes()).hexdigest()
    assert elsewhere.read_text().split() == [digest]


def test_a_list_that_cannot_be_kept_holds_for_this_process(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    nowhere = Settings(trusted=tmp_path / "file" / "trusted")
    monkeypatch.setattr(trusted_here, "settings", lambda: nowhere)
    monkeypatch.setattr(trusted_here, "_of_this_process", set())
    project.trust("own.py")
    assert project.status()["code"][0]["trusted"]
    monkeypatch.setattr(trusted_here, "_of_this_process", set())
    assert not project.status()["code"][0]["trusted"]


def test_what_runs_is_kept(project: Project) -> None:
    project.trust("own.py")
    (entry,) = project.log("trust")
    kept = project._workspace.objects.read(entry.payload["digest"])
    assert kept == (project.folder / "own.py").read_bytes()
    assert json.loads(json.dumps(project.status()["code"]))[0]["trusted"]
