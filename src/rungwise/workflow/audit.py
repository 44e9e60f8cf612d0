"""`audit`: put every question to the data before any model is touched (R20, C5)."""

from __future__ import annotations

import functools

from rungwise import plugins
from rungwise.protocols import Audit, AuditContext
from rungwise.records import Finding, to_json
from rungwise.workflow.guideline import refresh
from rungwise.workflow.judge import judge, require
from rungwise.workflow.out_of_fold import out_of_fold
from rungwise.workflow.workspace import Workspace


def audit(workspace: Workspace) -> tuple[Finding, ...]:
    """Run every audit that has not yet run on the split in force; returns all findings.

    The inputs of the sealed part are read for overlap, its labels never; the ledger says so.
    """
    require(workspace, "audit")
    open_questions = [n for n in plugins.names("audits") if n not in workspace.state.audits]
    if open_questions:
        context = _context(workspace)
        for name in workspace.progress.over(open_questions, "audits", len(open_questions)):
            question: Audit = plugins.load("audits", name)
            findings = question.examine(context)
            payload = {
                "data": context.split.id,
                "audit": name,
                "findings": to_json(findings),
                "read_sealed_inputs": True,
            }
            workspace.record("audit", payload)
        refresh(workspace)
    judge(workspace)
    return workspace.state.findings


def _context(workspace: Workspace) -> AuditContext:
    split = workspace.state.split
    assert split is not None, "the gate split_sealed stands before audit"
    data = workspace.task.data
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
        out_of_fold=functools.cache(functools.partial(out_of_fold, workspace)),
    )
