"""Text from a release: the same prompts, asked of the weights that lie beside them.

A local model needs transformers and torch, which are loaded with the weights; a model behind an
endpoint needs neither, nor do answers that are copied.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from rungwise import plugins
from rungwise.conversation import Generated, GoesOn, LanguageModel
from rungwise.decision_rule import Decided, DecisionRule
from rungwise.errors import DataError, ModelError
from rungwise.models.endpoint import EndpointLimits, EndpointModel
from rungwise.progress import Silent
from rungwise.release import reference
from rungwise.release.package import Package
from rungwise.table import Inputs, Predictions
from rungwise.training import answers
from rungwise.training.prompting import export
from rungwise.training.prompting.prompted import Prompted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.progress import Progress
    from rungwise.protocols import Fitted

CHUNK = 1024
"""Rows whose prompts are in memory at a time."""
TOGETHER = 16
"""Requests that a local model answers in one batch, which ends with the longest answer."""
REMEMBERED = 4 * CHUNK
"""Answers of an endpoint that are kept in memory, however long the process lives."""


class TextPredictor:
    """What a release asks, checked and loaded.

    Args:
        folder: The release, or its files where they were opened already.
        exported: True for a folder that a rung has exported and that is no release yet: it has
            no digests to check.
        recorded: The ledger's digest of the manifest, where a ledger vouches for the release.
        base: Where given, its weights answer with `adapter/` laid over them, not `model/`.

    Attributes:
        version: The release's version; "" for an export.
        digest: Sha256 of the manifest; "" for an export.
        manifest: What it is made of and what earned it; None for an export.
        classes: The labels that it chooses among; () for generated text.
        reference: What the release kept of its training rows, or None.
        longest: Tokens of an answer at most.
        concurrency: How many threads may ask it at once; 1 if the weights are here.
        together: Inputs that are best answered in one call; 1 behind an endpoint.
        rule: Thresholds by which probabilities become answers; an export has none.

    Raises:
        LedgerError: The release is not the one on record.
        ModelError: A file has changed, is missing or torn, or is not what an export writes; or
            the folder holds pickle-like files, which are never opened.
    """

    def __init__(
        self,
        folder: Path | Package,
        *,
        exported: bool = False,
        recorded: str | None = None,
        base: LanguageModel | None = None,
    ) -> None:
        if isinstance(folder, Path):
            folder = Package(folder, exported=exported, recorded=recorded)
        self._package = folder  # its private copy is gone when nothing holds it
        self.version, self.digest = folder.version, folder.digest
        self.manifest = folder.manifest
        self.classes = self.manifest.classes if self.manifest else ()
        self.reference = reference.read(folder)
        stated = self.manifest.thresholds if self.manifest else None
        self.rule = stated or DecisionRule()
        self._asking = threading.Lock()
        self._folder = folder.copied()
        self._serving = export.read(self._folder)
        self._model = _model(self._folder, self._serving, base)
        self.longest = self._serving.max_tokens
        self.concurrency, self.together = 1, TOGETHER
        if isinstance(self._model, EndpointModel):
            self.concurrency, self.together = self._model.limits.concurrency, 1

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order.

        Raises:
            DataError: An input is null, or looks like a conversation and is none.
            ModelError: The model cannot be loaded or reached.
        """
        if inputs.values.null_count():
            empty = inputs.ids.filter(inputs.values.is_null())
            raise DataError(f"Row {empty[0]} has no input", "Set it aside before predicting.")
        if isinstance(self._model, EndpointModel):
            self._model.tell_key(progress)
        pieces = [
            self._fitted.predict(
                Inputs(inputs.ids.slice(start, CHUNK), inputs.values.slice(start, CHUNK)), progress
            )
            for start in range(0, max(1, len(inputs)), CHUNK)
        ]
        written = [piece.written for piece in pieces if piece.written is not None]
        scores = [piece.scores for piece in pieces if piece.scores is not None]
        outputs = pl.concat([piece.outputs for piece in pieces])
        classes, told = pieces[0].classes, pl.concat(written) if written else None
        given = np.concatenate(scores) if scores else None
        made = Predictions(inputs.ids, outputs, given, classes, told)
        return answers.by_rule(made, self.rule)

    def decide(self, values: Sequence[str]) -> Decided:
        """Answers by the rule; raises as `probabilities`."""
        return self.rule.decide(self.probabilities(values), self.classes)

    def write(
        self, values: Sequence[str], longest: int, goes_on: GoesOn | None = None
    ) -> list[Generated]:
        """Answer each input; see `rungwise.protocols.Writer`.

        Raises:
            ModelError: The model cannot be loaded or reached.
        """
        fitted, texts = self._fitted, pl.Series("input", values, pl.String)
        if isinstance(fitted, Prompted):
            return fitted.write(texts, Silent(), longest, goes_on)
        ids = pl.Series("id", range(len(values)), pl.Int64).cast(pl.String)
        copied = self.predict(Inputs(ids, texts), Silent()).outputs
        return [Generated(text, 0, 0, "stop") for text in copied]

    def probabilities(self, values: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities (rows, classes) of labels; one thread at a time.

        Raises:
            ModelError: The release generates text, or its model gives no probabilities.
        """
        numbers = pl.Series("id", range(len(values)), pl.Int64).cast(pl.String)
        texts = pl.Series("input", values, pl.String)
        if self.classes:
            with self._asking:
                answered = self.predict(Inputs(numbers, texts), Silent())
            if answered.scores is not None and answered.classes == self.classes:
                return answered.scores.astype(np.float32)
        raise ModelError(
            "This release answers with text and has no probabilities",
            "Ask it with `rungwise predict`.",
        )

    def embed(self, values: Sequence[str]) -> None:
        """None: without an encoder nothing says how far an input lies from the training rows."""

    def both(self, values: Sequence[str]) -> tuple[NDArray[np.float32], None]:
        """Probabilities, and None for embeddings; raises as `probabilities`."""
        return self.probabilities(values), None

    def sizes(self, values: Sequence[str]) -> NDArray[np.int64]:
        """Code points of each value (rows), at least 1: an endpoint's tokens are not known here."""
        return np.fromiter((max(1, len(value)) for value in values), np.int64, len(values))

    def warm(self) -> None:
        """Load what answers; nothing is asked, because an endpoint takes money for it."""
        with self._asking:
            _ = self._fitted

    @functools.cached_property
    def _fitted(self) -> Fitted:
        rung = plugins.load("rungs", self._serving.rung)
        if not hasattr(rung, "serve"):
            raise ModelError(
                f"Rung {self._serving.rung} answers with labels, not with text",
                "Get the release again, or export the attempt again.",
            )
        fitted: Fitted = rung.serve(self._folder, self._model)
        return fitted


def _model(
    folder: Path, serving: export.Serving, base: LanguageModel | None
) -> LanguageModel | None:
    """The weights that answer; None for answers that are copied.

    Raises:
        ModelError: They are missing or torn, or the endpoint is misspelt.
    """
    if not serving.base:
        return None
    if not serving.weights:
        try:
            limits = EndpointLimits(**serving.request)
        except TypeError as error:
            raise ModelError(
                f"{folder / export.SERVING} holds a request that this version does not know",
                "Update rungwise, or get the release again.",
            ) from error
        opener = plugins.load("models", "endpoint")
        endpoint: LanguageModel = opener.open(
            serving.base, limits=limits, check_name=True, most=REMEMBERED
        )
        return endpoint
    if base is None:
        base = plugins.load("models", "language").open(str(folder / serving.weights), folder)
        if serving.merged or not serving.adapter:
            return base
    from rungwise.models.language.adapted import laid_over

    return laid_over(base, folder / serving.adapter)
