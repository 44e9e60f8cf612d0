"""What is shipped answers as what was evaluated."""

from __future__ import annotations

from functools import partial

from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "export_matches", "R71")


class ExportMatches:
    """Holds until the exported model gives the evaluated labels on every validation row (R71)."""

    requirement = "R71"
    title = "The export answers as the evaluated model"
    before = ("ship",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold with the number of rows that differ."""
        mismatches = context.export_mismatches
        if mismatches is None:
            return VERDICT("hold", "No export was compared yet: `rungwise ship` makes one.")
        rows = context.split.rows["validation"] if context.split else 0
        numbers = {"mismatches": mismatches, "rows": rows}
        if mismatches:
            reason = (
                f"The export answers {mismatches:,} of {rows:,} validation rows differently from "
                "the evaluated model: what would be shipped is not what was tested."
            )
            return VERDICT("hold", reason, numbers)
        reason = f"The export gives the evaluated labels on all {rows:,} validation rows."
        return VERDICT("pass", reason, numbers)
