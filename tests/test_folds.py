"""Folds over train and validation: cut once, whole clusters, label by label, or forward in time."""

from __future__ import annotations

import numpy as np
import polars as pl
from tests.data_made import frame, parts_of, task

from rungwise.data.folds import FOLDS, forward, half_of, stratified


def folded(rows: pl.DataFrame, **data: object) -> pl.DataFrame:
    parts = parts_of(task(**data), source=rows)  # type: ignore[arg-type]
    assert parts.folds is not None
    held = pl.concat([parts.train, parts.validation])
    assert sorted(parts.folds["id"]) == sorted(held["id"])
    return held.join(parts.folds, on="id", how="left", maintain_order="left")


def test_every_label_is_spread_evenly() -> None:
    words = ("alpha", "bravo", "carol", "delta", "eagle", "fjord", "giant", "hotel")
    made = [(f"{words[n % 8]} {n * n} {words[n // 8 % 8]} {n}", "abc"[n % 3]) for n in range(300)]
    counts = folded(frame(made)).group_by("fold", "expected").len()
    assert set(counts["fold"]) == set(range(FOLDS))
    for _, of_label in counts.group_by("expected"):
        assert of_label["len"].max() - of_label["len"].min() <= 2  # type: ignore[operator]


def test_copies_and_groups_stay_in_one_fold() -> None:
    made = [
        (f"question {n // 2}{'!' * (n % 2)}", "xy"[n % 3 > 0], f"g{n // 6}") for n in range(240)
    ]
    rows = folded(frame(made), group="group")
    assert rows.select("group", "fold").unique().height == rows["group"].n_unique()


def test_the_order_of_the_rows_does_not_matter() -> None:
    made = [(f"the {n} of {n % 7}", "ab"[n % 2]) for n in range(120)]
    one = {r["input"]: r["fold"] for r in folded(frame(made)).iter_rows(named=True)}
    other = {r["input"]: r["fold"] for r in folded(frame(made[::-1])).iter_rows(named=True)}
    assert one == other


def test_the_rows_of_the_split_do_not_depend_on_the_folds() -> None:
    rows = frame([(f"the {n} of {n % 7}", "ab"[n % 2]) for n in range(120)])
    few = parts_of(task(), source=rows)
    many = parts_of(task(policy={"cross_validate_below": 0}), source=rows)
    assert few.folds is not None
    assert many.folds is None
    assert few.train.equals(many.train)
    assert few.validation.equals(many.validation)


def test_a_validation_file_of_the_user_is_never_folded() -> None:
    rows = frame([(f"the {n} of {n % 7}", "ab"[n % 2]) for n in range(120)])
    own = frame([("something else", "a"), ("and one more", "b")])
    assert parts_of(task(validation="v.csv"), source=rows, validation=own).folds is None


def test_texts_that_are_generated_are_not_folded() -> None:
    rows = frame([(f"the {n} of {n % 7}", f"answer {n}") for n in range(120)])
    assert parts_of(task(kind="generate"), source=rows).folds is None


def test_folds_run_forward_in_time() -> None:
    ids = pl.Series([str(n) for n in range(400)])
    days = np.random.default_rng(4).permutation(np.repeat(np.arange(80), 5))
    made = forward(ids, days, np.arange(400))
    assert made is not None
    spans = (
        made.with_columns(day=pl.Series(days))
        .group_by("fold")
        .agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"), pl.len())
        .sort("fold")
    )
    assert spans["fold"].to_list() == [-1, *range(FOLDS)]
    assert (spans["first"][1:] > spans["last"][:-1]).all(), "no day is in two folds"
    assert spans["len"].to_list() == [200, 40, 40, 40, 40, 40]


def test_rows_of_one_day_cannot_follow_each_other() -> None:
    assert forward(pl.Series(list("abcdef")), np.zeros(6, np.int64), np.arange(6)) is None


def test_three_clusters_are_the_fewest_that_can_be_folded() -> None:
    ids, labels = pl.Series(["1", "2", "3", "4"]), np.array([0, 1, 0, 1])
    assert stratified(ids, labels, np.array([0, 0, 1, 1]), 1) is None
    made = stratified(ids, labels, np.array([0, 1, 2, 2]), 1)
    assert made is not None
    assert made["fold"].n_unique() == 3


def test_half_of_the_rows_holds_every_class_and_is_half_of_texts_to_write() -> None:
    labels = ["common"] * 60 + ["rare"] * 3 + ["once"]
    labelled = pl.DataFrame({"expected": labels})
    half = half_of(labelled, ("common", "once", "rare"), seed=0)["expected"].value_counts()
    assert dict(half.iter_rows()) in ({"common": 30, "rare": n, "once": 1} for n in (1, 2))
    written = pl.DataFrame({"expected": [f"answer {n}" for n in range(64)]})
    assert len(half_of(written, (), seed=0)) == 32
