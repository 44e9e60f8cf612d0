"""Too good to be true: the answers may have leaked into what the model sees (R21)."""

from __future__ import annotations

from typing import ClassVar

from rungwise.evaluation import figures
from rungwise.evaluation.wording import measured
from rungwise.percent import percent
from rungwise.protocols import DiagnosisContext
from rungwise.records import Finding


class LeakageSuspected:
    """Holds where nothing was trained and (almost) every answer is right, or where validation
    beats training by more than chance and the audit `overlap` has findings.

    Neighbours that are always right are usually copies; label names that are always right
    usually stand in the text.
    """

    requirement: ClassVar[str] = "R21"
    title: ClassVar[str] = "Leakage suspected"
    rank: ClassVar[int] = 5

    def read(self, context: DiagnosisContext) -> Finding | None:
        """Ask both questions; the first that holds is told."""
        return self._without_training(context) or self._better_than_training(context)

    def _without_training(self, context: DiagnosisContext) -> Finding | None:
        attempt = context.attempt
        known = {measured.metric: measured for measured in (*attempt.metrics, attempt.goal)}
        accuracy = known.get("accuracy")
        rows = sum(context.validation_counts.values())
        easy = max(context.validation_counts.values(), default=0) / max(rows, 1)
        least = 1 - context.policy.too_good
        if attempt.trains or accuracy is None or accuracy.value < least or easy >= least:
            return None
        return self._finding(
            f"{attempt.rung} is right on {percent(accuracy.value, 1)} of {accuracy.rows:,} "
            f"{'' if accuracy.on == 'folds' else f'{accuracy.on} '}rows without any training: too "
            "good to be true",
            {"accuracy": accuracy.value, "rows": accuracy.rows, "most_frequent_class": easy},
        )

    def _better_than_training(self, context: DiagnosisContext) -> Finding | None:
        goal, train = context.attempt.goal, context.attempt.train_metric
        careful = goal.low if context.greater else goal.high
        copies = [f for f in context.findings if f.code.partition(".")[0] == "overlap" and f.count]
        if train is None or careful is None or not copies:
            return None
        if not (careful > train if context.greater else careful < train):
            return None
        return self._finding(
            f"{measured(goal)} beats {figures.figure(train, goal.metric, goal.rows)} on training, "
            f"and the audit found {sum(f.count for f in copies)} overlapping rows",
            {"validation": goal.value, "train": train, "copies": sum(f.count for f in copies)},
        )

    def _finding(self, title: str, numbers: dict[str, object]) -> Finding:
        return Finding(
            code="leakage_suspected",
            severity="warn",
            title=title,
            advice=(
                "Look for copies across the parts and for the answer inside the input; name a "
                "`group` column if rows belong together, and split anew."
            ),
            requirement=self.requirement,
            numbers=numbers,
        )
