"""An export is asked every measured validation row again, in each form that it can be used in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rungwise.protocols import Compared
from rungwise.records import Evidence
from rungwise.release.export_folder import MODEL
from rungwise.release.mismatches import mismatches
from rungwise.release.opened import Answers, answers_in_text, opened
from rungwise.table import Examples
from rungwise.training.prompting import export
from rungwise.training.prompting.models import language_model
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace


def compared(workspace: Workspace, evidence: Evidence, exported: Path) -> Compared:
    """Which rows each form of an export answers differently from the evaluated model."""
    rows = Examples.of(workspace.measured()).inputs
    evaluated = workspace.predictions(evidence.predictions)
    differing = {}
    for form, answers in _forms(workspace, exported):
        told = answers.predict(rows, workspace.progress)
        differing[form] = tuple(mismatches(evaluated, told))
    return Compared(len(rows), differing)


def _forms(workspace: Workspace, exported: Path) -> Iterator[tuple[str, Answers]]:
    """Form → what answers in it; each is loaded when the one before is done."""
    if not answers_in_text(exported):
        yield MODEL, opened(exported, exported=True)
        return
    from rungwise.release.text_predictor import TextPredictor

    serving = export.read(exported)
    yield (
        (f"{serving.weights}/" if serving.weights else "the endpoint"),
        opened(exported, exported=True),
    )
    if serving.adapter and serving.merged:
        base = language_model(rung_context(workspace))
        form = f"{serving.base} with {serving.adapter}/"
        yield form, TextPredictor(exported, exported=True, base=base)
