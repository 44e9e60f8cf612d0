"""Quality in production week by week, for people (R74)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.monitoring.alarm_budget import SPOT_CHECKS, shown
from rungwise.monitoring.quality_interval import QualityInterval
from rungwise.percent import percent
from rungwise.programme import WEEKS, Programme


@dataclass(frozen=True, slots=True)
class CheckedWeek:
    """One week of a programme that is over.

    Attributes:
        number: Since the promotion, from 1.
        drawn: Rows to label; None if the week was not drawn.
        labels: Settled labels.
        contradicted: Rows about which reviewers disagree.
        interval: Quality in this week alone; None without labels.
        missed: Whether it has no label a week after it was over.
    """

    number: int
    drawn: int | None
    labels: int
    contradicted: int
    interval: QualityInterval | None
    missed: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """How the release in production is watched.

    Attributes:
        version: The release.
        programme: Its programme, from 1.
        week: Week of the programme, from 1.
        promise, drop: What was promised (None if nothing was), and the drop that is tolerated.
        weeks: The weeks of the programme that are over.
        interval: Quality in the newest weeks with labels; None without any.
        evidence: Share of spot checks × their evidence of a fall; None without a promise.
        needed: What the evidence of a detector must reach for an alarm.
        checked: The balance of the last check and its detector; None before the first.
        alarms: Id, kind, standing and sentence of each alarm that is not closed.
        due: What is due, in a sentence; "" if nothing is.
    """

    version: str
    programme: int
    week: int
    promise: float | None
    drop: float
    weeks: tuple[CheckedWeek, ...]
    interval: QualityInterval | None
    evidence: float | None
    needed: float
    checked: tuple[float, str] | None
    alarms: tuple[tuple[str, str, str, str], ...]
    due: str

    @property
    def labels(self) -> int:
        """Settled labels of the programme."""
        return sum(one.labels for one in self.weeks)

    @property
    def where(self) -> str:
        """Such as `week 3 of 13`, with the number of the programme after the first."""
        later = f", programme {self.programme}" if self.programme > 1 else ""
        return f"week {self.week} of {WEEKS}{later}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The state in sentences: labels and quality, evidence, missed weeks."""
        count = "1 label" if self.labels == 1 else f"{self.labels:,} labels"
        told = [f"{count} so far. {interval_line(self.interval)}"]
        if self.evidence is not None and self.promise is not None:
            told.append(_evidence(self.evidence, self.needed, self.promise, self.drop))
        if self.checked is not None:
            balance, detector = self.checked
            source = f", from {detector}" if detector else ""
            told.append(
                f"The last check: {shown(balance, self.needed)} of {self.needed:g}{source}."
            )
        if missed := [str(one.number) for one in self.weeks if one.missed]:
            weeks = "Week" if len(missed) == 1 else "Weeks"
            told.append(f"{weeks} without a label: {', '.join(missed)}.")
        return tuple(told)


def interval_line(found: QualityInterval | None) -> str:
    """Quality of the newest weeks in one sentence."""
    if found is None or not found.labels:
        return "Nothing is known of quality in production before a label has come."
    missing = f", {found.missing:,} rows without one" if found.missing else ""
    labels = "1 label" if found.labels == 1 else f"{found.labels:,} labels"
    return (
        f"Quality in the newest weeks: {percent(found.value, 1)} "
        f"[{percent(found.low, 1)} to {percent(found.high, 1)}] from {labels}{missing}; "
        f"they tell as much as {found.effective:.0f} uniform ones."
    )


def evidence_line(programme: Programme, evidence: Sequence[float]) -> str:
    """How much speaks for a fall; `evidence` is that of spot checks after each week."""
    share = programme.shares.get(SPOT_CHECKS, 1.0)
    reached = share * max((1.0, *evidence))
    return _evidence(reached, 1 / programme.budget, programme.promise or 0.0, programme.drop)


def _evidence(evidence: float, needed: float, promise: float, drop: float) -> str:
    return (
        f"Evidence of spot checks that it is below the promise of {percent(promise, 1)} by more "
        f"than {drop:g}: {shown(evidence, needed)} of {needed:.10g}."
    )
