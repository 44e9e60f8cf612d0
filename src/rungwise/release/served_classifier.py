"""How every release of a classifier answers, whatever computes its probabilities."""

from __future__ import annotations

import abc
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from rungwise.decision_rule import Decided, DecisionRule
from rungwise.errors import DataError
from rungwise.release import reference
from rungwise.table import Inputs, Predictions
from rungwise.training import answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.progress import Progress
    from rungwise.release.package import Package

CHUNK = 1024
"""Rows that are computed at a time: bounds memory, beside the answers themselves."""

Pair = tuple["NDArray[np.float32]", "NDArray[np.float32] | None"]


class ServedClassifier(abc.ABC):
    """`rungwise.protocols.Served` for labels; a subclass computes the rows of one chunk.

    Attributes:
        version: The release's version; "" for an export.
        digest: Sha256 of the manifest; "" for an export.
        manifest: What it is made of and what earned it; None for an export.
        classes: The label of each column of the probabilities.
        reference: What the release kept of its training rows, or None.
        rule: Thresholds by which probabilities become answers; an export has none.
        examples: Two inputs of unlike sizes, to warm it with.
    """

    classes: tuple[str, ...]
    examples: tuple[str, str]

    def __init__(self, package: Package) -> None:
        self.version, self.digest = package.version, package.digest
        self.manifest = package.manifest
        self.reference = reference.read(package)
        stated = self.manifest.thresholds if self.manifest else None
        self.rule = stated or DecisionRule()

    @abc.abstractmethod
    def answer(self, values: pl.Series, *, embed: bool) -> Pair:
        """Probabilities (rows, classes) and, if asked for, embeddings (rows, width) of a chunk."""

    @abc.abstractmethod
    def sizes(self, values: Sequence[str]) -> NDArray[np.int64]:
        """Size of each value (rows), at least 1: tokens, or code points without an encoder."""

    @property
    @abc.abstractmethod
    def width(self) -> int | None:
        """Columns of an embedding; None if the release has none."""

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order, by the rule.

        Raises:
            DataError: An input is null.
            ModelError: The model gives something else than probabilities of its classes.
        """
        if inputs.values.null_count():
            empty = inputs.ids.filter(inputs.values.is_null())
            raise DataError(f"Row {empty[0]} has no input", "Set it aside before predicting.")
        rows, far = len(inputs), self.rule.distance is not None and self._near is not None
        scores = np.empty((rows, len(self.classes)), np.float32)
        distances = np.empty(rows, np.float32) if far else None
        starts = range(0, rows, CHUNK)
        for start in progress.over(starts, "Predicting", len(starts)):
            chunk = inputs.values.slice(start, CHUNK)
            place = slice(start, start + len(chunk))
            scores[place], embeddings = self._computed(chunk, embed=far)
            if distances is not None:
                distances[place] = self._distances(embeddings)
        decided = self.rule.decide(scores, self.classes, None, distances)
        return answers.of_decided(inputs.ids, decided, self.classes)

    def decide(self, values: Sequence[str]) -> Decided:
        """Answers by the rule, with all that is known of each row; raises as `probabilities`."""
        scores, embeddings = self.both(values)
        # Only if the rule asks: the reference may have thousands of rows.
        far = None if self.rule.distance is None else self._distances(embeddings)
        return self.rule.decide(scores, self.classes, embeddings, far)

    def probabilities(self, values: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities (rows, classes).

        Raises:
            DataError: A value is null.
            ModelError: The model gives something else than probabilities of its classes.
        """
        return self._computed(_texts(values), embed=False)[0]

    def embed(self, values: Sequence[str]) -> NDArray[np.float32] | None:
        """Embeddings (rows, width); None if the release has none. Raises as `probabilities`."""
        return self.both(values)[1] if self.width is not None else None

    def both(self, values: Sequence[str]) -> Pair:
        """Probabilities and embeddings in one pass; raises as `probabilities`."""
        return self._computed(_texts(values), embed=self.width is not None)

    def warm(self) -> None:
        """Answer two inputs of unlike sizes, and throw the answers away."""
        self.both(self.examples)

    def _computed(self, values: pl.Series, *, embed: bool) -> Pair:
        """All rows, a chunk at a time: the one way to an answer."""
        scores = np.empty((len(values), len(self.classes)), np.float32)
        width = self.width if embed else None
        embeddings = None if width is None else np.empty((len(values), width), np.float32)
        for start in range(0, len(values), CHUNK):
            rows = slice(start, min(start + CHUNK, len(values)))
            scores[rows], embedded = self.answer(values.slice(start, CHUNK), embed=embed)
            if embeddings is not None and embedded is not None:
                embeddings[rows] = embedded
        return self.rule.calibrated(scores), embeddings

    def _distances(self, embeddings: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        """Of each row to the reference (rows); None if either has no embeddings."""
        if embeddings is None or self._near is None or self.reference is None:
            return None
        return reference.distances(embeddings, self._near, self.reference.neighbours)

    @functools.cached_property
    def _near(self) -> NDArray[np.float32] | None:
        """Embeddings of the reference; None if it has none."""
        kept = self.reference
        return kept.embeddings if kept is not None and kept.neighbours else None


def _texts(values: Sequence[str]) -> pl.Series:
    texts = pl.Series("input", values, pl.String)
    if texts.null_count():
        place = texts.is_null().arg_max()
        raise DataError(f"Value {place} has no input", "Set it aside before asking.")
    return texts
