"""The best system prompt, with ten to twenty training rows as examples (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.conversation import LanguageModel
from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class FewShot:
    """Compares examples drawn at random, those that differ most, and the nearest to each input."""

    height: ClassVar[int] = 22
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("classify", "generate")
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool | Literal["language"]] = "language"

    def excuse(self, context: RungContext) -> str | None:
        """Nobody is named who could be asked."""
        from rungwise.training.prompting.models import named

        if named(context.task) is None:
            return "`language_model` names no language model that could be asked for the label."
        return None

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Each way of choosing examples once, under the prompt that did best alone."""
        from rungwise.training.prompting.shots import SELECTIONS

        if len(done) == len(SELECTIONS):
            return None
        return {
            "prompt": choice.best_prompt(context),
            "selection": SELECTIONS[len(done)],
            "shots": context.task.generation.shots,
        }

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Choose the examples among the training rows."""
        from rungwise.training.prompting import asking

        return asking.few_shot(configuration, seed, train, context, validation)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.prompting import asking

        return asking.restore(folder, context)

    def serve(self, folder: Path, model: LanguageModel) -> Fitted:
        """What was exported, asking the weights beside it; no task is at hand."""
        from rungwise.training.prompting import asking

        return asking.serve(folder, model)
