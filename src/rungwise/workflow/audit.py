"""`audit`: put every question to the data before any model is touched (R20, C5)."""

from __future__ import annotations

from rungwise import plugins
from rungwise.protocols import Audit, AuditContext
from rungwise.records import Finding, to_json
from rungwise.task import Depth
from rungwise.workflow.judge import judge, require
from rungwise.workflow.workspace import Workspace

DEEPER = frozenset({"near_copies", "hidden_groups"})
"""Audits whose answer depends on the depth: they are put again where it is asked for."""


def audit(workspace: Workspace, *, depth: Depth | None = None) -> tuple[Finding, ...]:
    """Run every audit that has not yet run on the split in force; returns all findings.

    With a `depth`, the audits that depend on it run again; their last answer is in force. The
    inputs of the sealed part are read for overlap, its labels never; the ledger says so.
    """
    require(workspace, "audit")
    again = DEEPER if depth else frozenset()
    asked = workspace.state.audits - again
    open_questions = [name for name in plugins.names("audits") if name not in asked]
    if open_questions:
        context = _context(workspace, depth)
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
    judge(workspace)
    return workspace.state.findings


def _context(workspace: Workspace, depth: Depth | None) -> AuditContext:
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
        depth=depth,
    )
