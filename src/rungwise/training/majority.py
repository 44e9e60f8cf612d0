"""The most frequent label for every row (the rung `majority`), counted without torch.

The files are those of a `Classifier` with a constant head, so one reader serves both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rungwise.progress import Progress
from rungwise.protocols import CHOSEN, RungContext
from rungwise.records import Epoch, Numbers, to_json
from rungwise.table import Examples, Inputs, Predictions
from rungwise.training import answers
from rungwise.training.disk import writing

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MajorityClassifier:
    """Class shares of the training rows, as `rungwise.protocols.Fitted` asks.

    Attributes:
        shares: Share of the training rows in each class, float32 (classes).
        classes: The label of each share.
        train_metric: The goal's metric on the training rows.
    """

    shares: NDArray[np.float32]
    classes: tuple[str, ...]
    train_metric: float | None = None
    curve: tuple[Epoch, ...] = ()
    details: Numbers = field(default_factory=dict)

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input with the same probabilities."""
        scores = np.tile(self.shares, (len(inputs), 1))
        return answers.of(inputs.ids, scores, self.classes)

    def save(self, folder: Path) -> None:
        """Write `classifier.json` and `head.safetensors`, as `Classifier.save` does."""
        from safetensors.numpy import save_file

        content = {
            "classes": list(self.classes),
            "head": {"kind": "constant", "classes": len(self.classes)},
            "model": None,
            "change": None,
            "curve": [],
            "train_metric": self.train_metric,
            "details": to_json(self.details),
        }
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content, ensure_ascii=False, indent=1)
            (folder / "classifier.json").write_text(text, encoding="utf-8")
            save_file({"shares": self.shares}, folder / "head.safetensors")

    def export(self, folder: Path) -> None:
        """Write what `Classifier.export` writes, from the files of `save`."""
        from rungwise.training import classifier

        self.save(folder)
        classifier.without_model(folder).export(folder)


def fit(train: Examples, context: RungContext) -> MajorityClassifier:
    """Count the labels; among equally frequent ones the first in `classes` is the answer."""
    counted = train.expected.value_counts()
    counts = dict(counted.iter_rows())
    shares = np.array([counts.get(label, 0) for label in context.classes]) / len(train)
    known = shares.astype(np.float32)
    scores = np.tile(known, (len(train), 1))
    answered = answers.of(train.inputs.ids, scores, context.classes)
    reached = context.score(train.expected, answered)
    return MajorityClassifier(known, context.classes, reached, details={CHOSEN: {}})
