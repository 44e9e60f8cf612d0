"""Every weight of a language model is trained: the last and dearest rung (R47, R64)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Full:
    """Stands behind its gate: what is left must be worth three to five times the compute."""

    height: ClassVar[int] = 70
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "full"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    needs: ClassVar[tuple[Need, ...]] = ("weights",)

    def excuse(self, context: RungContext) -> str | None:
        """The weights lie behind an endpoint."""
        from rungwise.training.language import tuned

        return tuned.excuse(context, blocks=False)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48)."""
        rate = choice.untried_rate(context, done)
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
        """Train everything, word embeddings included; no trunk is left to keep."""
        from rungwise.training.language import everything, tuning

        wish = tuning.Wish("full", configuration, lambda _: everything.Everything())
        return tuning.tune(wish, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.language import tuned

        return tuned.restore(folder, context)
