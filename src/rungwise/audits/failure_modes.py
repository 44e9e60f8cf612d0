"""Whether the mistakes that are to be fixed have examples to learn from (R17)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation.text_lessons import lessons
from rungwise.evaluation.wording import agreeing, counted
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import FailureGroup, Finding

SHOWN = 3


class FailureModes:
    """Counts, for each group of the baseline's wrong answers, the training rows that teach it.

    A group is covered where train holds at least `policy.failure_examples` rows with the label
    that was expected, or where text is generated with the field or the subject that went wrong:
    what a prompt would be given as examples (R30) is the least that training needs too. The last
    group, which mixes mistakes, is not judged, and no other of which no rule can say what teaches.
    """

    requirement: ClassVar[str] = "R17"
    title: ClassVar[str] = "Examples of what the baseline gets wrong"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding with the coverage of every group: a warning where one lacks examples."""
        taught = {group.name: _taught(context, group) for group in context.failures}
        covered = {name: rows for name, rows in taught.items() if rows is not None}
        groups = [group for group in context.failures if group.name in covered]
        if not groups:
            return []
        least = context.policy.failure_examples
        lacking = [group for group in groups if covered[group.name] < least]
        numbers = {"least": least, "groups": len(groups), "lacking": len(lacking), "rows": covered}
        if lacking:
            return [_lacking(lacking, covered, least, numbers)]
        wrong = sum(group.count for group in groups)
        return [
            Finding(
                code="failure_modes.covered",
                severity="info",
                title=(
                    f"{counted(len(groups), 'group')} of mistakes "
                    f"({counted(wrong, 'wrong answer')} of the baseline) "
                    f"{agreeing(len(groups), 'has', 'have')} at least "
                    f"{min(covered.values()):,} training rows each"
                ),
                advice="Train has examples of each; whether to train, `tuning_earned` says.",
                requirement="R17",
                count=len(groups),
                numbers=numbers,
            )
        ]


def _taught(context: AuditContext, group: FailureGroup) -> int | None:
    """Training rows that teach a group; None where that cannot be said."""
    if not kind_of(context.task).labels:
        return lessons(group.name, context.train)
    expected = context.train["expected"]
    return int((expected == group.expected).sum()) if group.expected else None


def _lacking(
    groups: list[FailureGroup], covered: dict[str, int], least: int, numbers: dict[str, object]
) -> Finding:
    shown = ", ".join(f"{one.name} ({covered[one.name]:,})" for one in groups[:SHOWN])
    more = ", …" if len(groups) > SHOWN else ""
    return Finding(
        code="failure_modes.lacking",
        severity="warn",
        title=(
            f"{counted(len(groups), 'group')} of mistakes {agreeing(len(groups), 'has', 'have')} "
            f"fewer than {least:,} training rows that show "
            f"what is right: {shown}{more}"
        ),
        advice=(
            "Collect rows like those that fail, or no training can fix them. "
            "`policy.failure_examples` moves this line."
        ),
        requirement="R17",
        count=len(groups),
        numbers=numbers,
    )
