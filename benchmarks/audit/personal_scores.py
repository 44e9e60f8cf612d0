"""How spans are held against the truth: F2 by span, and recall by kind.

A true span is found where predicted spans of its kind cover at least half of its characters. A
predicted span is right where at least half of its characters lie in true spans of its kind. Titles
(`Mr.`) count as part of a name, towns and postcodes as part of an address: to predict them is no
error, to miss them neither. Kinds that are not personal here (organisations, dates, ages) are no
truth: a name that is predicted on an organisation is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Spans = Sequence[tuple[int, int, str]]
"""Start, end (exclusive) and kind."""
PERSONAL = {
    "PERSON": "name",
    "STREET_ADDRESS": "address",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
}
"""Labels of the set that people call personal, organisations left out."""
TOLERATED = {"TITLE": "name", "GPE": "address", "ZIP_CODE": "address"}
"""Labels that may be predicted and need not be."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts over many texts, by kind."""

    true: Mapping[str, int]
    found: Mapping[str, int]
    predicted: Mapping[str, int]
    right: Mapping[str, int]

    def recall(self, kinds: Iterable[str]) -> float:
        """Share of true spans that were found."""
        named = [kind for kind in kinds if kind in self.true]
        return sum(self.found[k] for k in named) / max(1, sum(self.true[k] for k in named))

    def f2(self, kinds: Iterable[str]) -> float:
        """The F measure that weighs recall twice (van Rijsbergen 1979)."""
        named = list(kinds)
        right = sum(self.right.get(kind, 0) for kind in named)
        precision = right / max(1, sum(self.predicted.get(kind, 0) for kind in named))
        recall = self.recall(named)
        return 5 * precision * recall / max(1e-9, 4 * precision + recall)


def score(truths: Sequence[Spans], predictions: Sequence[Spans]) -> Scores:
    """Hold predicted spans against true ones, text by text; labels as in the set."""
    wanted = [[(a, b, PERSONAL[k]) for a, b, k in truth if k in PERSONAL] for truth in truths]
    extra = [[(a, b, TOLERATED[k]) for a, b, k in truth if k in TOLERATED] for truth in truths]
    return score_kinds(wanted, predictions, extra)


def score_kinds(
    truths: Sequence[Spans], predictions: Sequence[Spans], extra: Sequence[Spans] = ()
) -> Scores:
    """The same where the true spans bear our kinds; `extra` may be predicted and need not be."""
    true: dict[str, int] = {}
    found: dict[str, int] = {}
    predicted: dict[str, int] = {}
    right: dict[str, int] = {}
    tolerated = extra or [[] for _ in truths]
    for wanted, more, answer in zip(truths, tolerated, predictions, strict=True):
        allowed = [*wanted, *more]
        for span in wanted:
            true[span[2]] = true.get(span[2], 0) + 1
            found[span[2]] = found.get(span[2], 0) + (_covered(span, answer) >= 0.5)
        for span in answer:
            predicted[span[2]] = predicted.get(span[2], 0) + 1
            right[span[2]] = right.get(span[2], 0) + (_covered(span, allowed) >= 0.5)
    return Scores(true, found, predicted, right)


def _covered(span: tuple[int, int, str], by: Spans) -> float:
    start, end, kind = span
    places = {p for a, b, k in by if k == kind for p in range(max(a, start), min(b, end))}
    return len(places) / max(1, end - start)
