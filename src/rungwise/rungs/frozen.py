"""The base model as it is, with a new linear head (R41–R43)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Frozen:
    """The reference that every rung above is measured against."""

    height: ClassVar[int] = 40
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ()
    needs_model: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """It can always be tried."""
        return None

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Once; and once more with class weights if a class lags (R54)."""
        return choice.with_and_without_weights(context, done)

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Embed both parts once and choose the head's strength on validation."""
        from rungwise.training import frozen, trunk

        opened = trunk.of(context, context.task.models[0])
        weights, strength = configuration["class_weights"], configuration.get("strength")
        return frozen.fit(opened, train, validation, context, weights, strength)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import classifier

        return classifier.restore(folder, context)
