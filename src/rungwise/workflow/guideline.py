"""GUIDELINE.md follows the audit: examples, and confused classes as edge cases (R13)."""

from __future__ import annotations

from typing import Any

import polars as pl

from rungwise.data.classes import example_rows
from rungwise.errors import StorageError
from rungwise.evaluation.wording import counted
from rungwise.files import write_text
from rungwise.plugins import kind_of
from rungwise.reporting.edge_cases import Confusion, refreshed
from rungwise.reporting.guideline import (
    EXAMPLES,
    LONGEST,
    OF_ANSWERS,
    with_examples,
    without_blank,
)
from rungwise.reporting.wording import line
from rungwise.workflow.recorded_spans import redactor
from rungwise.workflow.workspace import Workspace

GUIDELINE = "GUIDELINE.md"
CODE = "confused_pairs"
HALF = LONGEST // 2 - 2
"""Characters of an input, and of the answer that stands behind it."""


def guideline(workspace: Workspace) -> str:
    """The page as it stands; empty if there is none.

    Raises:
        StorageError: It cannot be read.
    """
    path = workspace.folder / GUIDELINE
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{path} cannot be read: {error}", "Make it readable UTF-8 text."
        ) from error


def refresh(workspace: Workspace) -> bool:
    """Bring examples and edge cases up to date; returns whether the page has changed.

    Where the page was deleted nothing is written.

    Raises:
        StorageError: The page cannot be read or written.
    """
    path = workspace.folder / GUIDELINE
    if not path.is_file():
        return False
    found = next((one for one in workspace.state.findings if one.code == CODE), None)
    pairs = _confusions(workspace, found.numbers["pairs"]) if found else []
    try:
        page = path.read_text(encoding="utf-8")
        curation = workspace.state.curation
        merged = curation.merged if curation else {}
        fresh = with_examples(without_blank(page, merged), _examples(workspace))
        fresh = refreshed(fresh, pairs)
        if fresh == page:
            return False
        write_text(path, fresh)
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{path} cannot be rewritten: {error}", "Make it writable UTF-8 text."
        ) from error
    told = f" and {counted(len(pairs), 'pair')} of classes as edge cases" if pairs else ""
    what = "rows" if not kind_of(workspace.task).labels else "every class"
    workspace.progress.say(f"{GUIDELINE} shows examples of {what}{told}.")
    return True


def _examples(workspace: Workspace) -> dict[str, list[str]]:
    """Heading → what stands below it, without personal values: inputs of a label, or answers."""
    if not kind_of(workspace.task).labels:
        return {OF_ANSWERS: _answered(workspace)}
    rows = example_rows(workspace.part("train"))
    shown = rows.with_columns(redactor(workspace).cells(rows))
    return dict(shown.group_by("expected", maintain_order=True).agg("input").iter_rows())


def _answered(workspace: Workspace) -> list[str]:
    """A few training rows, each as its input and the expected answer."""
    rows = workspace.part("train").head(EXAMPLES)
    hidden = redactor(workspace)
    inputs, answers = hidden.cells(rows), hidden.cells(rows, "expected")
    return [
        f"{line(asked, HALF)} → {line(answer, HALF)}"
        for asked, answer in zip(inputs, answers, strict=True)
    ]


def _confusions(workspace: Workspace, pairs: list[dict[str, Any]]) -> list[Confusion]:
    wanted = {row for pair in pairs for side in pair["examples"] for row in side}
    parts = pl.concat([workspace.part("train"), workspace.part("validation")])
    known = parts.filter(pl.col("id").is_in(list(wanted))).select("id", "input")
    known = known.with_columns(redactor(workspace).cells(known))
    text = dict(known.iter_rows())
    return [
        Confusion(
            classes=(pair["classes"][0], pair["classes"][1]),
            share=pair["share"],
            examples=(
                [text[row] for row in pair["examples"][0]],
                [text[row] for row in pair["examples"][1]],
            ),
        )
        for pair in pairs
    ]
