"""Low-rank adapters in the blocks, the weights themselves frozen (R47–R50)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Lora:
    """Every learning rate, in as few last blocks as served the rung below."""

    height: ClassVar[int] = 60
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ()
    needs_model: ClassVar[bool] = True
    faster: ClassVar[float] = choice.FRESH

    def excuse(self, context: RungContext) -> str | None:
        """The network cannot be cut into blocks."""
        from rungwise.training import trunk

        name = context.task.models[0]
        if trunk.of(context, name).blocks:
            return None
        return f"The architecture of {name} cannot be divided into blocks to train one by one."

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48), as fast as what is not pretrained learns."""
        rate = choice.untried_rate(context, done, self.faster)
        if rate is None:
            return None
        return {
            "layers": choice.depth_served(context, self.height),
            "learning_rate": rate,
            "class_weights": choice.class_weights(context, self.height),
        }

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train adapters from kept activations."""
        from rungwise.training import trunk, tuning

        opened = trunk.of(context, context.task.models[0])
        wish = tuning.Wish(
            layers=configuration["layers"] or opened.blocks,
            adapters=True,
            learning_rate=configuration["learning_rate"],
            class_weights=configuration["class_weights"],
            known=tuning.Known.of(configuration),
        )
        return tuning.tune(opened, wish, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import classifier

        return classifier.restore(folder, context)
