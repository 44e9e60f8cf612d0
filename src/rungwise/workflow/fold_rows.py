"""Rows and folds of cross-validation: what is answered, and what a fold's models learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rungwise.data.curation.chain import Curated, measured
from rungwise.data.folds import BELOW
from rungwise.data.stored import table
from rungwise.plugins import kind_of
from rungwise.policy import Policy
from rungwise.rules import rules_of
from rungwise.workflow.data_version import divided

if TYPE_CHECKING:
    from rungwise.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FoldRows:
    """Train and validation, with the `fold` of each row beside the columns of a part.

    Attributes:
        answered: The rows as they were divided, each to be answered once (C5): merged classes and
            adjudicated labels are read as they stand now.
        learnt: The rows as they are curated. A row that is only learnt from has a fold below 0.
        forward: Whether a fold is answered by models of older rows alone.
        digest: Of the folds, as the split has it.
    """

    answered: pl.DataFrame
    learnt: pl.DataFrame
    forward: bool
    digest: str

    @property
    def texts(self) -> pl.Series:
        """Every input, as it was divided and as it was curated, each once."""
        both = pl.concat([self.answered["input"], self.learnt["input"]])
        return both.unique(maintain_order=True)

    def others(self, fold: int) -> pl.DataFrame:
        """The rows that the models of a fold may read."""
        other = pl.col("fold") < fold if self.forward else pl.col("fold") != fold
        return self.learnt.filter(other)


def fold_rows(workspace: Workspace) -> FoldRows | None:
    """The folds in force; None where rungs are measured on the validation part alone."""
    split, policy = workspace.state.split, workspace.task.policy
    if split is None or not split.folds or rules_of(split) < 2:
        return None
    if split.rows["validation"] >= policy.cross_validate_below:
        return None
    folds = table(workspace.objects.read(split.folds))
    learnt = pl.concat([workspace.part("train"), workspace.part("validation")])
    answered = learnt
    if workspace.state.curation is not None:
        answered = _as_divided(workspace)
    rows = [
        part.join(folds, on="id", how="left", maintain_order="left") for part in (answered, learnt)
    ]
    return FoldRows(
        answered=rows[0].filter(pl.col("fold") >= 0),
        learnt=rows[1],
        forward=bool((folds["fold"] < 0).any()),
        digest=split.folds,
    )


def folds_came_late(workspace: Workspace) -> str:
    """That `policy.cross_validate_below` was raised when no folds were cut any more; or ""."""
    split, below = workspace.state.split, workspace.task.policy.cross_validate_below
    if split is None or split.folds or rules_of(split) < 2:
        return ""
    rows = split.rows["validation"]
    then = int(split.numbers.get(BELOW, Policy().cross_validate_below))
    divided = "validation" in split.numbers.get("shares", {})
    if not kind_of(workspace.task).folds or not divided or not then <= rows < below:
        return ""
    return (
        f"`policy.cross_validate_below` is {below:,} now, and was {then:,} at the split, which "
        f"cuts the folds: rungs are still measured on the {rows:,} validation rows. Another "
        "`policy.seed` divides the rows anew, with folds."
    )


def _as_divided(workspace: Workspace) -> pl.DataFrame:
    raw, curation = divided(workspace), workspace.state.curation
    assert curation is not None, "rows that nobody curated are as they were divided"

    def rows(digest: str) -> pl.DataFrame:
        return table(workspace.objects.read(digest))

    start = Curated(rows(raw.train), rows(raw.validation), rows(raw.quarantine))
    found = measured(start, curation.chain, rows)
    return pl.concat([found.train, found.validation])
