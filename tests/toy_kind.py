"""A kind of task of its own, as another package would install it: a text is written backwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from rungwise import plugins
from rungwise.progress import Progress
from rungwise.records import Epoch, Numbers
from rungwise.table import Inputs, Predictions
from rungwise.training.prompting.export import Serving


class Mirror:
    """Answers are texts that no language model writes; lengths are stratified."""

    labels = writes = conversations = folds = sampled = searches = False
    reference = ""

    def classes(self, expected: pl.Series) -> tuple[str, ...]:
        """Return no label."""
        return ()

    def strata(self, expected: pl.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return 1 for long answers."""
        return (expected.str.len_chars() > 12).to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Turned:
    """Writes a text backwards, or as it is."""

    backwards: bool
    rung: str
    curve: tuple[Epoch, ...] = ()
    train_metric: float | None = None
    details: Numbers = field(default_factory=dict)

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer each input (n)."""
        texts = inputs.values.str.reverse() if self.backwards else inputs.values
        none = [0] * len(inputs)
        written = pl.DataFrame(
            {"prompt_tokens": none, "output_tokens": none, "ended": ["stop"] * len(inputs)},
            {"prompt_tokens": pl.Int64, "output_tokens": pl.Int64, "ended": pl.String},
        )
        return Predictions(inputs.ids, texts.alias("output"), None, (), written)

    def save(self, folder: Path) -> None:
        """Write which of the two."""
        (folder / "turned.json").write_text(json.dumps(self.backwards), encoding="utf-8")

    def export(self, folder: Path) -> None:
        """Write the same, and who reads it."""
        self.save(folder)
        Serving(self.rung, 1, "", "").write(folder)


class Same:
    """A baseline: the text as it is."""

    name = "same"
    backwards = False
    height: ClassVar[int] = 13
    trains = False
    step = "climb"
    kinds = ("mirror",)
    modalities = ()
    needs_model = False

    def excuse(self, context: Any) -> None:
        """It can always be tried."""

    def propose(self, context: Any, done: Any) -> Numbers | None:
        """Once."""
        return None if done else {}

    def fit(self, *given: Any) -> Turned:
        """Nothing is fitted."""
        return Turned(self.backwards, self.name)

    def restore(self, configuration: Numbers, folder: Path, context: Any) -> Turned:
        """Build again what `save` wrote."""
        return self.serve(folder, None)

    def serve(self, folder: Path, model: Any) -> Turned:
        """Build again what was exported."""
        told = json.loads((folder / "turned.json").read_text(encoding="utf-8"))
        return Turned(told, self.name)


class Backwards(Same):
    """Learns which way to write."""

    name, backwards, height = "backwards", True, 36
    trains = True


INSTALLED = {
    "rungwise.tasks": {"mirror": "Mirror"},
    "rungwise.rungs": {"same": "Same", "backwards": "Backwards"},
}


@contextmanager
def installed() -> Iterator[None]:
    """While the context lasts, a package with this kind and its rungs is installed."""
    with pytest.MonkeyPatch.context() as changed:

        def entry_points(*, group: str) -> list[EntryPoint]:
            own = INSTALLED.get(group, {}).items()
            made = [EntryPoint(name, f"tests.toy_kind:{value}", group) for name, value in own]
            return [*metadata.entry_points(group=group), *made]

        changed.setattr("rungwise.plugins.entry_points", entry_points)
        plugins._foreign.cache_clear()
        try:
            yield
        finally:
            plugins._foreign.cache_clear()
