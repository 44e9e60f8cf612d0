"""Rows are answered by heads that did not learn from them, nor from their copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame
from tests.small_encoder import CLASSES, context, write_encoder
from tests.small_task import rows

from rungwise.data.copy_keys import copy_keys
from rungwise.progress import Silent
from rungwise.training.out_of_fold import FOLDS, cross_fitted, folds, out_of_fold
from rungwise.training.trunk import of

SILENT = Silent()


def test_copies_and_groups_stay_in_one_fold_whatever_the_order() -> None:
    made = [(f"text {n // 2}{'!' * (n % 2)}", "xy"[n % 3 > 0], f"g{n // 6}") for n in range(120)]
    table = frame(made)
    labels = (table["expected"] == "y").cast(pl.Int64).to_numpy()
    found = folds(table, copy_keys(table["input"]), labels, seed=3)
    for key in (table["group"], table["input"].str.strip_chars("!")):
        assert pl.DataFrame({"key": key, "fold": found}).unique().height == key.n_unique()
    assert len(np.unique(found)) == FOLDS
    shares = [labels[found == fold].mean() for fold in range(FOLDS)]
    assert max(shares) - min(shares) < 0.2
    order = np.random.default_rng(0).permutation(len(table))
    other = table[pl.Series(order)]
    again = folds(other, copy_keys(other["input"]), labels[order], seed=3)
    assert (again == found[order]).all()


def test_a_label_that_only_the_row_itself_tells_is_not_known() -> None:
    """With noise for features nothing can be learnt: a head that saw the rows would know them."""
    generator = np.random.default_rng(2)
    features = generator.standard_normal((200, 150)).astype(np.float32)
    labels = generator.integers(0, 2, 200)
    fold = np.arange(200) % FOLDS
    scores, _ = cross_fitted(features, labels, fold, 2, SILENT)
    assert 0.35 < (scores.argmax(1) == labels).mean() < 0.65
    assert np.allclose(scores.sum(1), 1, atol=1e-5)


def test_a_class_in_one_fold_only_is_left_out() -> None:
    generator = np.random.default_rng(2)
    labels = np.array([0, 1] * 20 + [2, 2])
    features = (generator.standard_normal((42, 4)) + labels[:, None]).astype(np.float32)
    fold = np.array([n % FOLDS for n in range(40)] + [0, 0])
    scores, _ = cross_fitted(features, labels, fold, 3, SILENT)
    assert (scores[:40].sum(1) > 0.99).all()
    assert (scores[40:] == 0).all()


def test_train_and_validation_are_answered_and_wrong_labels_stand_out(tmp_path: Path) -> None:
    made = rows()[:360]
    wrong = {n: CLASSES[(CLASSES.index(made[n][1]) + 1) % 3] for n in range(0, 360, 30)}
    table = frame([(text, wrong.get(n, label)) for n, (text, label) in enumerate(made)])
    train, validation = table[:300], table[300:].with_columns(expected=pl.lit("delivery"))
    strange = validation[:1].with_columns(id=pl.lit("x"), expected=pl.lit("unknown"))
    model = write_encoder(tmp_path / "encoder")
    trunk = of(context(tmp_path, str(model)), str(model))
    found = out_of_fold(trunk, train, pl.concat([validation, strange]), CLASSES, 3, SILENT)
    assert found.ids.to_list() == table["id"].to_list()
    assert found.scores is not None
    given = train["expected"].replace_strict(CLASSES, range(3), return_dtype=pl.Int64).to_numpy()
    own = found.scores[np.arange(300), given]
    planted = np.zeros(300, bool)
    planted[[n for n in wrong if n < 300]] = True
    assert own[planted].max() < np.median(own[~planted])


@pytest.mark.parametrize(
    "made",
    [
        [("all the same", "access" if n % 2 else "refund") for n in range(40)],
        [(f"text {n}", "access") for n in range(40)],
        [("one row", "access")],
    ],
    ids=["all rows identical", "one class", "one row"],
)
def test_what_cannot_be_answered_is_left_out(made: list[tuple[str, str]], tmp_path: Path) -> None:
    model = write_encoder(tmp_path / "encoder")
    trunk = of(context(tmp_path, str(model)), str(model))
    table = frame(made)
    found = out_of_fold(trunk, table, table.clear(), CLASSES, 3, SILENT)
    assert len(found) == 0
