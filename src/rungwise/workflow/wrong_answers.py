"""The wrong answers of an attempt, grouped and named (R32)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from rungwise.checkpoints import PACKAGED
from rungwise.data.languages import languages
from rungwise.data.near.vectors import vectors
from rungwise.data.personal.redact import REPLACED
from rungwise.errors import ModelError
from rungwise.evaluation import failures, text_failures
from rungwise.evaluation.text_clusters import Likeness
from rungwise.evaluation.text_failures import Known
from rungwise.plugins import kind_of
from rungwise.records import Evidence, FailureGroup
from rungwise.workflow.measured_rows import rows_of
from rungwise.workflow.recorded_spans import redactor
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALIKE_BY_MEANING, ALIKE_BY_WORDS = 0.4, 0.15
"""Mean cosine within a group. On 120 texts of SNIPS and 120 of twelve intents of BANKING77, groups
by the packaged encoder then hold 53 and 97 percent of the texts, of which 97 and 84 percent share
their group's intent; by words 60 and 82, of which 86 and 74."""


def wrong_answers(workspace: Workspace, evidence: Evidence) -> tuple[FailureGroup, ...]:
    """Groups of what an attempt answered wrongly on the rows that it was measured on."""
    rows, policy = rows_of(workspace, evidence), workspace.task.policy
    predictions = workspace.predictions(evidence.predictions)
    if kind_of(workspace.task).labels:
        return failures.group(rows["expected"], predictions, policy.worst_failures)
    known = Known(
        inputs=rows["input"],
        cut=text_failures.cut(predictions),
        languages=languages,
        likeness=partial(_likeness, workspace),
        subjects=partial(_subjects, workspace, rows, predictions.outputs),
    )
    return text_failures.group(rows["expected"], predictions, policy.worst_failures, known)


def _subjects(
    workspace: Workspace, rows: pl.DataFrame, outputs: pl.Series, places: list[int]
) -> list[str]:
    """What rows are about, without the names of people, as groups are named by these words."""
    chosen, shown = rows[places], redactor(workspace)
    answers = outputs.gather(places).fill_null("")
    texts = [shown.cells(chosen), shown.cells(chosen, "expected"), shown.answers(chosen, answers)]
    joined = pl.select(pl.concat_str(texts, separator="\n", ignore_nulls=True)).to_series()
    return joined.str.replace_all(REPLACED, " ").to_list()


def _likeness(workspace: Workspace) -> Likeness:
    """By the packaged encoder where it is installed, else by the words in common."""
    from rungwise.training import trunk

    try:
        encoder = trunk.of(rung_context(workspace), next(iter(PACKAGED)))
    except ModelError:
        return Likeness(partial(vectors, seed=workspace.task.policy.seed), ALIKE_BY_WORDS)

    def by_meaning(texts: pl.Series) -> NDArray[np.float32]:
        return encoder.embeddings(encoder.encode(texts), workspace.progress)

    return Likeness(by_meaning, ALIKE_BY_MEANING)
