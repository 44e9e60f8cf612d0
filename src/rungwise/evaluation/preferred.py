"""Whether a model prefers the answers that were chosen, and whether length alone says so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.proportions import wilson
from rungwise.records import Numbers


def preferred(
    tuned: NDArray[np.float64],
    reference: NDArray[np.float64],
    chosen: NDArray[np.int64],
    rejected: NDArray[np.int64],
    level: float,
) -> Numbers:
    """Shares of pairs whose chosen answer is preferred, each with Wilson's interval.

    The implicit reward of an answer is how much more likely the tuned model finds it than the
    reference does (Rafailov et al. 2023). A plain log-probability falls with every token, so it
    prefers what is short; people and judges lean to what is long (Singhal et al. 2023, "A Long Way
    to Go"). Pairs whose chosen answer is the shorter one are counted apart for that.

    Args:
        tuned, reference: By how many nats each finds the chosen answer more likely (n).
        chosen, rejected: Tokens of both answers (n).
        level: Of the intervals.

    Returns:
        `pairs`; `tuned` by implicit reward, `tuned_plain` and `reference` by log-probability;
        the first and the last besides on pairs whose chosen answer is the shorter or the longer
        one; the mean `reward_margin` in nats, and the mean lengths in tokens.
    """
    reward = tuned - reference
    shorter, longer = chosen < rejected, chosen > rejected
    return {
        "pairs": len(reward),
        "tuned": _share(reward > 0, level),
        "tuned_plain": _share(tuned > 0, level),
        "reference": _share(reference > 0, level),
        "tuned_where_chosen_is_shorter": _share(reward[shorter] > 0, level),
        "tuned_where_chosen_is_longer": _share(reward[longer] > 0, level),
        "reference_where_chosen_is_shorter": _share(reference[shorter] > 0, level),
        "reference_where_chosen_is_longer": _share(reference[longer] > 0, level),
        "reward_margin": _mean(reward),
        "chosen_tokens": _mean(chosen),
        "rejected_tokens": _mean(rejected),
    }


def _share(holds: NDArray[np.bool_], level: float) -> Numbers:
    rows, right = len(holds), int(holds.sum())
    if not rows:
        return {"value": None, "low": None, "high": None, "rows": 0}
    low, high = wilson(right, rows, level)
    return {"value": right / rows, "low": low, "high": high, "rows": rows}


def _mean(values: NDArray[np.float64] | NDArray[np.int64]) -> float | None:
    return float(np.mean(values)) if len(values) else None
