"""What a rung is told, gathered from the task, the record and the stores."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rungwise import plugins
from rungwise.device import has_cuda_driver
from rungwise.errors import TaskError
from rungwise.plugins import kind_of
from rungwise.protocols import Need, Rung, RungContext
from rungwise.rules import rules_of
from rungwise.table import Examples, Predictions
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

KNOWN: frozenset[Need] = frozenset({"documents", "weights", "gpu"})
"""What is known without reading the data."""
EVERY: frozenset[Need] = KNOWN | {"pairs"}


def rung_context(workspace: Workspace) -> RungContext:
    """The context of every rung on the split in force."""
    import polars as pl

    split, metric = workspace.split, workspace.metric

    def score(expected: pl.Series, predictions: Predictions) -> float:
        return metric.value(expected, predictions)

    return RungContext(
        task=workspace.task,
        folder=workspace.folder,
        cache=workspace.cache,
        classes=split.classes,
        progress=workspace.progress,
        score=score,
        greater=metric.greater,
        imported={
            name: pl.read_csv(io.BytesIO(workspace.objects.read(digest)), infer_schema=False)
            for name, digest in workspace.state.imports.items()
        },
        attempts=workspace.attempts,
        documents=lambda: workspace.documents,
        preferences=lambda: workspace.preferences,
        together=lambda: workspace.folds.texts if workspace.folds is not None else None,
        rules=rules_of(split),
        validation=lambda: Examples.of(workspace.part("validation")),
        lay_out=lambda attempt, place: workspace.objects.folder_to(attempt.artefact, place),
    )


def ladder(workspace: Workspace, wanted: Sequence[str] = ()) -> list[tuple[str, Rung]]:
    """The rungs of this kind of task, lowest first.

    Raises:
        TaskError: A wanted rung is unknown or does not serve this kind of task.
    """
    serving: dict[str, Rung] = plugins.serving("rungs", workspace.task)
    for name in wanted:
        if name not in serving:
            raise TaskError(
                f"There is no rung {name!r} for this task",
                f"Its ladder: {', '.join(sorted(serving, key=lambda n: serving[n].height))}.",
            )
    chosen = [name for name in serving if not wanted or name in wanted]
    return [(name, serving[name]) for name in sorted(chosen, key=lambda n: serving[n].height)]


def inapplicable(workspace: Workspace, name: str, rung: Rung) -> bool:
    """Whether the task, the record and this machine alone tell that a rung excuses itself.

    `excuse` knows more and may load a network for it; `status` asks for no more than this.
    """
    task = workspace.task
    if name == "current":
        return not workspace.state.imports
    asks = rung.needs_model == "language" and not kind_of(task).writes
    return (asks and task.language_model is None) or bool(lacking(workspace, rung, KNOWN))


def lacking(workspace: Workspace, rung: Rung, among: Collection[Need] = EVERY) -> str:
    """Why a rung has not what it needs, as a sentence; "" if it has, as far as can be told.

    Args:
        workspace: The task folder, after the split.
        rung: Its `needs` are looked at; a rung without any needs nothing.
        among: Which of them; that there are pairs of answers is read from the data.
    """
    task = workspace.task
    needs = [one for one in getattr(rung, "needs", ()) if one in among]
    if "documents" in needs and task.data.documents is None:
        return "Not applicable, because `data.documents` names nothing to look answers up in."
    if "weights" in needs and kind_of(task).writes:
        from rungwise.models.endpoint.address import is_endpoint

        if is_endpoint(task.models[0]):
            return f"{task.models[0]} lies behind an endpoint: its weights are not here to tune."
    if "gpu" in needs and not has_cuda_driver():
        return "Weights in four bits need a CUDA GPU, and there is none here."
    return workspace.preferences.reason if "pairs" in needs else ""


def model_identity(workspace: Workspace, rung: Rung) -> str:
    """`name@digest` of the base model that a rung stands on; "" where it uses none.

    Raises:
        ModelError: The model cannot be used; see `rungwise.checkpoints.find`.
    """
    if not rung.needs_model:
        return ""
    from rungwise.training.prompting.models import identity, of_texts, opener

    task = workspace.task
    if rung.needs_model == "language" and not kind_of(task).writes:
        assert task.language_model is not None, "such a rung excuses itself where nobody is named"
        name = task.language_model
        return identity(of_texts(name), name, workspace.folder, task)
    name = task.models[0]
    return identity(opener(task, name), name, workspace.folder, task)
