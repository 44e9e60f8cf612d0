"""Every question was put to the data, and no answer forbids to go on."""

from __future__ import annotations

from functools import partial

from rungwise import plugins
from rungwise.evaluation.wording import counted
from rungwise.protocols import Audit, GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "data_audited", "R20")


class DataAudited:
    """Holds while an audit has not run or a finding blocks (R20, C5).

    Before the climb the audits of the structure are asked for; before anything is tuned, those
    of the content too, which read the failures of the baseline.
    """

    requirement = "R20"
    title = "The data is audited before anything is built on it"
    before = ("climb", "tune", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Hold with the audits owed, or with the findings that block."""
        if context.split is None:
            return VERDICT("hold", "There is no split to audit yet: `rungwise split` comes first.")
        audits: dict[str, Audit] = plugins.serving("audits", context.task)
        left = [name for name in audits if name not in context.audited]
        waiting = [n for n in left if not _all_due(context) and audits[n].stage == "content"]
        owed = [name for name in left if name not in waiting]
        counts = {
            severity: sum(one.severity == severity for one in context.findings)
            for severity in ("block", "warn", "info")
        }
        numbers = {"audits": len(audits), "owed": owed, "waiting": waiting, **counts}
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
        ran = counted(len(audits) - len(waiting), "audit")
        reason = f"{ran} ran; {counted(counts['warn'], 'warning')} and no finding that blocks."
        if waiting:
            reason += f" {counted(len(waiting), 'audit')} will read the failures of the baseline."
        return VERDICT("pass", reason, numbers)


def _all_due(context: GateContext) -> bool:
    """Whether the audits of the content are due: before tuning, or once a baseline is known."""
    if context.step is None:
        return any(not attempt.trains for attempt in context.attempts)
    return context.step in ("tune", "full")
