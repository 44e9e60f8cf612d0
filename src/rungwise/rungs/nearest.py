"""The labels of the most similar training rows: retrieval (R29, C2, C6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class Nearest:
    """Remembers the training rows and fits nothing to them."""

    height: ClassVar[int] = 30
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ()
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
        """Embed the training rows and choose k by leaving each out."""
        from rungwise.training import baselines, trunk

        opened = trunk.of(context, context.task.models[0])
        return baselines.nearest(opened, train, context, configuration.get("k"))

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import classifier

        return classifier.restore(folder, context)
