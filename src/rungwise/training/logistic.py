"""Multinomial logistic regression on embeddings, along a whole regularisation path.

Minimised is  sum_i w_i · loss_i + ‖W‖² / (2C)  over weights W and an unpenalised bias: what
scikit-learn's LogisticRegression minimises. Three things make the whole path cheaper than one
fit elsewhere: strengths are visited from strong to weak, each starting where the last two point
to (a predictor of continuation: Allgower & Georg 1990, "Numerical Continuation Methods");
features are rotated onto the principal axes of the data, which changes neither the problem
nor the penalty; and on these axes Böhning's bound of the Hessian (1992, "Multinomial logistic
regression algorithm") is diagonal, so L-BFGS (Nocedal 1980) starts from a curvature that is
already right to a constant instead of learning it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Values of C, from strong to weak regularisation."""
MEMORY = 10
"""Past steps that L-BFGS remembers."""
TOLERANCE = 1e-4
"""Further steps change the objective by less than this part, and no metric that was tried."""


@dataclass(frozen=True, slots=True)
class Solution:
    """One point of the path.

    Attributes:
        strength: C.
        weight: (classes, width) on the features as they were given.
        bias: (classes).
        objective: Value of what was minimised.
        steps: Steps that it took.
    """

    strength: float
    weight: Tensor
    bias: Tensor
    objective: float
    steps: int


def path(
    features: Tensor,
    labels: Tensor,
    classes: int,
    weights: Tensor | None = None,
    strengths: Sequence[float] = STRENGTHS,
    tolerance: float = TOLERANCE,
    limit: int = 200,
) -> Iterator[Solution]:
    """Solve for every strength in turn.

    Args:
        features: float32 (rows, width).
        labels: Class indices (rows).
        classes: How many there are.
        weights: One a row (R54); None for 1 each.
        strengths: Values of C, ascending.
        tolerance: Stop when the next step promises a smaller relative decrease.
        limit: Steps at most for one strength.
    """
    problem = _Problem(features, labels, classes, weights)
    point = torch.zeros(classes, features.shape[1] + 1, device=features.device)
    before = point
    for strength in strengths:
        start = _predicted(problem, before, point, strength)
        before = point
        point, objective, steps = _minimise(problem, start, strength, tolerance, limit)
        weight = point[:, :-1] @ problem.axes.T
        bias = point[:, -1] - weight @ problem.centre
        yield Solution(strength, weight, bias, objective, steps)


def _predicted(problem: _Problem, before: Tensor, point: Tensor, strength: float) -> Tensor:
    """As far again as from the last solution but one to the last, if that is better than it.

    The strengths grow by a constant factor, and the solution about evenly with them.
    """
    further = 2 * point - before
    there, here = (problem.gradient(each, strength)[0] for each in (further, point))
    return further if there < here else point


class _Problem:
    """The loss on principal axes, with the bias as one more, unpenalised, feature."""

    def __init__(
        self, features: Tensor, labels: Tensor, classes: int, weights: Tensor | None
    ) -> None:
        rows = features.shape[0]
        self.centre = features.mean(0)
        centred = features - self.centre
        spread, self.axes = torch.linalg.eigh(centred.T @ centred)
        self.rotated = torch.cat([centred @ self.axes, features.new_ones(rows, 1)], 1)
        self.rows = torch.arange(rows, device=features.device)
        self.labels = labels
        self.weights = features.new_ones(rows) if weights is None else weights
        share = self.weights.mean()
        # Hessian ≤ ½ (I - 11ᵀ/classes) ⊗ XᵀX (Böhning); typical curvature p(1-p) is lower.
        self.spread = torch.cat([spread.clamp(min=0), features.new_tensor([float(rows)])]) * share
        self.curvature = (classes - 1) / classes**2
        self.penalised = features.new_ones(features.shape[1] + 1)
        self.penalised[-1] = 0

    def gradient(self, point: Tensor, strength: float) -> tuple[float, Tensor]:
        """Objective and gradient (classes, width + 1).

        Classes first: both products then run along rows of memory, a third faster.
        """
        logs = torch.log_softmax(point @ self.rotated.T, 0)
        penalty = (self.penalised * point).square().sum() / (2 * strength)
        objective = penalty - (self.weights * logs[self.labels, self.rows]).sum()
        error = logs.exp_()
        error[self.labels, self.rows] -= 1
        error *= self.weights
        return objective.item(), error @ self.rotated + self.penalised * point / strength

    def preconditioner(self, strength: float) -> Tensor:
        """Inverse of the bound's diagonal (width + 1)."""
        return 1 / (self.curvature * self.spread + self.penalised / strength)


def _minimise(
    problem: _Problem, point: Tensor, strength: float, tolerance: float, limit: int
) -> tuple[Tensor, float, int]:
    """L-BFGS with a diagonal start and backtracking (Armijo)."""
    inverse = problem.preconditioner(strength)
    objective, gradient = problem.gradient(point, strength)
    past: list[tuple[Tensor, Tensor, Tensor]] = []
    step = 0
    while step < limit:
        direction = _direction(gradient, past, inverse)
        slope = (direction * gradient).sum().item()
        if -slope / 2 <= tolerance * objective:  # the decrease that a Newton step promises
            break
        length, accepted = 1.0, None
        while length > 1e-6:
            moved = point + length * direction
            value, slopes = problem.gradient(moved, strength)
            if value <= objective + 1e-4 * length * slope:
                accepted = (moved, value, slopes)
                break
            length /= 2
        if accepted is None:
            break  # float32 resolves no further decrease
        moved, objective, slopes = accepted
        change, turn = moved - point, slopes - gradient
        if (product := (change * turn).sum()) > 0:
            past = [*past[-MEMORY + 1 :], (change, turn, 1 / product)]
        point, gradient, step = moved, slopes, step + 1
    return point, objective, step


def _direction(
    gradient: Tensor, past: Sequence[tuple[Tensor, Tensor, Tensor]], inverse: Tensor
) -> Tensor:
    """The two-loop recursion of L-BFGS."""
    direction = -gradient
    shares = []
    for change, turn, inverse_product in reversed(past):
        share = inverse_product * (change * direction).sum()
        shares.append(share)
        direction = direction - share * turn
    direction = inverse * direction
    if past:
        change, turn, inverse_product = past[-1]
        direction = direction / (inverse_product * (turn * inverse * turn).sum())
    for (change, turn, inverse_product), share in zip(past, reversed(shares), strict=True):
        direction = direction + (share - inverse_product * (turn * direction).sum()) * change
    return direction
