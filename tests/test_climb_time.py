"""What a climb says, and does, when no time is left to settle the target (C8)."""

from __future__ import annotations

from pathlib import Path

from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application

HARD = GOAL.replace("80", "88")
QUICK = (
    "training.epochs=1",
    "policy.learning_rates=1",
    "training.learning_rates=[0.0001]",
    "policy.settle_seconds=0",
)


def noisy(count: int) -> list[tuple[str, str]]:
    """Rows of which every seventh has a wrong label, so that 88 percent lies in every interval."""
    return [
        (text, "refund" if place % 7 == 0 else label)
        for place, (text, label) in enumerate(rows()[:count])
    ]


def test_without_time_the_cheap_rungs_are_measured_and_each_rung_is_spoken_of_once(
    tmp_path: Path, encoder: str
) -> None:
    data = write(tmp_path / "requests.csv", noisy(120))
    project = Project.init(
        tmp_path / "task", data=data, goal=HARD, models=[encoder], settings=QUICK
    )
    said = CliRunner().invoke(application, ["run", "-C", str(project.folder)]).output
    view = Project(project.folder).status()
    tried = {one["rung"] for one in view["attempts"]}
    assert tried == {"majority", "zero_shot", "nearest", "linear", "frozen"}
    late = [line for line in said.splitlines() if "The time to settle is used up" in line]
    assert [line.split()[0] for line in late] == ["unfreeze", "lora"]
    assert "Gate tuning_earned" not in said, "nothing cheaper is owed"
    assert "is measured on the validation rows alone" not in said, "it is not measured at all"
    assert "The climb ended because the time to settle it is used up." in said
    again = CliRunner().invoke(application, ["run", "-C", str(project.folder)]).output
    assert "Trying" not in again
    kinds = [entry.kind for entry in project.log(kind="budget")]
    assert kinds == ["budget"]
