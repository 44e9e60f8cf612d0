"""Passages of documents before each question: retrieval for generated text (R29, R39)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.conversation import LanguageModel
from rungwise.evaluation.standing import best
from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples
from rungwise.training import choice


class Rag:
    """The search that finds most, then with it a single passage, and examples."""

    height: ClassVar[int] = 31
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = True
    needs: ClassVar[tuple[Need, ...]] = ("documents",)
    looks_up: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """There are no documents."""
        from rungwise.training.retrieval import build

        return build.excuse(context)

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """The search with the best recall; with it less around the answer, and with examples.

        If no row can tell what was found, each search is judged by the answers.
        """
        from rungwise.training.retrieval import build, ways

        tried = [dict(one.configuration) for one in done]
        plain: dict[str, object] = {
            "prompt": choice.best_prompt(context), "search": "", "selection": None, "shots": 0,
            "chunks": context.task.retrieval.chunks,
        }  # fmt: skip
        known = ways.best(context)
        searches = (known,) if known is not None else build.searches(context)
        if untried := [one for by in searches if (one := plain | {"search": by}) not in tried]:
            return untried[0]
        own = [one for one in done if one.configuration["search"] in searches]
        alone = [one for one in own if not one.configuration["shots"]]
        found = best(alone, context.greater)
        assert found is not None, "every way has been tried"
        chosen = dict(found.configuration)
        if chosen | {"chunks": 1} not in tried:
            return chosen | {"chunks": 1}
        if len(alone) < len(own):
            return None
        shown = {"selection": choice.best_selection(context)}
        return chosen | shown | {"shots": context.task.generation.shots}

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Nothing is fitted: documents are indexed, and the search is measured by itself."""
        from rungwise.training.prompting import asking

        return asking.with_passages(configuration, seed, train, validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training.prompting import asking

        return asking.restore(folder, context)

    def serve(self, folder: Path, model: LanguageModel) -> Fitted:
        """What was exported, index and encoder included; no task is at hand."""
        from rungwise.training.prompting import asking

        return asking.serve(folder, model)
