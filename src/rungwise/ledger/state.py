"""What is in force now: a pure fold over the entries."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rungwise.alarm import Alarm, AlarmEvent, alarms
from rungwise.attempt_forecast import Forecast
from rungwise.base_probe import Probe
from rungwise.data.curation.record import Curation
from rungwise.errors import LedgerError
from rungwise.go_decision import Go
from rungwise.ledger.bases import Basis, bases
from rungwise.ledger.entry import Entry
from rungwise.ledger.kinds import (
    KINDS,
    Audited,
    Budget,
    Diagnosed,
    Failures,
    Imported,
    Judged,
    JudgeRecord,
    MonitoringConfirmed,
    Payload,
    Rated,
    Rescored,
    Reviewed,
    Selection,
    Skipped,
    TaskSet,
    Trusted,
    record_of,
)
from rungwise.programme import CanaryAsked, Checked, Programme
from rungwise.records import (
    Decision,
    Evidence,
    FailureGroup,
    Finding,
    Numbers,
    Override,
    Rating,
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

SHARES = "shares_sealed_rows_with"
"""Among a split's numbers: ids of earlier splits in whose opened test parts its rows stand."""
APART = "apart_from"
"""Among a split's numbers: ids of earlier splits that share none of its sealed rows, as it was
looked for: its test part was cut from rows that joined later."""


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger says today; everything is in the order it was written.

    What was measured on another split is on record, but not in force: it is left out here,
    and comes back when that split does.

    Attributes:
        task: The newest `rungwise.yaml`, as JSON.
        goal: The facts of its metric.
        settings: Keys of the task that `--set` gave to the command that read it.
        split: The newest split, as it stands after the newest curation of it.
        curation: That curation, or None where the rows are as they were divided.
        audits: Names of the audits that have run on this split.
        findings: What the newest run of each found.
        production: Audit → digest of the production sample that its newest run could see, or "".
        reviews: Row id → the newest decision of a person about it, on this split or any curation
            of it.
        ratings: Row id → its newest second label, on this split or any curation of it.
        imports: Name → digest of the newest predictions of a system in use today.
        probes: Base model → what it said right of a few rows of this split.
        attempts: Evidence measured on this split, each attempt once.
        refits: Attempts of it that were trained once more on train and validation, for the test.
        diagnoses: Attempt id → findings about it, for `attempts`.
        failures: Attempt id → its grouped wrong answers, for `attempts`.
        judges: Every comparison of a judge with people, oldest first.
        rescored: Other metrics of kept outputs of this split, oldest first.
        trusted: Files of code that were ever allowed to run, each with its sha256 then.
        skipped: Rung → why it was not tried, unless it was tried later.
        forecasts: Attempt id → how long it was expected to take.
        budget: How long the climb may go on to settle the target; None while that is not fixed.
        selection: Which attempt was selected last, and among which; None before any was.
        verdicts: Gate → its newest verdict on this split, or on the task alone.
        overrides: Every override ever written (R4).
        unsealings: Looks at this split's test part.
        tests: What those looks said.
        looks: Looks at these sealed rows through any split: dividing the same file anew, with
            another seed or after an edit, does not make rows unseen that were seen (C7).
        goes: Every go decision ever written (C9).
        monitoring: The last confirmation of a monitoring plan (R75, R78), or None.
        releases: Everything that was ever shipped.
        alarms: Every alarm ever raised, as it stands (R77).
        programmes: Every 13 weeks of monitoring that were begun (R73).
        checks: What every `monitor check` found.
        canaries: Every time that canary questions were asked of an endpoint.
        bases: Version → what that release was made of.
        promotions: What was ever put into production, and by whom (R72).
        spot_draws: Every weekly draw of requests to label, oldest first (R74).
        spot_labels: Every file of labels that came back, oldest first.
        refreshes: Every refresh that ended with a comparison (R75).
        target_when_seen: The goal's target when these sealed rows were first looked at; None
            before any look. A target that is chosen afterwards is not confirmed by them.
    """

    task: Mapping[str, Any] | None = None
    goal: Numbers | None = None
    settings: tuple[str, ...] = ()
    split: SplitRecord | None = None
    curation: Curation | None = None
    audits: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    production: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[str, Decision] = field(default_factory=dict)
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    attempts: tuple[Evidence, ...] = ()
    refits: tuple[Evidence, ...] = ()
    diagnoses: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    failures: Mapping[str, tuple[FailureGroup, ...]] = field(default_factory=dict)
    judges: tuple[JudgeRecord, ...] = ()
    rescored: tuple[Rescored, ...] = ()
    trusted: frozenset[tuple[str, str]] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    budget: Budget | None = None
    selection: Selection | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    unsealings: tuple[Unsealing, ...] = ()
    tests: tuple[TestResult, ...] = ()
    looks: tuple[Unsealing, ...] = ()
    goes: tuple[Go, ...] = ()
    monitoring: MonitoringConfirmed | None = None
    releases: tuple[ReleaseRecord, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    programmes: tuple[Programme, ...] = ()
    checks: tuple[Checked, ...] = ()
    canaries: tuple[CanaryAsked, ...] = ()
    bases: Mapping[str, Basis] = field(default_factory=dict)
    promotions: tuple[Promotion, ...] = ()
    spot_draws: tuple[SpotDraw, ...] = ()
    spot_labels: tuple[SpotLabels, ...] = ()
    refreshes: tuple[Refreshed, ...] = ()
    target_when_seen: float | None = None

    @property
    def test(self) -> TestResult | None:
        """What the newest look at the test part said."""
        return self.tests[-1] if self.tests else None

    def refit(self, attempt: str) -> Evidence | None:
        """What was made of an attempt by training it once more for the test, if that was done."""
        return next((one for one in self.refits if one.refit_of == attempt), None)


def derive(entries: Sequence[Entry], version: str | None = None) -> State:
    """Fold the entries, oldest first, into what is in force now.

    Args:
        entries: Oldest first.
        version: Id of a data version of the newest split that is taken to be in force instead
            of the newest.

    Raises:
        LedgerError: An entry has an unknown kind (a newer version wrote it) or a payload of
            another shape; the message names the entry.
    """
    written = [_record(entry) for entry in entries]
    splits = [record for record in written if isinstance(record, SplitRecord)]
    curation = _in_force(written, splits[-1], version) if splits else None
    divided = splits[-1] if splits else None
    split = curation.of(divided) if curation and divided else divided
    data = split.id if split else ""
    task = next((r for r in reversed(written) if isinstance(r, TaskSet)), None)
    audits = _still_answered(written, data)
    fitted = _first_of_each(
        record for record in written if isinstance(record, Evidence) and record.data == data
    )
    attempts = {name: one for name, one in fitted.items() if not one.refit_of}
    unsealings = [record for record in written if isinstance(record, Unsealing)]
    seen = {one.id for one in splits if split is not None and _may_share_sealed_rows(one, split)}
    sealed = split.division if split else ""
    versions = {sealed} | {r.id for r in written if isinstance(r, Curation) and r.split == sealed}
    return State(
        task=task.task if task else None,
        goal=task.goal if task else None,
        settings=task.settings if task else (),
        split=split,
        curation=curation,
        audits=frozenset(audits),
        findings=tuple(finding for audit in audits.values() for finding in audit.findings),
        production={name: audit.production for name, audit in audits.items()},
        reviews={
            row: from_json(Decision, decision)
            for r in written
            if isinstance(r, Reviewed) and r.data in versions
            for row, decision in r.decisions.items()
        },
        ratings={
            row: from_json(Rating, rating)
            for r in written
            if isinstance(r, Rated) and r.data in versions
            for row, rating in r.ratings.items()
        },
        imports={r.name: r.object for r in written if isinstance(r, Imported)},
        probes={r.model: r for r in written if isinstance(r, Probe) and r.data == data},
        attempts=tuple(attempts.values()),
        refits=tuple(one for one in fitted.values() if one.refit_of),
        diagnoses={
            r.attempt: r.findings
            for r in written
            if isinstance(r, Diagnosed) and r.attempt in attempts
        },
        failures={
            r.attempt: r.groups
            for r in written
            if isinstance(r, Failures) and r.attempt in attempts
        },
        judges=tuple(r for r in written if isinstance(r, JudgeRecord)),
        rescored=tuple(r for r in written if isinstance(r, Rescored) and r.data == data),
        trusted=frozenset((r.file, r.digest) for r in written if isinstance(r, Trusted)),
        skipped=_still_skipped(written, data),
        forecasts={one.attempt: one for one in written if isinstance(one, Forecast)},
        budget=_budget(written, data),
        selection=next(
            (r for r in reversed(written) if isinstance(r, Selection) and r.data == data), None
        ),
        verdicts={
            r.verdict.code: r.verdict
            for r in written
            if isinstance(r, Judged) and r.data in ("", data)
        },
        overrides=tuple(r for r in written if isinstance(r, Override)),
        unsealings=tuple(r for r in unsealings if r.data == sealed),
        tests=tuple(
            r
            for r in written
            if isinstance(r, TestResult)
            and r.data == sealed
            and (sealed == data or r.attempt in attempts)
        ),
        looks=tuple(r for r in unsealings if r.data in seen),
        goes=tuple(r for r in written if isinstance(r, Go)),
        monitoring=next((r for r in reversed(written) if isinstance(r, MonitoringConfirmed)), None),
        releases=tuple(r for r in written if isinstance(r, ReleaseRecord)),
        alarms=alarms(r for r in written if isinstance(r, AlarmEvent)),
        programmes=tuple(r for r in written if isinstance(r, Programme)),
        checks=tuple(r for r in written if isinstance(r, Checked)),
        canaries=tuple(r for r in written if isinstance(r, CanaryAsked)),
        bases=bases(written),
        promotions=tuple(r for r in written if isinstance(r, Promotion)),
        spot_draws=tuple(r for r in written if isinstance(r, SpotDraw)),
        spot_labels=tuple(r for r in written if isinstance(r, SpotLabels)),
        refreshes=tuple(r for r in written if isinstance(r, Refreshed)),
        target_when_seen=_target_when_seen(written, seen),
    )


def _in_force(
    written: Iterable[Payload], split: SplitRecord, version: str | None
) -> Curation | None:
    """The newest curation of a split, or the one of a version; None where all is taken back."""
    made = [r for r in written if isinstance(r, Curation) and r.split == split.id]
    if version is not None:
        made = [one for one in made if one.id == version]
    return made[-1] if made and made[-1].chain else None


def _still_answered(written: Iterable[Payload], data: str) -> dict[str, Audited]:
    """The newest answer of each audit; where the task says otherwise of its data now, it is owed.

    Most changes of that section divide the rows anew. A licence that is named later does not, and
    still has to reach the audit that asks for it.
    """
    found: dict[str, tuple[Any, Audited]] = {}
    said: Any = None
    for record in written:
        if isinstance(record, TaskSet):
            said = [record.task.get(section) for section in ("data", "policy")]
        elif isinstance(record, Audited) and record.data == data:
            found[record.audit] = (said, record)
    return {name: record for name, (then, record) in found.items() if then == said}


def _budget(written: Iterable[Payload], data: str) -> Budget | None:
    """The first budget for the target in force: another target is another question to settle."""
    found: Budget | None = None
    target: Any = None
    for record in written:
        if isinstance(record, TaskSet):
            now = [record.task.get("task", {}).get(key) for key in ("metric", "target")]
            found = found if now == target else None
            target = now
        elif isinstance(record, Budget) and record.data == data and found is None:
            found = record
    return found


def _target_when_seen(written: Iterable[Payload], splits: Container[str]) -> float | None:
    target: float | None = None
    for record in written:
        if isinstance(record, TaskSet):
            target = record.task.get("task", {}).get("target")
        elif isinstance(record, Unsealing) and record.data in splits:
            return target
    return None


def _may_share_sealed_rows(one: SplitRecord, other: SplitRecord) -> bool:
    """Whether a look at one split's test part may have shown rows of the other's.

    The split itself says so, where rows were found in both; or both were taken from one file, by
    its path or by its content: another seed leaves most of what was seen in place.
    """
    if one.id in other.numbers.get(APART, ()):
        return False
    path, content = _sealed_from(one)
    other_path, other_content = _sealed_from(other)
    return (
        one.test_expected == other.test_expected
        or one.id in other.numbers.get(SHARES, ())
        or path == other_path
        or (content is not None and content == other_content)
    )


def _sealed_from(split: SplitRecord) -> tuple[str, str | None]:
    """Path and digest of the file that holds the test rows: the user's own, or the source."""
    settings = split.numbers.get("settings", {})
    path = settings.get("test") or settings.get("source") or split.id
    return path, split.sources.get(path)


def _record(entry: Entry) -> Payload:
    if entry.kind not in KINDS:
        raise LedgerError(
            f"Entry {entry.sequence} has the unknown kind {entry.kind!r}",
            "A newer Rungwise wrote it: upgrade to that version.",
        )
    try:
        return record_of(entry.kind, entry.payload)
    except ValueError as error:
        raise LedgerError(
            f"Entry {entry.sequence} ({entry.kind}) has another shape: {error}",
            "Run `rungwise verify`; where it passes, upgrade to the version that wrote the entry.",
        ) from error


def _first_of_each(attempts: Iterable[Evidence]) -> dict[str, Evidence]:
    """Attempts by id; two climbs at once may both have measured the same."""
    kept: dict[str, Evidence] = {}
    for attempt in attempts:
        kept.setdefault(attempt.id, attempt)
    return kept


def _still_skipped(written: Iterable[Payload], data: str) -> dict[str, str]:
    skipped: dict[str, str] = {}
    for record in written:
        if isinstance(record, Skipped) and record.data == data:
            skipped[record.rung] = record.reason
        elif isinstance(record, Evidence) and record.data == data:
            skipped.pop(record.rung, None)
    return skipped
