"""What a test part can confirm, told from its number of rows before anything is measured (C3).

A target is confirmed where the low end of Wilson's interval meets it. How many right answers that
takes, and how likely a model of a given quality gives them, follow from the binomial distribution.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from rungwise.evaluation.proportions import quantile, wilson


def fewest_right(rows: int, target: float, level: float) -> int | None:
    """The smallest number of right answers whose interval meets the target.

    Returns None if not even `rows` right answers of `rows` would.
    """
    z = quantile(level)
    # Wilson inverts the score test, so this is the number itself, but for rounding.
    right = math.floor(rows * target + z * math.sqrt(rows * target * (1 - target)))
    right = max(0, min(right, rows) - 2)
    while right <= rows and wilson(right, rows, level)[0] < target:
        right += 1
    return right if right <= rows else None


def fewest_rows(target: float, level: float) -> int:
    """The smallest number of rows that can confirm a target, if all are answered rightly."""
    z = quantile(level)
    rows = max(1, math.ceil(z * z * target / (1 - target)) - 2)
    while fewest_right(rows, target, level) is None:
        rows += 1
    return rows


def chance_to_confirm(rows: int, target: float, true: float, level: float) -> float:
    """The probability that `rows` rows confirm the target for a model that is right in `true`.

    Exact: the upper tail of the binomial distribution from `fewest_right` on.
    """
    from scipy.special import betainc

    right = fewest_right(rows, target, level)
    if right is None:
        return 0.0
    return 1.0 if right == 0 else float(betainc(right, rows - right + 1, true))


def confirmed_from(rows: int, target: float, chance: float, level: float) -> float | None:
    """The true share from which on `rows` rows confirm the target with at least this chance.

    Returns None if not even `rows` right answers would confirm it.
    """
    from scipy.special import betaincinv

    right = fewest_right(rows, target, level)
    return None if right is None else float(betaincinv(right, rows - right + 1, chance))


def rows_to_confirm(target: float, true: float, chance: float, level: float) -> int:
    """About how many rows confirm a target with this chance, for a model that is right in `true`.

    The sample size of a one-sample score test for a proportion (Fleiss, Levin and Paik 2003,
    "Statistical Methods for Rates and Proportions", section 2.5). The exact chance rises with the
    rows in small teeth, as `fewest_right` is a whole number; this is within the teeth that
    cross `chance`.

    Raises:
        ValueError: `true` is not above the target.
    """
    if true <= target:
        raise ValueError(f"no number of rows confirms {target} for a model that reaches {true}")
    spread = quantile(level) * math.sqrt(target * (1 - target))
    spread += NormalDist().inv_cdf(chance) * math.sqrt(true * (1 - true))
    return max(fewest_rows(target, level), math.ceil((spread / (true - target)) ** 2))
