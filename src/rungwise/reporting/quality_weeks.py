"""Quality in production week by week, for people: sentences and a picture (R74)."""

from __future__ import annotations

from rungwise.monitoring.quality_interval import QualityInterval
from rungwise.percent import percent


def interval_line(found: QualityInterval | None) -> str:
    """Quality of the newest weeks in one sentence."""
    if found is None or not found.labels:
        return "No label has come yet, so nothing is known of quality in production."
    missing = f", {found.missing:,} rows without one" if found.missing else ""
    return (
        f"Quality in the newest weeks: {percent(found.value, 1)} "
        f"[{percent(found.low, 1)} to {percent(found.high, 1)}] from {found.labels:,} labels"
        f"{missing}; they tell as much as {found.effective:.0f} uniform ones."
    )
