"""Metrics of labels agree with scikit-learn on any answers, and warn about none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peer
from tests.made_answers import expected, predicted

from rungwise.evaluation.metrics import find

LABELS = ("cash", "card", "loan", "fee [x]", "Ünïcode")
Pairs = list[tuple[str, str]]
PAIRS = st.lists(
    st.tuples(st.sampled_from(LABELS[:4]), st.sampled_from(LABELS)), min_size=1, max_size=60
)


def correlation(truth: list[str], answers: list[str]) -> float:
    """Scikit-learn's, without its warning where there is but one label."""
    if len({*truth, *answers}) == 1:
        return 0.0
    return float(peer.matthews_corrcoef(truth, answers))


PEERS: dict[str, Callable[[list[str], list[str]], float]] = {
    "accuracy": peer.accuracy_score,
    "macro_f1": lambda y, p: peer.f1_score(y, p, average="macro", zero_division=0),
    "micro_f1": lambda y, p: peer.f1_score(y, p, average="micro", zero_division=0),
    "weighted_f1": lambda y, p: peer.f1_score(y, p, average="weighted", zero_division=0),
    "mcc": correlation,
}


@pytest.mark.parametrize("name", PEERS)
@given(pairs=PAIRS)
def test_agrees_with_scikit_learn(name: str, pairs: Pairs) -> None:
    truth, answers = [list(column) for column in zip(*pairs, strict=True)]
    value = find(name).value(expected(truth), predicted(answers))
    assert value == pytest.approx(PEERS[name](truth, answers), abs=1e-12)


@given(pairs=PAIRS)
def test_balanced_accuracy_is_the_mean_recall_of_the_expected_classes(pairs: Pairs) -> None:
    """Not `balanced_accuracy_score`: that one warns about answers that were never expected."""
    truth, answers = [list(column) for column in zip(*pairs, strict=True)]
    recalls = peer.recall_score(
        truth, answers, labels=sorted(set(truth)), average=None, zero_division=0
    )
    value = find("balanced_accuracy").value(expected(truth), predicted(answers))
    assert value == pytest.approx(np.mean(recalls))


@pytest.mark.parametrize(
    ("kind", "function"),
    [("recall", peer.recall_score), ("precision", peer.precision_score), ("f1", peer.f1_score)],
)
@given(pairs=PAIRS, label=st.sampled_from(LABELS))
def test_of_one_class_agrees_with_scikit_learn(
    kind: str, function: Any, pairs: Pairs, label: str
) -> None:
    truth, answers = [list(column) for column in zip(*pairs, strict=True)]
    known = sorted({*truth, *answers, label})
    others = function(truth, answers, labels=known, average=None, zero_division=0)
    value = find(f"{kind}[{label}]").value(expected(truth), predicted(answers))
    assert value == pytest.approx(others[known.index(label)])


@given(pairs=PAIRS, silent=st.sets(st.integers(0, 59)))
def test_no_answer_is_a_wrong_answer_and_no_class(pairs: Pairs, silent: set[int]) -> None:
    truth = [pair[0] for pair in pairs]
    answers = [None if row in silent else pair[1] for row, pair in enumerate(pairs)]
    placeholder = [answer or "(none)" for answer in answers]
    given_answers = predicted(answers, classes=LABELS)
    right = peer.accuracy_score(truth, placeholder)
    assert find("accuracy").value(expected(truth), given_answers) == pytest.approx(right)
    known = sorted({*truth, *(answer for answer in answers if answer is not None)})
    macro = peer.f1_score(truth, placeholder, labels=known, average="macro", zero_division=0)
    assert find("macro_f1").value(expected(truth), given_answers) == pytest.approx(macro)
    value = find("mcc").value(expected(truth), given_answers)
    assert value == pytest.approx(correlation(truth, placeholder))


@pytest.mark.parametrize("name", [*PEERS, "balanced_accuracy"])
@given(pairs=PAIRS, seed=st.integers(0, 9))
def test_the_order_of_the_rows_does_not_matter(name: str, pairs: Pairs, seed: int) -> None:
    shuffled = [pairs[place] for place in np.random.default_rng(seed).permutation(len(pairs))]
    values = [
        find(name).value(expected([a for a, _ in rows]), predicted([b for _, b in rows]))
        for rows in (pairs, shuffled)
    ]
    assert values[0] == pytest.approx(values[1])


def test_lengths_and_missing_labels_are_programming_errors() -> None:
    accuracy = find("accuracy")
    with pytest.raises(ValueError, match="different lengths"):
        accuracy.value(expected(["a"]), predicted(["a", "b"]))
    with pytest.raises(ValueError, match="expected label is missing"):
        accuracy.value(pl.Series(["a", None]), predicted(["a", "b"]))
    with pytest.raises(ValueError, match="no rows"):
        accuracy.value(expected([]), predicted([]))
