"""Which attempt is tested and shipped: one function selects (R43, C3).

The cheapest whose interval clears the target, and that the test rows can confirm if one of them
is as cheap to run (see `standing.sufficient`). Where none clears, the cheapest that is within one
paired standard error of the best: what lies closer is noise, and the cheaper of two that cannot
be told apart costs less to run (the one-standard-error rule: Breiman et al. 1984, "Classification
and Regression Trees"). Where some were measured by folds and others on validation alone, of the
best of each. Cheapest: lowest on the ladder, then fewest trained parameters, then seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rungwise.evaluation.attempt_names import named
from rungwise.evaluation.standing import best, candidates, cheapness, sufficient, worthless
from rungwise.records import Evidence, Numbers

Apart = Callable[[Evidence, Evidence], tuple[float, float] | None]
"""How much better the first of two attempts is than the second on the rows they share, and the
paired standard error of that; None where they cannot be compared."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The selected attempt, why, and the numbers behind it."""

    attempt: Evidence
    reason: str
    numbers: Numbers = field(default_factory=dict)


def select(
    attempts: Sequence[Evidence],
    target: float,
    greater: bool,
    rules: int,
    apart: Apart,
    worst: float | None = None,
    rows: Mapping[str, int] | None = None,
) -> Choice | None:
    """The attempt to test and ship, of those on record; None where there is none.

    By the first rules (`rungwise.rules`) the best of the cheapest rung that suffices, else the
    best of all. None also if every attempt has the `worst` value that the metric can have: what is
    right in nothing is neither tested nor shipped.
    """
    first = best(attempts, greater)
    if first is None:
        return None
    enough = sufficient(attempts, target, greater, rules, rows)
    if enough is not None:
        cheapest = sufficient(attempts, target, greater, rules)
        why = "the cheapest that reaches the target"
        if rows is not None and cheapest is not enough:
            why = f"{why} and that {rows['test']:,} test rows can confirm"
        return Choice(enough, why)
    if worthless(first, worst):
        return None
    if rules < 2:
        return Choice(first, "the best of all")
    bests = _bests(attempts, first, greater)
    for one in sorted(candidates(attempts), key=cheapness):
        found = [apart(other, one) for other in bests if other.id != one.id]
        near = [pair for pair in found if pair is not None and pair[0] <= pair[1]]
        if one.id == first.id and len(near) == len(found):
            break
        if len(near) == len(found):
            difference, error = near[0]  # the best of all comes first
            numbers = {"best": first.id, "difference": difference, "standard_error": error}
            why = f"the cheapest within one standard error of {named(first)}"
            return Choice(one, why, numbers)
    return Choice(first, "the best of all")


def _bests(attempts: Sequence[Evidence], first: Evidence, greater: bool) -> list[Evidence]:
    """The best of all, then the best of what was measured on other rows.

    Beside the best on a few validation rows nearly everything is within one standard error. Two
    attempts that were measured by folds are told apart by many more.
    """
    others = [one for one in attempts if one.goal.on != first.goal.on]
    other = best(others, greater)
    return [first] if other is None else [first, other]


def recorded(
    attempts: Sequence[Evidence],
    target: float,
    greater: bool,
    rules: int,
    known: str,
    worst: float | None = None,
    rows: Mapping[str, int] | None = None,
) -> Evidence | None:
    """The selected attempt for a reader who has the ledger alone.

    Args:
        attempts: On record.
        target: Of the goal.
        greater: Whether a larger value is better.
        rules: Of the split.
        known: Id of the attempt that the ledger says was selected; "" where it says none.
        worst: The worst value that the metric can have, None where there is none.
        rows: Of each part of the split.
    """
    first, enough = best(attempts, greater), sufficient(attempts, target, greater, rules, rows)
    said = next((one for one in attempts if one.id == known and rules >= 2), None)
    if first is not None and worthless(first, worst):
        return enough or said
    return enough or said or first
