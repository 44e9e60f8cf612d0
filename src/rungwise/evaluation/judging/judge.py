"""Asking a judge, in both orders of what it sees, and once more where it gives no verdict.

Judges prefer what stands first, or last (Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench
and Chatbot Arena", arXiv:2306.05685), so nothing rests on one order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rungwise.conversation import Conversation, LanguageModel, with_room_to_think
from rungwise.evaluation.judging.question import Item, Pair, again, of_item, of_pair
from rungwise.evaluation.judging.scale import PAIRS, Scale
from rungwise.progress import Progress

Row = TypeVar("Row", Item, Pair)
Values = NDArray[np.float64]
LONGEST = 64
"""Tokens of a verdict: a short JSON, and a few words around it."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a judge said.

    Attributes:
        values: One a row (n): a point from 0 to 1, or of pairs -1 (first), 0 (tie), 1 (second);
            NaN where no verdict could be read.
        retried: Questions that were asked once more.
        left_out: Rows without a verdict.
        same: Share of the rows judged in both orders that got the same verdict; None without any.
    """

    values: Values
    retried: int
    left_out: int
    same: float | None


@dataclass(frozen=True)
class Judge:
    """A model under a rubric.

    Attributes:
        model: What is asked, greedily.
        rubric: What is good, in words.
        scale: What a verdict on one answer can be.
        progress: Where to report.
    """

    model: LanguageModel
    rubric: str
    scale: Scale
    progress: Progress

    def scores(self, items: Sequence[Item]) -> Verdicts:
        """A point for each answer; where a reference is shown, the mean of both orders."""

        def question(item: Item, swapped: bool) -> Conversation:
            return of_item(item, self.rubric, self.scale, swapped=swapped)

        wanted = list(dict.fromkeys(items))
        both = [item for item in wanted if item.reference]
        plain, retried = self._ask(wanted, lambda item: question(item, False), self.scale)
        swapped, more = self._ask(both, lambda item: question(item, True), self.scale)
        found = {item: (plain[item], swapped.get(item, plain[item])) for item in plain}
        values = np.array([_mean(*found[item]) for item in items], dtype=np.float64)
        return _told(values, retried + more, [found[one] for one in items if one.reference])

    def preferences(self, pairs: Sequence[Pair]) -> Verdicts:
        """Which of two is better; where the orders contradict each other, neither."""
        wanted = list(dict.fromkeys(pairs))
        plain, retried = self._ask(wanted, lambda pair: of_pair(pair, self.rubric), PAIRS)
        swapped, more = self._ask(
            wanted, lambda pair: of_pair(pair, self.rubric, swapped=True), PAIRS
        )
        found = {pair: (plain[pair], _turned(swapped[pair])) for pair in wanted}
        values = np.array([_agreed(*found[pair]) for pair in pairs], dtype=np.float64)
        return _told(values, retried + more, [found[pair] for pair in pairs])

    def _ask(
        self, rows: Sequence[Row], question: Callable[[Row], Conversation], scale: Scale
    ) -> tuple[dict[Row, float | None], int]:
        """Row → its verdict, None where there is none; and how many were asked once more."""
        questions = [question(row) for row in rows]
        said = self._said(questions, scale)
        unclear = [place for place, text in enumerate(said) if scale.read(text) is None]
        once_more = [again(questions[place], said[place], scale) for place in unclear]
        for place, text in zip(unclear, self._said(once_more, scale), strict=True):
            said[place] = text
        read = {row: scale.read(text) for row, text in zip(rows, said, strict=True)}
        return read, len(unclear)

    def _said(self, questions: Sequence[Conversation], scale: Scale) -> list[str]:
        if not questions:
            return []
        told = with_room_to_think(
            self.model, questions, self.progress, max_tokens=LONGEST, schema=scale.schema
        )
        return [one.text for one in told]


def _turned(value: float | None) -> float | None:
    return None if value is None else -value


def _mean(one: float | None, other: float | None) -> float:
    return np.nan if one is None or other is None else (one + other) / 2


def _agreed(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return np.nan
    return one if one == other else 0.0


def _told(
    values: Values, retried: int, orders: Sequence[tuple[float | None, float | None]]
) -> Verdicts:
    both = [one == other for one, other in orders if one is not None and other is not None]
    same = sum(both) / len(both) if both else None
    return Verdicts(values, retried, int(np.isnan(values).sum()), same)
