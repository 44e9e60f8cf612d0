"""An export is asked every measured validation row again, in each form that it can be used in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rungwise.protocols import Compared
from rungwise.records import Evidence
from rungwise.release.export_folder import MODEL
from rungwise.release.mismatches import mismatches
from rungwise.release.opened import Answers, answers_in_text, opened
from rungwise.release.package import Package
from rungwise.training.linear_model import ARRAYS
from rungwise.training.prompting import export
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import FILE
from rungwise.workflow.measured_rows import own_rows
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

MEGABYTE = 1_000_000


def compared(workspace: Workspace, evidence: Evidence, exported: Path) -> Compared:
    """Which rows each form of an export answers differently from the evaluated model."""
    rows = own_rows(workspace, evidence)
    evaluated = workspace.predictions(evidence.own_answers or evidence.predictions)
    differing = {}
    for form, answers in _forms(workspace, exported):
        told = answers.predict(rows, workspace.progress)
        differing[form] = tuple(mismatches(evaluated, told))
    return Compared(len(rows), differing)


def notes(exported: Path) -> Iterator[str]:
    """What a user should know of an export of generated text before it is passed on."""
    if not answers_in_text(Package(exported, exported=True)):
        return
    serving = export.read(exported)
    if not serving.base:
        yield (
            "The release holds no model: its answers are copied from the training rows or the "
            "documents that are in it, and whoever gets it reads them."
        )
        return
    if serving.weights:
        size = sum(path.stat().st_size for path in (exported / serving.weights).iterdir())
        held = "with the adapter merged in" if serving.adapter and serving.merged else "whole"
        yield f"The release holds the weights of {serving.base}, {held}: {size / MEGABYTE:,.1f} MB."
    else:
        yield (
            f"{serving.base} lies behind an endpoint: its weights are not in the release, and what "
            "answers there can change without notice. Its address and digest are on record."
        )
    rows = len(json.loads((exported / FILE).read_text(encoding="utf-8"))["examples"]["input"])
    if rows:
        yield f"{rows:,} training rows are in the release as examples: whoever gets it reads them."


def _forms(workspace: Workspace, exported: Path) -> Iterator[tuple[str, Answers]]:
    """Form → what answers in it; each is loaded when the one before is done."""
    if not answers_in_text(Package(exported, exported=True)):
        model = MODEL if (exported / MODEL).is_file() else ARRAYS
        yield model, opened(exported, exported=True)
        return
    from rungwise.release.text_predictor import TextPredictor

    serving = export.read(exported)
    form = "the endpoint" if serving.base else "the copied answers"
    yield (
        (f"{serving.weights}/" if serving.weights else form),
        opened(exported, exported=True),
    )
    if serving.adapter and serving.merged:
        base = language_model(rung_context(workspace))
        form = f"{serving.base} with {serving.adapter}/"
        yield form, TextPredictor(exported, exported=True, base=base)
