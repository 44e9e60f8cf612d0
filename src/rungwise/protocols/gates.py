"""A rule that reads evidence, and what it may know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from rungwise.base_probe import Probe
from rungwise.go_decision import Go
from rungwise.money import Costs
from rungwise.records import (
    Evidence,
    Finding,
    Override,
    ReleaseRecord,
    SplitRecord,
    TestResult,
    Unsealing,
    Verdict,
)
from rungwise.table import Predictions
from rungwise.task import Task

if TYPE_CHECKING:
    import polars as pl

Step = Literal["split", "audit", "climb", "tune", "full", "test", "ship"]
"""What a gate can stand before; `tune` is every rung above `frozen`."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An export beside the evaluated model, on the validation rows that were measured.

    Attributes:
        rows: How many they are.
        differing: Form of the export (`model/`, the base model with `adapter/`) → ids of the
            rows that it answers differently.
    """

    rows: int
    differing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateContext:
    """Everything on record that a gate may read.

    Attributes:
        task: The whole task; thresholds are in `task.policy`.
        greater: Whether a larger value of the goal's metric is better.
        bounds: Smallest and largest possible value of it; None where unbounded.
        split: The split in force, or None.
        audited: Names of the audits that have run on this split.
        findings: What they found.
        attempts: Evidence on this split, oldest first.
        selected: The attempt that would be tested and shipped, or None.
        remaining: Rungs above the selected one that could still be climbed.
        late: Rungs that were not begun, as the time to settle was used up (C8).
        diagnoses: Attempt id → findings about it.
        unsealings: Looks at the test part so far.
        test: The result of the last look, or None.
        releases: What was shipped.
        overrides: What named people let pass.
        goes: What named people accepted that the test left open.
        predictions: Attempt id → its predictions on the rows that it was measured on.
        expected: The expected outputs of all measured rows.
        rows: All measured rows: `id`, `expected` and, if rungs are measured by folds, `fold`. Not
            every attempt need have answered all of them.
        train: The training rows: `input` and `expected`.
        export: The export beside the evaluated model; None before `ship` has exported.
        comparison: The user asked to climb on past the target, only to compare (R43).
        target_when_seen: The target when the test part was first opened; None before.
        untried: Rungs cheaper than the first that tunes which could be tried here and were not.
        step: The step that the gate is asked about; None where all gates are judged for the
            record.
        costs: What the attempts and their answers cost.
        probe: What the base says right of a few rows, before it was asked all; None if it was not
            asked so.
        metric: The goal's, with all that it reads beside its name (a
            `rungwise.evaluation.metrics.Metric`); None where the name says all.
    """

    task: Task
    greater: bool
    bounds: tuple[float | None, float | None]
    split: SplitRecord | None = None
    audited: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    attempts: Sequence[Evidence] = ()
    selected: Evidence | None = None
    remaining: tuple[str, ...] = ()
    diagnoses: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    unsealings: Sequence[Unsealing] = ()
    test: TestResult | None = None
    releases: Sequence[ReleaseRecord] = ()
    overrides: Sequence[Override] = ()
    predictions: Callable[[str], Predictions] | None = None
    expected: Callable[[], pl.Series] | None = None
    rows: Callable[[], pl.DataFrame] | None = None
    train: Callable[[], pl.DataFrame] | None = None
    export: Compared | None = None
    comparison: bool = False
    target_when_seen: float | None = None
    untried: tuple[str, ...] = ()
    step: Step | None = None
    costs: Costs = field(default_factory=Costs)
    metric: object | None = None
    goes: Sequence[Go] = ()
    probe: Probe | None = None
    late: tuple[str, ...] = ()


class Gate(Protocol):
    """A rule that reads evidence (R33, R63–R70)."""

    requirement: ClassVar[str]
    title: ClassVar[str]
    before: ClassVar[tuple[Step, ...]]
    """The steps that it stands before."""

    def judge(self, context: GateContext) -> Verdict:
        """Pass, hold, inconclusive or not applicable, with the reason and the numbers.

        Whether a named person overrode it is the workflow's business, not the gate's.
        """
