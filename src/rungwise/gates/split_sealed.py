"""Three parts, the test part sealed, before anything learns, audits or curates."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.wording import counted
from rungwise.percent import percent
from rungwise.protocols import GateContext
from rungwise.records import SplitRecord, Verdict

VERDICT = partial(Verdict, "split_sealed", "R10")


class SplitSealed:
    """Holds until there are three parts with rows, and the test part is sealed (R9, R10, C4)."""

    requirement = "R10"
    title = "The data is split and the test part sealed"
    before = ("audit", "climb", "tune", "full")

    def judge(self, context: GateContext) -> Verdict:
        """Hold without a whole split, or where an attempt learnt from another one."""
        split = context.split
        if split is None:
            return VERDICT("hold", "The data is not split yet: `rungwise split` does it.")
        numbers = _numbers(split)
        empty = [part for part in ("train", "validation", "test") if not split.rows.get(part)]
        if empty:
            reason = f"The split has 0 rows in {' and '.join(empty)}; three parts are needed."
            return VERDICT("hold", reason, numbers)
        if not split.test_inputs or not split.test_expected:
            return VERDICT("hold", "The test part has no digest, so it is not sealed.", numbers)
        strangers = [one.id for one in context.attempts if one.data != split.id]
        if strangers:
            learnt = counted(len(strangers), "attempt")
            reason = f"The split in force is not the one that {learnt} learnt from."
            return VERDICT("hold", reason, numbers | {"strangers": strangers})
        reason = (
            f"{split.rows['test']:,} of {numbers['rows']:,} rows "
            f"({percent(numbers['test_share'], 1)}) are "
            f"sealed for the test and {split.rows['validation']:,} "
            f"({percent(numbers['validation_share'], 1)}) validate; none of them trains."
        )
        return VERDICT("pass", reason, numbers)


def _numbers(split: SplitRecord) -> dict[str, float]:
    total = sum(split.rows.values())
    return {"rows": total} | {
        f"{part}_share": split.rows.get(part, 0) / total if total else 0.0
        for part in ("train", "validation", "test")
    }
