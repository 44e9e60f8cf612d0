"""`init`: from one sentence and a file to a task folder (R1–R6, R13, R28)."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rungwise import plugins
from rungwise import task as task_file
from rungwise.data.read import Reading, read
from rungwise.data.remote import refuse_remote
from rungwise.errors import ModelError, StorageError, TaskError
from rungwise.evaluation.labels_as_texts import advice, labels_as_texts
from rungwise.evaluation.metrics import Metric, check_target, of_texts
from rungwise.evaluation.task_metrics import beside, bound
from rungwise.evaluation.wording import counted
from rungwise.files import write_text
from rungwise.objects import digest_json
from rungwise.plugins import kind_of
from rungwise.progress import Progress
from rungwise.reporting.guideline import guideline
from rungwise.task import Task
from rungwise.training.prompting.models import opener
from rungwise.workflow.documents import check_documents
from rungwise.workflow.guideline import GUIDELINE
from rungwise.workflow.judge import judge_all
from rungwise.workflow.monitoring_plan import with_monitoring
from rungwise.workflow.production import production
from rungwise.workflow.project_lock import ProjectLock
from rungwise.workflow.test_size import told_in_advance
from rungwise.workflow.workspace import Workspace

WRITES = "SmolLM2-135M-Instruct"
"""The language model of a task that generates text and names none."""
FROM_SCRATCH = frozenset({"", "scratch", "from-scratch", "none"})


def define(
    folder: Path,
    *,
    data: Path,
    goal: str,
    progress: Progress,
    metric: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    precision: float | None = None,
    columns: Mapping[str, str | Sequence[str] | None] | None = None,
    validation: Path | None = None,
    test: Path | None = None,
    documents: Path | None = None,
    models: Sequence[str] = (),
    settings: tuple[str, ...] = (),
    wait: bool = False,
) -> Workspace:
    """Write `rungwise.yaml` and `GUIDELINE.md`, and open the ledger.

    Every check runs before the first byte is written; a refused `init` leaves nothing behind.

    Raises:
        TaskError: The goal lacks its metric, its target or what is predicted; the target
            cannot be reached by the metric; the folder already holds a task.
        DataError: The data cannot be used.
        StorageError: The folder cannot be written.
    """
    from rungwise import goal as sentence  # its patterns take a tenth of a second to compile
    from rungwise.workflow.state_goal import stated_goal, with_class, with_precision

    _refuse_existing(folder)
    for given in (data, validation, test, documents):
        if given is not None:
            refuse_remote(str(given), given)
    _refuse_from_scratch(goal, models)
    name, target = stated_goal(goal, metric, minimum, maximum)
    content: dict[str, Any] = {
        "task": {"goal": goal, "metric": name, "target": target} | _kind(name, progress),
        "data": {"source": _relative(data, folder)} | _given(columns or {}),
    }
    for part, file in (("validation", validation), ("test", test), ("documents", documents)):
        if file is not None:
            content["data"][part] = _relative(file, folder)
    if precision is not None:
        content["task"]["precision"] = precision
    if models:
        content["models"] = [_model(model, folder) for model in models]
    elif "kind" in content["task"]:
        content["models"] = [WRITES]
        progress.say(f"No model is named: {WRITES}, which is packaged, is asked.")
    task = task_file.parse(task_file.with_settings(content, settings), "the command line")
    task = _with_division(task, progress)
    _check_models(task, folder)
    check_documents(task, folder, progress)
    production(task, folder, progress)
    with _cache_beside(folder, progress, wait=wait) as cache:
        _refuse_existing(folder)  # another `init` may have been waited for
        reading = read(task, folder, progress, cache)
        labels = kind_of(task).classes(reading.frames["source"]["expected"])
        said = minimum if minimum is not None else maximum
        task = with_class(task, metric, said, labels, progress)
        found = bound(task.task.metric, task, folder, labels or None)
        for other in beside(task):
            bound(other, task, folder)
        _check_direction(found, minimum, maximum)
        check_target(found, task.task.target)
        task = with_precision(task, progress)
        _tell(reading, progress)
        task = with_monitoring(task, found, progress)
        warning = sentence.one_sided(goal, task.task.metric)
        if warning and task.task.precision is None:
            progress.say(warning)
        rows = reading.frames["source"]
        if count := labels_as_texts(task, rows["input"], rows["expected"]):
            progress.say(advice(count, len(rows)))
        for told in told_in_advance(task, found, reading)[0]:
            progress.say(told)
        # Examples follow with the first audit, which knows what in them is personal (R18).
        writes = not kind_of(task).labels
        page = guideline(goal, dict.fromkeys(labels, ()), texts=writes)
        written = _write(folder, task, page, progress, wait=wait)
        if cache.is_dir():  # blocks of a large file: the split begins with them
            written.cache.mkdir(parents=True, exist_ok=True)
            cache.replace(written.cache / "read")
    return written


def _with_division(task: Task, progress: Progress) -> Task:
    """The task that says how its rows are divided: by time if a column of times is named."""
    data = task.data
    if data.split is None:
        data = data.model_copy(update={"split": "time" if data.time else "random"})
        if data.by_time:
            progress.say(
                f"The test part will be the newest rows by `{data.time}`, as in production "
                "(`data.split: time`); `--set data.split=random` divides at random."
            )
    return task.model_copy(update={"data": data})


def _refuse_existing(folder: Path) -> None:
    if (path := folder / task_file.FILE_NAME).exists():
        raise TaskError(
            f"{path} already exists", "Edit it, or choose another folder; nothing was changed."
        )


@contextlib.contextmanager
def _cache_beside(folder: Path, progress: Progress, *, wait: bool) -> Iterator[Path]:
    """A place on the disk of a folder that is not there yet, for one `init` at a time.

    Nothing is left of it but after Ctrl-C: then the same command goes on with what it holds.
    """
    place = next(one for one in (folder.resolve(), *folder.resolve().parents) if one.is_dir())
    cache = place / f".{folder.resolve().name}-reading"
    lock = ProjectLock(cache.with_suffix(".lock"), folder, wait=wait, say=progress.say, remove=True)
    with lock.held("init"):
        try:
            yield cache
        except Exception:
            shutil.rmtree(cache, ignore_errors=True)
            raise
        shutil.rmtree(cache, ignore_errors=True)


def remember(workspace: Workspace) -> None:
    """Put the task as it is now on record, where it has changed."""
    plugins.modality_of(workspace.task)
    task = workspace.task.model_dump(mode="json")
    if (found := workspace.state.task) is None or digest_json(found) != digest_json(task):
        metric = bound(workspace.task.task.metric, workspace.task, workspace.folder)
        check_target(metric, workspace.task.task.target)
        facts = {
            "name": metric.name,
            "greater": metric.greater,
            "low": metric.low,
            "high": metric.high,
        }
        given = {"settings": list(workspace.settings)} if workspace.settings else {}
        workspace.record("task", {"task": task, "goal": facts} | given)


def _refuse_from_scratch(goal: str, models: Sequence[str]) -> None:
    from rungwise import goal as sentence

    asked = [model for model in models if model.strip().lower() in FROM_SCRATCH]
    if asked or sentence.read(goal).from_scratch:
        raise TaskError(
            "The goal needs a model trained from scratch, without a checkpoint",
            "Rungwise starts from a pretrained model; name one with --model.",
        )


def _check_models(task: Task, folder: Path) -> None:
    """Refuse a model folder that could never be used; a hub id is fetched when it is needed."""
    plugins.modality_of(task)
    for name in task.models:
        place = Path(os.path.normpath(folder.resolve() / name))  # the folder is not there yet
        if name.startswith((".", "/")) and not place.exists():
            raise ModelError(f"There is no model folder {place}", "Check the path.")
        if place.is_dir():
            opener(task, name).open(str(place), folder)


def _kind(metric: str, progress: Progress) -> dict[str, str]:
    """The kind of task that a metric of texts is about; labels need not be named."""
    if not of_texts(metric):
        return {}
    progress.say(f"{metric} compares texts: the task is to generate them (`task.kind: generate`).")
    return {"kind": "generate"}


def _check_direction(metric: Metric, minimum: float | None, maximum: float | None) -> None:
    if metric.greater and maximum is not None:
        raise TaskError(f"{metric.name} is better when higher", "Give the target with --min.")
    if not metric.greater and minimum is not None:
        raise TaskError(f"{metric.name} is better when lower", "Give the target with --max.")


def _write(folder: Path, task: Task, page: str, progress: Progress, *, wait: bool) -> Workspace:
    fresh, hidden = not folder.exists(), folder / ".rungwise"
    opened = not hidden.exists()
    written: list[Path] = []
    workspace = Workspace(folder, progress, wait=wait)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with workspace.writing("init"):
            _refuse_existing(folder)
            written.append(folder / task_file.FILE_NAME)
            task_file.save(task, written[0])
            if not (folder / GUIDELINE).exists():
                written.append(folder / GUIDELINE)
                write_text(written[-1], page)
            remember(workspace)
            judge_all(workspace)
    except (OSError, StorageError) as error:
        for path in written:
            path.unlink(missing_ok=True)
        if opened:
            shutil.rmtree(hidden, ignore_errors=True)
        if fresh and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if isinstance(error, StorageError):
            raise
        raise StorageError(
            f"{folder} cannot be written: {error.strerror}", "Choose a folder that can be."
        ) from error
    return workspace


def _tell(reading: Reading, progress: Progress) -> None:
    for assumption in reading.assumptions:
        progress.say(assumption)
    if count := len(reading.quarantine):
        progress.say(f"{counted(count, 'row')} cannot be used; `rungwise split` tells why.")


def _given(columns: Mapping[str, str | Sequence[str] | None]) -> dict[str, str | list[str]]:
    return {
        key: value if isinstance(value, str) else list(value)
        for key, value in columns.items()
        if value is not None
    }


def _relative(path: Path, folder: Path) -> str:
    if "://" in str(path):
        return str(path)
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _model(name: str, folder: Path) -> str:
    return _relative(Path(name), folder) if Path(name).is_dir() else name
