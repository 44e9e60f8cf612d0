"""The simulation of coverage counts what it says, and its stand-ins are the models they name."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.coverage import learners, tables
from benchmarks.coverage.draws import draw
from benchmarks.coverage.nested import draw as draw_nested
from benchmarks.coverage.pools import Pool
from benchmarks.coverage.rung import draw as draw_rung
from scipy import sparse
from sklearn.linear_model import LogisticRegression

GENERATOR = np.random.default_rng(20)


def line(truth: float, **changed: Any) -> dict[str, Any]:
    known = {
        "set": "SMS spam", "rows": 100, "draw": 0, "outside": 10**9, "metric": "accuracy",
        "learner": "frozen", "value": 0.8, "low": 0.7, "high": 0.9, "truth": truth,
        "by_fold": [0.7, 0.75, 0.8, 0.85, 0.9],
    }  # fmt: skip
    return known | changed


def test_a_cell_counts_truths_inside_and_on_either_side() -> None:
    """Two of five inside, one below the low end, two above the high end."""
    lines = [line(truth) for truth in (0.60, 0.71, 0.89, 0.95, 0.99)]
    (cell,) = tables.cells(lines)
    rows = cell["methods"][tables.ROWS]
    assert (cell["draws"], rows["covered"]) == (5, 2)
    assert rows["low end above the truth"] == pytest.approx(1 / 5)
    assert rows["high end below the truth"] == pytest.approx(2 / 5)
    assert rows["median width"] == pytest.approx(0.2)


def test_as_many_rows_outside_as_inside_double_the_variance() -> None:
    """.80 ± .10 is held against the truth as .80 ± .1414; the width stays."""
    (cell,) = tables.cells([line(0.93, outside=100), line(0.95, outside=100)])
    assert cell["methods"][tables.ROWS]["covered"] == 1
    assert cell["methods"][tables.ROWS]["median width"] == pytest.approx(0.2)


def test_the_corrected_t_interval_by_hand() -> None:
    """Variance .00625 of five values × (1/5 + 1/4), times 2.776 of 4 degrees of freedom."""
    mean, low, high = tables.intervals(line(0.8))[tables.CORRECTED]
    half = 2.7764 * (0.00625 * 0.45) ** 0.5
    assert (mean, low, high) == pytest.approx((0.8, 0.8 - half, 0.8 + half), abs=1e-4)


def test_linear_by_kernel_is_linear_on_the_terms() -> None:
    known, asked = (sparse.random(rows, 60, 0.2, format="csr", rng=20 + rows) for rows in (40, 15))
    known, asked = known.astype(np.float32), asked.astype(np.float32)
    labels = GENERATOR.integers(0, 3, 40)
    peer = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(known, labels)
    (ours,) = learners._linear(known, labels, asked, 3, (1.0,))
    assert ours == pytest.approx(peer.predict_proba(asked), abs=0.02)


def test_a_draw_measures_every_model_on_a_small_pool() -> None:
    labels = np.arange(400) % 2
    embeddings = GENERATOR.normal(size=(400, 130)).astype(np.float32)
    embeddings[:, 0] += 2 * labels
    terms = sparse.csr_matrix(np.abs(embeddings[:, :20] > 0.5).astype(np.float32))
    texts = pl.Series([f"{'yes' if label else 'no'} {row}" for row, label in enumerate(labels)])
    pool = Pool("small", embeddings, terms, labels, ("a", "b"), texts)
    features = learners.features(pool)
    lines = draw(pool, features, 60, 0)
    assert {one["learner"] for one in lines} == {
        "frozen", "linear", "nearest", "frozen - linear", "frozen - nearest",
    }  # fmt: skip
    assert all(one["outside"] == 340 and len(one["by_fold"]) == 5 for one in lines)
    accuracy = next(one for one in lines if one["metric"] == "accuracy")
    assert accuracy["value"] == pytest.approx(np.mean(accuracy["by_fold"]))  # 12 rows a fold
    assert lines == draw(pool, features, 60, 0)
    of_rung = draw_rung(pool, features, 60, 0)
    # One of the two words of a text says its class, and the other is a number of its own.
    assert all(one["value"] == one["truth"] == 1 for one in of_rung)
    once, by_fold = (
        [one["choices"] for one in of_rung if one["learner"] == f"rung linear, chosen {way}"]
        for way in ("once", "by fold")
    )
    assert len(once) == len(by_fold) == 3  # metrics
    assert all(choices == (choices[0],) * 5 for choices in once)
    (nested,) = draw_nested(pool, features, 60, 0)
    centre, half = nested["nested"]
    assert 0 < half < 0.5 and 0.4 < centre < 1.1
