"""Which earlier looks at a test part have shown rows of this one (R68, C7)."""

from __future__ import annotations

import polars as pl

from rungwise.data.seal import load_part
from rungwise.ledger.kinds import record_of
from rungwise.ledger.read import entries
from rungwise.plugins import modality_of
from rungwise.records import SplitRecord
from rungwise.workflow.workspace import Workspace

BY_CHANCE = 0.01
"""Share of rows that two honest test parts may have in common: greetings, thanks."""


def seen_through(workspace: Workspace, test: pl.DataFrame) -> dict[str, pl.Series]:
    """Id of each earlier split whose opened test part holds rows of `test` → which of these (n).

    Rows are compared by their normalised input, so another file name, another seed or an edit
    of the file does not make unseen what was seen.
    """
    opened = {str(entry.payload["data"]) for entry in entries(workspace.ledger, "unsealing")}
    copy_keys = modality_of(workspace.task).copy_keys
    texts = copy_keys(test["input"])
    found: dict[str, pl.Series] = {}
    for entry in entries(workspace.ledger, "split"):
        earlier = record_of("split", entry.payload)
        assert isinstance(earlier, SplitRecord), "a split's payload is a split"
        if earlier.id not in opened or earlier.id in found:
            continue
        before = copy_keys(load_part(earlier, workspace.objects, "test", workspace.cache)["input"])
        repeated = texts.is_in(before.unique().implode())
        if texts.filter(repeated).n_unique() > BY_CHANCE * texts.n_unique():
            found[earlier.id] = repeated
    return found
