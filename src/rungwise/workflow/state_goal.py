"""The goal as `init` takes it: from the options, and else from the sentence (R1, R2)."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise import goal as sentence
from rungwise.errors import TaskError
from rungwise.progress import Progress
from rungwise.task import Task


def stated_goal(
    goal: str, metric: str | None, minimum: float | None, maximum: float | None
) -> tuple[str, float]:
    """The metric and the target, of the options and else of the sentence."""
    if minimum is not None and maximum is not None:
        raise TaskError("Both --min and --max were given", "A goal has one target; give one.")
    said = minimum if minimum is not None else maximum
    reading = sentence.read(goal)
    if lacks := sentence.missing(goal, metric, said):
        raise _unread(goal, lacks, reading)
    _check_agreement(reading, metric, said)
    name = metric or reading.metric
    target = said if said is not None else reading.target
    assert name is not None and target is not None, "missing() has named what is absent"
    return name, target


def _unread(goal: str, lacks: Sequence[str], reading: sentence.Reading) -> TaskError:
    """What the sentence does not say, or says in a way that cannot be read."""
    questions = [one for one in reading.questions if f"the {one.about}" in lacks]
    told = f": {'; '.join(one.fact for one in questions)}" if questions else ""
    forms = " or ".join(f"“{one.form}”" for one in questions[-1:])
    hint = f"Write {forms}, as in" if questions else "Write it like:"
    options = " and ".join(
        option
        for part, option in (("the metric", "--metric"), ("the target", "--min"))
        if part in lacks
    )
    return TaskError(
        f"The goal {goal!r} does not say {_listed(lacks)}{told}",
        f"{hint} {sentence.GOOD_EXAMPLE!r}" + (f", or add {options}." if options else "."),
    )


def _check_agreement(reading: sentence.Reading, metric: str | None, said: float | None) -> None:
    """Refuse options that say something else than the sentence."""
    both = metric is not None and said is not None
    if both and (reading.metric is None or reading.target is None):
        return  # only the subject is asked of the sentence
    if metric and reading.kind and not sentence.agree(reading.kind, metric):
        raise TaskError(
            f"The goal's sentence says {reading.metric or reading.quoted[0]} "
            f"but the option says {metric}",
            "Make them agree: a goal has one metric.",
        )
    if said is not None and reading.target is not None and abs(said - reading.target) > 1e-9:
        raise TaskError(
            f"The goal's sentence says {reading.target:g} but the option says {said:g}",
            "Make them agree: a goal has one target.",
        )


def with_class(
    task: Task, given: str | None, said: float | None, classes: Sequence[str], progress: Progress
) -> Task:
    """The task with the class of its metric as the data spells it; says what was read."""
    goal = task.task
    reading = sentence.read(goal.goal)
    metric = goal.metric
    if given is None:
        if classes and goal.metric == reading.metric:
            metric = sentence.metric_of_class(goal.goal, reading, classes) or metric
        progress.say(
            f"Metric read from the goal: {metric} (“{reading.quoted[0]}”){_mean(metric, reading)}."
        )
    if said is None:
        progress.say(f"Target read from the goal: {goal.target!r} (“{reading.quoted[1]}”).")
    if metric == goal.metric:
        return task
    return task.model_copy(update={"task": goal.model_copy(update={"metric": metric})})


def with_precision(task: Task, progress: Progress) -> Task:
    """The task, if what it says of precision goes with its goal; says what follows from it.

    Raises:
        TaskError: A precision is asked for, and the goal is not the recall of a class.
    """
    goal = task.task
    if not goal.metric.startswith("recall["):
        if goal.precision is not None:
            raise TaskError(
                f"A precision of {goal.precision:g} is asked for beside {goal.metric}",
                "It goes with a goal such as recall[CLASS]; leave it out, or choose that.",
            )
        return task
    label = goal.metric[len("recall[") : -1]
    if goal.precision is None:
        progress.say(
            f"No precision is asked for beside {goal.metric}: recall alone never ends the climb, "
            f"and attempts are compared by their precision[{label}] at a recall of "
            f"{goal.target:g}. `--precision 0.5` asks for one (`task.precision`)."
        )
    else:
        progress.say(
            f"The threshold of {label!r} will be chosen on validation: recall {goal.target:g} at a "
            f"precision of {goal.precision:g} at least."
        )
    return task


def _mean(metric: str, reading: sentence.Reading) -> str:
    """What a plain F1 was taken for, and how to ask for another."""
    if reading.kind != "f1" or metric != "macro_f1":
        return ""
    return ", the mean of the F1 of every class; for that of one class write “F1 on CLASS”"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
