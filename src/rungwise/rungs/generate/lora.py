"""Low-rank adapters in the blocks of a language model, its weights frozen (R47–R50)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Lora:
    """Every learning rate in the last blocks; with the best DoRA, and every block if it helps."""

    height: ClassVar[int] = 60
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    faster: ClassVar[float] = choice.FRESH
    needs: ClassVar[tuple[Need, ...]] = ("weights",)

    def excuse(self, context: RungContext) -> str | None:
        """The weights lie behind an endpoint, or the network cannot be cut into blocks."""
        from rungwise.training.language import tuned

        return tuned.excuse(context)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48), as fast as what is not pretrained learns."""
        from rungwise.training.language import adapting

        return adapting.propose(context, done)

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train adapters from kept activations."""
        from rungwise.training.language import adapting

        return adapting.tune(configuration, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.language import tuned

        return tuned.restore(folder, context)
