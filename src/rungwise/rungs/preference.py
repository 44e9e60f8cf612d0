"""Adapters that learn which of two answers people chose (R55).

Direct preference optimisation (Rafailov et al. 2023, "Direct Preference Optimization: Your Language
Model is Secretly a Reward Model"). It is offered where pairs exist and supervised tuning has been
tried, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class Preference:
    """Every learning rate, from the best supervised adapters or the model as it is."""

    height: ClassVar[int] = 80
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    needs: ClassVar[tuple[Need, ...]] = ("pairs", "weights")

    def excuse(self, context: RungContext) -> str | None:
        """No pairs, no weights, no library, or nothing supervised yet."""
        from rungwise.training.preference import applicable

        return applicable.excuse(context)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48)."""
        from rungwise.training.preference import start

        return start.propose(context, done)

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train adapters on pairs; what the reference finds is computed once for all rates."""
        from rungwise.training.preference import attempt

        return attempt.tune(configuration, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.language import tuned

        return tuned.restore(folder, context)
