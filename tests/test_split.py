"""The division: each row in one place, no cluster straddles, labels keep shares (R9, R21)."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.data_made import frame, parts_of, reading_of, task

from rungwise.data.copies import clusters
from rungwise.data.copy_keys import copy_keys
from rungwise.data.split import Parts, split
from rungwise.errors import DataError

Row = tuple[str, str, str | None]
PARTS = ("train", "validation", "test")

LABELS = st.sampled_from("wxyz")
ROWS = st.lists(
    st.tuples(
        st.integers(0, 60).map(lambda n: f"text {n}"),
        LABELS,
        st.one_of(st.none(), st.integers(0, 25).map(lambda n: f"group {n}")),
    ),
    min_size=12,
    max_size=80,
)


def placed(parts: Parts) -> dict[str, str]:
    """Row id → part."""
    return {row: part for part in PARTS for row in getattr(parts, part)["id"]}


def divided(rows: list[Row], **policy: float) -> Parts:
    """Divide, or skip data that cannot be (a few clusters that hold everything)."""
    try:
        return parts_of(task(policy), source=frame(rows))
    except DataError as error:
        assume("too few to fill" not in str(error))
        raise


@settings(max_examples=80, deadline=None)
@given(ROWS)
def test_every_row_is_in_one_place_and_no_cluster_straddles(rows: list[Row]) -> None:
    parts = divided(rows)
    place = placed(parts)
    assert sum(len(getattr(parts, part)) for part in PARTS) == len(place) == len(rows)
    source = frame(rows)
    cluster = clusters(copy_keys(source["input"]), source["group"])
    found = source.with_columns(cluster, part=source["id"].replace_strict(place))
    assert found.group_by("cluster").agg(pl.col("part").n_unique())["part"].max() == 1
    assert set(parts.train["expected"]) == set(source["expected"]), "a label is never learnt"
    assert all(len(getattr(parts, part)) for part in PARTS)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], shuffler: random.Random) -> None:
    parts = divided(rows)
    again = divided(rows)
    for part in PARTS:
        assert getattr(parts, part).equals(getattr(again, part))
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    other = divided(shuffled)
    keys = ["input", "expected", "group"]
    for part in PARTS:
        mine = getattr(parts, part).select(keys).sort(keys)
        assert mine.equals(getattr(other, part).select(keys).sort(keys))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 90), min_size=2, max_size=12).filter(lambda sizes: sum(sizes) >= 30),
    st.integers(0, 9),
    st.sampled_from([(0.15, 0.15), (0.1, 0.3), (0.2, 0.05)]),
)
def test_single_rows_keep_every_share_to_within_a_row(
    sizes: list[int], seed: int, shares: tuple[float, float]
) -> None:
    rows: list[Row] = [
        (f"text {label} {n}", str(label), None)
        for label, size in enumerate(sizes)
        for n in range(size)
    ]
    validation, test = shares
    parts = parts_of(
        task({"seed": seed, "validation_share": validation, "test_share": test}),
        source=frame(rows),
    )
    for share, part in ((validation, parts.validation), (test, parts.test)):
        assert abs(len(part) - share * len(rows)) <= 1
        counts = dict(part["expected"].value_counts().iter_rows())
        for label, size in enumerate(sizes):
            assert abs(counts.get(str(label), 0) - share * size) < 1
    assert parts.train["expected"].n_unique() == len(sizes)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sizes", [(3, 3), (4, 2), (2, 2, 2)])
def test_a_label_of_few_customers_is_learnt_even_if_train_is_small(
    seed: int, sizes: tuple[int, ...]
) -> None:
    """Train is to have 2 % of each label, so whole customers fit the other parts better."""
    rows: list[Row] = [
        (f"text {label} {customer} {n}", label, f"{label} {customer}")
        for label in "abcdefgh"
        for customer, size in enumerate(sizes)
        for n in range(size)
    ]
    policy = {"seed": seed, "validation_share": 0.49, "test_share": 0.49}
    parts = parts_of(task(policy), source=frame(rows))
    assert set(parts.train["expected"]) == set("abcdefgh")
    assert parts.numbers["unlearnable"] == {}
    learnt = parts.train.group_by("expected").agg(pl.col("group").n_unique(), pl.len())
    assert set(learnt["group"]) == {1}, "one customer a label is enough"
    assert set(learnt["len"]) == {min(sizes)}, "the smallest one costs the other parts least"


def test_clusters_keep_the_shares_nearly() -> None:
    shuffler = random.Random(7)
    rows: list[Row] = [
        (f"text {n}", shuffler.choice("aaaabbbccd"), f"customer {shuffler.randrange(400)}")
        for n in range(2_000)
    ]
    parts = parts_of(task({"validation_share": 0.15, "test_share": 0.15}), source=frame(rows))
    for part in (parts.validation, parts.test):
        assert abs(len(part) / 2_000 - 0.15) < 0.01
        for label, share in (("a", 0.4), ("b", 0.3), ("c", 0.2), ("d", 0.1)):
            assert abs((part["expected"] == label).mean() - share) < 0.02  # type: ignore[operator]
    assert parts.numbers["groups"] == frame(rows)["group"].n_unique()


def test_a_cluster_larger_than_a_part_goes_to_train() -> None:
    rows: list[Row] = [(f"text {n}", "ab"[n % 2], "giant" if n < 50 else None) for n in range(100)]
    parts = parts_of(task(), source=frame(rows))
    assert (parts.train["group"] == "giant").sum() == 50
    assert (len(parts.validation), len(parts.test)) == (15, 15)


def test_another_seed_is_another_division() -> None:
    rows: list[Row] = [(f"text {n}", "ab"[n % 2], None) for n in range(200)]
    assert placed(divided(rows, seed=1)) != placed(divided(rows, seed=2))
    assert divided(rows, seed=1).numbers["settings"]["seed"] == 1


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "x", None), ("b", "y", None)] * 20,
        [(f"text {n}", "xy"[n % 2], f"group {n % 2}") for n in range(40)],
        [("a", "x", None), ("b", "x", None), ("c", "y", None)],
    ],
)
def test_too_few_independent_rows_are_one_clear_line(rows: list[Row]) -> None:
    with pytest.raises(DataError, match=r"independent clusters?, too few to fill"):
        parts_of(task(), source=frame(rows))


def test_a_file_that_is_too_small_names_the_rows_that_were_set_aside(tmp_path: Path) -> None:
    """`init` has promised that `split` lists them."""
    rows = "text,label\none,x\n,x\ntwo,x\nthree,\nfour,y\n,y\n,x\n"
    read = reading_of(tmp_path / "source.csv", rows)
    told = (
        r"3 rows in 3 independent clusters.*; set aside: line 3 \(empty input\), "
        r"line 5 \(no label\), line 7 \(empty input\) and 1 more\. Give more rows"
    )
    with pytest.raises(DataError, match=told):
        split(read, task())


def test_generation_needs_no_classes() -> None:
    rows: list[Row] = [(f"text {n}", f"answer {n}", None) for n in range(40)]
    parts = parts_of(task(kind="generate"), source=frame(rows))
    assert [len(getattr(parts, part)) for part in PARTS] == [28, 6, 6]
