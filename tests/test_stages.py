"""What is in production, since when, and who decided (R72)."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recorded_tests import record_a_test
from tests.small_task import rows, write
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import InputError, LedgerError, ProjectLocked, TaskError
from rungwise.ledger.bases import basis
from rungwise.release.version import following
from rungwise.stages import Promotion, champion, champions, stages

GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"
KIM = {"by": "Kim Sato", "role": "operations", "reason": "the test confirms it"}
WORDS = ["--by", KIM["by"], "--role", KIM["role"], "--reason", KIM["reason"]]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with the releases v1.0 and, after rows that joined, v1.1."""
    folder = tmp_path_factory.mktemp("stages")
    made = rows()
    data = write(folder / "requests.csv", made[:440])
    project = Project.init(
        folder / "task", data=data, goal=GOAL, settings=("owners.operations=Kim Sato",)
    )
    project.split()
    for further in (None, write(folder / "further.csv", made[440:])):
        if further is not None:
            project.add(further)
        project.audit()
        project.climb(rungs=("majority", "linear"))
        record_a_test(project, 0.97, 0.94, 0.99)
        project.ship(confirm_monitoring="Kim Sato")
    yield folder / "task"


@pytest.fixture
def task(shipped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped, tmp_path / "task"))


def release(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(application, ["release", *arguments, "-C", str(folder)])


def at(task: Path) -> list[str]:
    return [one["stage"] for one in Project(task).status()["releases"]]


def test_promoted_rolled_back_and_who_decided(task: Path) -> None:
    assert at(task) == ["candidate", "candidate"]
    assert release(task, "promote", "v1.0", *WORDS).exit_code == 0
    assert at(task) == ["champion", "candidate"]
    assert release(task, "promote", "v1.1", *WORDS).exit_code == 0
    assert at(task) == ["retired", "champion"]
    result = release(task, "rollback", "--by", "Ada", "--role", "lead", "--reason", "slow")
    assert result.output.startswith("v1.0 is in production, by Ada (lead).")
    assert at(task) == ["champion", "retired"]

    told = json.loads(release(task, "history", "--json").output)
    assert [one["version"] for one in told] == ["v1.0", "v1.1", "v1.0"]
    assert [one["decision"]["name"] for one in told] == ["Kim Sato", "Kim Sato", "Ada"]
    assert [one["until"] for one in told[:2]] == [one["since"] for one in told[1:]]
    assert told[-1]["until"] == ""
    listed = release(task, "history").output.splitlines()
    assert listed[2].startswith("v1.0") and listed[2].endswith("rolled back by Ada (lead): slow")
    shown = CliRunner().invoke(application, ["status", "-C", str(task)]).output
    assert "Release   v1.1 in releases/v1.1, retired" in shown
    assert "Live      v1.0 since" in shown and "rolled back by Ada (lead): slow" in shown


def test_the_champion_answers_unless_a_release_is_named(
    task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answered(*words: str) -> tuple[str, str]:
        asked = ["predict", "-C", str(task), "--text", "refund my order", *words]
        result = CliRunner().invoke(application, asked)
        return json.loads(result.stdout)["release"], result.stderr

    version, said = answered()
    assert version == "v1.1"
    assert "No release is in production, so the newest answers: v1.1." in said
    assert f"`rungwise release -C {task} promote v1.1 --by NAME" in said
    Project(task).promote("v1.0", **KIM)
    version, said = answered()
    assert version == "v1.0" and "v1.0 answers: it is in production, and v1.1 is not." in said
    assert answered("--release", "v1.1")[0] == "v1.1"
    assert Project(task).release().version == "v1.0"


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["promote", "v1.0"], "lacks --by NAME and --role ROLE and --reason"),
        (["promote", "v1.0", "--by", "NAME", *WORDS[2:]], "placeholder NAME for --by"),
        (["promote", "v1.0", *WORDS[:5], "…"], "placeholder … for --reason"),
        (["promote", "v1.0", *WORDS[:5], "  "], "lacks --reason"),
        (["promote", "v3.0", *WORDS], "There is no release v3.0. Known: v1.0, v1.1."),
        (["promote", "../v1.0", *WORDS], "There is no release ../v1.0"),
        (["rollback", *WORDS], "No release was ever put into production"),
        (["rollback", "--by", "Ada"], "The rollback lacks --role ROLE"),
    ],
)
def test_what_is_refused_is_not_on_record(task: Path, words: list[str], fact: str) -> None:
    result = release(task, *words)
    assert isinstance(result.exception, InputError) and fact in str(result.exception)
    assert Project(task).log("stage") == []


@pytest.mark.parametrize("words", [["promote"], ["rollback", "v1.0"], ["history", "v1.0"]])
def test_a_version_goes_with_promote_alone(task: Path, words: list[str]) -> None:
    assert release(task, *words).exit_code == 2


def test_a_rollback_needs_a_release_before(task: Path) -> None:
    project = Project(task)
    project.promote("v1.0", **KIM)
    with pytest.raises(InputError, match=r"No release was in production before v1\.0"):
        project.rollback(**KIM)


def test_the_champion_promoted_again_changes_nothing(task: Path) -> None:
    first = Project(task).promote("v1.0", **KIM)
    again = Project(task).promote("v1.0", by="Ada", role="lead", reason="again")
    assert again == first and len(Project(task).log("stage")) == 1


def test_a_release_that_was_changed_is_not_promoted(task: Path) -> None:
    labels = task / "releases" / "v1.1" / "labels.json"
    labels.write_text(labels.read_text(encoding="utf-8").replace("refund", "refuse"))
    with pytest.raises(LedgerError, match=r"labels\.json"):
        Project(task).promote("v1.1", **KIM)
    assert Project(task).log("stage") == []


@pytest.mark.parametrize("wait", [True, False])
def test_of_two_who_promote_at_once_one_wins(task: Path, wait: bool) -> None:
    barrier, ends = threading.Barrier(2), list[str]()
    holder = Project(task)

    def decide(version: str) -> None:
        project = Project(task, wait=wait)
        barrier.wait()
        try:
            ends.append(project.promote(version, **KIM).version)
        except (TaskError, ProjectLocked) as error:
            ends.append(type(error).__name__)

    people = [threading.Thread(target=decide, args=(version,)) for version in ("v1.0", "v1.1")]
    with holder.writing("a test"):  # both have seen what was in production before either writes
        for one in people:
            one.start()
        time.sleep(0.3)
    for one in people:
        one.join()
    won = [end for end in ends if end.startswith("v")]
    assert len(won) == (1 if wait else 0), ends
    assert len(Project(task).log("stage")) == len(won)
    assert at(task).count("champion") == len(won)


def test_the_runbook_says_how_to_start_stop_and_roll_back(task: Path) -> None:
    page = (task / "releases" / "v1.1" / "RUNBOOK.md").read_text(encoding="utf-8")
    for words in (
        "rungwise serve --release v1.1",
        "rungwise release promote v1.1 --by NAME",
        "rungwise release rollback --by NAME",
        "people check 100 answers a week",
        "Alarms go to Kim Sato",
        "| alarm | what it means | first command |",
        "| missed week |",
        "| different requests |",
        "rungwise monitor acknowledge ALARM --by NAME",
    ):
        assert words in page
    facts = json.loads((task / "releases" / "v1.1" / "release.json").read_text(encoding="utf-8"))
    assert set(facts["pages"]) == {"README.md", "RUNBOOK.md"}


def test_stages_follow_from_decisions() -> None:
    def decided(*words: str) -> list[Promotion]:
        return [Promotion(w.strip("<"), w.startswith("<"), "Ada", "lead", "", "") for w in words]

    assert champion([]) is None
    assert champions(decided("v1.0", "v1.1", "v1.2", "<v1.1", "<v1.0")) == ["v1.0"]
    assert champions(decided("v1.0", "v1.1", "<v1.0", "v1.2")) == ["v1.0", "v1.2"]
    assert stages(["v1.0", "v1.1", "v1.2"], decided("v1.0", "v1.1", "<v1.0")) == {
        "v1.0": "champion",
        "v1.1": "retired",
        "v1.2": "candidate",
    }


@pytest.mark.parametrize(
    ("versions", "major", "version"),
    [
        ([], False, "v1.0"),
        ([], True, "v1.0"),
        (["v1.0"], False, "v1.1"),
        (["v1.0", "v1.1"], True, "v2.0"),
        (["v2.0", "v1.9"], False, "v2.1"),
        (["v1.10", "v1.9", "notes"], False, "v1.11"),
    ],
)
def test_versions(versions: list[str], major: bool, version: str) -> None:
    assert following(versions, major=major) == version


def test_a_new_base_task_or_label_is_a_new_major_version(task: Path) -> None:
    assert [one["version"] for one in Project(task).status()["releases"]] == ["v1.0", "v1.1"]
    goal = {"kind": "classify", "modality": "text", "metric": "accuracy", "target": 0.8}
    file = {"task": goal, "data": {"input": "text", "label": "label"}}
    before = basis("small@1f", file, ["access", "refund"])
    assert before == basis(
        "small@1f", file | {"task": goal | {"target": 0.9}}, ["refund", "access"]
    )
    assert before != basis("small@2e", file, ["access", "refund"])
    assert before != basis("small@1f", file, ["access", "refund", "delivery"])
    assert before != basis("small@1f", file | {"data": {"input": "body"}}, ["access", "refund"])
    assert before != basis(
        "small@1f", file | {"task": goal | {"metric": "macro_f1"}}, ["access", "refund"]
    )
