"""A system prompt, and no example: the first thing to try with a language model (R29, R30)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class Prompt:
    """Tries each system prompt: the user's own, else those that the task itself gives; then what
    the model proposes.
    """

    height: ClassVar[int] = 21
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
        """Each prompt once; how many there are is known after the first."""
        known = len(done[0].details["prompts"]) if done else 1
        return {"prompt": len(done)} if len(done) < known else None

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Nothing is fitted: the form of an answer is read from the training rows."""
        from rungwise.training.prompting import asking

        return asking.prompt(configuration["prompt"], train, context, validation)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.prompting import asking

        return asking.restore(folder, context)
