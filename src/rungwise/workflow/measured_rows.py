"""Which rows an attempt was measured on, alone and together with another attempt."""

from __future__ import annotations

import polars as pl

from rungwise.evaluation.shared_rows import SharedRows, shared_rows
from rungwise.plugins import kind_of
from rungwise.records import Evidence
from rungwise.table import Examples, Inputs
from rungwise.workflow.workspace import Workspace


def rows_of(workspace: Workspace, attempt: Evidence) -> pl.DataFrame:
    """The rows of an attempt, in the order of its predictions.

    Those of cross-validation have their `fold` beside the columns of a part.
    """
    if not kind_of(workspace.task).sampled and attempt.goal.on == "validation":
        return workspace.part("validation")
    return workspace.measured()


def shared(workspace: Workspace, first: Evidence, second: Evidence) -> SharedRows:
    """What two attempts answered to the rows that both were measured on."""
    return shared_rows(
        workspace.measured(),
        workspace.predictions(first.predictions),
        workspace.predictions(second.predictions),
        folded=first.goal.on == second.goal.on == "folds",
    )


def own_rows(workspace: Workspace, attempt: Evidence) -> Inputs:
    """The inputs that an attempt's kept model is asked again, to prove that it is the same.

    Its answers to them are `own_answers` or, without these, `predictions`.
    """
    rows = kept_rows(workspace) if attempt.own_answers else rows_of(workspace, attempt)
    return Examples.of(rows).inputs


def kept_rows(workspace: Workspace) -> pl.DataFrame:
    """The validation rows that a kept model answers itself: it has seen the other folds."""
    rows = workspace.measured()
    return workspace.part("validation") if "fold" in rows.columns else rows
