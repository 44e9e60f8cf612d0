"""A trained beginning before every prompt, the weights as they are (R47)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice

FASTER = 100.0
"""A prefix is a few thousand numbers that reach the network by attention alone: it learns at a
hundred times the rate of layers (Li and Liang 2021 use 5e-5 with a second network before it)."""


class Prefix:
    """Every learning rate, on a prefix that begins as the first words of the system prompt."""

    height: ClassVar[int] = 61
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    faster: ClassVar[float] = FASTER
    needs: ClassVar[tuple[Need, ...]] = ("weights",)

    def excuse(self, context: RungContext) -> str | None:
        """The weights are elsewhere, or attention cannot be handed a prefix."""
        from rungwise.training.language import tuned

        return tuned.excuse(context, shared=True)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48)."""
        rate = choice.untried_rate(context, done, self.faster)
        if rate is None:
            return None
        return {"learning_rate": rate, "prompt": choice.best_prompt(context)}

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train the prefix through the whole network: each row pays for all blocks."""
        from rungwise.training.language import prefix, tuning

        wish = tuning.Wish("prefix", configuration, prefix.beginning)
        return tuning.tune(wish, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.language import tuned

        return tuned.restore(folder, context)
