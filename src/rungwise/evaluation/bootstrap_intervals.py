"""From bootstrap values to an interval; undefined resamples (NaN) are left out."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from rungwise.evaluation.answers import Answers
from rungwise.evaluation.label_metrics import Floats
from rungwise.evaluation.proportions import quantile
from rungwise.evaluation.score_metrics import calibration_noise

NORMAL = NormalDist()


def percentiles(drawn: Floats, level: float) -> tuple[float, float]:
    """The plain percentile interval: for differences, where a bias cancels out."""
    low, high = np.quantile(_defined(drawn), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bias_corrected(drawn: Floats, value: float, level: float) -> tuple[float, float]:
    """The bias-corrected percentile interval (Efron 1981); it always holds the value.

    A metric that is not a mean (F1, area under a curve) shifts under resampling. How far is
    seen from where the value lies among the resamples, and the percentiles move by as much.
    """
    defined = _defined(drawn)
    below = (defined < value).sum() + (defined == value).sum() / 2
    shift = NORMAL.inv_cdf(float((below + 0.5) / (len(defined) + 1)))
    z = quantile(level)
    ends = [NORMAL.cdf(2 * shift - z), NORMAL.cdf(2 * shift + z)]
    low, high = np.quantile(defined, ends)
    return min(float(low), value), max(float(high), value)


def of_calibration_error(
    drawn: Floats, given: Answers, value: float, level: float, seed: int
) -> tuple[float, float]:
    """Interval for the expected calibration error, which noise alone makes larger than it is.

    Each bin adds the size of its gap, so chance never cancels out, and a resample adds chance
    once more. The high end is the percentile's, which errs on the safe side. The low end is the
    percentile interval reflected about the value; it is 0 where a perfectly calibrated model
    would show as much on so many rows (consistency resampling: Broecker and Smith 2007,
    "Increasing the Reliability of Reliability Diagrams").
    """
    _, high = percentiles(drawn, level)
    noise = calibration_noise(given, len(drawn), seed)
    plausible = value <= float(np.quantile(noise, (1 + level) / 2))
    low = 0.0 if plausible else max(0.0, 2 * value - high)
    return min(low, value), max(high, value)


def _defined(drawn: Floats) -> Floats:
    return drawn[~np.isnan(drawn)]
