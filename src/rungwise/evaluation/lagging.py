"""Which classes are recognised far less often than the others (R54)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rungwise.records import Measurement

LEAST = 5
"""Rows of a class from which its recall is compared with the others."""


def lags(per_class: Sequence[Measurement], least: float) -> dict[str, float]:
    """Label → how far its recall lies below the mean of the others, where by `least` or more.

    The whole interval must lie below that mean: with ten rows, a low recall is often chance. Of a
    class with fewer than `LEAST` rows nothing is said.
    """
    recalls = {
        measured.metric.removeprefix("recall[").removesuffix("]"): measured
        for measured in per_class
        if measured.metric.startswith("recall[") and math.isfinite(measured.value)
    }
    total = sum(measured.value for measured in recalls.values())
    found: dict[str, float] = {}
    for label, measured in recalls.items():
        others = (total - measured.value) / max(len(recalls) - 1, 1)
        surely = measured.high is None or measured.high < others
        surely &= measured.rows >= LEAST
        if surely and others - measured.value >= least:
            found[label] = others - measured.value
    return found
