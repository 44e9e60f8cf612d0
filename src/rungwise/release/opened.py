"""What answers in a folder: `serving.json` says whether labels, by which model, or text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rungwise.release.export_folder import SERVING
from rungwise.table import Inputs, Predictions

if TYPE_CHECKING:
    from rungwise.progress import Progress


class Answers(Protocol):
    """A release that is ready to answer; `version` is "" for an export."""

    version: str

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order."""


def opened(folder: Path, *, exported: bool = False) -> Answers:
    """Check and load a release.

    Args:
        folder: The release.
        exported: True for a folder that a rung has exported and that is no release yet.

    Raises:
        ModelError: A file has changed, is missing, or is not what an export writes.
    """
    kind = _kind(folder)
    if kind == "generate":
        from rungwise.release.text_predictor import TextPredictor

        return TextPredictor(folder, exported=exported)
    if kind == "linear":
        from rungwise.release.linear_predictor import LinearPredictor

        return LinearPredictor(folder, exported=exported)
    from rungwise.release.predictor import Predictor

    return Predictor(folder, exported=exported)


def answers_in_text(folder: Path) -> bool:
    """Whether it was exported to generate text."""
    return _kind(folder) == "generate"


def _kind(folder: Path) -> str | None:
    """As `serving.json` says; None for an ONNX model and for what the checks will refuse."""
    try:
        told = json.loads((folder / SERVING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told.get("kind") if isinstance(told, dict) else None
