"""What came of a refresh: the champion, why it was due, the challenger, and how they compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trigger = Literal["quality", "drift", "calendar", "documents", "request"]
Outcome = Literal["proposed", "no better", "measured again"]


@dataclass(frozen=True, slots=True)
class Compared:
    """Champion and challenger on the same fresh rows, paired.

    Attributes:
        metric: What is compared: the share of right answers, or the mean score of rows.
        gain: What the challenger is better by, in the metric's units; negative if it is worse.
        low: Lower end of its one-sided interval; None if none can be given.
        p_value: One-sided, for a gain of at most 0.
        rows: Rows that both answered.
        won, lost: Rows where only the challenger, or only the champion, is right.
        weighted: Whether rows count by the inverse probability of their draw.
        better: Whether the challenger is better beyond noise.
        needed: Rows that would show this gain; None if they do, or if there is no gain.
    """

    metric: str
    gain: float
    low: float | None
    p_value: float
    rows: int
    won: int
    lost: int
    weighted: bool
    better: bool
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A refresh that ended with a comparison (R73, R75).

    Attributes:
        champion: The release in production.
        trigger: What made it due.
        because: That in a sentence, or what whoever asked for it said.
        data: The split that the challenger learnt from and was tested on.
        attempt: The challenger.
        outcome: `proposed` if it is better beyond noise; `measured again` if documents changed.
        compared: The comparison; None if documents changed.
        version: The release that was packaged; "" if none was.
        time: ISO 8601 in UTC.
        redacted: Rows that were learnt from the redacted sample of production.
    """

    champion: str
    trigger: Trigger
    because: str
    data: str
    attempt: str
    outcome: Outcome
    compared: Compared | None
    version: str
    time: str
    redacted: int = 0
