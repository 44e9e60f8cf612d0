"""Audits in their two stages, as a run puts them; and a production sample that changes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, write

from rungwise import Project, plugins
from rungwise.errors import DataError, GateHolds, ModelError
from rungwise.progress import Silent

STAGES = {name: one.stage for name, one in plugins.load_all("audits").items()}
STRUCTURE = {name for name, stage in STAGES.items() if stage == "structure"}


class Said(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)


def made(folder: Path, **settings: str) -> tuple[Project, Said]:
    data, said = write(folder / "requests.csv"), Said()
    Project.init(folder / "task", data=data, goal=GOAL)
    given = tuple(f"{key.replace('__', '.')}={value}" for key, value in settings.items())
    return Project(folder / "task", settings=given, progress=said), said


def audited(project: Project) -> list[str]:
    return [str(entry.payload["audit"]) for entry in project.log("audit")]


def test_by_hand_what_waits_for_the_baseline_is_said_and_asked_later(tmp_path: Path) -> None:
    project, said = made(tmp_path, models="[./no-model]")
    project.split()
    project.audit()
    assert set(audited(project)) == STRUCTURE
    (waiting,) = (one for one in said.lines if one.startswith("Waiting for the failures of"))
    assert "failure_modes" in waiting
    project.audit()
    assert len(audited(project)) == len(STRUCTURE), "nothing is asked twice"
    project.climb(rungs=["majority"])
    found = {finding.code for finding in project.audit()}
    assert sorted(audited(project)) == sorted(STAGES)
    assert {"failure_modes.covered", "representative.unknown"} <= found


def test_tuning_is_held_until_the_content_is_audited(tmp_path: Path) -> None:
    project, _ = made(tmp_path)
    project.split()
    project.audit()
    project.climb(rungs=["majority"])
    with pytest.raises(GateHolds, match="data_audited"):
        project.climb(rungs=["unfreeze"])


def test_a_new_production_sample_puts_the_questions_of_content_again(tmp_path: Path) -> None:
    texts = pl.DataFrame({"text": ["where is order 7", "верните деньги"] * 60})
    texts.write_csv(tmp_path / "asked.csv")
    project, _ = made(tmp_path, data__production="../asked.csv", models="[./no-model]")
    split = project.split()
    project.audit()
    project.climb(rungs=["majority"])
    codes = {finding.code for finding in project.audit()}
    assert {"language.unseen", "representative.unmeasured", "representative.few"} <= codes
    before = len(audited(project))
    project.audit()
    assert len(audited(project)) == before
    texts.head(1).write_csv(tmp_path / "asked.csv")
    Project(project.folder, settings=project._workspace.settings).audit()
    again = audited(project)[before:]
    assert sorted(again) == sorted(set(STAGES) - STRUCTURE)
    assert project.split().id == split.id, "the sample decides no row's part"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text\n", "no rows"),
        ("text\n \n", "no usable row|no rows"),
        (None, "There is no file"),
    ],
)
def test_a_sample_that_cannot_be_used_is_refused_before_anything_is_written(
    tmp_path: Path, content: str | None, said: str
) -> None:
    asked = tmp_path / "asked.csv"
    if content is not None:
        asked.write_text(content, encoding="utf-8")
    project, _ = made(tmp_path, data__production="../asked.csv")
    told = rf"The production sample.*({said}).*`data\.production`"
    with pytest.raises(DataError, match=told):
        project.check()
    data, named = tmp_path / "requests.csv", ("data.production=../asked.csv",)
    with pytest.raises(DataError, match=told):
        Project.init(tmp_path / "other", data=data, goal=GOAL, settings=named)
    assert not (tmp_path / "other").exists()


def test_a_sample_that_is_gone_stops_no_other_audit_and_is_read_once_it_is_there(
    tmp_path: Path,
) -> None:
    project, _ = made(tmp_path, data__production="../asked.csv", models="[./no-model]")
    project.split()
    project.audit()
    project.climb(rungs=["majority"])
    found = {finding.code: finding for finding in project.audit()}
    assert sorted(set(audited(project))) == sorted(STAGES)
    assert found["representative.unreadable"].severity == "warn"
    assert "There is no file" in found["representative.unreadable"].title

    (tmp_path / "asked.csv").write_text("text\nwhere is order 7\n", encoding="utf-8")
    again = Project(project.folder, settings=project._workspace.settings)
    with pytest.raises(ModelError, match="no-model"):
        again.check()
    codes = {finding.code for finding in again.audit()}
    assert "representative.few" in codes and "representative.unreadable" not in codes
