"""What is in production is trained again with new rows, compared, and proposed if better (R75)."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.small_task import rows, write
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.errors import DataError, GateHolds, InputError, LedgerError, TaskError
from rungwise.evaluation.metrics import find
from rungwise.policy import Policy
from rungwise.programme import Checked
from rungwise.records import to_json
from rungwise.refreshed import Compared
from rungwise.table import Predictions
from rungwise.workflow.challenge import compared, labels_for
from rungwise.workflow.refresh_trigger import due

GOAL = "Route customer requests to one of three teams with at least 97 percent accuracy"
KIM = {"by": "Kim Sato", "role": "operations", "reason": "a new product"}
WORDS = ["--by", KIM["by"], "--role", KIM["role"], "--reason", KIM["reason"]]
QUICK = ("policy.personal_characters=0", "policy.resamples=200", "data.depth=fast")


def new_rows(noise: float) -> list[tuple[str, str]]:
    """Requests about a new product, which the champion takes for something else."""
    draw = random.Random(4)
    things = ("gold", "silver", "home", "office", "cloud", "mail", "storage", "backup", "voice")
    texts = {
        "access": "{} cancel my {} subscription of tariff {}",
        "refund": "{} the monthly invoice of {} tariff {} is wrong",
    }
    made = [
        (text.format(opening, thing, number), label)
        for label, text in texts.items()
        for opening in ("Hello", "Please")
        for thing in things
        for number in range(6)
    ]
    made = [(text, "delivery" if draw.random() < noise else label) for text, label in made]
    draw.shuffle(made)
    return made


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with v1.0 in production, and files of rows that may join it."""
    folder = tmp_path_factory.mktemp("refresh")
    made = rows()
    data = write(folder / "requests.csv", made[:220])
    project = Project.init(folder / "task", data=data, goal=GOAL, settings=QUICK)
    project.split()
    project.audit()
    project.climb(rungs=("majority", "linear"))
    result = project.test()
    project.go(**KIM, down_to=f"{(result.goal.low or 0) * 100:.1f}")
    project.ship(confirm_monitoring="Kim Sato")
    project.promote("v1.0", **KIM)
    write(folder / "task" / "new.csv", new_rows(0.0))
    write(folder / "task" / "noisy.csv", new_rows(0.02))
    write(folder / "task" / "wrong.csv", new_rows(0.08))
    write(folder / "task" / "alike.csv", made[220:320])
    yield folder / "task"


@pytest.fixture
def task(champion: Path, tmp_path: Path) -> Path:
    shutil.copy(champion.parent / "requests.csv", tmp_path / "requests.csv")
    return Path(shutil.copytree(champion, tmp_path / "task"))


def command(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(application, [words[0], "-C", str(folder), *words[1:]])


def at(task: Path) -> dict[str, str]:
    return {one["version"]: one["stage"] for one in Project(task).status()["releases"]}


def test_the_plan_says_what_a_proposal_needs_and_trains_nothing(task: Path) -> None:
    told = command(task, "refresh", "--plan").output
    # 3 points with 15 % disagreement: ((1.645·√.15 + 1.036·√(.15 - .03²)) / .03)² = 1,196
    assert "no refresh is due" in told and "about 1,196 fresh test rows" in told
    assert f'Next: rungwise refresh -C {task} FILE --because "…"' in told
    assert [len(Project(task).log(kind)) for kind in ("split", "refreshed")] == [1, 0]


def test_without_a_trigger_a_reason_or_a_row_nothing_is_trained(task: Path) -> None:
    project = Project(task)
    with pytest.raises(GateHolds, match=r"No refresh of v1\.0 is due.*--because"):
        project.refresh(task / "new.csv")
    with pytest.raises(GateHolds, match=r"No labelled row has joined since v1\.0.*refresh FILE"):
        project.refresh(because="a new product")
    with pytest.raises(DataError, match="There is no file"):
        project.refresh(task / "absent.csv", because="a new product")
    assert len(project.log("split")) == 1


def test_a_better_challenger_is_a_candidate_and_rolled_back_by_one_command(task: Path) -> None:
    result = command(task, "refresh", str(task / "noisy.csv"), "--because", "a new product")
    assert result.exit_code == 0, f"{result.output} {result.exception}"
    assert "better beyond noise" in result.output
    assert at(task) == {"v1.0": "champion", "v1.1": "candidate"}
    (entry,) = Project(task).log("refreshed")
    told = entry.payload
    assert (told["champion"], told["version"], told["trigger"]) == ("v1.0", "v1.1", "request")
    assert told["compared"]["won"] > told["compared"]["lost"]
    assert told["compared"]["rows"] == Project(task).status()["splits"]["test"]
    before, now = (entry.payload for entry in Project(task).log("split"))
    assert now["quarantined"]["tested on before"] == before["rows"]["test"], "it stays closed"

    # Asked again, it is on record: no row is looked at a second time.
    again = command(task, "refresh", str(task / "noisy.csv"), "--because", "once more")
    assert again.exit_code == 0 and len(Project(task).log("refreshed")) == 1
    assert len(Project(task).log("unsealing")) == 2

    # Its test holds the target in its interval: the promotion asks for what `ship` asks.
    held = command(task, "release", "promote", "v1.1", *WORDS)
    assert isinstance(held.exception, GateHolds) and held.exception.exit_code == 3
    goal = Project(task).status()["test"]["goal"]
    assert goal["low"] < 0.97 < goal["high"]
    assert f"rungwise release -C {task} promote v1.1 --go --down-to LOW" in str(held.exception)
    assert at(task)["v1.1"] == "candidate"
    wrong = command(task, "release", "promote", "v1.1", "--go", "--down-to", "12.3", *WORDS)
    assert isinstance(wrong.exception, TaskError) and at(task)["v1.1"] == "candidate"
    low = f"{goal['low'] * 100:.1f}"
    done = command(task, "release", "promote", "v1.1", "--go", "--down-to", low, *WORDS)
    assert done.exit_code == 0, f"{done.output} {done.exception}"
    assert at(task) == {"v1.0": "retired", "v1.1": "champion"}
    assert command(task, "release", "rollback", *WORDS).exit_code == 0
    assert at(task) == {"v1.0": "champion", "v1.1": "retired"}


def test_a_refresh_below_target_is_promoted_by_a_named_override_alone(task: Path) -> None:
    project = Project(task)
    made = project.refresh(task / "wrong.csv", because="a new product")
    assert made.version == "v1.1", "better than what is in production, though below target"
    with pytest.raises(GateHolds, match=r"release promote v1\.1 --override test_confirms"):
        project.promote("v1.1", **KIM)
    assert project.promote("v1.1", **KIM, override=("test_confirms",)).version == "v1.1"


def test_auto_promotes_a_confirmed_refresh_on_record(task: Path) -> None:
    (task / "rungwise.yaml").write_text(
        (task / "rungwise.yaml")
        .read_text(encoding="utf-8")
        .replace("policy:\n", "policy:\n  refresh: {promote: auto}\n")
        .replace("target: 0.97", "target: 0.8"),
        encoding="utf-8",
    )
    result = command(task, "refresh", str(task / "new.csv"), "--because", "a new product")
    assert result.exit_code == 0, f"{result.output} {result.exception}"
    assert "v1.1 is in production, by `policy.refresh.promote: auto`" in result.output
    last = Project(task).production_history()[-1].decision
    assert (last.version, last.name, last.automatic) == ("v1.1", "Kim Sato", True)
    assert "a new product" in last.reason


def test_a_challenger_that_is_no_better_is_not_packaged(task: Path) -> None:
    result = command(task, "refresh", str(task / "alike.csv"), "--because", "a quarter has passed")
    assert result.exit_code == 0, f"{result.output} {result.exception}"
    assert (
        "not better beyond noise" in result.output and "v1.0 stays in production" in result.output
    )
    assert at(task) == {"v1.0": "champion"}
    (entry,) = Project(task).log("refreshed")
    assert (entry.payload["outcome"], entry.payload["version"]) == ("no better", "")


def checked(task: Path, **changes: Any) -> None:
    day = datetime.now(UTC).date().isoformat()
    facts: dict[str, Any] = {
        "programme": f"v1.0 from {day}", "version": "v1.0", "week": 1, "day": day,
        "evidence": {}, "balance": 22.0, "needed": 20.0, "detector": "foreign rows",
        "alarm": True, "shift": "harmful",
    }  # fmt: skip
    Project(task)._workspace.record("checked", to_json(Checked(**facts | changes)))


@pytest.mark.parametrize(
    ("changes", "trigger"),
    [
        ({}, "drift"),
        ({"shift": "harmless"}, None),
        ({"shift": "unknown"}, None),
        ({"alarm": False}, None),
        ({"detector": "spot checks", "shift": ""}, "quality"),
        ({"version": "v0.9"}, None),
    ],
)
def test_only_worse_answers_make_a_refresh_due(
    task: Path, changes: dict[str, Any], trigger: str | None
) -> None:
    checked(task, **changes)
    found = due(Project(task)._workspace, datetime.now(UTC).date())
    assert (found.trigger if found else None) == trigger


def test_the_calendar_makes_it_due_after_the_weeks_of_the_plan(task: Path) -> None:
    today, workspace = datetime.now(UTC).date(), Project(task)._workspace

    def after(days: int) -> str | None:
        found = due(workspace, today + timedelta(days=days))
        return found.trigger if found else None

    assert [after(days) for days in (0, 90, 91)] == [None, None, "calendar"]
    with pytest.raises(InputError, match="No release was in production on 2020"):
        due(workspace, date(2020, 1, 1))


def said(ids: list[str], labels: list[str]) -> Predictions:
    return Predictions(pl.Series(ids), pl.Series(labels), None, ())


def judged(
    right: list[str], old: list[str], new: list[str], weight: list[float] | None
) -> Compared:
    ids = [str(place) for place in range(len(right))]
    weights = None if weight is None else np.array(weight)
    return compared(
        find("accuracy", ("a", "b")), pl.Series(right), said(ids, old), said(ids, new), weights,
        Policy(resamples=200),
    )  # fmt: skip


def test_rows_count_by_the_probability_of_their_draw() -> None:
    # 40 rows: the challenger wins the 12 that the champion doubts, and loses 6 of the others.
    right = ["a"] * 40
    old = ["b"] * 12 + ["a"] * 28
    new = ["a"] * 12 + ["b"] * 6 + ["a"] * 22
    alike = judged(right, old, new, None)
    assert (alike.won, alike.lost, alike.rows) == (12, 6, 40)
    assert alike.gain == pytest.approx(6 / 40)
    # Drawn eight times as often, these 12 stand for few requests: then it is worse.
    drawn = judged(right, old, new, [0.125] * 12 + [1.0] * 28)
    assert drawn.weighted and drawn.gain == pytest.approx((12 * 0.125 - 6) / (12 * 0.125 + 28))
    assert not drawn.better


def test_more_labels_show_less_gain() -> None:
    assert labels_for(0.05) < labels_for(0.03) < labels_for(0.02)
    assert judged(["a"] * 60, ["b"] * 20 + ["a"] * 40, ["a"] * 60, None).better


def test_weights_of_a_file_are_positive_numbers(task: Path) -> None:
    path = task / "weighted.csv"
    lines = (task / "new.csv").read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([f"{lines[0]},weight", *(f"{line},-1" for line in lines[1:])]), encoding="utf-8"
    )
    with pytest.raises(DataError, match="has the weight '-1'"):
        Project(task).refresh(path, because="a new product")
    assert len(Project(task).log("split")) == 1, "it is read before it joins"


def test_json(task: Path) -> None:
    told = json.loads(command(task, "refresh", "--plan", "--json").output)
    assert (told["champion"], told["due"], told["there"]) == ("v1.0", None, None)


def test_labels_of_spot_checks_join_by_themselves_and_weigh_what_they_stand_for(
    task: Path,
) -> None:
    project = Project(task)
    texts = dict(new_rows(0.0))
    asked = {f"{text} ann.lee@example.org": label for text, label in texts.items()}
    asking = pl.DataFrame({"id": [f"q{n}" for n in range(len(asked))], "text": list(asked)})
    asking.write_csv(task / "asked.csv")
    project.predict(task / "asked.csv", output=task / "answers.csv")
    later = datetime.now(UTC).date() + timedelta(days=7)
    drawn = project.draw_spot_check(day=later)
    rows = pl.read_csv(drawn.path, infer_schema=False)
    assert rows["input"].str.contains("<EMAIL>").all()
    plain = rows["input"].str.replace(" <EMAIL>", "", literal=True)
    label = pl.Series("label", [texts[text] for text in plain])
    rows.with_columns(label, by=pl.lit("Ada")).write_csv(drawn.path)
    project.read_spot_labels(drawn.path, day=later)
    assert project.refresh_plan().labelled == drawn.rows == 100

    told = command(task, "refresh", "--because", "a new product")
    assert told.exit_code == 0, f"{told.output} {told.exception}"
    (entry,) = project.log("refreshed")
    assert entry.payload["compared"]["weighted"] and entry.payload["redacted"] == 100
    assert f"In {100} rows that joined, personal values are redacted" in told.output
    kept = pl.read_csv(task / "spot-labels-1.csv")
    assert kept.columns == ["text", "label", "request", "weight"]
    assert Project(task).refresh_plan().labelled == 0, "each label joins once"


def test_a_champion_that_was_changed_is_found_before_a_row_joins(task: Path) -> None:
    labels = task / "releases" / "v1.0" / "labels.json"
    labels.write_text(labels.read_text(encoding="utf-8").replace("refund", "refuse"))
    with pytest.raises(LedgerError, match=r"labels\.json"):
        Project(task).refresh(task / "new.csv", because="a new product")
    assert len(Project(task).log("split")) == 1
