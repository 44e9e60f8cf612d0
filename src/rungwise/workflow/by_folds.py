"""Cross-validation: every fold is answered by a model that has not seen its rows (R11, R49).

What a rung chooses (the strength of a head) it chooses by one of the other folds, then it is fitted
to all other folds with these choices. What costs too much to choose five times (terms, epochs) is
`known`: the kept model chose it by the validation part, as `rungwise.protocols.ONCE` says. A rung
that trains nothing takes its examples, neighbours and counts from the other folds.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from rungwise.data.folds import FOLDS, half_of
from rungwise.progress import Quiet
from rungwise.protocols import CHOSEN, Fitted, Rung, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Predictions
from rungwise.workflow.fold_rows import FoldRows

LEARNT_NOTHING = "same_in_every_fold"
"""Among the details of an attempt: whether every fold was answered as the kept model answers it.

Then no row of these was learnt from, and the interval is that of any other rows."""
CHOSEN_BY_FOLD = "chosen_by_fold"
"""Among the details of an attempt: what was chosen for each fold, first to last."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Out-of-fold answers to the rows of `FoldRows.answered`.

    Attributes:
        predictions: In their order.
        chosen: For each fold, what was chosen by the others or known before.
    """

    predictions: Predictions
    chosen: tuple[Numbers, ...]


def answer_by_folds(
    folds: FoldRows,
    rung: Rung,
    configuration: Numbers,
    seed: int,
    context: RungContext,
    known: tuple[Numbers, ...] = (),
    half: bool = False,
) -> Answered:
    """Answer every fold by a model of the others.

    Args:
        folds: The rows.
        rung: What is measured.
        configuration: What it is told.
        seed: Of everything random.
        context: Of the rung.
        known: What each fold chose before; nothing is chosen again.
        half: Learn from every second row of the other folds alone.

    Raises:
        DataError: The rung has no answer to some rows (answers that were read from a file).
    """
    answered: list[tuple[pl.Series, Predictions]] = []
    chosen = []
    place = folds.answered.with_row_index("place")
    count = place["fold"].n_unique()
    for fold in range(count):
        quiet = Quiet(context.progress, f"fold {fold + 1} of {count}")
        about = replace(context, progress=quiet)
        learnt = folds.others(fold)
        if half:
            learnt = half_of(learnt, context.classes, seed)
        choice = known[fold] if known else {}
        if rung.trains and not known:
            choice = _choice(_choosing(fold, learnt), learnt, rung, configuration, seed, about)
        chosen.append(choice)
        fitted = fit_chosen(rung, {**configuration, **choice}, seed, learnt, about)
        rows = place.filter(pl.col("fold") == fold)
        answered.append((rows["place"], fitted.predict(Examples.of(rows).inputs, quiet)))
    return Answered(_in_order(answered), tuple(chosen))


def agreed(chosen: Sequence[Numbers]) -> Numbers:
    """One choice for all rows: the median of each number, else what was chosen most often.

    Each fold chose by a fifth of the rows, which is twice what the validation part has.
    """
    found: dict[str, object] = {}
    for key in chosen[0]:
        values = [one[key] for one in chosen]
        numeric = all(isinstance(one, int | float) for one in values)
        found[key] = statistics.median_low(values) if numeric else max(values, key=values.count)
    return found


def fit_chosen(
    rung: Rung, configuration: Numbers, seed: int, rows: pl.DataFrame, context: RungContext
) -> Fitted:
    """Fit with everything chosen, to all rows: no validation row is read."""
    return rung.fit(configuration, seed, Examples.of(rows), Examples.of(rows.clear()), context)


def _choice(
    choosing: pl.Series,
    learnt: pl.DataFrame,
    rung: Rung,
    configuration: Numbers,
    seed: int,
    context: RungContext,
) -> Numbers:
    """What a rung chooses by some of the rows that it may read, fitted to the others."""
    train, validation = learnt.filter(~choosing), learnt.filter(choosing)
    fitted = rung.fit(configuration, seed, Examples.of(train), Examples.of(validation), context)
    chosen: Numbers = fitted.details[CHOSEN]
    return chosen


def _choosing(fold: int, learnt: pl.DataFrame) -> pl.Series:
    """Which rows (n) choose: the next fold that may be read, else the newest before it.

    Before the first fold that runs forward there is no other: its newest fifth chooses.
    """
    others = learnt["fold"].unique().sort()
    if len(others) == 1:
        newest = learnt["time"].str.to_datetime(time_unit="us").rank("ordinal")
        return newest > len(learnt) * (FOLDS - 1) // FOLDS
    later = others.filter(others > fold)
    chooser = others[-1] if later.is_empty() else later[0]
    chooses: pl.Series = learnt["fold"] == chooser
    return chooses


def _in_order(answered: list[tuple[pl.Series, Predictions]]) -> Predictions:
    """The answers of all folds, in the order of the rows."""
    order = np.argsort(np.concatenate([places.to_numpy() for places, _ in answered]))
    parts = [one for _, one in answered]
    scores = None
    if all(one.scores is not None for one in parts):
        scores = np.concatenate([one.scores for one in parts if one.scores is not None])[order]
    written = None
    if all(one.written is not None for one in parts):
        told = pl.concat([one.written for one in parts if one.written is not None])
        written = told[order]
    return Predictions(
        ids=pl.concat([one.ids for one in parts]).gather(order),
        outputs=pl.concat([one.outputs for one in parts]).gather(order),
        scores=scores,
        classes=parts[0].classes,
        written=written,
    )
