"""The first sentence of the document that is found first: what quoting is worth (R29, R39, C2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.conversation import LanguageModel
from rungwise.protocols import Fitted, Need, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class LeadSentence:
    """Searches the documents by words and quotes; asks no model and trains nothing."""

    height: ClassVar[int] = 12
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = False
    needs: ClassVar[tuple[Need, ...]] = ("documents",)
    looks_up: ClassVar[bool] = True

    def excuse(self, context: RungContext) -> str | None:
        """There are no documents."""
        from rungwise.training.retrieval import build

        return build.excuse(context)

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
        """Index the documents; the search is measured by itself."""
        from rungwise.training import copying

        return copying.lead_sentence(validation, context)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import copying

        return copying.read_lead(folder)

    def serve(self, folder: Path, model: LanguageModel | None) -> Fitted:
        """What was exported; no model is asked."""
        from rungwise.training import copying

        return copying.read_lead(folder)
