"""Adapters beside weights in four bits: a large model on one GPU (R47, R51)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.conversation import LanguageModel
from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Qlora:
    """Every learning rate, adapters in every block, where there are a GPU and bitsandbytes."""

    height: ClassVar[int] = 62
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    faster: ClassVar[float] = choice.FRESH
    needs: ClassVar[tuple[Need, ...]] = ("weights", "gpu")

    def excuse(self, context: RungContext) -> str | None:
        """No GPU or no library that computes with four bits; or what excuses `lora`."""
        from rungwise.training.language import quantised, tuned

        return quantised.excuse() or tuned.excuse(context)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48), as fast as what is not pretrained learns."""
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
        """Train adapters in every block of the model in four bits."""
        from rungwise.training.language import quantised

        return quantised.tune(configuration, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.language import quantised

        return quantised.restore(folder, context)

    def serve(self, folder: Path, model: LanguageModel) -> Fitted:
        """What was exported, asking the weights beside it; no task is at hand."""
        from rungwise.training.language import quantised

        return quantised.serve(folder, model)
