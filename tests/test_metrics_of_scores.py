"""Metrics of probabilities agree with scikit-learn, with the papers, and with arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as peer
from tests.made_answers import expected, predicted, scored

from rungwise.errors import DataError
from rungwise.evaluation.metrics import find

BINARY, MANY = ("no", "yes"), ("a", "b", "c", "d")
Case = tuple[list[str], NDArray[Any]]


@st.composite
def cases(draw: st.DrawFn, classes: tuple[str, ...]) -> Case:
    """Labels and probabilities that sum to one; a coarse grid makes many ties."""
    rows = draw(st.integers(2, 40))
    truth = draw(st.lists(st.sampled_from(classes), min_size=rows, max_size=rows))
    grid = st.lists(st.integers(1, 6), min_size=len(classes), max_size=len(classes))
    weights = np.array(draw(st.lists(grid, min_size=rows, max_size=rows)), dtype=np.float64)
    return truth, weights / weights.sum(axis=1, keepdims=True)


def both_sides(truth: list[str], classes: tuple[str, ...]) -> list[int]:
    """Columns of the classes that have rows in them and outside them."""
    return [place for place, label in enumerate(classes) if 0 < truth.count(label) < len(truth)]


@pytest.mark.parametrize(
    ("name", "function"),
    [("roc_auc", peer.roc_auc_score), ("average_precision", peer.average_precision_score)],
)
@given(case=cases(MANY))
def test_ranking_is_the_mean_over_classes_of_scikit_learn(
    name: str, function: Any, case: Case
) -> None:
    truth, scores = case
    defined = both_sides(truth, MANY)
    if not defined:
        return
    single = scores.astype(np.float32)
    values = [function([label == MANY[k] for label in truth], single[:, k]) for k in defined]
    value = find(name).value(expected(truth), scored(scores, MANY))
    assert value == pytest.approx(np.mean(values), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "function"),
    [("roc_auc", peer.roc_auc_score), ("average_precision", peer.average_precision_score)],
)
@given(case=cases(BINARY))
def test_of_two_classes_the_last_in_order_is_positive(name: str, function: Any, case: Case) -> None:
    truth, scores = case
    if not both_sides(truth, BINARY):
        return
    value = find(name).value(expected(truth), scored(scores[:, ::-1], BINARY[::-1]))
    peers = function([label == "yes" for label in truth], scores[:, 1].astype(np.float32))
    assert value == pytest.approx(peers, abs=1e-6)


def test_the_positive_class_is_said_aloud() -> None:
    assert "'spam'" in find("average_precision", ("spam", "ham")).assumption
    assert find("average_precision", MANY).assumption == ""
    assert find("accuracy", ("spam", "ham")).assumption == ""


@given(case=cases(MANY))
def test_log_loss_agrees_with_scikit_learn(case: Case) -> None:
    truth, scores = case
    value = find("log_loss").value(expected(truth), scored(scores, MANY))
    assert value == pytest.approx(peer.log_loss(truth, scores, labels=MANY), rel=1e-5)


def test_log_loss_of_an_unknown_label_is_large_and_finite() -> None:
    """Probability 0 counts as the smallest step of a float32: ln(2^23) is 15.9 nats."""
    metric = find("log_loss")
    unknown = metric.value(expected(["zebra"]), scored([[0.5, 0.5]], ("a", "b")))
    certain = metric.value(expected(["b"]), scored([[1.0, 0.0]], ("a", "b")))
    assert unknown == pytest.approx(23 * math.log(2)) == certain


def test_calibration_error_by_hand() -> None:
    """Four rows at 0.9, three right: gap 0.15. Six at 0.6, three right: gap 0.1. Sum 1.2 / 10."""
    truth = ["a", "a", "a", "b", "a", "a", "a", "b", "b", "b"]
    scores = [[0.9, 0.1]] * 4 + [[0.6, 0.4]] * 6
    value = find("expected_calibration_error").value(expected(truth), scored(scores, ("a", "b")))
    assert value == pytest.approx((4 * 0.15 + 6 * 0.1) / 10, abs=1e-6)


@given(case=cases(MANY))
def test_calibration_error_follows_the_paper(case: Case) -> None:
    """Guo et al. 2017, equation 3, bin by bin: ((m - 1) / 15, m / 15]."""
    truth, scores = case
    single = scores.astype(np.float32)
    confidence = single.max(axis=1).astype(np.float64)
    right = np.array([MANY[k] for k in single.argmax(axis=1)]) == np.array(truth)
    error = 0.0
    for m in range(1, 16):
        inside = (confidence > (m - 1) / 15) & (confidence <= m / 15)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            error += inside.mean() * gap
    value = find("expected_calibration_error").value(expected(truth), scored(scores, MANY))
    assert value == pytest.approx(error, abs=1e-9)


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "expected_calibration_error"])
def test_labels_alone_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(DataError, match=f"{name} needs probabilities"):
        find(name).value(expected(["a", "b"]), predicted(["a", "b"]))


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_ranking_one_class_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(DataError, match="undefined on these 2 rows"):
        find(name).value(expected(["a", "a"]), scored([[0.9, 0.1], [0.8, 0.2]], ("a", "b")))


def test_a_score_that_is_no_number_is_named_by_its_row() -> None:
    scores = [[0.5, 0.5], [math.nan, 0.5]]
    with pytest.raises(DataError, match=r"row 1 are not numbers \(1 such rows\)"):
        find("log_loss").value(expected(["a", "b"]), predicted(["a", "b"], scores))
