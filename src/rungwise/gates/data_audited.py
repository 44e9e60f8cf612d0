"""Every question was put to the data, and no answer forbids to go on."""

from __future__ import annotations

from functools import partial

from rungwise import plugins
from rungwise.evaluation.wording import counted
from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "data_audited", "R20")


class DataAudited:
    """Holds while an audit has not run or a finding blocks (R20, C5)."""

    requirement = "R20"
    title = "The data is audited before anything is built on it"
    before = ("climb", "tune", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Hold with the audits owed, or with the findings that block."""
        if context.split is None:
            return VERDICT("hold", "There is no split to audit yet: `rungwise split` comes first.")
        audits = plugins.names("audits")
        owed = [name for name in audits if name not in context.audited]
        counts = {
            severity: sum(one.severity == severity for one in context.findings)
            for severity in ("block", "warn", "info")
        }
        numbers = {"audits": len(audits), "owed": owed, **counts}
        if owed:
            reason = f"Not run yet, of {len(audits)} audits: {', '.join(owed)}."
            return VERDICT("hold", f"{reason} `rungwise audit` does it.", numbers)
        blocking = [one for one in context.findings if one.severity == "block"]
        if blocking:
            more = f" {counted(len(blocking) - 1, 'finding')} more." if blocking[1:] else ""
            first = f"{blocking[0].code} blocks: {blocking[0].title.rstrip('.')}."
            reason = f"{first} {blocking[0].advice.rstrip('.')}.{more}"
            codes = [one.code for one in blocking]
            return VERDICT("hold", reason, numbers | {"blocking": codes})
        ran, warned = counted(len(audits), "audit"), counted(counts["warn"], "warning")
        reason = f"{ran} ran; {warned} and no finding that blocks."
        return VERDICT("pass", reason, numbers)
