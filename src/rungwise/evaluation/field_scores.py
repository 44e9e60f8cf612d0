"""How well each field of generated JSON is answered: precision, recall and F1 beside its support.

Fields are counted as `json_f1` counts them: a leaf at its keys, items of lists paired such that
most leaves agree. Over all fields the counts sum to those of `json_f1`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from rungwise.evaluation.json_fields import ITEM, Path, paths, shared_paths, tree

BELOW = " › "
"""Between a key and one below it; a point may be part of a key."""
WHOLE = "(the value itself)"
"""The name of a value that is neither object nor list."""
MOST = 50
"""Fields that are kept, those with most leaves: keys may be as many as the rows."""


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field over all rows.

    Attributes:
        field: Its keys, such as `slots › city_name`, with `[]` behind a list.
        support: Leaves that were expected.
        answered: Leaves that were answered.
        right: Leaves that are in both.
    """

    field: str
    support: int
    answered: int
    right: int

    @property
    def precision(self) -> float | None:
        """Share of the answered leaves that are right; None if nothing was answered."""
        return self.right / self.answered if self.answered else None

    @property
    def recall(self) -> float | None:
        """Share of the expected leaves that were answered; None if none was expected."""
        return self.right / self.support if self.support else None

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.right / (self.support + self.answered)

    def as_json(self) -> dict[str, Any]:
        """The counts and what follows from them."""
        return {
            "field": self.field,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "support": self.support,
            "answered": self.answered,
            "right": self.right,
        }


def field_scores(expected: pl.Series, outputs: pl.Series) -> tuple[FieldScore, ...]:
    """Each field that is expected or answered, in the order of the expected answers.

    Args:
        expected: Expected texts (n).
        outputs: Answers (n); null where there is none.

    Returns:
        At most 50; nothing if no expected text is a JSON object or list.
    """
    wanted, told, right = Counter[Path](), Counter[Path](), Counter[Path]()
    structured = False
    for text, answer in zip(expected, outputs.fill_null(""), strict=True):
        one, other = tree(text), tree(answer)
        structured = structured or isinstance(one, dict | list)
        if one is not None:
            wanted.update(paths(one))
        if other is not None:
            told.update(paths(other))
        if one is not None and other is not None:
            right.update(shared_paths(one, other))
    if not structured:
        return ()
    every = Counter({path: wanted[path] + told[path] for path in wanted | told})
    kept = {path for path, _ in every.most_common(MOST)}
    return tuple(
        FieldScore(field_name(path), wanted[path], told[path], right[path])
        for path in [*wanted, *sorted(told.keys() - wanted.keys(), key=field_name)]
        if path in kept
    )


def of_json(recorded: Iterable[Mapping[str, Any]]) -> tuple[FieldScore, ...]:
    """What `FieldScore.as_json` wrote."""
    counts = ("support", "answered", "right")
    return tuple(FieldScore(one["field"], *(int(one[name]) for name in counts)) for one in recorded)


def field_name(path: Path) -> str:
    """Such as `slots › city_name` or `items[] › price`."""
    name = ""
    for key in path:
        if key == ITEM and isinstance(key, int):
            name += "[]"
        else:
            name += f"{BELOW if name else ''}{key}"
    return name or WHOLE


def weakest(scores: Iterable[FieldScore], count: int) -> list[FieldScore]:
    """The expected fields that cost most, with the most leaves missed or wrong first."""
    costly = [one for one in scores if one.right < one.support]
    return sorted(costly, key=lambda one: (one.right - one.support, one.field))[:count]
