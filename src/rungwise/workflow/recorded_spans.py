"""What audits of the data in force recorded as personal, and the redactor that knows it (R18)."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.redactor import RECORDED, Redactor
from rungwise.workflow.finding_rows import whole
from rungwise.workflow.workspace import Workspace

AUDIT, IN_OUTPUT = "personal.", "_in_output"


def recorded_spans(workspace: Workspace) -> pl.DataFrame:
    """Every value that the audit for personal data found, with the columns of `RECORDED`.

    Raises:
        LedgerError: The stored rows of a finding are gone or have changed.
    """
    found = [
        (row.id, "expected" if finding.code.endswith(IN_OUTPUT) else "input", *place)
        for finding in workspace.state.findings
        if finding.code.startswith(AUDIT)
        for row in whole(finding, workspace.objects).rows
        for place in ((span.start, span.end, span.kind) for span in row.spans)
    ]
    return pl.DataFrame(found, RECORDED, orient="row")


def redactor(workspace: Workspace) -> Redactor:
    """The redactor for rows of the data version in force."""
    return Redactor(recorded_spans(workspace))
