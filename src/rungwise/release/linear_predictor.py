"""Answers from a release of the rung `linear` with numpy alone: no torch, no scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.errors import DataError
from rungwise.release import manifest
from rungwise.table import Inputs, Predictions
from rungwise.training import answers, linear_model

if TYPE_CHECKING:
    from rungwise.progress import Progress


class LinearPredictor:
    """The arrays of a release, checked and loaded.

    Args:
        folder: The release.
        exported: True for a folder that a rung has exported and that is no release yet: it has
            no digests to check.

    Attributes:
        version: The release's version; "" for an export.
        classes: The label of each column of the probabilities.

    Raises:
        ModelError: A file has changed, is missing, or is not what an export writes; or the
            folder holds pickle-like files, which are never opened.
    """

    def __init__(self, folder: Path, *, exported: bool = False) -> None:
        if exported:
            manifest.contents(folder)  # refuses pickle-like files
        self.version = "" if exported else manifest.check(folder).version
        self._model = linear_model.read(folder)
        self.classes = self._model.classes

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order.

        Raises:
            DataError: An input is null.
        """
        if inputs.values.null_count():
            empty = inputs.ids.filter(inputs.values.is_null())
            raise DataError(f"Row {empty[0]} has no input", "Set it aside before predicting.")
        scores = self._model.probabilities(inputs.values, progress)
        return answers.of(inputs.ids, scores, self.classes)
