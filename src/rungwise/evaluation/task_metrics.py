"""A task's metrics, with what they read beside their name: a schema, a pattern, a function.

Only a function that the task names is run, when it measures and somebody has allowed its file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rungwise.errors import TaskError
from rungwise.evaluation import json_schemas, own_function, patterns
from rungwise.evaluation.answers import Answers
from rungwise.evaluation.label_metrics import Floats
from rungwise.evaluation.metrics import (
    PATTERN,
    TEXTS,
    Metric,
    find,
    mean_of_rows,
    of_words,
)
from rungwise.evaluation.own_code import FUNCTION
from rungwise.evaluation.text_metrics import texts
from rungwise.objects import digest_json
from rungwise.task import Task


def bound(
    name: str,
    task: Task,
    folder: Path,
    classes: tuple[str, ...] | None = None,
    permit: own_function.Permit = own_function.nobody,
) -> Metric:
    """The metric of a name, ready to measure; `judge` is ready once a model was asked.

    Args:
        name: As the task or the command line writes it.
        task: What is read from `generation` where the metric needs it.
        folder: Where the task lies.
        classes: Every label, where the task has some.
        permit: Asked before a file of the user's runs, which making the metric does not.

    Raises:
        TaskError: There is no such metric, or what it reads is absent or wrong.
    """
    if name == "json_schema":
        return _of_schema(task, folder)
    if name in ("bleu", "rouge_l"):
        return of_words(name, task.generation.tokenizer)
    if name == "regex" or PATTERN.fullmatch(name):
        return _of_pattern(name, task)
    if FUNCTION.fullmatch(name) and name not in TEXTS:
        if name not in (task.task.metric, *task.generation.metrics):
            raise TaskError(
                f"{name} is not named in rungwise.yaml, and no other code is run",
                "Add it under `generation.metrics`.",
            )
        return own_function.own_metric(name, folder, permit)
    return find(name, classes)


def beside(task: Task) -> tuple[str, ...]:
    """Names of what is measured beside the goal and the metrics that every task has.

    Raises:
        TaskError: A judge is among them, which costs, and is asked when somebody wants to know.
    """
    if "judge" in task.generation.metrics:
        raise TaskError(
            "`generation.metrics` names judge, which would ask a model at every attempt",
            "Ask it when you want to know: `rungwise rescore --metric judge`.",
        )
    names = [name for name in task.generation.metrics if name not in TEXTS]
    if task.generation.schema_file is not None:
        names.append("json_schema")
    if task.generation.pattern is not None:
        names.append("regex")
    return tuple(dict.fromkeys(names))


def _of_schema(task: Task, folder: Path) -> Metric:
    if task.generation.schema_file is None:
        raise TaskError("json_schema needs a schema", "Name its file under `generation.schema`.")
    schema = json_schemas.load(folder, task.generation.schema_file)

    def scores(given: Answers) -> Floats:
        return np.array([schema.fault(output) is None for _, output in texts(given)], float)

    return mean_of_rows("json_schema", scores, share=True, definition=schema.digest)


def _of_pattern(name: str, task: Task) -> Metric:
    inside = PATTERN.fullmatch(name)
    text = inside[1] if inside else task.generation.pattern
    if text is None:
        raise TaskError(
            "regex needs a pattern", "Write regex[PATTERN], or give `generation.pattern`."
        )
    pattern = patterns.compiled(text)

    def scores(given: Answers) -> Floats:
        ids = given.ids.to_list() if given.ids is not None else [""] * len(given)
        rows = zip(ids, texts(given), strict=True)
        return np.array([patterns.found(pattern, output, row) for row, (_, output) in rows], float)

    definition = "" if inside else digest_json({"pattern": text})
    return mean_of_rows(name, scores, share=True, definition=definition)
