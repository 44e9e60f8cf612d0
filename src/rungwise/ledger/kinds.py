"""What an entry of each kind holds. A payload is `to_json` of its record, and its time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rungwise.alarm import AlarmEvent
from rungwise.attempt_forecast import Forecast
from rungwise.base_probe import Probe
from rungwise.data.curation.record import Curation
from rungwise.go_decision import Go
from rungwise.programme import CanaryAsked, Checked, Programme
from rungwise.records import (
    Evidence,
    FailureGroup,
    Finding,
    Measurement,
    Numbers,
    Override,
    ReleaseRecord,
    SplitRecord,
    TestResult,
    Unsealing,
    Verdict,
    from_json,
)
from rungwise.refreshed import Refreshed
from rungwise.spot_check import SpotDraw, SpotLabels
from rungwise.stages import Promotion


@dataclass(frozen=True, slots=True)
class TaskSet:
    """`rungwise.yaml` as it was read, and the facts of the goal's metric.

    `settings` were given with `--set` for the command that read it, and are part of `task`.
    """

    task: Mapping[str, Any]
    goal: Numbers
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audited:
    """One audit of one split; `read_sealed_inputs` says that it saw the test inputs.

    `production` is the sha256 of the production sample that it could see, `absent`
    where the file was not there, or "".
    """

    data: str
    audit: str
    findings: tuple[Finding, ...]
    read_sealed_inputs: bool
    production: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Decisions of people about rows of a split (R14, C5).

    Attributes:
        data: The split.
        source: Name of the file they were read from.
        decisions: Row id → `to_json` of a `rungwise.records.Decision`.
    """

    data: str
    source: str
    decisions: Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Rated:
    """Second labels of rows, by somebody who did not see the first (R14).

    Attributes:
        data: The split.
        source: Name of the file they were read from.
        ratings: Row id → `to_json` of a `rungwise.records.Rating`.
    """

    data: str
    source: str
    ratings: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Imported:
    """Predictions of a system in use today; `object` is the digest of the stored file."""

    name: str
    source: str
    object: str


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What the diagnoses read from one attempt; the first is its headline."""

    attempt: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """The wrong answers of one attempt, grouped (R32)."""

    attempt: str
    groups: tuple[FailureGroup, ...]


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """A judge compared with people on a sample that they labelled (R14).

    Attributes:
        definition: Digest of its model, rubric and scale.
        sample: Sha256 of the file that people have labelled.
        mode: What was judged: `scores` of single outputs, or `pairs`.
        model: Its name.
        kappa, low, high: Their agreement, with its interval; None where it is undefined.
        items: Rows of the sample with a verdict.
        left_out, retried: Rows without one; questions asked once more.
        same: Share of the rows whose two orders got the same verdict, or None.
        least: The kappa that was asked.
        trusted: Whether it is.
        reason: That, in one sentence.
        cost: Tokens, requests and money, as the server says.
    """

    definition: str
    sample: str
    mode: str
    model: str
    kappa: float | None
    low: float | None
    high: float | None
    items: int
    left_out: int
    retried: int
    same: float | None
    least: float
    trusted: bool
    reason: str
    cost: Numbers


@dataclass(frozen=True, slots=True)
class Remeasured:
    """An attempt by another metric; positive is better than the baseline, None for itself."""

    attempt: str
    rung: str
    value: Measurement
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Rescored:
    """Kept outputs by another metric (R65).

    Attributes:
        data: The split.
        metric: Its name.
        greater: Whether higher is better.
        definition: Digest of what the name does not say, or "".
        baseline: The attempt that the others are compared with, or "".
        untrusted: Why the numbers prove nothing, or "".
        attempts: One value an attempt.
        cost: Tokens, requests and money that it took to ask a judge; empty for any other metric.
    """

    data: str
    metric: str
    greater: bool
    definition: str
    baseline: str
    untrusted: str
    attempts: tuple[Remeasured, ...]
    cost: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A file of code that the task names was allowed to run, as it was then.

    Attributes:
        file: Its path below the task's folder.
        digest: Sha256 of its bytes, which are kept under it.
    """

    file: str
    digest: str


@dataclass(frozen=True, slots=True)
class MonitoringConfirmed:
    """Somebody in operations confirmed how a release is watched (R75, R78).

    Attributes:
        plan: The section `monitoring:` as it was then.
        name: Who did.
        time: ISO 8601 in UTC.
    """

    plan: Mapping[str, Any]
    name: str
    time: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rung that was not tried, and why."""

    data: str
    rung: str
    reason: str


@dataclass(frozen=True, slots=True)
class Budget:
    """How long the climb may go on to settle whether the target is reached (C8).

    Attributes:
        data: The split.
        attempt: The first attempt whose interval holds the target; "" where the task states the
            seconds and none did yet.
        spent: Seconds of all attempts until then.
        seconds: What the attempts after it may take together.
    """

    data: str
    attempt: str
    spent: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Selection:
    """Which attempt would be tested and shipped.

    Attributes:
        data: The split.
        among: Digest of the attempts it was selected from, with the target.
        attempt: Its id.
        reason: Why this one, after its name.
        numbers: The difference to the best attempt and its standard error, if that decided.
    """

    data: str
    among: str
    attempt: str
    reason: str
    numbers: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's verdict before a step; `subject` is what was judged (an attempt, a split)."""

    data: str
    step: str
    subject: str
    verdict: Verdict


Payload = (
    TaskSet
    | SplitRecord
    | Curation
    | Audited
    | Reviewed
    | Rated
    | Imported
    | Probe
    | Evidence
    | Diagnosed
    | Failures
    | JudgeRecord
    | Rescored
    | Trusted
    | Skipped
    | MonitoringConfirmed
    | Budget
    | Forecast
    | Selection
    | Judged
    | Override
    | Unsealing
    | TestResult
    | Go
    | ReleaseRecord
    | AlarmEvent
    | Programme
    | Checked
    | CanaryAsked
    | Promotion
    | SpotDraw
    | SpotLabels
    | Refreshed
)

KINDS: Mapping[str, type[Payload]] = {
    "task": TaskSet,
    "split": SplitRecord,
    "curation": Curation,
    "audit": Audited,
    "review": Reviewed,
    "ratings": Rated,
    "import": Imported,
    "probe": Probe,
    "attempt": Evidence,
    "diagnosis": Diagnosed,
    "failures": Failures,
    "judge": JudgeRecord,
    "rescore": Rescored,
    "trust": Trusted,
    "skipped": Skipped,
    "monitoring": MonitoringConfirmed,
    "budget": Budget,
    "forecast": Forecast,
    "selection": Selection,
    "verdict": Judged,
    "override": Override,
    "unsealing": Unsealing,
    "test": TestResult,
    "go": Go,
    "release": ReleaseRecord,
    "alarm": AlarmEvent,
    "programme": Programme,
    "checked": Checked,
    "canary": CanaryAsked,
    "stage": Promotion,
    "spot_draw": SpotDraw,
    "spot_labels": SpotLabels,
    "refreshed": Refreshed,
}


def record_of(kind: str, payload: Mapping[str, Any]) -> Payload:
    """Build the record that a payload was made from.

    Raises:
        KeyError: The kind is unknown.
        ValueError: The payload does not have the kind's shape; the message says what is wrong.
    """
    record = KINDS[kind]
    fields = {field.name for field in dataclasses.fields(record)}
    content = {key: value for key, value in payload.items() if key != "time" or key in fields}
    try:
        return from_json(record, content)
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise ValueError(f"not the shape of {record.__name__}: {error}") from error
