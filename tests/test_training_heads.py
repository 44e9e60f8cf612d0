"""Heads: the regularisation path against scikit-learn, votes by hand, ties that stay ties."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.class_weight import compute_sample_weight
from tests.small_encoder import context, write_encoder

from rungwise.progress import Silent
from rungwise.table import Examples, Inputs
from rungwise.training import baselines, logistic, trunk
from rungwise.training.frozen import row_weights
from rungwise.training.heads import Constant, Linear, Neighbours


def problem(rows: int, width: int, classes: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Overlapping clouds of unit vectors."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, width, generator=generator)
    labels = torch.arange(rows) % classes
    noise = 1.5 * torch.randn(rows, width, generator=generator)
    return torch.nn.functional.normalize(centres[labels] + noise, dim=1), labels


def objective(
    features: torch.Tensor,
    labels: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    strength: float,
    weights: torch.Tensor | None = None,
) -> float:
    """What scikit-learn's documentation says is minimised, in float64."""
    weight, bias = weight.double(), bias.double()
    logits = features.double() @ weight.T + bias
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    share = torch.ones(len(labels)) if weights is None else weights
    return float((share.double() * losses).sum() + weight.square().sum() / (2 * strength))


@settings(deadline=None, max_examples=12)
@given(st.integers(3, 6), st.integers(3, 12), st.booleans(), st.integers(0, 1000))
def test_every_strength_reaches_the_optimum_of_scikit_learn(
    classes: int, width: int, weighted: bool, seed: int
) -> None:
    features, labels = problem(60, width, classes, seed)
    weights = row_weights(labels[:50], classes, "balanced") if weighted else None
    features, labels = features[:50], labels[:50]
    strengths = (0.1, 1.0, 10.0)
    path = logistic.path(features, labels, classes, weights, strengths, tolerance=1e-7)
    for solution in path:
        peer = LogisticRegression(C=solution.strength, tol=1e-8, max_iter=10_000)
        peer.fit(features.double().numpy(), labels.numpy(), None if weights is None else weights)
        theirs = torch.tensor(peer.coef_), torch.tensor(peer.intercept_)
        best = objective(features, labels, *theirs, solution.strength, weights)
        ours = objective(
            features, labels, solution.weight, solution.bias, solution.strength, weights
        )
        assert ours == pytest.approx(best, rel=1e-4)
        assert solution.objective == pytest.approx(ours, rel=1e-4)


def test_two_classes_penalise_as_a_softmax_does() -> None:
    """scikit-learn penalises one row w, a softmax the rows -w/2 and w/2: half as much."""
    features, labels = problem(80, 4, 2, 1)
    solution = next(logistic.path(features, labels, 2, strengths=(1.0,), tolerance=1e-8))
    peer = LogisticRegression(C=2.0, tol=1e-9).fit(features.double().numpy(), labels.numpy())
    difference = (solution.weight[1] - solution.weight[0]).numpy()
    np.testing.assert_allclose(difference, peer.coef_[0], rtol=1e-2, atol=1e-3)


def test_a_class_without_rows_does_not_disturb() -> None:
    features, labels = problem(60, 5, 3, 2)
    solutions = list(logistic.path(features, labels, 4))
    for solution in solutions:
        assert torch.isfinite(solution.weight).all()
        answered = (features @ solution.weight.T + solution.bias).argmax(1)
        assert (answered != 3).all()


def test_the_path_is_the_same_twice_and_starts_warm() -> None:
    features, labels = problem(200, 16, 5, 3)
    first, second = (list(logistic.path(features, labels, 5)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.weight, other.weight)
    cold = [
        next(logistic.path(features, labels, 5, strengths=(strength,))).steps
        for strength in logistic.STRENGTHS
    ]
    assert sum(solution.steps for solution in first) < sum(cold)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60))
def test_balanced_weights_are_those_of_scikit_learn(labels: list[int]) -> None:
    column = torch.tensor(labels)
    ours = row_weights(column, 4, "balanced")
    assert ours is not None
    np.testing.assert_allclose(ours, compute_sample_weight("balanced", labels), rtol=1e-6)
    assert row_weights(column, 4, None) is None


@pytest.mark.parametrize("k", [1, 3, 7])
def test_votes_are_those_of_scikit_learn(k: int) -> None:
    features, labels = problem(60, 6, 3, 4)
    asked, _ = problem(15, 6, 3, 5)

    def similarity(distances: NDArray[np.float64]) -> NDArray[np.float64]:
        shares: NDArray[np.float64] = np.maximum(1 - distances, 1e-5)
        return shares

    peer = KNeighborsClassifier(k, weights=similarity, metric="cosine")
    theirs = peer.fit(features.numpy(), labels.numpy()).predict_proba(asked.numpy())
    ours = Neighbours.of(features, labels, 3, k).probabilities(asked)
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-5)


def test_copies_with_different_labels_all_vote_and_the_first_class_wins() -> None:
    """One text twice with two labels: no order of the rows may decide."""
    row, other = torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, -3.0]])
    for order in itertools.permutations([(row, 2), (row, 1), (other, 0)]):
        features = torch.cat([features for features, _ in order])
        labels = torch.tensor([label for _, label in order])
        shares = Neighbours.of(features, labels, 3, 1).probabilities(row)
        assert shares.argmax().item() == 1
        np.testing.assert_allclose(shares[0].numpy(), [0, 0.5, 0.5], atol=1e-5)


@given(st.integers(0, 1000))
def test_ties_do_not_hang_on_the_last_bits(seed: int) -> None:
    """Similarities as two libraries might sum them: rounding differs, the answer does not."""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.randn(4, 8, generator=generator)
    bank = kinds.repeat(3, 1)
    labels = torch.randint(0, 3, (12,), generator=generator)
    head = Neighbours.of(bank, labels, 3, k=2)
    similarity = torch.nn.functional.normalize(kinds, dim=1) @ head.bank.T
    noise = 2e-7 * torch.randn(similarity.shape, generator=generator)
    exact, noisy = head.counted(similarity, 2), head.counted(similarity + noise, 2)
    assert torch.equal(exact.argmax(1), noisy.argmax(1))


def test_zero_shot_reads_names_as_words(tmp_path: Path) -> None:
    """Underscores become spaces: a text that is the name itself is answered with it."""
    write_encoder(tmp_path / "encoder")
    names = ("log_in", "my_money", "the_parcel")
    about = dataclasses.replace(context(tmp_path, "encoder"), classes=names)
    texts = pl.Series(["my money", "the parcel", "log in"])
    part = Examples(Inputs(pl.Series(["1", "2", "3"]), texts), pl.Series(names))
    fitted = baselines.zero_shot(trunk.of(about, "encoder"), part, about)
    predictions = fitted.predict(part.inputs, Silent())
    assert predictions.outputs.to_list() == ["my_money", "the_parcel", "log_in"]
    assert predictions.scores is not None
    assert isinstance(fitted.head, Linear)
    # A text that equals the name has cosine 1, so its logit is 1 / temperature.
    assert fitted.head.layer.weight.norm(dim=1).tolist() == pytest.approx(
        [1 / baselines.TEMPERATURE] * 3
    )


def test_a_constant_answers_every_row_alike() -> None:
    shares = Constant.of(torch.tensor([0.2, 0.5, 0.3])).probabilities(torch.empty(4, 0))
    assert shares.shape == (4, 3)
    assert shares.argmax(1).tolist() == [1] * 4
