"""Always giving the most frequent answer meets the target: the goal asks nothing (R2)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import figures
from rungwise.evaluation.standing import at_recall, reaches
from rungwise.evaluation.wording import measured
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class TrivialTarget:
    """Holds where `majority` reaches the target; said of that attempt and of every other."""

    requirement: ClassVar[str] = "R2"
    title: ClassVar[str] = "Trivial target"
    rank: ClassVar[int] = 10

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Look for a majority answer that is good enough."""
        trivial = [
            attempt.goal
            for attempt in context.attempts
            if attempt.rung == "majority"
            and not at_recall(attempt)
            and reaches(attempt.goal.value, context.target, context.greater)
        ]
        if not trivial:
            return None
        goal = trivial[-1]
        return Finding(
            code="trivial_target",
            severity="warn",
            title=(
                f"Always answering the most frequent class has {measured(goal)}, and the target "
                f"is {figures.goal(context.target, goal.metric)}"
            ),
            advice=(
                "Meeting this target proves nothing. Choose a metric that counts every class "
                "(macro_f1, balanced_accuracy, recall of the class that matters), or raise it."
            ),
            requirement=self.requirement,
            numbers={"majority": goal.value, "target": context.target, "rows": goal.rows},
        )
