"""The last blocks of the base model are trained too: one, then more (R44–R46)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Unfreeze:
    """Learning rates are tried on the last block; with the best of them it goes deeper."""

    height: ClassVar[int] = 50
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ()
    needs_model: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """The network cannot be cut into blocks."""
        from rungwise.training import trunk

        name = context.task.models[0]
        if trunk.of(context, name).blocks:
            return None
        return f"The architecture of {name} cannot be divided into blocks to train one by one."

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate on the last block, then deeper while that helps."""
        rate, layers = choice.untried_rate(context, done), 1
        if rate is None:
            found = choice.deeper(context, done)
            if found is None:
                return None
            rate, layers = found
        weights = choice.class_weights(context, self.height)
        return {"layers": layers, "learning_rate": rate, "class_weights": weights}

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train the last blocks from kept activations."""
        from rungwise.training import trunk, tuning

        wish = tuning.Wish(
            layers=configuration["layers"],
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
