"""`monitor check`: what production says of the release that is in it (R73, R77).

The evidence of all detectors since the programme began, from the even part of the sample, is
weighed by shares that were fixed when it began. The same sample gives the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from rungwise.decision_rule import DecisionRule
from rungwise.monitoring.alarm_budget import CANARY, SPOT_CHECKS, Balance, balance
from rungwise.monitoring.quality_estimate import QualityEstimate, estimate_quality, kind_of_shift
from rungwise.monitoring.quality_interval import QualityInterval
from rungwise.monitoring.request_scores import input_evidence
from rungwise.objects import digest_json
from rungwise.programme import WEEKS, Checked, Programme
from rungwise.records import to_json
from rungwise.release import reference
from rungwise.release.package import Package
from rungwise.sample import Sample, opened
from rungwise.sample.request_rows import FOLDER
from rungwise.workflow.alarms import Example, Raised, raise_alarm, send_due
from rungwise.workflow.canary_questions import ask, asked_evidence
from rungwise.workflow.programmes import begun, programme_on, today
from rungwise.workflow.spot_checks import SpotEvidence, raise_missed, spot_evidence, wrong_examples
from rungwise.workflow.watched_scores import NO_REFERENCE, Watched, weeks_of
from rungwise.workflow.week_statistics import WeekStatistics, week_statistics
from rungwise.workflow.workspace import Workspace

DIFFER = "different requests"
"""Kind of the alarm of all detectors that read no labels."""
NEWEST = 100
"""Requests among which examples of an alarm are looked for."""
RECENT = 100
"""Rows that an estimate of quality takes together at least; of earlier weeks if one has fewer."""
DIFFERENT = {
    "harmful": "They are answered worse than was promised.",
    "harmless": "Different is not worse: quality is as promised.",
    "unknown": "Whether they are answered worse is not known: label some with "
    "`rungwise monitor draw`.",
}
FIRST = {"harmful": "rungwise refresh --plan", "harmless": "rungwise monitor check"}
"""Shift → the command that an alarm begins with; otherwise somebody labels requests."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        checked: As it is on record.
        programme: The 13 weeks.
        balance: The evidence of all detectors.
        week: Plain statistics of the newest week with requests.
        estimate: Quality of the newest requests without labels; None without labels to learn from.
        labelled: Quality by spot checks; None without any.
        missed: Weeks without spot checks.
        said: What is wrong with the sample, in sentences.
        raised: Alarms whose notice is due now.
    """

    checked: Checked
    programme: Programme
    balance: Balance
    week: WeekStatistics
    estimate: QualityEstimate | None
    labelled: QualityInterval | None
    missed: tuple[int, ...]
    said: tuple[str, ...]
    raised: tuple[Raised, ...]

    @property
    def as_json(self) -> dict[str, Any]:
        """JSON types, for machines."""
        return {
            **to_json(self.checked),
            "sentence": self.balance.sentence,
            "average": self.balance.average,
            "shares": dict(self.programme.shares),
            "promise": self.programme.promise,
            "drop": self.programme.drop,
            "statistics": to_json(self.week),
            "labelled": to_json(self.labelled) if self.labelled else None,
            "missed": list(self.missed),
            "faults": list(self.said),
        }


def check(workspace: Workspace, day: date | None = None) -> Report:
    """Weigh the evidence of a programme until a day, put it on record, and raise an alarm if due.

    Args:
        workspace: The task folder.
        day: The last day that counts, in UTC; today unless given.

    Raises:
        InputError: Nothing was in production on that day.
        LedgerError, ModelError: The release is not the one that was shipped.
    """
    now = day or today()
    programme = begun(workspace, now)
    sample = opened(
        workspace.hidden / FOLDER,
        start=programme.first_day,
        end=programme.first_day + timedelta(weeks=WEEKS),
        version=programme.version,
    )
    until = datetime.combine(now + timedelta(days=1), datetime.min.time(), UTC)
    read = sample.rows.filter(pl.col("time") < until)
    later = len(sample.rows) - len(read) if day is None else 0
    watched, unwatched = _watched(workspace, programme)
    number = programme.week(now)
    weeks = _weeks(read.filter("uniform"), programme, number)
    evidence = _evidence(watched, weeks, programme)
    due = now == today() and CANARY in programme.shares
    silent = ask(workspace, programme, now) if due else ""
    if CANARY in programme.shares:
        evidence |= asked_evidence(workspace, programme, number)
    spots = spot_evidence(workspace, programme, now)
    if spots.evidence and SPOT_CHECKS in programme.shares:
        evidence[SPOT_CHECKS] = spots.evidence[-1]
    reached = balance(evidence, programme.shares, programme.budget)
    recent = _recent(weeks)
    estimate = _estimate(watched, recent)
    newest = max((week for week, rows in enumerate(weeks, 1) if len(rows)), default=0)
    shift = _shift(programme, reached, evidence, estimate, spots, newest)
    checked = Checked(
        programme=programme.id,
        version=programme.version,
        week=number,
        day=now.isoformat(),
        evidence=evidence,
        balance=reached.evidence,
        needed=reached.needed,
        detector=reached.detector,
        alarm=reached.alarm,
        shift=shift,
        estimate=_numbers(estimate),
        rows=len(read),
        weeks=tuple(len(week) for week in weeks),
        read=digest_json([[str(cell) for cell in row] for row in read.select("time", "id").rows()]),
        unwatched=unwatched,
    )
    # A day before the newest check is a replay: it says what was said, and changes nothing.
    replayed = any(now.isoformat() < one.day for one in workspace.state.checks)
    raised: tuple[Raised, ...] = ()
    if not replayed:
        _record(workspace, checked)
        raised = raise_missed(workspace, now)
        if reached.alarm:
            raised += (_raise(workspace, checked, reached, watched, recent, now),)
        raised += send_due(workspace, now, {one.alarm.id for one in raised})
    return Report(
        checked,
        programme,
        reached,
        week_statistics(next((w for w in reversed(weeks) if len(w)), read.clear()), watched),
        estimate,
        spots.interval,
        spots.missed,
        (*_faults(sample, later), *unwatched, *filter(None, [silent])),
        raised,
    )


def _watched(workspace: Workspace, programme: Programme) -> tuple[Watched | None, tuple[str, ...]]:
    release = next(one for one in workspace.state.releases if one.version == programme.version)
    folder = workspace.folder / release.folder
    package = Package(folder, recorded=release.manifest, about=release.about)
    assert package.manifest is not None, "a release has a manifest"
    kept = reference.read(package)
    if kept is None:
        return None, (NO_REFERENCE,)
    rule = package.manifest.thresholds or DecisionRule()
    watched = Watched(package.manifest.classes, rule, kept)
    return watched, watched.unwatched


def _weeks(rows: pl.DataFrame, programme: Programme, until: int) -> list[pl.DataFrame]:
    days = (rows["time"].dt.date() - programme.first_day).dt.total_days()
    return weeks_of(rows, (days // 7 + 1).to_list(), until)


def _evidence(
    watched: Watched | None, weeks: list[pl.DataFrame], programme: Programme
) -> dict[str, float]:
    """Detector → highest evidence until now, of those that were fixed for the programme."""
    if watched is None or not any(len(week) for week in weeks):
        return {}
    held_out = {name: scores for name, scores in watched.held_out().items()
                if name in programme.shares and len(next(iter(scores.values())))}  # fmt: skip
    if not held_out:
        return {}
    scores = [watched.requests(week, held_out) for week in weeks]
    found = input_evidence(held_out, scores, programme.seed)
    return {name: float(values[-1]) for name, values in found.items() if name in programme.shares}


def _recent(weeks: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows of the newest week, and of earlier ones until there are `RECENT`."""
    taken: list[pl.DataFrame] = []
    for week in reversed(weeks):
        taken.insert(0, week)
        if sum(map(len, taken)) >= RECENT:
            break
    return pl.concat(taken)


def _estimate(watched: Watched | None, rows: pl.DataFrame) -> QualityEstimate | None:
    """Quality without labels; None if the release does not say which held-out rows are right."""
    judged = watched.judged() if watched is not None else None
    if watched is None or judged is None:
        return None
    return estimate_quality(judged, watched.sure_and_far(rows))


def _shift(
    programme: Programme,
    reached: Balance,
    evidence: Mapping[str, float],
    estimate: QualityEstimate | None,
    spots: SpotEvidence,
    newest: int,
) -> str:
    """Whether requests that differ are answered worse; labels say it better than an estimate.

    Spot checks that would raise the alarm alone say so, however much more evidence another
    detector has that requests differ. Good labels say nothing of requests that came after them:
    without one of the newest week with requests, it is left to the estimate.
    """
    if not reached.alarm:
        return ""
    if programme.shares.get(SPOT_CHECKS, 0.0) * evidence.get(SPOT_CHECKS, 0.0) >= reached.needed:
        return "harmful"
    if programme.promise is None:
        return "unknown"
    least, labelled = programme.promise - programme.drop, spots.interval
    if labelled is not None and labelled.high < least:
        return "harmful"
    if labelled is not None and spots.newest >= newest and labelled.low >= least:
        return "harmless"
    return kind_of_shift(estimate, least) if estimate is not None else "unknown"


def _numbers(estimate: QualityEstimate | None) -> dict[str, float | str | None]:
    if estimate is None:
        return {"unknown": "the release does not say which of its held-out answers are right"}
    if estimate.unknown:
        return {"unknown": estimate.unknown}
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _record(workspace: Workspace, checked: Checked) -> None:
    """Put a check on record, unless the last one of the programme was the same."""
    known = [one for one in workspace.state.checks if one.programme == checked.programme]
    same = known and replace(known[-1], day="") == replace(checked, day="")
    if not same:
        workspace.record("checked", to_json(checked))


def _raise(
    workspace: Workspace,
    checked: Checked,
    reached: Balance,
    watched: Watched | None,
    rows: pl.DataFrame,
    day: date,
) -> Raised:
    found = []
    if checked.detector == SPOT_CHECKS:
        found = wrong_examples(workspace, programme_on(workspace, day))
    return raise_alarm(
        workspace,
        SPOT_CHECKS if checked.detector == SPOT_CHECKS else DIFFER,
        f"{reached.sentence} {DIFFERENT[checked.shift]}",
        # What turns out to be worse is told again, once.
        subject=checked.programme + (", worse" if checked.shift == "harmful" else ""),
        version=checked.version,
        first=FIRST.get(checked.shift, "rungwise monitor draw"),
        examples=found or _examples(watched, rows, reached.detector),
        day=day,
    )


def _examples(watched: Watched | None, rows: pl.DataFrame, detector: str) -> list[Example]:
    """Requests that show it: of the newest, the farthest, or the least confident."""
    if watched is not None and detector != SPOT_CHECKS:
        vectors, fitting = watched.embeddings(rows)
        fitting, rows = fitting.tail(NEWEST), rows.tail(NEWEST)
        vectors = None if vectors is None else vectors[-NEWEST:]
        if vectors is not None and len(vectors):
            rows = fitting[np.argsort(-watched.distances(vectors), kind="stable").tolist()]
        else:
            rows = rows.sort("confidence", nulls_last=True, maintain_order=True)
    shown = rows.head(5).select("id", "text", "answer").rows()
    return [Example(name, text or "", answer) for name, text, answer in shown]


def _faults(sample: Sample, later: int) -> tuple[str, ...]:
    if not later:
        return sample.said
    rows = "1 row of the sample lies" if later == 1 else f"{later:,} rows of the sample lie"
    return (*sample.said, f"{rows} in the future, and count later: a clock was wrong.")
