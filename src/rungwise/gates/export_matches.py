"""What is shipped answers as what was evaluated."""

from __future__ import annotations

from functools import partial
from typing import Any

from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "export_matches", "R71")
NAMED = 5
"""Rows that the reason names; the numbers name all."""


class ExportMatches:
    """Holds until the export answers every validation row as the evaluated model did (R71)."""

    requirement = "R71"
    title = "The export answers as the evaluated model"
    before = ("ship",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold with the rows that differ."""
        if context.export is None:
            made = "`rungwise ship` makes one" if context.test else "the test comes first"
            return VERDICT("hold", f"No export was compared yet: {made}.")
        rows = context.export.rows
        differing = {form: ids for form, ids in context.export.differing.items() if ids}
        numbers: dict[str, Any] = {
            "mismatches": len({row for ids in differing.values() for row in ids}),
            "rows": rows,
            "differing": {form: list(ids) for form, ids in context.export.differing.items()},
        }
        if differing:
            told = "; ".join(f"{form}: {_named(ids)}" for form, ids in differing.items())
            reason = (
                f"The export answers {numbers['mismatches']:,} of {rows:,} validation rows "
                f"differently from the evaluated model ({told}): what would be shipped is not what "
                "was tested."
            )
            return VERDICT("hold", reason, numbers)
        forms = " and ".join(context.export.differing)
        reason = f"The export ({forms}) answers all {rows:,} validation rows as evaluated."
        return VERDICT("pass", reason, numbers)


def _named(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return f"row{'s' if len(ids) > 1 else ''} {', '.join(ids[:NAMED])}{more}"
