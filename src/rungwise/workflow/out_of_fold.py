"""Probabilities of rows by heads that did not learn from them: once a split and model (R12)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from rungwise.errors import LedgerError, ModelError, StorageError
from rungwise.objects import Objects, canonical, digest_json
from rungwise.plugins import kind_of
from rungwise.table import Predictions
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

FORMAT = 1
"""Raised whenever the same rows would be answered otherwise."""


def out_of_fold(workspace: Workspace) -> Predictions | str:
    """Out-of-fold answers to train and validation, or why there are none."""
    task, split = workspace.task, workspace.state.split
    assert split is not None, "the gate split_sealed stands before audit"
    rows, most = split.rows["train"] + split.rows["validation"], task.policy.out_of_fold_rows
    if not kind_of(task).labels:
        return "only labels can be answered out of fold"
    if len(split.classes) < 2:
        return "there is one class only"
    if rows > most:
        return f"more than {most:,} rows (`policy.out_of_fold_rows`)"
    from rungwise.training import out_of_fold, trunk

    context = rung_context(workspace)
    try:
        opened = trunk.of(context, task.models[0])
    except ModelError as error:
        return error.fact
    model, limit = opened.backbone.digest, task.training.max_tokens
    key = [FORMAT, split.id, model, limit, task.policy.seed]
    store = Objects(workspace.cache / "out_of_fold")
    note = store.folder / f"{digest_json(key)}.json"
    if (found := _kept(workspace, store, note)) is not None:
        return found
    parts = workspace.part("train"), workspace.part("validation")
    seed, progress = task.policy.seed, workspace.progress
    answered = out_of_fold.out_of_fold(opened, *parts, split.classes, seed, progress)
    digest = workspace.keep_predictions(answered, store)
    try:
        note.write_text(canonical(digest), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{note} cannot be written: {error.strerror}", "Free it.") from error
    return answered


def _kept(workspace: Workspace, store: Objects, note: Path) -> Predictions | None:
    """What an earlier audit computed, where it is still whole."""
    if note.is_file():
        with contextlib.suppress(LedgerError, ValueError):
            return workspace.predictions(json.loads(note.read_text(encoding="utf-8")), store)
    return None
