"""One budget of false alarms for all detectors of a 13-week programme.

Each detector returns *evidence*, the value of an e-process: it starts at 1, and if nothing has
changed, the probability that it ever reaches 1/a is at most a (Ville's inequality; Ramdas,
Grünwald, Vovk and Shafer 2023, "Game-theoretic statistics and safe anytime-valid inference"). The
budget is divided among the detectors by shares that are fixed before the programme starts. A
detector raises the alarm when share × evidence reaches 1/budget, so all of them together raise a
false one with probability at most `budget`, however they depend on each other.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rungwise.programme import WEEKS

SPOT_CHECKS = "spot checks"
FOREIGN = "foreign rows"
EMBEDDINGS = "embeddings"
TEXTS = "texts"
ANSWERS = "answers"
SHARES = {
    SPOT_CHECKS: 0.5,
    FOREIGN: 0.25,
    EMBEDDINGS: 0.1,
    TEXTS: 0.075,
    ANSWERS: 0.075,
}
"""Detector → its share of the budget. Labels tell most, so spot checks have half of it."""
CANARY = "canary questions"
BESIDE = {CANARY: 0.25}
"""The same of detectors that few releases have; `shares` divides the budget anew with them."""


def shares(detectors: Collection[str]) -> dict[str, float]:
    """The share of each detector, if only some can run.

    Spot checks keep one half, and the others divide what remains in proportion to `SHARES`. A
    release without an encoder, for instance, has no detector of foreign rows.

    Args:
        detectors: Names from `SHARES`, known before the programme starts.

    Raises:
        ValueError: A name is unknown, or there is none.
    """
    known = SHARES | BESIDE
    unknown = set(detectors) - set(known)
    if unknown or not detectors:
        raise ValueError(f"unknown detectors: {sorted(unknown)}; known: {sorted(known)}")
    rest = {name: known[name] for name in known if name in detectors and name != SPOT_CHECKS}
    free = 1 - SHARES[SPOT_CHECKS] * (SPOT_CHECKS in detectors) if rest else 0.0
    total = sum(rest.values())
    divided = {name: free * share / total for name, share in rest.items()}
    return ({SPOT_CHECKS: 1 - free} if SPOT_CHECKS in detectors else {}) | divided


@dataclass(frozen=True, slots=True)
class Balance:
    """How much of an alarm has been reached.

    Attributes:
        evidence: Largest share × evidence of all detectors.
        needed: 1/budget.
        detector: The one with the largest; empty if there is no evidence yet.
        average: Sum of share × evidence: the evidence of all detectors together. It is shown, and
            raises no alarm of its own.
    """

    evidence: float
    needed: float
    detector: str
    average: float

    @property
    def alarm(self) -> bool:
        """Whether the evidence reaches what is needed."""
        return self.evidence >= self.needed

    @property
    def sentence(self) -> str:
        """The balance in words, such as "Evidence 3.1 of 20, from spot checks."."""
        source = f", from {self.detector}" if self.detector else ""
        return f"Evidence {shown(self.evidence, self.needed)} of {self.needed:g}{source}."


def balance(evidence: Mapping[str, float], shares: Mapping[str, float], budget: float) -> Balance:
    """Weigh the evidence of the detectors.

    Args:
        evidence: Detector → the highest value of its e-process since the programme started. A
            detector that has seen nothing may be left out.
        shares: Detector → its share of the budget; they sum to at most 1.
        budget: Probability of a false alarm in the whole programme.

    Raises:
        ValueError: A detector has no share, the shares exceed 1, evidence is negative or NaN, or
            the budget is not between 0 and 1.
    """
    if not 0 < budget < 1:
        raise ValueError(f"a budget of {budget} is not between 0 and 1")
    if sum(shares.values()) > 1 + 1e-9 or min(shares.values(), default=0) < 0:
        raise ValueError(f"the shares {dict(shares)} are negative or exceed 1")
    if without := sorted(set(evidence) - set(shares)):
        raise ValueError(f"no share is set for {without}")
    if wrong := {name: value for name, value in evidence.items() if not value >= 0}:
        raise ValueError(f"evidence is never negative: {wrong}")
    weighed = {name: share * evidence.get(name, 1.0) for name, share in shares.items()}
    first = max(evidence, key=lambda name: weighed[name], default="")
    needed = 1 / budget
    highest = weighed[first] if first else 0.0
    return Balance(highest, float(f"{needed:.10g}"), first, sum(weighed.values()))


def programme(promoted: datetime.date, day: datetime.date) -> tuple[int, int]:
    """Number of the programme and of its week (both from 1) on a day.

    A promotion starts programme 1; each 13 weeks later a new one starts, with a budget of its own.

    Raises:
        ValueError: The day is before the promotion.
    """
    weeks = (day - promoted).days // 7
    if weeks < 0:
        raise ValueError(f"{day} is before the promotion on {promoted}")
    return weeks // WEEKS + 1, weeks % WEEKS + 1


def shown(evidence: float, needed: float) -> str:
    """Evidence to one decimal below what is needed, never rounded up to it; whole numbers above."""
    if evidence < needed:
        return f"{math.floor(evidence * 10) / 10:.1f}"
    return f"{evidence:,.0f}" if evidence < 1e6 else "more than 1,000,000"
