"""Canary questions: an endpoint that answers as before raises nothing, another model does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rungwise.monitoring.canary import QUESTIONS, REPEATS, canary_evidence, differing

NEEDED = 20 / 0.38
"""1/budget over the share that an endpoint's canary has."""


def test_answers_are_compared_by_their_words() -> None:
    assert differing(["Yes.", "no", None, "b"], ["yes. ", "No", "x", "a"]) == (1, 3)
    with pytest.raises(ValueError, match="2 answers"):
        differing(["a", "b"], ["a"])


def test_another_model_is_seen_and_a_silent_endpoint_is_not_one() -> None:
    same = [(0, QUESTIONS)] * (REPEATS - 1)
    assert canary_evidence(same, [(0, QUESTIONS), (8, QUESTIONS)])[-1] > NEEDED
    assert canary_evidence(same, [(0, 0), (0, 0)])[-1] == pytest.approx(1)
    noisy = [(12, QUESTIONS)] * (REPEATS - 1)  # answers that always vary tell little
    assert canary_evidence(noisy, [(13, QUESTIONS)])[-1] < 2
    assert len(canary_evidence(same, [])) == 0
    with pytest.raises(ValueError, match="repeats"):
        canary_evidence([(0, 0)], [(1, 2)])


@pytest.mark.parametrize("noise", [(0.2, 20), (0.5, 2), (1, 1)])
def test_a_stable_endpoint_rarely_raises_an_alarm(noise: tuple[float, float]) -> None:
    generator = np.random.default_rng(7)
    alarms = 0
    for _ in range(400):
        varying = generator.beta(*noise, size=QUESTIONS)  # how often each answer differs
        counts = [int((generator.random(QUESTIONS) < varying).sum()) for _ in range(REPEATS + 12)]
        pairs = [(count, QUESTIONS) for count in counts]
        evidence = canary_evidence(pairs[: REPEATS - 1], pairs[REPEATS - 1 :])
        alarms += evidence[-1] >= NEEDED
    # By Ville's inequality at most 1/NEEDED = 1.9 %: 17 or fewer of 400 in 99.9 % of cases.
    assert alarms <= stats.binom.ppf(0.999, 400, 1 / NEEDED)
