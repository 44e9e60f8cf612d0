"""Answers from a release of the rung `linear` with numpy alone: no torch, no scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.errors import DataError
from rungwise.release.export_folder import check_classes
from rungwise.release.package import Package
from rungwise.table import Inputs, Predictions
from rungwise.training import answers, linear_model

if TYPE_CHECKING:
    from rungwise.progress import Progress


class LinearPredictor:
    """The arrays of a release, checked and loaded.

    Args:
        folder: The release, or its files where they were opened already.
        exported: True for a folder that a rung has exported and that is no release yet: it has
            no digests to check.
        recorded: The ledger's digest of the manifest, where a ledger vouches for the release.

    Attributes:
        version: The release's version; "" for an export.
        manifest: What it is made of and what earned it; None for an export.
        classes: The label of each column of the probabilities.

    Raises:
        LedgerError: The release is not the one on record.
        ModelError: A file has changed, is missing, or is not what an export writes; or the
            folder holds pickle-like files, which are never opened.
    """

    def __init__(
        self, folder: Path | Package, *, exported: bool = False, recorded: str | None = None
    ) -> None:
        if isinstance(folder, Path):
            folder = Package(folder, exported=exported, recorded=recorded)
        self.version, self.manifest = folder.version, folder.manifest
        self._model = linear_model.read(folder.folder, folder.read)
        self.classes = self._model.classes
        check_classes(folder, self.classes)
        folder.read_all()

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
