"""Wrong answers grouped and named, so that the next step can be aimed at them (R32)."""

from __future__ import annotations

import math

import polars as pl

from rungwise.records import FailureGroup
from rungwise.table import Predictions

MIXED = "other mistakes"
"""The group of what is in no other."""
NAMED_FROM = 2
"""A mistake made once is no pattern yet: it is merged with its like."""
EVEN_PART = 3
"""Nor is a group below this part of an even share: many tiny ones would hide the larger."""
EXAMPLES = 3


def group(expected: pl.Series, predictions: Predictions, limit: int) -> tuple[FailureGroup, ...]:
    """Group wrong answers by what was taken for what, the largest group first.

    At most `limit` groups are named. Pairs that are too small (made once, or less than a third
    of what `limit` equal groups would hold) are merged for each expected label, and what is
    still too small goes into one last group; so the counts always sum to all wrong answers. A
    row without an answer counts as wrong.

    Args:
        expected: The right labels (n).
        predictions: The answers to the same rows (n).
        limit: How many groups to name.

    Returns:
        The groups, empty where every answer is right. Their examples are the answers that the
        model was surest of, or the first ones where it gives no scores.
    """
    wrong = _wrong(expected, predictions)
    least = max(NAMED_FROM, math.ceil(len(wrong) / (EVEN_PART * max(limit, 1))))
    pairs = _largest(wrong, ["expected", "predicted"], least, limit)
    rest = wrong.join(pairs, on=["expected", "predicted"], how="anti", nulls_equal=True)
    labels = _largest(rest, ["expected"], least, limit - len(pairs))
    merged = rest.join(labels, on="expected", how="semi")
    remainder = rest.join(labels, on="expected", how="anti")
    groups = [
        _named(_name(*pair), pair[0], pair[1] or "", rows, len(wrong))
        for pair, rows in _parts(wrong, pairs)
    ]
    groups += [
        _named(f"{label[0]} taken for several others", label[0], "", rows, len(wrong))
        for label, rows in _parts(merged, labels)
    ]
    groups.sort(key=lambda found: (-found.count, found.name))
    if len(remainder):
        groups.append(_named(MIXED, "", "", remainder, len(wrong)))
    return tuple(groups)


def _wrong(expected: pl.Series, predictions: Predictions) -> pl.DataFrame:
    """Columns id, expected, predicted of the wrong answers, the surest first."""
    frame = pl.DataFrame(
        {"id": predictions.ids, "expected": expected, "predicted": predictions.outputs}
    )
    if predictions.scores is not None:
        sure = pl.Series("sure", predictions.scores.max(axis=1))
        frame = frame.with_columns(sure).sort("sure", descending=True, maintain_order=True)
    return frame.filter(pl.col("expected").ne_missing(pl.col("predicted")))


def _largest(wrong: pl.DataFrame, keys: list[str], least: int, limit: int) -> pl.DataFrame:
    """The `limit` most frequent values of `keys` among those with `least` rows."""
    counted = wrong.group_by(keys).len().filter(pl.col("len") >= least)
    order = counted.sort("len", *keys, descending=[True, *[False] * len(keys)])
    return order.head(max(limit, 0)).select(keys)


def _parts(wrong: pl.DataFrame, keys: pl.DataFrame) -> list[tuple[tuple[str, ...], pl.DataFrame]]:
    """The rows of each of `keys`, in the order of `wrong`."""
    kept = wrong.join(keys, on=keys.columns, how="semi", nulls_equal=True, maintain_order="left")
    parts = kept.partition_by(keys.columns, as_dict=True, maintain_order=True)
    return [(tuple(key), rows) for key, rows in parts.items()]


def _name(expected: str, predicted: str | None) -> str:
    return f"{expected} taken for {predicted}" if predicted else f"{expected} got no answer"


def _named(
    name: str, expected: str, predicted: str, rows: pl.DataFrame, total: int
) -> FailureGroup:
    examples = tuple(rows["id"].head(EXAMPLES).to_list())
    return FailureGroup(name, expected, predicted, len(rows), len(rows) / total, examples)
