"""Adapters tuned on questions with passages before them (R39): facts looked up, form learnt.

What is learnt is to read (Zhang et al. 2024, "RAFT: Adapting Language Model to Domain Specific
RAG"): a training row is asked with what the search finds for it, right or wrong, as it will be.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class RagLora:
    """Every learning rate, in the last third of the blocks, with the search that did best."""

    height: ClassVar[int] = 63
    trains: ClassVar[bool] = True
    step: ClassVar[Literal["climb", "tune", "full"]] = "tune"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    faster: ClassVar[float] = choice.FRESH
    needs: ClassVar[tuple[Need, ...]] = ("documents", "weights")
    looks_up: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """There are no documents; or what excuses `lora`."""
        from rungwise.training.language import tuned
        from rungwise.training.retrieval import build

        return build.excuse(context) or tuned.excuse(context)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """Every learning rate of the task (R48), as fast as what is not pretrained learns."""
        from rungwise.training.language import adapting

        rate = choice.untried_rate(context, done, self.faster)
        if rate is None:
            return None
        return {
            "layers": adapting.last(context),
            "adapter": "lora",
            "learning_rate": rate,
            "prompt": choice.best_prompt(context),
            **choice.best_look_up(context),
        }

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Train adapters; the search is measured by itself."""
        from rungwise.training.language import adapting
        from rungwise.training.retrieval import build

        passages = build.passages(configuration["search"], int(configuration["chunks"]), context)
        fitted = adapting.tune(
            configuration, seed, train, validation, context, "rag_lora", passages
        )
        fitted.details = {**fitted.details, **build.measured(passages, validation, context)}
        return fitted

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.language import tuned

        return tuned.restore(folder, context)
