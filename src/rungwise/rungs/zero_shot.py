"""The label whose name is nearest in meaning: no example is needed (C2, C6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class ZeroShot:
    """Embeds label names and inputs with the base model."""

    height: ClassVar[int] = 20
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """It can always be tried."""
        return None

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Once."""
        return None if done else {}

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Embed the label names; what is embedded of the parts serves every rung above."""
        from rungwise.training import baselines, trunk

        return baselines.zero_shot(trunk.of(context, context.task.models[0]), validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import classifier

        return classifier.restore(folder, context)
