"""The words that speak loudest for each class, without those that an audit found to be personal."""

from __future__ import annotations

import json

import polars as pl

from rungwise.evaluation.standing import LINEAR, best
from rungwise.training.linear_classifier import FILE, TOP_WORDS
from rungwise.training.tfidf import prepared, words
from rungwise.workflow.recorded_spans import recorded_spans
from rungwise.workflow.workspace import Workspace


def top_words(workspace: Workspace) -> dict[str, list[str]]:
    """Label → words, by the best attempt of the linear rung; nothing without one, or its files.

    They lie with the fitted model, not in the ledger.
    """
    tried = (one for one in workspace.attempts if one.rung == LINEAR)
    attempt = best(tried, workspace.metric.greater)
    objects = workspace.objects
    if attempt is None or not objects.has(attempt.artefact):
        return {}
    files = json.loads(objects.read(attempt.artefact))
    if not objects.has(files[FILE]):  # a copy without weights
        return {}
    found: dict[str, list[str]] = json.loads(objects.read(files[FILE])).get(TOP_WORDS, {})
    private = _private_words(workspace)
    return {label: [one for one in of if one not in private] for label, of in found.items()}


def _private_words(workspace: Workspace) -> frozenset[str]:
    """Words of the values that the audit recorded in inputs, as the rung counts words."""
    places = recorded_spans(workspace).filter(column="input")
    if places.is_empty():
        return frozenset()
    parts = [workspace.part(name).select("id", "input") for name in ("train", "validation")]
    values = places.join(pl.concat(parts), on="id").select(
        value=pl.col("input").str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
    )
    texts = (prepared(value, len(value)) for value in values["value"].unique() if value)
    return frozenset(word for text in texts for word in words(text))
