"""Every threshold that decides anything, with the requirement it comes from.

A user changes one under `policy:` in `rungwise.yaml`; the value in force is on record with
every verdict that read it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rungwise.section import LATER, Section


class MonitoringPolicy(Section):
    """How releases are watched, and what is kept of production."""

    false_alarm: float = Field(
        0.05, gt=0, lt=0.5, description="Probability of a false alarm in 13 weeks (R73)."
    )
    sample_rows: int = Field(
        200, ge=1, description="Requests a day that are kept; of more, ever fewer (R76)."
    )
    class_rows: int = Field(
        500, ge=0, description="Requests a week kept beside for rare labels and doubts (R76)."
    )
    sample_megabytes: int = Field(
        500, ge=1, description="Size of the sample; the oldest days go first (R76)."
    )


class RefreshPolicy(Section):
    """What becomes of a refreshed release."""

    promote: Literal["ask", "auto"] = Field(
        "ask", description="Whether a person promotes it, or it is if its test confirms it (R70)."
    )


class Review(Section):
    """When a row goes to a person instead of being answered."""

    error: float = Field(
        0.05, gt=0, lt=1, description="Answers given that may be wrong, with `confidence` (C3)."
    )
    far: float = Field(
        0.02,
        ge=0,
        lt=0.5,
        description="Known rows that may go to review for being far from training rows (R77).",
    )


class Policy(Section):
    """The thresholds; shares run from 0 to 1, intervals are two-sided."""

    confidence: float = Field(0.95, gt=0.5, lt=1, description="Coverage of every interval (C3).")
    resamples: int = Field(2000, ge=100, description="Bootstrap resamples (C3).")
    validation_share: float | None = Field(
        None, gt=0, lt=0.5, description="Rows for validation (R9). None: by the number of rows."
    )
    test_share: float | None = Field(
        None, gt=0, lt=0.5, description="Rows sealed for the test (R9). None: by their number."
    )
    go_rows: int = Field(50, ge=1, description="A go decision takes so many test rows (C9).")
    cross_validate_below: int = Field(
        400, ge=0, description="With fewer validation rows, rungs are measured by folds (R9, R11)."
    )
    rows_per_class: int = Field(200, ge=1, description="Warn below this (R8).")
    distinct_labels: tuple[str, ...] = Field(
        (), description="Labels that are classes of their own, however alike they look (R13)."
    )
    validation_rows: int = Field(100, ge=1, description="Warn below this (R31).")
    audit_quality_above: int = Field(50_000, ge=1, description="Audit before adding more (R22).")
    failure_examples: int = Field(
        10, ge=1, description="Training rows that a group of mistakes needs (R17, R30)."
    )
    evaluation_rows: int = Field(
        150, ge=1, description="Validation rows that generated text is measured on (R31)."
    )
    probe_rows: int = Field(
        20, ge=0, description="Rows that a base is asked first: is it far from the task? (R59)"
    )
    production_rows: int = Field(
        100, ge=1, description="Fewer production rows tell little (R16, R31)."
    )
    production_shift: float = Field(
        0.01, gt=0, lt=1, description="Chance below which production differs from train (R16)."
    )
    leakage: float = Field(
        0.2, ge=0, le=1, description="Block above this share of test rows with a copy (R21)."
    )
    personal_blocks: tuple[str, ...] = Field(
        ("card", "secret", "ssn"),
        description="Kinds of personal data that must not be in train (R18).",
    )
    personal_characters: int = Field(
        2_000_000,
        ge=0,
        description="Look for names with the learnt reader in up to so many characters (R18).",
    )
    personal_model_rows: int = Field(
        0, ge=0, description="Has no effect; earlier versions read so many rows once more (R18)."
    )
    personal_seconds: float = Field(
        2.0, gt=0, description="Longer on one row leaves it unchecked, and said so (R18)."
    )
    agreement: float = Field(
        0.8, gt=0, le=1, description="Krippendorff's alpha from which labels are reliable (R14)."
    )
    agreement_least: float = Field(
        0.667, gt=0, le=1, description="Alpha below which labels support no conclusion (R14)."
    )
    judge_kappa: float = Field(
        0.6, gt=0, le=1, description="Kappa with people from which a judge is trusted (R14, C3)."
    )
    label_sample_rows: int = Field(
        50, ge=1, description="Rows of a sample that is labelled blind (R12, R14)."
    )
    cross_check_rows: int = Field(
        100, ge=0, description="Items that more than one person should have labelled (R14)."
    )
    confused_share: float = Field(
        0.05, ge=0, lt=1, description="Two classes are confused from this share of rows (R13)."
    )
    doubting_agreement: float = Field(
        0.6, ge=0, le=1, description="A head that agrees with fewer labels doubts none (R12)."
    )
    out_of_fold_rows: int = Field(
        100_000, ge=0, description="Labels of more rows are not doubted by a model (R12)."
    )
    group_drop: float = Field(
        0.02, gt=0, lt=1, description="Accuracy lost by group that makes it matter (R21)."
    )
    deep_rows: int = Field(
        100_000, ge=0, description="Above, near copies are looked for fast, not deep (R21)."
    )
    style_share: float = Field(
        0.5, gt=0, le=1, description="Failures of form from which style is what is wrong (R34)."
    )
    calls_per_month: int = Field(
        1000, ge=0, description="Fewer calls do not pay tuning back (R35)."
    )
    payback_months: float = Field(12, gt=0, description="Tuning is paid back by then (R35, R79).")
    retrieval_recall: float = Field(
        0.9, gt=0, le=1, description="Retrieval finds what it should from this recall (R36, R39)."
    )
    perplexity_rise: float = Field(
        0.2, gt=0, description="Relative rise of general perplexity that tuning may cost (R53)."
    )
    answers_drop: float = Field(
        0.1, gt=0, lt=1, description="Drop of right general answers that it may cost (R53)."
    )
    learning_rates: int = Field(
        3, ge=1, description="Experiments before a tuned rung counts (R48)."
    )
    settle_seconds: float | None = Field(
        None,
        ge=0,
        description="Seconds that a climb may go on once an interval holds the target (C8). "
        "None: ten times what it took until then, at least 300.",
    )
    ask_above_minutes: float = Field(
        10.0,
        ge=0,
        description="A longer attempt is said to be long, and `budget.hours` asked for (R79).",
    )
    gap_closed: float = Field(0.8, gt=0, le=1, description="PEFT stops here (R63).")
    improvement: float = Field(0.15, gt=0, description="A meaningful success (R66, C1).")
    full_compute: float = Field(3.0, ge=1, description="Compute factor of full tuning (R64).")
    drop_tolerated: float = Field(
        0.05, gt=0, lt=1, description="Validation to test; more is not confirmed (R68)."
    )
    class_lag: float = Field(
        0.15, gt=0, lt=1, description="A class lags when its recall is this far below (R54)."
    )
    plateau: float = Field(0.02, gt=0, lt=1, description="Relative change that is no change (R57).")
    overfit_rise: float = Field(
        0.10, gt=0, description="Relative rise of validation loss after its best (R58)."
    )
    setback: float = Field(
        0.10, gt=0, lt=1, description="Rise of training loss that is a setback, of its start (R56)."
    )
    poor_fit: float = Field(
        0.5, gt=0, lt=1, description="A base is poor below this part of the way to target (R59)."
    )
    too_good: float = Field(
        0.005, ge=0, lt=1, description="Errors below which an untrained answer is suspect (R21)."
    )
    review: Review = Field(
        Review(), json_schema_extra=LATER, description="When a row goes to a person (C3, R77)."
    )
    worst_failures: int = Field(20, ge=1, description="Failure groups that are named (R32).")
    monitoring: MonitoringPolicy = Field(
        MonitoringPolicy(), json_schema_extra=LATER, description="How releases are watched (R73)."
    )
    refresh: RefreshPolicy = Field(
        RefreshPolicy(), json_schema_extra=LATER, description="Of what is in production (R75)."
    )
    seed: int = Field(20, ge=0, description="Seed of the split and of every attempt.")
