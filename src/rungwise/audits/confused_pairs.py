"""Classes that are taken for each other: the guideline is at fault, not a row (R13)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from rungwise.data.together import together
from rungwise.evaluation.answered import Answered, answered
from rungwise.evaluation.confused import Pair, confused
from rungwise.evaluation.wording import counted
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, RowReference

SHOWN, EXAMPLES = 3, 3


class ConfusedPairs:
    """Compares labels with the answers of a model that did not learn from the rows.

    A row that is answered otherwise may be mislabelled. Two classes whose rows are answered as
    each other, in both directions and often, are not told apart by the labels themselves: what
    is wrong is their definition.
    """

    requirement: ClassVar[str] = "R13"
    title: ClassVar[str] = "Classes that are taken for each other"
    stage: ClassVar[Stage] = "content"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding with every such pair, and rows of both that are taken for the other."""
        if context.out_of_fold is None or not kind_of(context.task).labels:
            return []
        told = context.out_of_fold()
        rows = together({"train": context.train, "validation": context.validation})
        if isinstance(told, str) or rows.is_empty():
            return []
        given = answered(rows, told)
        if given.agreed < context.policy.doubting_agreement:  # `mislabelled.unchecked` says so
            return []
        found = confused(given.scores, given.given, context.policy)
        return [_finding(given, found)] if found else []


def _finding(given: Answered, found: list[Pair]) -> Finding:
    shown = ", ".join(_named(given, pair) for pair in found[:SHOWN])
    more = ", …" if len(found) > SHOWN else ""
    listed, described = [], []
    for pair in found:
        places = [_taken(given, *ends) for ends in (pair.ends, pair.ends[::-1])]
        listed += [_reference(given, place, pair) for place in np.concatenate(places).tolist()]
        described.append(_described(given, pair, places))
    return Finding(
        code="confused_pairs",
        severity="warn",
        title=f"{counted(len(found), 'pair')} of classes taken for each other: {shown}{more}",
        advice=(
            "Write into GUIDELINE.md what tells the two apart, with these rows as edge cases, and "
            "relabel what the rule changes; or merge the classes."
        ),
        requirement="R13",
        count=len(listed),
        rows=tuple(listed),
        numbers={"pairs": described},
    )


def _named(given: Answered, pair: Pair) -> str:
    first, second = (given.classes[end] for end in pair.ends)
    return f"{first!r} and {second!r} ({percent(pair.share)} of their rows)"


def _taken(given: Answered, label: int, other: int) -> Any:
    """Places of rows labelled `label` that are answered as `other`, the surest first."""
    places = np.flatnonzero((given.given == label) & (given.scores.argmax(1) == other))
    return places[np.argsort(-given.scores[places, other], kind="stable")]


def _reference(given: Answered, place: int, pair: Pair) -> RowReference:
    id, part, line = given.rows.select("id", "part", "line").row(place)
    other = sum(pair.ends) - int(given.given[place])
    return RowReference(id, part, line, score=round(float(given.scores[place, other]), 6))


def _described(given: Answered, pair: Pair, places: list[Any]) -> dict[str, Any]:
    ids = given.rows["id"]
    return {
        "classes": [given.classes[end] for end in pair.ends],
        "taken": list(pair.taken),
        "rows": list(pair.rows),
        "share": pair.share,
        "low": pair.low,
        "examples": [[ids[int(place)] for place in at[:EXAMPLES]] for at in places],
    }
