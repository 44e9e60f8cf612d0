"""Words and characters, weighted and added up: logistic regression on TF-IDF (R41–R43)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Linear:
    """The cheapest rung that learns from the labels; it needs no base model."""

    height: ClassVar[int] = 35
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("classify",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = False

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
        """Choose the kind of terms and the strength on validation."""
        from rungwise.training import linear

        weights, known = configuration["class_weights"], None
        if "terms" in configuration:
            known = linear.Choice(tuple(configuration["terms"]), configuration.get("strength"))
        return linear.fit(train, validation, context, weights, known)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import linear_classifier

        return linear_classifier.restore(folder)
