"""Whether preferences can be learnt from here."""

from __future__ import annotations

from rungwise.protocols import RungContext
from rungwise.training.language import tuned


def excuse(context: RungContext) -> str | None:
    """Why nothing can be learnt from preferences, as a sentence; None where it can (R55)."""
    reason = context.preferences().reason or tuned.excuse(context)
    if reason:
        return reason
    if not any(one.trains for one in context.attempts):
        return (
            "Supervised tuning comes first, and none is on record: climb `lora`, then what "
            "is left to prefer."
        )
    return None
