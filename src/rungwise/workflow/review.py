"""`audit --review FILE`: rows to decide on or to label blind, out and back (R12, R14, C5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rungwise.data import blind_sample
from rungwise.data.adjudication import NEEDED, check_format, read, write
from rungwise.data.curation.decisions import of_reviews
from rungwise.data.formats import read_file
from rungwise.data.raw import Raw
from rungwise.data.together import together
from rungwise.errors import StorageError
from rungwise.plugins import kind_of
from rungwise.records import SUGGESTED, Finding, to_json
from rungwise.workflow.audit import audit
from rungwise.workflow.data_version import parts_of
from rungwise.workflow.finding_rows import whole
from rungwise.workflow.recorded_spans import redactor
from rungwise.workflow.workspace import Workspace

ASKED = frozenset({"R12", "R14"})
"""Requirements whose findings point at rows with a label in doubt."""
CROSS_CHECK = "agreement.cross_check"
"""Its rows want a second label, which nobody gives freely who has seen the first."""


@dataclass(frozen=True, slots=True)
class Review:
    """What came of a review file.

    Attributes:
        path: The file.
        written: Rows that were put into it; 0 where it was there already.
        decided: Decisions or ratings that are new on record; 0 where the file was written.
        undecided: Rows of the file that are still without one.
        due: Decisions on record that `curate --reviewed` would apply now.
        blind: Whether the file holds a sample to label blind, and not rows to decide on.
    """

    path: str
    written: int
    decided: int
    undecided: int
    blind: bool = False
    due: int = 0


def review(workspace: Workspace, path: Path, *, blind: bool = False) -> Review:
    """Write rows for people if there is no such file; else read back what they wrote into it.

    Decisions and ratings go on record and change nothing by themselves.

    Args:
        workspace: The task folder.
        path: The file; what it asks is told by its columns when it is read back.
        blind: Write a random sample to be labelled without the labels in use (R14), in the place
            of the rows whose label is in doubt.

    Raises:
        DataError: The file has another shape; the message names row, column and expectation.
        StorageError: The file cannot be written.
    """
    check_format(path)
    findings = [whole(finding, workspace.objects) for finding in audit(workspace) if _asks(finding)]
    split = workspace.state.split
    assert split is not None, "audit needs a split"
    rows = together({name: workspace.part(name) for name in ("train", "validation")})
    if not path.exists():
        if not path.parent.is_dir():
            raise StorageError(f"There is no folder {path.parent}", "Make it first.")
        # The file is handed to other people, who need the texts and not whom they are about.
        if blind:
            asked = _sample(workspace, rows)
            blind_sample.write(asked.with_columns(redactor(workspace).cells(asked)), path)
        else:
            asked = in_doubt(findings, rows, known=set(workspace.state.reviews))
            write(_without_values(asked, workspace), path)
        return Review(str(path), len(asked), 0, len(asked), blind)
    raw, _ = read_file(path, path.name, NEEDED)
    if blind_sample.is_sample(raw):
        return _rated(workspace, path, raw, rows)
    decisions, undecided = read(path, rows, split.classes)
    held = workspace.state.reviews
    fresh = {row: told for row, told in decisions.items() if held.get(row) != told}
    if fresh:
        payload = {"data": split.id, "source": path.name, "decisions": to_json(fresh)}
        workspace.record("review", payload)
    due = of_reviews(workspace.state.reviews, parts_of(workspace))
    return Review(str(path), 0, len(fresh), undecided, due=len(due))


def _without_values(asked: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """The rows without personal values, in expected texts as in inputs."""
    told = redactor(workspace)
    hidden = asked.with_columns(told.cells(asked))
    if kind_of(workspace.task).labels:
        return hidden  # `given` is a class
    given = told.cells(asked.rename({"given": "expected"}), "expected")
    return hidden.with_columns(given.alias("given"))


def _sample(workspace: Workspace, rows: pl.DataFrame) -> pl.DataFrame:
    """A random sample, large enough for the cross-check that an audit asks for."""
    asked = [one.count for one in workspace.state.findings if one.code == CROSS_CHECK]
    count = max([workspace.task.policy.label_sample_rows, *asked])
    known = frozenset(workspace.state.ratings)
    return blind_sample.draw(rows, count, workspace.task.policy.seed, known)


def _rated(workspace: Workspace, path: Path, raw: Raw, rows: pl.DataFrame) -> Review:
    """Put the ratings of a sample on record; the audit that reads them is put again."""
    split = workspace.state.split
    assert split is not None, "audit needs a split"
    ratings, missing = blind_sample.read(raw, path, frozenset(rows["id"]), split.classes)
    held = workspace.state.ratings
    fresh = {row: rating for row, rating in ratings.items() if held.get(row) != rating}
    if fresh:
        payload = {"data": split.id, "source": path.name, "ratings": to_json(fresh)}
        workspace.record("ratings", payload)
        audit(workspace)
    return Review(str(path), 0, len(fresh), missing, blind=True)


def in_doubt(findings: Sequence[Finding], rows: pl.DataFrame, known: set[str]) -> pl.DataFrame:
    """The rows that findings on labels point at, each once, in the order of the findings.

    Args:
        findings: What the audits found, with all rows.
        rows: Train and validation with a column `part`.
        known: Ids that a person has decided on already.

    Returns:
        The columns `id`, `split`, `input`, `given`, `suggested` and `reason`.
    """
    pointed = [
        (row.id, finding.numbers.get(SUGGESTED, {}).get(row.id), _why(finding, row.score))
        for finding in findings
        if _asks(finding)
        for row in finding.rows
        if row.id not in known
    ]
    schema = {"id": pl.String, "suggested": pl.String, "reason": pl.String}
    told = pl.DataFrame(pointed, schema, orient="row")
    told = told.group_by("id", maintain_order=True).agg(
        pl.col("suggested").drop_nulls().first(), pl.col("reason").str.join("; ")
    )
    beside = told.join(rows, on="id", how="inner", maintain_order="left")
    return beside.select(
        "id",
        pl.col("part").alias("split"),
        "input",
        pl.col("expected").alias("given"),
        pl.col("suggested").fill_null(""),
        "reason",
    )


def _asks(finding: Finding) -> bool:
    return finding.requirement in ASKED and finding.code != CROSS_CHECK


def _why(finding: Finding, score: float | None) -> str:
    return finding.code if score is None else f"{finding.code} {score:.2f}"
