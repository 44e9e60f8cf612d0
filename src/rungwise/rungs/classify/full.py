"""Every weight is trained: the last and dearest rung (R47, R64)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Full:
    """Stands behind its gate: what is left must be worth three to five times the compute."""

    height: ClassVar[int] = 70
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "full"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ()
    needs_model: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """It can always be tried."""
        return None

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48)."""
        rate = choice.untried_rate(context, done)
        if rate is None:
            return None
        weights = choice.class_weights(context, self.height)
        return {"learning_rate": rate, "class_weights": weights}

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train everything, word embeddings included; no trunk is left to keep."""
        from rungwise.training import trunk, tuning

        wish = tuning.Wish(
            layers=None,
            adapters=False,
            learning_rate=configuration["learning_rate"],
            class_weights=configuration["class_weights"],
            known=tuning.Known.of(configuration),
        )
        opened = trunk.of(context, context.task.models[0])
        return tuning.tune(opened, wish, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import classifier

        return classifier.restore(folder, context)
