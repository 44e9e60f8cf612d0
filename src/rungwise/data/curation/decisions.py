"""What was decided about which row, as a table: from a file, or from a finding's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from rungwise.data.curation.chain import Curated, vanishing
from rungwise.data.curation.record import ACTIONS, Action
from rungwise.errors import DataError, TaskError
from rungwise.records import MERGES, SUGGESTED, Decision, Finding, RowReference

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "action": pl.String(),
        "value": pl.String(),
        "reason": pl.String(),
        "by": pl.String(),
        "line": pl.Int64(),
    }
)
"""One decision a row.

`id` is a row id, for `merge` the label that vanishes. `value` is the new label for `relabel` and
`merge`, the new text for `redact` (null: the redactor writes it), null for `drop`. `by` is who
adjudicated; `line` is where the decision stands in its file, null for a finding's rows.
"""


def empty() -> pl.DataFrame:
    """No decisions."""
    return SCHEMA.to_frame()


def of_finding(finding: Finding, action: Action, train: Iterable[str]) -> tuple[pl.DataFrame, int]:
    """Decide the same about every training row of a finding (C5).

    Args:
        finding: What an audit found, with its rows.
        action: `drop`, `redact`, `relabel` where the finding suggests labels, or `merge` where it
            suggests which labels are one.
        train: Ids of the training rows.

    Returns:
        The decisions, and how many rows of the finding lie elsewhere and stay as they are.

    Raises:
        TaskError: The action needs a value that a finding does not have, or no row is in train.
    """
    label: Mapping[str, str] = finding.numbers.get(SUGGESTED, {})
    if action == "merge" and finding.numbers.get(MERGES):
        return _merges(finding), 0
    if action == "merge" or (action == "relabel" and not label):
        raise TaskError(
            f"`--accept {finding.code}={action}`: the finding suggests no new labels",
            "Accept it with `drop` or `redact`, or decide row by row with `--decisions FILE`.",
        )
    known = set(train) & set(label) if action == "relabel" else set(train)
    rows = {row.id: row for row in finding.rows if row.id in known}
    if not rows:
        raise TaskError(
            f"None of the {len(finding.rows):,} rows of {finding.code} is in train",
            "Only the training part is curated; the advice of the finding says what to do.",
        )
    made = {
        "id": list(rows),
        "action": action,
        "value": [label[row] for row in rows] if action == "relabel" else None,
        "reason": [_why(finding, row) for row in rows.values()],
        "by": None,
        "line": None,
    }
    elsewhere = len({row.id for row in finding.rows} - known)
    return pl.DataFrame(made, SCHEMA), elsewhere


def _merges(finding: Finding) -> pl.DataFrame:
    merges: Mapping[str, str] = finding.numbers[MERGES]
    made = {
        "id": list(merges),
        "action": "merge",
        "value": list(merges.values()),
        "reason": finding.code,
        "by": None,
        "line": None,
    }
    return pl.DataFrame(made, SCHEMA)


def of_reviews(reviews: Mapping[str, Decision], parts: Curated) -> pl.DataFrame:
    """What people decided about rows that were put to them, as far as it is still to be done.

    Args:
        reviews: Row id → the newest decision about it.
        parts: The data version in force: rows that it has dropped or relabelled already are left.
    """
    given = pl.concat([parts.train, parts.validation]).select("id", "expected")
    label, merged = dict(given.iter_rows()), vanishing(parts.merged)
    named = {
        row: replace(told, label=merged.get(told.label, told.label)) if told.label else told
        for row, told in reviews.items()
    }
    due = {
        row: told
        for row, told in named.items()
        if row in label and told.decision != "keep" and told.label != label[row]
    }
    made = {
        "id": list(due),
        "action": [told.decision for told in due.values()],
        "value": [told.label for told in due.values()],
        "reason": [told.reason or "decided in review" for told in due.values()],
        "by": [told.by for told in due.values()],
        "line": None,
    }
    return pl.DataFrame(made, SCHEMA)


def _why(finding: Finding, row: RowReference) -> str:
    if row.other is None:
        return finding.code
    return f"{finding.code}: beside {row.other.id} of {row.other.split or 'the data'}"


def check(decisions: pl.DataFrame, name: str) -> pl.DataFrame:
    """Refuse what cannot be applied whatever the rows are; one decision twice counts once.

    Args:
        decisions: With the columns of `SCHEMA`.
        name: The file, for messages.

    Raises:
        DataError: An unknown action, a missing value, or two decisions about one row that
            exclude each other; the message names the line.
    """
    if decisions.is_empty():
        raise DataError(f"{name} has no decisions", "Give rows with `id`, `action` and `reason`.")
    needs_value = pl.col("action").is_in(["relabel", "merge"])
    checks: Sequence[tuple[pl.Expr, str, str]] = (
        (pl.col("id").is_null(), "names no row", "Fill in `id`."),
        (
            ~pl.col("action").is_in(ACTIONS) | pl.col("action").is_null(),
            "has no known action",
            f"Known: {', '.join(ACTIONS)}.",
        ),
        (needs_value & pl.col("value").is_null(), "has no new label", "Fill in `label`."),
        (pl.col("reason").is_null(), "gives no reason", "Fill in `reason`: it stays on record."),
    )
    for wrong, fact, step in checks:
        if len(found := decisions.filter(wrong)):
            raise DataError(f"Line {found['line'][0]} of {name} {fact}", step)
    once = decisions.unique(["id", "action", "value"], keep="first", maintain_order=True)
    kind = pl.when(pl.col("action") == "merge").then(pl.lit("label")).otherwise(pl.lit("row"))
    # A row may be relabelled and redacted; but it cannot be both kept and dropped.
    clash = once.with_columns(kind.alias("kind")).filter(
        (pl.len().over("id", "action") > 1)
        | (
            (pl.col("action") == "drop").any().over("id", "kind")
            & (pl.len().over("id", "kind") > 1)
        )
    )
    if len(clash):
        raise DataError(
            f"Line {clash['line'][1]} of {name} contradicts an earlier decision about "
            f"{clash['id'][1]!r}",
            "Decide each row once.",
        )
    return once
