"""Weekly spot checks: which requests are labelled, and what their labels count.

The week's requests are divided at random into as many blocks as labels are wanted, and one row of
each block is drawn: with probability 1/5 uniformly, else by Neyman's weights, in proportion to the
standard deviation of its error (Neyman 1934). Its error counts by the inverse of its probability,
on top of the block's mean expected error (prediction-powered inference: Angelopoulos, Bates,
Fannjiang, Jordan and Zrnic 2023), so the value of every draw is an unbiased estimate of the error
rate, however wrong the expected errors are. Blocks make the values independent; the draws of one
week with replacement would not be (compare Shekhar, Xu, Lipton, Liang and Ramdas 2023,
"Risk-limiting financial audits via weighted sampling without replacement").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNIFORM = 0.2
"""Of the probability of a draw, the part that no expected error changes (R74)."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Rows of a week to label, in the order in which they count.

    Attributes:
        rows: Place of each among the week's requests (draws,).
        expected: Its expected error.
        base: Mean expected error of its block: what is counted if its error is as expected.
        weight: 1 / (rows of its block × its probability); 1 if the draw is uniform. If requests
            came into the sample with unequal probabilities, it holds these as well.
        floor, ceiling: Least and largest value that any row of its block could have had. Unlike
            the row's own, they are known before it is drawn, so a bet may depend on them.
    """

    rows: NDArray[np.int64]
    expected: Floats
    base: Floats
    weight: Floats
    floor: Floats
    ceiling: Floats

    def values(self, errors: Floats) -> Floats:
        """Estimates of the week's error rate, one a draw.

        Args:
            errors: 0 (right) to 1 (wrong) of each draw.
        """
        return self.base + (errors - self.expected) * self.weight

    @property
    def lowest(self) -> Floats:
        """Each value if its row is right."""
        return self.values(np.zeros(len(self.rows)))

    @property
    def highest(self) -> Floats:
        """Each value if its row is wrong."""
        return self.values(np.ones(len(self.rows)))


def draw(
    requests: int,
    labels: int,
    generator: np.random.Generator,
    expected_error: Floats | None = None,
    sampled: Floats | None = None,
) -> Draws:
    """Choose the requests of a week that people label.

    Args:
        requests: Rows of the week's sample.
        labels: How many to label; all requests, if there are fewer.
        generator: Seeded by the programme and the week.
        expected_error: Of each request, 0 to 1, for instance 1 - confidence. None: uniform.
        sampled: Inverse probability with which each request came into the sample: how many of all
            requests it stands for. The values then estimate the error rate of all requests
            (Hájek 1971: by the sum of these weights). None: all alike.

    Raises:
        ValueError: An expected error is not between 0 and 1, an inverse probability is not
            positive, or their number is wrong.
    """
    count = min(labels, requests)
    order = generator.permutation(requests)
    stands = _stands_for(requests, sampled)
    if expected_error is None and stands is None:
        zero, one = np.zeros(count), np.ones(count)
        return Draws(order[:count], zero, zero, one, zero, one)
    expected = np.zeros(requests) if expected_error is None else expected_error
    if expected.shape != (requests,) or not ((expected >= 0) & (expected <= 1)).all():
        raise ValueError("needs an expected error between 0 and 1 for each request")
    stands = np.ones(requests) if stands is None else stands
    drawn, base, weight, floor, ceiling = [], [], [], [], []
    for block in np.array_split(order, count) if count else []:
        # What the block's rows stand for, as shares of an average block.
        share = stands[block] * (count / stands.sum())
        chance = _chances(expected[block], share)
        place = generator.choice(len(block), p=chance)
        drawn.append(block[place])
        base.append((share * expected[block]).sum())
        inverse, mean = share / chance, base[-1]
        weight.append(inverse[place])
        floor.append((mean - expected[block] * inverse).min())
        ceiling.append((mean + (1 - expected[block]) * inverse).max())
    rows = np.array(drawn, dtype=np.int64)
    counted = (np.array(part, dtype=np.float64) for part in (base, weight, floor, ceiling))
    return Draws(rows, expected[rows], *counted)


def _stands_for(requests: int, sampled: Floats | None) -> Floats | None:
    """How many requests each row of the sample stands for; None if all stand for as many."""
    if sampled is None or not requests:
        return None
    if sampled.shape != (requests,) or not (np.isfinite(sampled) & (sampled > 0)).all():
        raise ValueError("needs a positive inverse probability for each request")
    return None if np.allclose(sampled, sampled[0], rtol=1e-9) else sampled


def _chances(expected: Floats, share: Floats) -> Floats:
    """Probability of each row of a block: a fifth by what it stands for, the rest by doubt."""
    even = share / share.sum()
    spread = share * np.sqrt(expected * (1 - expected))
    total = spread.sum()
    mixed = (1 - UNIFORM) * spread / total + UNIFORM * even if total > 0 else even
    chance: Floats = mixed / mixed.sum()
    return chance


def effective_labels(values: Floats) -> float:
    """Uniform labels that would give an interval as narrow as these draws do.

    The variance of a uniform label over the variance of the values, times their number.
    """
    rate = float(np.clip(values.mean(), 0, 1))
    spread = float(values.var(ddof=1))
    return len(values) * rate * (1 - rate) / spread if spread > 0 else float(len(values))


LABELS = {"row": pl.String, "right": pl.Boolean, "by": pl.String}
"""Columns of a log of labels, in order of arrival; `right` is null if a reviewer skipped."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a log of labels says about the rows that were drawn.

    Attributes:
        errors: Row → 0.0 (right) or 1.0 (wrong).
        contradicted: Rows that two reviewers judge differently: open until most agree.
        repeated: Labels that repeat what the same reviewer had said.
        never_drawn: Rows with a label that no spot check drew; they count nowhere.
    """

    errors: Mapping[str, float]
    contradicted: tuple[str, ...]
    repeated: int
    never_drawn: tuple[str, ...]

    def of(self, rows: pl.Series) -> Floats:
        """Error of each drawn row, in the order of the draws (rows,); NaN while it is open."""
        return np.array([self.errors.get(row, np.nan) for row in rows.to_list()])


def settle(log: pl.DataFrame, drawn: pl.Series) -> Settled:
    """Read a log of labels: the same log gives the same result, whatever was asked before.

    A reviewer may correct an own label: the last one counts. A row counts if more than half of its
    reviewers agree; a tie is a contradiction, and the row stays open until one more label
    settles it. Late labels are labels like others: they count in the week that drew their row.

    Args:
        log: Columns `LABELS`, in order of arrival.
        drawn: Ids of all rows drawn so far.
    """
    known = log.drop_nulls("right").select(*LABELS)
    foreign = known.filter(~pl.col("row").is_in(drawn.implode()))["row"]
    kept = known.filter(pl.col("row").is_in(drawn.implode()))
    last = kept.unique(["row", "by"], keep="last", maintain_order=True)
    same = pl.col("right") == pl.col("right").shift(1).over("row", "by")
    votes = last.group_by("row", maintain_order=True).agg(
        share=pl.col("right").mean(), reviewers=pl.len()
    )
    open_rows = votes.filter(pl.col("share") == 0.5)["row"].to_list()
    settled = votes.filter(pl.col("share") != 0.5)
    wrong = (settled["share"] < 0.5).cast(pl.Float64).to_list()
    return Settled(
        dict(zip(settled["row"].to_list(), wrong, strict=True)),
        tuple(open_rows),
        int(kept.select(same.sum()).item() or 0),
        tuple(foreign.unique(maintain_order=True).to_list()),
    )
