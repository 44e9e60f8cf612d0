"""A programme of monitoring, 13 weeks of one release, and what its checks found (R73).

Both are records of the ledger. A programme fixes beforehand what its alarms may cost: the budget of
false alarms, and the share of every detector in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

WEEKS = 13
"""Length of a programme: 90 days of weekly spot checks (R74)."""


@dataclass(frozen=True, slots=True)
class Programme:
    """Thirteen weeks of watching one release.

    Attributes:
        version: The release.
        start: First day, ISO 8601: a promotion, or 13 weeks after the start of the one before.
        number: 1 after a promotion; each further 13 weeks count on.
        budget: Probability of any false alarm within it (`policy.monitoring.false_alarm`).
        promise: Share of right answers that was promised; None if no test states one.
        drop: The tolerated drop below the promise (`monitoring.drop`).
        weekly_rows: Rows that people label each week (R74).
        seed: Of every draw and every tie in it.
        owner: Who is told of alarms; "" if nobody is named.
        shares: Detector → its share of the budget; they sum to 1.
    """

    version: str
    start: str
    number: int
    budget: float
    promise: float | None
    drop: float
    weekly_rows: int
    seed: int
    owner: str
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A name that no other programme has, such as `v1.0 from 2026-12-01`."""
        return f"{self.version} from {self.start}"

    @property
    def first_day(self) -> date:
        """`start` as a date."""
        return date.fromisoformat(self.start)

    def week(self, day: date) -> int:
        """Week of the programme (from 1) in which a day lies.

        Raises:
            ValueError: The day is before or after it.
        """
        week = (day - self.first_day).days // 7 + 1
        if not 1 <= week <= WEEKS:
            raise ValueError(f"{day} is in no week of the programme of {self.id}")
        return week


@dataclass(frozen=True, slots=True)
class CanaryAsked:
    """The canary questions were asked of an endpoint.

    Attributes:
        programme: `Programme.id`.
        week: Of the programme, from 1.
        begin: Whether this is one of the times at the beginning, with which weeks are compared.
        object: Digest of questions and answers, as JSON.
        differing: Answers that differ from the first ones.
        compared: Questions with an answer both times; 0 for the first time.
    """

    programme: str
    week: int
    begin: bool
    object: str
    differing: int
    compared: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What one `monitor check` found.

    Attributes:
        programme: `Programme.id`.
        version: The release.
        week: Week of the programme on that day, from 1.
        day: ISO 8601, UTC.
        evidence: Detector → highest value of its e-process since the programme started.
        balance: Largest share × evidence.
        needed: What the balance must reach for an alarm.
        detector: The one with the largest; "" if there is no evidence yet.
        alarm: Whether the balance reaches what is needed.
        shift: Whether requests that differ are answered worse: `harmful`, `harmless`, `unknown`, or
            "" if nothing says that they differ.
        estimate: Quality without labels: `value`, `low`, `high`, or `unknown` with the reason.
        rows: Rows of the sample that were read.
        weeks: Rows of each week.
        read: Sha256 of these rows.
        unwatched: What could not be watched, and why.
    """

    programme: str
    version: str
    week: int
    day: str
    evidence: Mapping[str, float]
    balance: float
    needed: float
    detector: str
    alarm: bool
    shift: str = ""
    estimate: Mapping[str, float | str | None] = field(default_factory=dict)
    rows: int = 0
    weeks: tuple[int, ...] = ()
    read: str = ""
    unwatched: tuple[str, ...] = ()
