"""What answers in a folder: `serving.json` says whether labels, by which model, or text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rungwise.protocols import Served
from rungwise.release.export_folder import SERVING
from rungwise.release.package import Package
from rungwise.table import Inputs, Predictions

TEXT = "generate"
"""What `serving.json` calls an export that writes text."""

if TYPE_CHECKING:
    from rungwise.progress import Progress
    from rungwise.release.manifest import Manifest


class Answers(Served, Protocol):
    """A release that answers tables too; an export has the version "" and no manifest."""

    manifest: Manifest | None

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order."""


def opened(
    folder: Path,
    *,
    exported: bool = False,
    recorded: str | None = None,
    about: str = "",
    threads: int | None = None,
) -> Answers:
    """Check and load a release.

    Args:
        folder: The release.
        exported: True for a folder that a rung has exported and that is no release yet.
        recorded: The ledger's digest of the manifest; without it the release opens by its own
            manifest, and nothing vouches that this is the one that was shipped.
        about: The ledger's digest of `release.json`; "" for releases of earlier versions.
        threads: Of one forward pass of an encoder; as `RUNGWISE_THREADS` says unless given.

    Raises:
        LedgerError: The release is not the one on record.
        ModelError: A file has changed, is missing, or is not what an export writes.
    """
    package = Package(folder, exported=exported, recorded=recorded, about=about)
    kind = _kind(package)
    if kind == TEXT:
        from rungwise.release.text_predictor import TextPredictor

        return TextPredictor(package)
    if kind == "linear":
        from rungwise.release.linear_predictor import LinearPredictor

        return LinearPredictor(package)
    from rungwise.release.predictor import Predictor

    return Predictor(package, threads=threads)


def answers_in_text(package: Package) -> bool:
    """Whether it was exported to generate text."""
    return _kind(package) == TEXT


def _kind(package: Package) -> str | None:
    """As `serving.json` says; None for an ONNX model and for what the checks will refuse."""
    if SERVING not in package.names:
        return None
    try:
        told = json.loads(package.read(SERVING).decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return told.get("kind") if isinstance(told, dict) else None
