"""A reading of an attempt, and what it may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rungwise.policy import Policy
from rungwise.records import Evidence, Finding


@dataclass(frozen=True, slots=True)
class DiagnosisContext:
    """One attempt, and what it is compared with (R56).

    Attributes:
        attempt: The evidence to diagnose.
        attempts: Every finished attempt on this data, this one included.
        policy: Thresholds.
        target: The goal's target; `greater` says which direction is better.
        train_counts: Label → rows in train.
        validation_counts: Label → rows that the attempt was measured on.
        findings: What the audits found.
        bounds: Lowest and highest value of the goal's metric; None where there is none.
    """

    attempt: Evidence
    attempts: Sequence[Evidence]
    policy: Policy
    target: float
    greater: bool
    train_counts: Mapping[str, int]
    validation_counts: Mapping[str, int]
    findings: tuple[Finding, ...] = ()
    bounds: tuple[float | None, float | None] = (0.0, 1.0)


class Diagnosis(Protocol):
    """A named reading of an attempt's curves and numbers (R57–R60)."""

    requirement: ClassVar[str]
    title: ClassVar[str]
    rank: ClassVar[int]
    """Where several hold, the lowest rank is the attempt's headline."""

    def read(self, context: DiagnosisContext) -> Finding | None:
        """The finding where the diagnosis holds, with its numbers; else None."""
