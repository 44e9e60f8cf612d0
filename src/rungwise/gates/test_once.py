"""The test part is used once: a second look needs somebody who answers for it."""

from __future__ import annotations

from functools import partial

from rungwise.evaluation.wording import times
from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "test_once", "R68")


class TestOnce:
    """Holds once the seal was opened (R68); a named override opens one further look (C7)."""

    __test__ = False  # not a test case, whatever its name suggests to pytest

    requirement = "R68"
    title = "The test part is opened once"
    before = ("test",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold after the first look, and say how a further one is opened.

        An override is bound to the selected attempt and opens one look of it. So the next look
        needs one override more than those that earlier looks of this attempt have used; the
        very first look of all used none.
        """
        looks = context.unsealings
        if not looks:
            return VERDICT("pass", "The seal is whole: 0 looks so far.", {"looks": 0})
        chosen = context.selected.id if context.selected else ""
        used = sum(look.attempt == chosen for look in looks[1:])
        division = context.split.division if context.split else ""
        seen = (
            f"The test part was opened {times(len(looks))} already, so its rows are no "
            "longer unseen"
            if any(look.data == division for look in looks) or not division
            else "The test part of an earlier split was opened "
            f"{times(len(looks))}, and rows of this one may stand in it, so they count "
            "as seen"
        )
        own = context.task.data.test
        fresh = (
            f"a file of new rows as `test:` in rungwise.yaml, in place of {own}"
            if own
            else "`rungwise add FILE`, which cuts another test part from them"
        )
        reason = (
            f"{seen}. Rows that nobody has seen need no override: {fresh}. A further look needs a "
            "named override, and every report will show it: "
            '`rungwise test --override test_once --by NAME --role ROLE --reason "…"`.'
        )
        return VERDICT("hold", reason, {"looks": len(looks), "overrides_needed": used + 1})
