"""What the rung `linear` makes: a linear model with how it was chosen."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rungwise.errors import ModelError
from rungwise.progress import Progress
from rungwise.records import Epoch, Numbers, to_json
from rungwise.table import Inputs, Predictions
from rungwise.training import answers, linear_model
from rungwise.training.disk import writing
from rungwise.training.linear_model import LinearModel

FILE, TOP_WORDS = "classifier.json", "top_words"


@dataclass(frozen=True)
class LinearClassifier:
    """A `rungwise.protocols.Fitted` that needs neither torch nor scikit-learn to answer.

    Attributes:
        top_words: Finds label → the words that speak loudest for it. They are saved with the model
            and are no detail of the attempt: a word may be a name, and the ledger forgets nothing.
    """

    model: LinearModel
    train_metric: float | None = None
    details: Numbers = field(default_factory=dict)
    top_words: Callable[[], Mapping[str, Sequence[str]]] = dict
    curve: tuple[Epoch, ...] = ()

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order."""
        scores = self.model.probabilities(inputs.values.cast(pl.String), progress)
        return answers.of(inputs.ids, scores, self.model.classes)

    def save(self, folder: Path) -> None:
        """Write the model's files and `classifier.json`."""
        content = {
            "train_metric": self.train_metric,
            "details": to_json(self.details),
            TOP_WORDS: to_json(self.top_words()),
        }
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content, ensure_ascii=False, indent=1)
            (folder / FILE).write_text(text, encoding="utf-8")
        self.model.write(folder)

    def export(self, folder: Path) -> None:
        """Write the model's files, and that there is no base model."""
        base = {"name": None, "digest": None, "change": None}
        with writing(folder):
            (folder / "backbone.json").write_text(json.dumps(base, indent=1), encoding="utf-8")
        self.model.write(folder)


def restore(folder: Path) -> LinearClassifier:
    """Build again what `save` wrote.

    Raises:
        ModelError: A file is missing or damaged.
    """
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return LinearClassifier(
            linear_model.read(folder),
            content["train_metric"],
            content["details"],
            functools.partial(dict, content.get(TOP_WORDS, {})),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / FILE} cannot be read", "Climb again.") from error
