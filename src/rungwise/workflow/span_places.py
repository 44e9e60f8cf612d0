"""Where the spans of a finding stand in the user's own cells, if several columns are the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from rungwise.data.columns import inputs
from rungwise.data.joined_inputs import place_in_cell
from rungwise.records import Finding, RowReference, Span
from rungwise.workflow.recorded_spans import IN_OUTPUT
from rungwise.workflow.workspace import Workspace

Place = tuple[str, int, int]
"""Column, start and end (exclusive), in code points of its cell."""


def span_places(
    workspace: Workspace, findings: Sequence[Finding]
) -> Mapping[tuple[str, Span], Place]:
    """Row id and span → its place in a cell of the file.

    Nothing if one column is the input, where the span itself is that place. A span of a joined
    input that is not inside one cell is left out: it counts code points of the joined text.
    """
    columns = inputs(workspace.task.data)
    if len(columns) < 2 or workspace.state.split is None:
        return {}
    rows = [
        row
        for finding in findings
        if not finding.code.endswith(IN_OUTPUT)
        for row in _with_others(finding.rows)
        if row.spans
    ]
    ids = pl.Series([row.id for row in rows], dtype=pl.String).unique()
    parts = [
        workspace.part(name).filter(pl.col("id").is_in(ids.implode())).select("id", "input")
        for name in ("train", "validation", "test")
    ]
    texts = dict(pl.concat(parts).iter_rows())
    places = {}
    for row in rows:
        for span in row.spans:
            place = place_in_cell(texts.get(row.id) or "", columns, span.start, span.end)
            if place is not None:
                places[row.id, span] = place
    return places


def _with_others(rows: Sequence[RowReference]) -> list[RowReference]:
    return [*rows, *(row.other for row in rows if row.other is not None)]
