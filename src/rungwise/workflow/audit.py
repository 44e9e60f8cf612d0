"""`audit`: put every question to the data whose time has come (R20, C5).

Sizes, copies and leakage are asked at once. What is asked of the content reads the failures of
the baseline, so it waits until a rung that trains nothing was measured.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from rungwise import plugins
from rungwise.data.curation.chain import vanishing
from rungwise.data.personal.detect import structured
from rungwise.data.personal.redact import redacted_line
from rungwise.data_section import Depth
from rungwise.errors import DataError
from rungwise.evaluation.standing import asking_baseline
from rungwise.protocols import Audit, AuditContext
from rungwise.records import FailureGroup, Finding, Rating, SplitRecord, to_json
from rungwise.workflow.define import remember
from rungwise.workflow.derived_inputs import DerivedInputs
from rungwise.workflow.finding_rows import kept
from rungwise.workflow.guideline import guideline, refresh
from rungwise.workflow.judge import judge, require
from rungwise.workflow.near import near_pairs
from rungwise.workflow.production import production, production_digest
from rungwise.workflow.unnamed_columns import unnamed_columns
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl


def audit(workspace: Workspace, *, depth: Depth | None = None) -> tuple[Finding, ...]:
    """Run every audit that can be run and has not yet run on this data; returns all findings.

    Where a finding has many rows it comes as the ledger has it, with the first few of them:
    `finding_rows.whole` reads the rest.

    With a `depth`, the audits that depend on it run again; their last answer is in force. The
    inputs of the sealed part are read for overlap, its labels never; the ledger says so.
    """
    remember(workspace)
    require(workspace, "audit")
    failures = baseline_failures(workspace)
    owed = _owed(workspace, depth)
    ready = {n: one for n, one in owed.items() if failures is not None or one.stage == "structure"}
    if ready:
        _ask(workspace, ready, _context(workspace, failures or (), depth))
        refresh(workspace)
    if waiting := [name for name in owed if name not in ready]:
        workspace.progress.say(
            f"Waiting for the failures of a baseline: {', '.join(waiting)}. "
            "`rungwise run` measures one and asks them."
        )
    judge(workspace)
    return workspace.state.findings


def _owed(workspace: Workspace, depth: Depth | None) -> Mapping[str, Audit]:
    """The audits without an answer on this data, on this production sample, at this depth."""
    sample, answered = production_digest(workspace), workspace.state.audits
    return {
        name: question
        for name, question in plugins.serving("audits", workspace.task).items()
        if name not in answered
        or _put_again(workspace, question)
        or (depth and question.depends_on_depth)
        or (question.stage == "content" and workspace.state.production[name] != sample)
    }


def _put_again(workspace: Workspace, question: Audit) -> bool:
    """Whether a question reads what people may have changed since it was answered."""
    rereads = getattr(question, "rereads", False)
    return bool(workspace.state.ratings) if rereads == "ratings" else bool(rereads)


def _ask(workspace: Workspace, questions: Mapping[str, Audit], context: AuditContext) -> None:
    """Put each question and record the answer."""
    sample = production_digest(workspace)
    for name in workspace.progress.over(list(questions), "audits", len(questions)):
        question = questions[name]
        found = [_without_values(finding) for finding in question.examine(context)]
        findings = [kept(finding, workspace.objects) for finding in found]
        if name in workspace.state.audits and _answered_so(workspace, name, findings):
            continue
        payload = {
            "data": context.split.id,
            "audit": name,
            "findings": to_json(findings),
            "read_sealed_inputs": True,
            "production": sample if question.stage == "content" else "",
        }
        workspace.record("audit", payload)


def _answered_so(workspace: Workspace, name: str, findings: list[Finding]) -> bool:
    """Whether a question that is put again and again got the answer that is on record."""
    if not _put_again(workspace, plugins.load("audits", name)):
        return False
    held = [one for one in workspace.state.findings if one.code.partition(".")[0] == name]
    return bool(to_json(held) == to_json(findings))


def _without_values(finding: Finding) -> Finding:
    """What goes on record for ever, and into every report, quotes no personal value (R18)."""
    return dataclasses.replace(
        finding,
        title=redacted_line(finding.title, structured()),
        advice=redacted_line(finding.advice, structured()),
    )


def baseline_failures(workspace: Workspace) -> tuple[FailureGroup, ...] | None:
    """Grouped wrong answers of the best rung that trains nothing; None before any is on record.

    A copy has mistakes of its own, so its groups are read only if nothing else was measured.
    """
    if workspace.state.split is None or not workspace.attempts:
        return None
    chosen = asking_baseline(workspace.attempts, workspace.metric.greater)
    return workspace.state.failures.get(chosen.id) if chosen else None


def _production(workspace: Workspace) -> tuple[pl.DataFrame | None, str]:
    """The sample, or why it cannot be used: the questions that need none are put all the same."""
    try:
        return production(workspace.task, workspace.folder, workspace.progress), ""
    except DataError as error:
        return None, error.fact


def _ratings(workspace: Workspace, split: SplitRecord) -> Mapping[str, Rating]:
    """Blind ratings in the labels of the version in force: a merge holds for them too."""
    merged = vanishing(dict(split.numbers.get("merged", {})).items())
    return {
        row: dataclasses.replace(rating, label=merged.get(rating.label, rating.label))
        for row, rating in workspace.state.ratings.items()
    }


def _context(
    workspace: Workspace, failures: tuple[FailureGroup, ...], depth: Depth | None
) -> AuditContext:
    split = workspace.state.split
    assert split is not None, "the gate split_sealed stands before audit"
    data = workspace.task.data
    sample, unusable = _production(workspace)
    derived = DerivedInputs(workspace)
    return AuditContext(
        task=workspace.task,
        policy=workspace.task.policy,
        split=split,
        train=workspace.part("train"),
        validation=workspace.part("validation"),
        test=workspace.part("test"),
        quarantine=workspace.part("quarantine"),
        given=frozenset(part for part in ("validation", "test") if getattr(data, part) is not None),
        progress=workspace.progress,
        failures=failures,
        production=sample,
        unusable=unusable,
        embeddings=derived.embeddings,
        cut=derived.cut,
        base_languages=derived.base_languages,
        out_of_fold=derived.out_of_fold,
        people=derived.people,
        unnamed=partial(unnamed_columns, workspace),
        depth=depth,
        ratings=_ratings(workspace, split),
        guideline=guideline(workspace),
        near=partial(near_pairs, workspace),
    )
