"""What audits of the data in force recorded as personal, and the redactor that knows it (R18)."""

from __future__ import annotations

import polars as pl

from rungwise.data.columns import inputs
from rungwise.data.finding_rows import to_table
from rungwise.data.personal.redactor import RECORDED, Redactor
from rungwise.data.stored import table
from rungwise.records import Finding
from rungwise.workflow.workspace import Workspace

AUDIT, IN_OUTPUT = "personal.", "_in_output"


def recorded_spans(workspace: Workspace) -> pl.DataFrame:
    """Every value that the audit for personal data found, with the columns of `RECORDED`.

    Raises:
        LedgerError: The stored rows of a finding are gone or have changed.
    """
    found = [
        _places(finding, workspace).select(
            "id",
            pl.lit("expected" if finding.code.endswith(IN_OUTPUT) else "input").alias("column"),
            "start",
            "end",
            "kind",
        )
        for finding in workspace.state.findings
        if finding.code.startswith(AUDIT)
    ]
    return pl.concat([RECORDED.to_frame(), *found])


def _places(finding: Finding, workspace: Workspace) -> pl.DataFrame:
    """Id, start, end and kind of each span, in columns, as a finding may be of every row."""
    if finding.kept is None:
        rows = to_table(finding.rows, {})
    else:
        rows = table(workspace.objects.read(finding.kept.object))
    return rows.select("id", "spans").explode("spans").drop_nulls("spans").unnest("spans")


def redactor(workspace: Workspace) -> Redactor:
    """The redactor for rows of the data version in force."""
    return Redactor(recorded_spans(workspace), inputs(workspace.task.data))
