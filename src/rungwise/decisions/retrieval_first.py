"""What to do where retrieval misses what would help, before anything is tuned (R39)."""

from __future__ import annotations

from rungwise.evaluation.retrieval_recall import named
from rungwise.records import Numbers, Verdict

IMPROVE = "improve"
"""Among the numbers of the trigger `knowledge`, if that is the verdict."""
MORE_DOCUMENTS = (
    "Documents that say it, if none does: add them to `data.documents`, then `rungwise run`."
)
NO_DOCUMENTS = (
    "Documents that say it: name a file or a folder of them as `data.documents` in rungwise.yaml, "
    "then `rungwise run`. What stands in training rows alone may be written down as documents too."
)
ENCODER = (
    "Another embedding: name an encoder that knows the words of these documents as "
    "`retrieval.encoder`, then `rungwise run`. It was not measured: none other is named."
)


BECAUSE = "Tuning is not earned: retrieval misses"
"""How the reason begins that the gate gives then, behind the numbers of the rungs."""


def misses_what_would_help(earned: Verdict | None) -> bool:
    """Whether the gate `tuning_earned` holds because retrieval comes first."""
    if earned is None or earned.verdict != "hold":
        return False
    return bool(_knowledge(earned).get(IMPROVE)) and BECAUSE in earned.reason


def because(earned: Verdict) -> str:
    """Why nothing is tuned, without the numbers of the rungs."""
    return earned.reason[earned.reason.index(BECAUSE) :]


def ways_to_find_more(earned: Verdict) -> tuple[str, ...]:
    """Each idea with its recall and its command, likeliest first; then what was not measured.

    Where nothing could be looked up, documents come first and there are no ideas yet.
    """
    found = _knowledge(earned)
    if found.get("retrieval") == 0:
        return (NO_DOCUMENTS,)
    told = [
        f"{_capital(named(one))}. `rungwise run --set {one['settings']}`."
        for one in found.get("ideas", ())
    ]
    return (*told, ENCODER, MORE_DOCUMENTS)


def _knowledge(earned: Verdict) -> Numbers:
    found: Numbers = earned.numbers.get("triggers", {}).get("knowledge", {})
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
