"""How much of a general probe a tuned model has lost, paired item by item (R53)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.bootstrap_intervals import percentiles
from rungwise.evaluation.label_metrics import Floats
from rungwise.evaluation.mcnemar import exact_difference
from rungwise.evaluation.resampling import drawn_rows
from rungwise.policy import Policy
from rungwise.records import Numbers


@dataclass(frozen=True, slots=True)
class Probed:
    """What a model did on the probe.

    Attributes:
        losses: Cross-entropy of each sentence, summed over its tokens, in nats (sentences).
        tokens: Tokens that each was summed over (sentences).
        right: Which questions were answered rightly (questions).
    """

    losses: Floats
    tokens: Floats
    right: NDArray[np.bool_]

    @property
    def perplexity(self) -> float:
        """Of all sentences together: how many tokens seem equally likely at each place."""
        return float(np.exp(self.losses.sum() / self.tokens.sum()))


def forgotten(before: Probed, after: Probed, policy: Policy) -> Numbers:
    """Perplexity and answers before and after, with the interval of each loss.

    The rise of perplexity is relative, by a bootstrap over sentences; the drop of right answers is
    a share of all questions, by the exact interval for paired answers.
    """
    worse = after.losses - before.losses
    rises = np.concatenate(
        [
            np.expm1((drawn.T @ worse) / (drawn.T @ before.tokens))
            for drawn in drawn_rows(len(worse), policy)
        ]
    )
    low, high = percentiles(rises, policy.confidence)
    questions = len(before.right)
    lost = int((before.right & ~after.right).sum())
    won = int((after.right & ~before.right).sum())
    least, most = exact_difference(lost, won, questions, policy.confidence)
    return {
        "perplexity_before": before.perplexity,
        "perplexity_after": after.perplexity,
        "perplexity_rise": {
            "value": after.perplexity / before.perplexity - 1, "low": low, "high": high,
        },
        "sentences": len(worse),
        "answers_before": float(before.right.mean()),
        "answers_after": float(after.right.mean()),
        "answers_drop": {"value": (lost - won) / questions, "low": least, "high": most},
        "questions": questions,
    }  # fmt: skip
