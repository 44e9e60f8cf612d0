"""Whether there are enough rows: of each class, in validation, and not too many (R8, R22, R31)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.wording import agreeing
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

SHOWN = 3


class Sizes:
    """Counts rows; too few of anything is a warning, never a block (R8)."""

    requirement: ClassVar[str] = "R8"
    title: ClassVar[str] = "Rows a class, in validation and in all"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """Findings on small classes, classes that cannot be measured or learnt, and the whole."""
        findings = [_large(context)]
        if not context.split.folds:  # else rows of train are measured too
            findings = [_small_validation(context), *findings]
        if kind_of(context.task).labels:
            findings += [_small_classes(context), _unlearnable(context)]
            if not context.split.folds:
                findings.append(_unmeasured(context))
        return [finding for finding in findings if finding]


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    """Label → rows, the smallest class first."""
    counted = rows["expected"].value_counts().sort("count", "expected")
    return {str(label): int(count) for label, count in counted.iter_rows()}


def _listed(counts: dict[str, int]) -> str:
    shown = ", ".join(f"{label!r} {count:,}" for label, count in list(counts.items())[:SHOWN])
    return shown + (", …" if len(counts) > SHOWN else "")


def _small_classes(context: AuditContext) -> Finding | None:
    least = context.policy.rows_per_class
    counts = _counts(pl.concat([context.train, context.validation]))
    small = {label: count for label, count in counts.items() if count < least}
    if not small:
        return None
    return Finding(
        code="sizes.small_class",
        severity="warn",
        title=(
            f"{len(small):,} of {len(counts):,} classes "
            f"{agreeing(len(small), 'has', 'have')} fewer than {least:,} rows outside "
            f"the test part: {_listed(small)}"
        ),
        advice=(
            "Fewer often works: climb, and collect rows for the classes whose recall lags. "
            "`policy.rows_per_class` moves this line."
        ),
        requirement="R8",
        count=len(small),
        numbers={"least": least, "rows": small},
    )


def _unmeasured(context: AuditContext) -> Finding | None:
    measured = set(context.validation["expected"].unique())
    missing = {k: n for k, n in _counts(context.train).items() if k not in measured}
    if not missing:
        return None
    return Finding(
        code="sizes.unmeasured_class",
        severity="warn",
        title=(
            f"{agreeing(len(missing), '1 class has', f'{len(missing):,} classes have')} no row in "
            "validation (rows in train: "
            f"{_listed(missing)}): nothing is known of their recall"
        ),
        advice="Collect rows for such a class, or merge it with another.",
        requirement="R9",
        count=len(missing),
        numbers={"rows": missing},
    )


def _unlearnable(context: AuditContext) -> Finding | None:
    found = context.split.numbers.get("unlearnable") or {}
    counts = {
        label: sum(labels.get(label, 0) for labels in found.values())
        for label in sorted({label for labels in found.values() for label in labels})
    }
    if not counts:
        return None
    return Finding(
        code="sizes.unlearnable_class",
        severity="warn",
        title=(
            f"{len(counts):,} labels of {' and '.join(sorted(found))} never occur in train "
            f"({_listed(counts)} rows): every answer to these rows is wrong"
        ),
        advice="Give training rows with these labels, or correct the labels.",
        requirement="R9",
        count=len(counts),
        numbers={"rows": counts},
    )


def _small_validation(context: AuditContext) -> Finding | None:
    rows, least, level = (
        len(context.validation),
        context.policy.validation_rows,
        context.policy.confidence,
    )
    if rows >= least:
        return None
    low, high = wilson(0.9 * rows, rows, level)
    return Finding(
        code="sizes.small_validation",
        severity="warn",
        title=(
            f"Validation has {rows:,} rows, fewer than {least:,}: a share of 0.90 would be known "
            f"to lie between {low:.2f} and {high:.2f} only"
        ),
        advice=(
            "Gates that compare will often be inconclusive: collect more rows, or raise "
            "`policy.validation_share`."
        ),
        requirement="R31",
        count=rows,
        numbers={"rows": rows, "least": least, "low": low, "high": high, "level": level},
    )


def _large(context: AuditContext) -> Finding | None:
    rows = len(context.train) + len(context.validation) + len(context.test)
    most = context.policy.audit_quality_above
    if rows <= most:
        return None
    return Finding(
        code="sizes.large",
        severity="warn",
        title=f"There are {rows:,} rows, more than {most:,}: quality is worth more than more rows",
        advice="Audit a sample of the labels before adding rows.",
        requirement="R22",
        count=rows,
        numbers={"rows": rows, "most": most},
    )
