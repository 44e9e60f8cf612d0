"""The output of the most similar training input: what copying alone is worth (R29, C2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.conversation import LanguageModel
from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class CopyNearest:
    """Looks the nearest training input up by TF-IDF; asks no model and trains nothing."""

    height: ClassVar[int] = 11
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("generate",)
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    needs_model: ClassVar[bool] = False

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
        """Remember the training rows."""
        from rungwise.training import copying

        return copying.nearest_answer(train)

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import copying

        return copying.read_nearest(folder)

    def serve(self, folder: Path, model: LanguageModel | None) -> Fitted:
        """What was exported; no model is asked."""
        from rungwise.training import copying

        return copying.read_nearest(folder)
