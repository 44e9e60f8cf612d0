"""The goal says what is predicted, by which number success is told, and from where to start."""

from __future__ import annotations

from functools import partial

from rungwise.errors import TaskError
from rungwise.evaluation.wording import wanted
from rungwise.protocols import GateContext
from rungwise.records import Verdict

VERDICT = partial(Verdict, "goal_measurable", "R2")


class GoalMeasurable:
    """Holds a goal that no number can decide (R1, R2, R3, R5), or that has no base (R28)."""

    requirement = "R2"
    title = "The goal can be measured"
    before = ("split",)

    def judge(self, context: GateContext) -> Verdict:
        """Hold with everything that is missing; pass with the goal as it will be decided."""
        from rungwise import goal as sentence  # its patterns take a tenth of a second to compile

        goal = context.task.task
        numbers = {"metric": goal.metric, "target": goal.target, "greater": context.greater}
        if problems := _problems(context):
            example = f"A good one: “{sentence.GOOD_EXAMPLE}”."
            return VERDICT("hold", " ".join([*problems, example]), numbers)
        said = sentence.read(goal.goal).target
        differs = said is not None and abs(said - goal.target) > 1e-9
        note = f" The sentence says {said:g}; rungwise.yaml decides." if differs else ""
        asks = f"Success is {goal.metric} of {wanted(goal.target, context.greater, goal.metric)}"
        if goal.precision is not None:
            asks += f", at a precision of {wanted(goal.precision, True, goal.metric)}"
        elif warning := sentence.one_sided(goal.goal, goal.metric):
            note = f"{note} {warning}"
        return VERDICT("pass", f"{asks}.{note}", numbers)


def _problems(context: GateContext) -> list[str]:
    from rungwise import goal as sentence
    from rungwise.evaluation.metrics import check_target
    from rungwise.evaluation.on_record import goal_metric

    goal = context.task.task
    problems = []
    if lacks := sentence.missing(goal.goal, goal.metric, goal.target):
        problems.append(f"The goal “{goal.goal}” does not say {' and '.join(lacks)}.")
    try:
        check_target(goal_metric(context), goal.target)
    except TaskError as error:
        problems.append(str(error))
    if sentence.read(goal.goal).from_scratch or not context.task.models:
        problems.append(
            "The goal needs a model trained from scratch; name a checkpoint under `models:`."
        )
    return problems
