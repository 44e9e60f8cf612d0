"""Answers from a release of the rung `linear` with numpy alone: no torch, no scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rungwise.modalities.text import Text
from rungwise.release.export_folder import check_classes
from rungwise.release.package import Package
from rungwise.release.served_classifier import Pair, ServedClassifier
from rungwise.training import linear_model

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray


class LinearPredictor(ServedClassifier):
    """The arrays of a release, checked and loaded.

    Args:
        folder: The release, or its files where they were opened already.
        exported: True for a folder that a rung has exported and that is no release yet: it has
            no digests to check.
        recorded: The ledger's digest of the manifest, where a ledger vouches for the release.

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
        super().__init__(folder)
        self._model = linear_model.read(folder.folder, folder.read)
        self.classes = self._model.classes
        self.examples = Text.examples
        check_classes(folder, self.classes)
        folder.read_all()

    def answer(self, values: pl.Series, *, embed: bool) -> Pair:
        """Probabilities and, if asked for, a random projection of the TF-IDF features."""
        return self._model.answer(values.to_list(), embed=embed)

    def sizes(self, values: Sequence[str]) -> NDArray[np.int64]:
        """Code points that are read of each value (rows), at least 1: this model has no tokens."""
        longest = self._model.longest
        read = (max(1, min(len(value), longest)) for value in values)
        return np.fromiter(read, np.int64, len(values))

    @property
    def width(self) -> int | None:
        """Columns of the projection; None in releases made before there was one."""
        return self._model.projection.width if self._model.projection else None
