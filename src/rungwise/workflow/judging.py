"""The task's judge: opened, compared with people, and asked about outputs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from rungwise import plugins
from rungwise.conversation import LanguageModel
from rungwise.data.formats import read_file
from rungwise.errors import DataError, TaskError
from rungwise.evaluation.answers import Answers
from rungwise.evaluation.judging.judge import Judge, Values, Verdicts
from rungwise.evaluation.judging.question import Item, Pair
from rungwise.evaluation.judging.scale import PAIRS, Scale, scale
from rungwise.evaluation.judging.trust import trust
from rungwise.evaluation.metrics import Metric, mean_of_rows
from rungwise.evaluation.text_metrics import texts
from rungwise.ledger.kinds import JudgeRecord
from rungwise.models.endpoint import EndpointLimits, EndpointModel, is_endpoint
from rungwise.objects import digest_json
from rungwise.records import to_json
from rungwise.task import JudgeSection
from rungwise.workflow.remembered import Remembered
from rungwise.workflow.workspace import Workspace

Mode = Literal["scores", "pairs"]
COLUMNS: Mapping[Mode, tuple[str, ...]] = {
    "scores": ("input", "output", "label"),
    "pairs": ("input", "first", "second", "label"),
}


def opened(workspace: Workspace) -> Judge:
    """The task's judge; its answers are kept, so none is asked for twice.

    Raises:
        TaskError: The task names none, or its rubric or scale cannot be used.
        ModelError: Its model cannot be opened.
    """
    told = section(workspace)
    return Judge(_model(workspace, told), _rubric(workspace, told), scale(told.scale),
                 workspace.progress)  # fmt: skip


def section(workspace: Workspace) -> JudgeSection:
    """What the task says of its judge; raises `TaskError` where it says nothing."""
    if workspace.task.judge is None:
        raise TaskError(
            "The metric judge needs a judge", "Describe it under `judge:`: model, rubric, scale."
        )
    return workspace.task.judge


def definition(workspace: Workspace, judge: Judge) -> str:
    """Digest of what decides a verdict: another rubric is another judge."""
    told = section(workspace)
    return digest_json(
        {
            "model": judge.model.digest,
            "rubric": judge.rubric,
            "scale": dict(judge.scale.points),
            "reference": told.reference,
        }
    )


def judge_metric(workspace: Workspace) -> Metric:
    """The mean point of the outputs, from 0 to 1; a row without a verdict is left out, and said so.

    Raises as `opened`.
    """
    judge = workspace.judge
    asked = partial(_inputs, workspace)
    known: dict[tuple[Item, ...], Verdicts] = {}

    def scores(given: Answers) -> Values:
        assert given.ids is not None, "outputs are judged row by row"
        inputs = asked()
        items = tuple(
            Item(inputs[row], output, expected if section(workspace).reference else "")
            for row, (expected, output) in zip(given.ids.to_list(), texts(given), strict=True)
        )
        if items not in known:
            known[items] = judge.scores(items)
            tell(workspace, known[items])
        return known[items].values

    return mean_of_rows("judge", scores, definition=definition(workspace, judge))


def tell(workspace: Workspace, verdicts: Verdicts) -> None:
    """Say what was asked once more, and what was left out."""
    if verdicts.retried:
        workspace.progress.say(
            f"{verdicts.retried:,} verdicts could not be read and were asked for once more; "
            f"{verdicts.left_out:,} of {len(verdicts.values):,} rows are left out."
        )


def calibrated(workspace: Workspace, mode: Mode = "scores") -> JudgeRecord:
    """The judge's agreement with people, from the record where it is there, else measured now.

    Raises:
        TaskError: The task names no sample that people have labelled.
        DataError: The sample cannot be used.
    """
    told, judge = section(workspace), workspace.judge
    name = told.calibration if mode == "scores" else told.pairs
    key = "judge.calibration" if mode == "scores" else "judge.pairs"
    if name is None:
        raise TaskError(
            f"The judge was not compared with people: `{key}` names no sample",
            f"Name a file with the columns {', '.join(COLUMNS[mode])}.",
        )
    frame, sample = _sample(workspace, name, mode, told)
    identity, least = definition(workspace, judge), workspace.task.policy.judge_kappa
    for known in workspace.state.judges:
        if _about(known) == (identity, sample, mode, least):
            return known
    before = usage(judge)
    people = _points(frame["label"], judge.scale if mode == "scores" else PAIRS, name)
    verdicts = _verdicts(judge, frame, mode)
    tell(workspace, verdicts)
    ruling = trust(people, verdicts, workspace.task.policy, pairs=mode == "pairs")
    kappa = ruling.kappa
    record = JudgeRecord(
        definition=identity, sample=sample, mode=mode, model=judge.model.name,
        kappa=kappa.value if kappa else None, low=kappa.low if kappa else None,
        high=kappa.high if kappa else None, items=kappa.items if kappa else 0,
        left_out=verdicts.left_out, retried=verdicts.retried, same=verdicts.same,
        least=least, trusted=ruling.trusted, reason=ruling.reason,
        cost=spent(judge, before),
    )  # fmt: skip
    workspace.record("judge", to_json(record))
    return record


def _about(known: JudgeRecord) -> tuple[str, str, str, float]:
    return known.definition, known.sample, known.mode, known.least


def require_trusted(workspace: Workspace) -> None:
    """Refuse a goal that rests on a judge which people do not bear out (R14).

    Raises:
        TaskError: Its agreement is not known, or not enough.
    """
    if workspace.task.task.metric != "judge":
        return
    found = calibrated(workspace)
    if not found.trusted:
        raise TaskError(
            f"The judge cannot be the goal. {found.reason}",
            "Name a better model or rubric under `judge:`, or choose another metric; `rungwise "
            "rescore --metric judge` shows what it says, as untrusted.",
        )
    workspace.progress.say(f"The judge is trusted. {found.reason}.")


def usage(judge: Judge) -> dict[str, float]:
    """Tokens, requests and money so far; empty where the model counts none."""
    used = getattr(judge.model, "usage", None)
    return dict(asdict(used)) if used is not None else {}


def spent(judge: Judge, before: Mapping[str, float]) -> dict[str, float]:
    """What was used since; empty where the model counts nothing."""
    return {name: value - before.get(name, 0) for name, value in usage(judge).items()}


def _verdicts(judge: Judge, frame: pl.DataFrame, mode: Mode) -> Verdicts:
    if mode == "pairs":
        rows = frame.select("input", "first", "second").iter_rows()
        return judge.preferences([Pair(*row) for row in rows])
    return judge.scores([Item(*row) for row in frame.select("input", "output", "expected").rows()])


def _sample(
    workspace: Workspace, name: str, mode: Mode, told: JudgeSection
) -> tuple[pl.DataFrame, str]:
    path = Path(os.path.normpath(workspace.folder / name))
    raw, digest = read_file(path, name, COLUMNS[mode])
    frame = raw.cells
    shown = mode == "scores" and told.reference
    wanted = (*COLUMNS[mode], "expected") if shown else COLUMNS[mode]
    if lacking := [column for column in wanted if column not in frame.columns]:
        raise DataError(
            f"{name} has no column {', '.join(lacking)}", f"It needs {', '.join(wanted)}."
        )
    if not shown:
        frame = frame.with_columns(expected=pl.lit(""))
    return frame.with_columns(pl.col(*wanted).fill_null("")), digest


def _points(labels: pl.Series, told: Scale, name: str) -> Values:
    """What people said, as values of the scale; raises `DataError` for another word."""
    words = [str(label).strip().lower() for label in labels]
    for row, word in enumerate(words, 1):
        if word not in told.points:
            raise DataError(
                f"Row {row} of {name} has the label {word!r}",
                f"Labels are {', '.join(told.points)}.",
            )
    return np.array([told.points[word] for word in words], dtype=np.float64)


def _inputs(workspace: Workspace) -> dict[str, str]:
    """Row id → what was asked, of every part; the labels of the test stay sealed."""
    parts = [workspace.part(name).select("id", "input") for name in ("train", "validation", "test")]
    return dict(pl.concat(parts).iter_rows())


def _model(workspace: Workspace, told: JudgeSection) -> LanguageModel:
    path = workspace.hidden / "judge.jsonl"
    if is_endpoint(told.model):
        limits = EndpointLimits(**told.endpoint.model_dump(exclude_none=True))
        endpoint: Any = plugins.load("models", "endpoint")
        opened: EndpointModel = endpoint.open(
            told.model, workspace.folder, limits=limits, answers=path, check_name=True
        )
        opened.tell_key(workspace.progress)
        return opened
    return Remembered(plugins.load("models", "language").open(told.model, workspace.folder), path)


def _rubric(workspace: Workspace, told: JudgeSection) -> str:
    """The rubric: a text, or the content of a file of that name beside the task."""
    place = (
        Path(os.path.normpath(workspace.folder / told.rubric)) if "\n" not in told.rubric else None
    )
    if place is not None and place.suffix in (".md", ".txt"):
        if not place.is_file():
            raise TaskError(f"There is no rubric {told.rubric}", "Correct `judge.rubric`.")
        return place.read_text(encoding="utf-8")
    return told.rubric
