"""What to do where retrieval misses what would help, before anything is tuned (R39)."""

from __future__ import annotations

from collections.abc import Sequence

from rungwise.evaluation.retrieval_recall import named
from rungwise.records import Numbers, Verdict

IMPROVE = "improve"
"""Among the numbers of the trigger `knowledge`, if that is the verdict."""
MORE_DOCUMENTS = (
    "Documents that say it, if none does: add them to `data.documents`, then `rungwise run`."
)
ENCODER = (
    "Another embedding: name an encoder that knows the words of these documents as "
    "`retrieval.encoder`, then `rungwise run`. It was not measured: none other is named."
)


BECAUSE = "Tuning is not earned: retrieval misses"
"""How the reason begins that the gate gives then, behind the numbers of the rungs."""


def missing_ideas(earned: Verdict | None) -> Sequence[Numbers] | None:
    """What would find more, if the gate `tuning_earned` holds for that; else None."""
    if earned is None or earned.verdict != "hold":
        return None
    told = earned.numbers.get("triggers", {}).get("knowledge", {})
    return told.get("ideas", ()) if told.get(IMPROVE) and BECAUSE in earned.reason else None


def because(earned: Verdict) -> str:
    """Why nothing is tuned, without the numbers of the rungs."""
    return earned.reason[earned.reason.index(BECAUSE) :]


def ways_to_find_more(ideas: Sequence[Numbers]) -> tuple[str, ...]:
    """Each idea with its recall and its command, likeliest first; then what was not measured."""
    told = [f"{_capital(named(one))}. `rungwise run --set {one['settings']}`." for one in ideas]
    return (*told, ENCODER, MORE_DOCUMENTS)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
