"""`monitor check`: one balance of evidence, an alarm when it is enough, and clear states."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.small_task import rows
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.decision_rule import DecisionRule
from rungwise.errors import InputError
from rungwise.monitoring.alarm_budget import balance
from rungwise.monitoring.quality_interval import QualityInterval
from rungwise.programme import Programme
from rungwise.release import reference
from rungwise.release.opened import opened
from rungwise.release.package import Package
from rungwise.sample import Requests
from rungwise.workflow.monitor_check import _shift
from rungwise.workflow.programmes import today
from rungwise.workflow.sampled import sampler
from rungwise.workflow.spot_checks import SpotEvidence
from rungwise.workflow.watched_scores import Watched

OWN = [text for text, _ in rows()]
FOREIGN = [f"El pájaro número {number} canta mañana según señor Ibáñez" for number in range(300)]


@pytest.fixture
def task(shipped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped, tmp_path / "task"))


def asked(task: Path, texts: list[str], week: int = 1) -> None:
    """Requests in a week of the programme, as the server would keep them."""
    project = Project(task)
    served = opened(task / "releases" / "v1.0")
    decided = served.decide(texts)
    writer = sampler(project._workspace)
    noon = datetime.combine(today() + timedelta(weeks=week - 1), datetime.min.time(), UTC)
    writer.add(
        Requests(
            version="v1.0",
            source="serve",
            texts=texts,
            answers=[served.classes[place] for place in decided.labels],
            sizes=served.sizes(texts),
            ids=[f"w{week}-{place}-{len(texts)}" for place in range(len(texts))],
            times=[noon + timedelta(seconds=place) for place in range(len(texts))],
            confidence=decided.confidence,
            probabilities=decided.probabilities,
            embeddings=decided.embeddings,
            classes=served.classes,
        )
    )
    writer.close()


def own(count: int, seed: int) -> list[str]:
    return [OWN[place] for place in np.random.default_rng(seed).integers(len(OWN), size=count)]


def on(week: int) -> date:
    """The last day of a week of the programme."""
    return today() + timedelta(days=7 * week - 1)


def run(task: Path, *arguments: str) -> Result:
    return CliRunner().invoke(application, ["monitor", "check", "-C", str(task), *arguments])


def test_stable_requests_raise_nothing_and_the_same_check_says_the_same(task: Path) -> None:
    for week in (1, 2):
        asked(task, own(100, week), week)
    first = run(task, "--on", str(on(2)))
    assert first.exit_code == 0, first.output
    assert "v1.0, week 2 of 13" in first.output
    assert " of 20, from " in first.output
    assert "No alarm." in first.output
    assert run(task, "--on", str(on(2))).output == first.output
    assert len(Project(task).log(kind="checked")) == 1  # nothing new is on record
    assert "alarm" not in {entry.kind for entry in Project(task).log()}


def test_foreign_requests_raise_one_alarm_with_examples_and_a_first_command(task: Path) -> None:
    asked(task, own(100, 1), 1)
    asked(task, own(60, 2) + FOREIGN[:100], 2)
    quiet = run(task, "--on", str(on(1)), "--json", "--fail")
    assert quiet.exit_code == 0
    assert json.loads(quiet.stdout)["alarm"] is False
    found = run(task, "--on", str(on(2)))
    assert found.exit_code == 0  # an alarm is no error
    assert "This is an alarm." in found.output
    assert "Alarm a1 of v1.0" in found.output
    assert "El pájaro" in found.output
    assert "First: `rungwise monitor draw" in found.output
    again = run(task, "--on", str(on(2)), "--fail")
    assert again.exit_code == 3
    assert "Alarm a1" not in again.output  # one notice an alarm
    # Replaying the log: the days before say what they said.
    replayed = json.loads(run(task, "--on", str(on(1)), "--json").stdout)
    assert replayed["evidence"] == json.loads(quiet.stdout)["evidence"]


def test_empty_weeks_one_row_constant_input_and_future_rows_are_clear_states(task: Path) -> None:
    assert "Week 1 has no requests." in run(task).output
    asked(task, own(1, 1), 1)
    assert "1 request in the sample" in run(task, "--on", str(on(1))).output
    asked(task, ["refund my desk"] * 150, 2)
    constant = run(task, "--on", str(on(2)))
    assert constant.exit_code == 0
    assert "This is an alarm." in constant.output
    assert "151 rows of the sample lie in the future" not in run(task, "--on", str(on(2))).output
    said = run(task).output
    assert "150 rows of the sample lie in the future, and count later" in said
    assert "Week 4 has no requests." in run(task, "--on", str(on(4))).output


def test_before_the_release_there_was_nothing_to_watch(task: Path) -> None:
    with pytest.raises(InputError, match="No release was in production on 2020-01-01"):
        Project(task).check_production(date(2020, 1, 1))


def test_the_next_programme_begins_anew(task: Path) -> None:
    asked(task, FOREIGN[:150], 1)
    assert Project(task).check_production(on(13)).checked.alarm
    fresh = Project(task).check_production(on(14))
    assert (fresh.checked.week, fresh.checked.rows, fresh.checked.alarm) == (1, 0, False)
    assert fresh.programme.number == 2


def test_a_release_without_a_reference_says_that_only_spot_checks_watch(
    task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(task, own(50, 1), 1)
    monkeypatch.setattr(reference, "read", lambda package: None)
    found = Project(task).check_production(on(1))
    assert dict(found.programme.shares) == {"spot checks": 1.0}
    assert found.checked.evidence == {}
    assert "only spot checks watch it" in found.said[-1]


def test_answers_that_came_without_confidence_or_embedding_are_watched_by_the_rest(
    task: Path,
) -> None:
    writer = sampler(Project(task)._workspace)
    texts = own(40, 3)
    writer.add(Requests("v1.0", "import", texts, ["refund"] * 40, [len(t) for t in texts]))
    writer.close()
    asked(task, own(40, 4), 1)
    found = Project(task).check_production(on(1))
    assert found.week.rows == 80
    assert found.week.sources == {"import": 40, "serve": 40}
    assert set(found.checked.evidence) == {"texts", "answers", "embeddings", "foreign rows"}


def test_the_release_keeps_what_its_held_out_rows_say_and_no_text(shipped: Path) -> None:
    kept = reference.read(Package(shipped / "releases" / "v1.0"))
    assert kept is not None
    held = kept.held_out
    assert held.right is not None
    assert held.right.mean() > 0.9
    assert held.unknown is not None
    assert held.unknown.max() < 0.2
    assert held.embeddings is not None
    assert kept.embeddings is not None
    assert held.distances == pytest.approx(
        reference.distances(held.embeddings, kept.embeddings, kept.neighbours)
    )
    assert max(kept.languages, key=lambda code: kept.languages[code]) == "en"


def test_a_version_that_was_never_shipped_cannot_be_watched(tmp_path: Path) -> None:
    from tests.small_task import GOAL, write

    data = write(tmp_path / "requests.csv", rows()[:60])
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    with pytest.raises(InputError, match="There is no release to watch"):
        project.check_production()


def test_labels_that_would_raise_the_alarm_alone_say_that_it_is_worse() -> None:
    shares = {"spot checks": 0.5, "foreign rows": 0.25}
    programme = Programme("v1.0", "2026-12-01", 1, 0.05, 0.77, 0.03, 100, 0, "Kim", shares)
    wide = SpotEvidence((), QualityInterval(0.72, 0.65, 0.80, 400, 0, 449.0), (), 5)
    told = {}
    for spots in (39.0, 41.0):
        evidence = {"spot checks": spots, "foreign rows": 1e9}
        reached = balance(evidence, shares, 0.05)
        assert reached.alarm and reached.detector == "foreign rows"
        told[spots] = _shift(programme, reached, evidence, None, wide, 5)
    assert told == {39.0: "unknown", 41.0: "harmful"}


def test_labels_from_before_the_change_do_not_say_that_it_is_harmless() -> None:
    shares = {"spot checks": 0.5, "foreign rows": 0.25}
    programme = Programme("v1.0", "2026-12-01", 1, 0.05, 0.77, 0.03, 100, 0, "Kim", shares)
    evidence = {"spot checks": 0.9, "foreign rows": 1e9}
    reached = balance(evidence, shares, 0.05)
    good = SpotEvidence((), QualityInterval(0.89, 0.80, 0.95, 400, 0, 447.0), (), 4)
    told = [_shift(programme, reached, evidence, None, good, newest) for newest in (4, 5)]
    assert told == ["harmless", "unknown"]


def test_held_out_answers_are_calibrated_once(shipped: Path) -> None:
    kept = reference.read(Package(shipped / "releases" / "v1.0"))
    assert kept is not None and kept.held_out.probabilities is not None
    sure = kept.held_out.probabilities.max(axis=1)
    watched = Watched(tuple(kept.shares), DecisionRule(temperature=0.4), kept)
    assert watched.held_out()["answers"]["confidence"] == pytest.approx(sure)
    judged = watched.judged()
    assert judged is not None and judged[0] == pytest.approx(sure)
