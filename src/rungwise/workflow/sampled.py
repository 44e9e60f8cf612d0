"""The sample of production of a project: who fills it, and with what (R76)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import polars as pl

from rungwise.data.inputs import InputsReading
from rungwise.data.personal.redactor import Redactor
from rungwise.objects import digest_bytes
from rungwise.release.answers import Answered
from rungwise.release.opened import Answers
from rungwise.sample import Requests
from rungwise.sample.request_rows import FOLDER
from rungwise.sample.sampler import Sampler
from rungwise.workflow.workspace import Workspace


def sampler(
    workspace: Workspace, known: Collection[tuple[str, date, str]] = frozenset()
) -> Sampler:
    """A writer of the project's sample: `offer` what was answered, and `close` it at the end.

    Args:
        workspace: The task folder.
        known: Version, day and id of requests that are not written again.
    """
    policy, columns = workspace.task.policy, workspace.task.data.input
    redactor = Redactor(columns=columns) if isinstance(columns, tuple) else Redactor()
    return Sampler(workspace.hidden / FOLDER, policy.monitoring, policy.seed, redactor, known=known)


def keep_predictions(
    workspace: Workspace, served: Answers, reading: InputsReading, made: Answered, name: str
) -> None:
    """Keep a sample of what `predict` answered, and say so; whatever fails is said, not raised.

    Args:
        workspace: The task folder.
        served: The release, which is one of the project.
        reading: What was asked.
        made: The answers, a row for a row of `reading`.
        name: The file, for ids of rows that have none.
    """
    readable = reading.rows["reason"].is_null()
    answered = made.asked.reasons.is_null()
    among = answered.filter(readable)
    if not among.any():
        return
    answers, confidence, review = (made.answers.to_series(place).filter(answered)
                                   for place in range(3))  # fmt: skip
    shares = [one for one in made.beside if isinstance(one.dtype, pl.Struct)]
    writer = sampler(workspace)
    writer.add(
        Requests(
            version=served.version,
            source="predict",
            texts=reading.inputs.values.filter(among).to_list(),
            answers=answers.to_list(),
            sizes=served.sizes,
            ids=_ids(reading, among, name),
            confidence=None if confidence.has_nulls() else confidence.to_numpy(),
            review=None if review.has_nulls() else review.to_list(),
            probabilities=_numbers(shares[0].filter(answered)) if shares else None,
            embed=served.embed if served.classes else None,
            cut=None if made.cut is None else made.cut.filter(answered).to_list(),
            classes=served.classes,
        )
    )
    writer.close()
    counts = writer.counts
    if counts.last:
        workspace.progress.say(f"The sample of production is not complete: {counts.last}.")
    elif counts.kept:
        rows = "1 row is" if counts.kept == 1 else f"{counts.kept:,} rows are"
        workspace.progress.say(
            f"{rows} kept, redacted, in the sample of production that `rungwise monitor check` "
            "reads; `--no-sample` keeps none."
        )


def _numbers(shares: pl.Series) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return shares.struct.unnest().to_numpy().astype(np.float32)


def _ids(reading: InputsReading, among: pl.Series, name: str) -> list[str]:
    """The user's ids; file, content and line for rows without one, so that files stay apart."""
    ids, lines = reading.inputs.ids, reading.lines
    if not (ids == lines.cast(pl.String)).all():
        return ids.filter(among).to_list()
    told = "\0".join(reading.inputs.values.to_list()).encode("utf-8")
    begin = f"{name}@{digest_bytes(told)[:8]}:"
    return (begin + ids.filter(among)).to_list()
