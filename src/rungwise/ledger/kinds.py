"""What an entry of each kind holds. A payload is `to_json` of its record, and its time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.data.curation.record import Curation
from rungwise.records import (
    Evidence,
    FailureGroup,
    Finding,
    Numbers,
    Override,
    ReleaseRecord,
    SplitRecord,
    TestResult,
    Unsealing,
    Verdict,
    from_json,
)


@dataclass(frozen=True, slots=True)
class TaskSet:
    """`rungwise.yaml` as it was read, and the facts of the goal's metric."""

    task: Mapping[str, Any]
    goal: Numbers


@dataclass(frozen=True, slots=True)
class Audited:
    """One audit of one split; `read_sealed_inputs` says that it saw the test inputs.

    `production` is the sha256 of the production sample that it could see, or "".
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
class Skipped:
    """A rung that was not tried, and why."""

    data: str
    rung: str
    reason: str


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
    | Imported
    | Evidence
    | Diagnosed
    | Failures
    | Skipped
    | Judged
    | Override
    | Unsealing
    | TestResult
    | ReleaseRecord
)

KINDS: Mapping[str, type[Payload]] = {
    "task": TaskSet,
    "split": SplitRecord,
    "curation": Curation,
    "audit": Audited,
    "review": Reviewed,
    "import": Imported,
    "attempt": Evidence,
    "diagnosis": Diagnosed,
    "failures": Failures,
    "skipped": Skipped,
    "verdict": Judged,
    "override": Override,
    "unsealing": Unsealing,
    "test": TestResult,
    "release": ReleaseRecord,
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
