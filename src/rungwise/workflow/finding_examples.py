"""`audit --show CODE`: rows of a finding with their texts, to see whether it is right (R20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from rungwise.data.personal.redactor import Column
from rungwise.data.together import together
from rungwise.errors import TaskError
from rungwise.plugins import kind_of
from rungwise.records import SUGGESTED, Finding, RowReference
from rungwise.workflow.finding_rows import whole
from rungwise.workflow.recorded_spans import AUDIT, IN_OUTPUT, redactor
from rungwise.workflow.workspace import Workspace

SHOWN = 10
AROUND, LONGEST = 50, 200
"""Code points on either side of a value, and of a text that is shown as a whole."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a finding.

    Attributes:
        id: The row's id.
        split: Its part.
        line: Its line in the file.
        before: What stands before the value; the whole text, redacted, if the finding has none.
        value: What the finding points at, as it stands in the file, or "".
        after: What stands behind it.
        beside: The redacted text of the row that it is shown beside, or "".
        label: The label in use; "" for a finding on personal values and for other tasks.
        suggested: The label that it suggests, or "".
        beside_id: The id of the row that it is shown beside, or "".
        beside_label: The label of that row, or "".
    """

    id: str
    split: str
    line: int | None
    before: str
    value: str
    after: str
    beside: str
    label: str = ""
    suggested: str = ""
    beside_id: str = ""
    beside_label: str = ""


def finding_examples(workspace: Workspace, code: str, limit: int = SHOWN) -> list[Example]:
    """Draw rows of train and validation at random, the same ones each time.

    A value that a finding points at is shown as it stands, with its surroundings: whether it is a
    name can only be seen so. Rows of the test part are not shown: they stay unseen.

    Raises:
        TaskError: No audit of this data has a finding of that code, or it has no row to show.
    """
    finding = _finding(workspace, code)
    column: Column = "expected" if code.endswith(IN_OUTPUT) else "input"
    rows = together({"train": workspace.part("train"), "validation": workspace.part("validation")})
    rows = rows.with_columns(pl.col("input", "expected").fill_null(""))
    raw = dict(rows.select("id", column).iter_rows())
    known = [row for row in finding.rows if row.id in raw]
    if not known:
        raise TaskError(
            f"{code} points at no row of train or validation",
            "Rows of the test part are not shown: they stay unseen.",
        )
    places = pl.int_range(len(known), eager=True)
    drawn = places.sample(min(limit, len(known)), seed=workspace.task.policy.seed).sort()
    chosen = [known[place] for place in drawn]
    named = [row.id for one in chosen for row in (one, one.other) if row is not None]
    shown = rows.filter(pl.col("id").is_in(named))
    redacted = dict(zip(shown["id"], redactor(workspace).cells(shown, column), strict=True))
    labelled = kind_of(workspace.task).labels and not code.startswith(AUDIT)
    labels = dict(shown.select("id", "expected").iter_rows()) if labelled else {}
    proposed: Mapping[str, str] = finding.numbers.get(SUGGESTED, {})
    return [
        replace(
            _example(row, raw[row.id], redacted),
            label=labels.get(row.id, ""),
            suggested=proposed.get(row.id, ""),
            beside_id=row.other.id if row.other is not None and row.other.id in redacted else "",
            beside_label=labels.get(row.other.id, "") if row.other is not None else "",
        )
        for row in chosen
    ]


def _finding(workspace: Workspace, code: str) -> Finding:
    for finding in workspace.state.findings:
        if finding.code == code:
            return whole(finding, workspace.objects)
    known = ", ".join(one.code for one in workspace.state.findings) or "nothing"
    raise TaskError(
        f"No audit of this data has found {code!r}", f"Found: {known}. `rungwise audit` looks."
    )


def _example(row: RowReference, text: str, redacted: Mapping[str, str]) -> Example:
    beside = redacted.get(row.other.id, "") if row.other is not None else ""
    before, value, after = redacted[row.id][:LONGEST], "", ""
    if row.spans:
        first = row.spans[0]
        before = text[max(0, first.start - AROUND) : first.start]
        value, after = text[first.start : first.end], text[first.end : first.end + AROUND]
    return Example(row.id, str(row.split), row.line, before, value, after, beside[:LONGEST])
