"""The system in use today, its answers read from a file: the baseline to beat (C2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rungwise.protocols import Fitted, RungContext
from rungwise.records import Evidence, Numbers
from rungwise.table import Examples


class Current:
    """One attempt for every file that was imported."""

    height: ClassVar[int] = 5
    trains: ClassVar[bool] = False
    step: ClassVar[Literal["climb", "tune", "full"]] = "climb"
    kinds: ClassVar[tuple[str, ...]] = ("classify", "generate")
    modalities: ClassVar[tuple[str, ...]] = ()
    needs_model: ClassVar[bool] = False

    def excuse(self, context: RungContext) -> str | None:
        """Nothing was imported."""
        if context.imported:
            return None
        return "No answers of a system in use today were imported (`climb --import FILE --name …`)."

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """The next name in alphabetical order."""
        tried = {evidence.configuration["name"] for evidence in done}
        waiting = sorted(name for name in context.imported if name not in tried)
        return {"name": waiting[0]} if waiting else None

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Take the answers; every validation row must have one.

        Raises:
            DataError: Rows are missing, there are two answers for one row, or an answer could mean
                two classes, or none does mean one.
        """
        from rungwise.training import imported_answers

        name = str(configuration["name"])
        answers = imported_answers.read(name, context.imported[name], context)
        answers.predict(validation.inputs, context.progress)
        return answers

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""
        from rungwise.training import imported_answers

        return imported_answers.load(folder, context.classes)
