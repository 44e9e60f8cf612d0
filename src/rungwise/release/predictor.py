"""Answers from a release with ONNX Runtime, prepared by its modality: no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from rungwise import plugins
from rungwise.errors import ModelError
from rungwise.release.export_folder import EMBEDDING, MODEL, OUTPUT, describe, preparation
from rungwise.release.manifest import RESTORE
from rungwise.release.package import Package
from rungwise.release.served_classifier import Pair, ServedClassifier
from rungwise.settings import settings
from rungwise.training.batches import by_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSITIONS = 2048
"""Tokens in a batch, padding included: bounds memory whatever the length of the rows."""


class Predictor(ServedClassifier):
    """The model of a release, checked and loaded.

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
        self,
        folder: Path | Package,
        *,
        exported: bool = False,
        recorded: str | None = None,
        threads: int | None = None,
    ) -> None:
        if isinstance(folder, Path):
            folder = Package(folder, exported=exported, recorded=recorded)
        package = folder
        super().__init__(package)
        self._serving = describe(package)
        self.classes = self._serving.classes
        self._preparation = preparation(package, self._serving)
        self.examples = plugins.load("modalities", self._serving.modality).examples
        self._session = _session(package, self._serving.inputs, threads)
        self._width = _width(self._session, package.folder / MODEL)
        package.read_all()

    def answer(self, values: pl.Series, *, embed: bool) -> Pair:
        """Probabilities and, if asked for, embeddings; batches of at most `POSITIONS` tokens."""
        encoded = self._preparation.encode(values)
        scores = np.empty((len(values), len(self.classes)), np.float32)
        asked = embed and self.width is not None
        embeddings = np.empty((len(values), self.width or 0), np.float32) if asked else None
        for rows in by_length(encoded.lengths, POSITIONS):
            prepared, mask = encoded.batch(rows)
            # The runtime computes no more than the outputs that it is asked for.
            answered = self._run([OUTPUT, EMBEDDING] if asked else [OUTPUT], prepared, mask)
            scores[rows] = _checked(answered[0], (len(rows), len(self.classes)), "classes")
            if embeddings is not None:
                embeddings[rows] = _checked(
                    answered[1], (len(rows), embeddings.shape[1]), "columns"
                )
        return scores, embeddings

    def sizes(self, values: Sequence[str]) -> NDArray[np.int64]:
        """Positions of each value (rows), what is put before it included."""
        return self._preparation.encode(pl.Series("input", values, pl.String)).lengths

    @property
    def width(self) -> int | None:
        """Columns of an embedding; None if the model gives none."""
        return self._width

    def _run(
        self, outputs: list[str], values: NDArray[Any], mask: NDArray[np.int64]
    ) -> list[NDArray[np.float32]]:
        first, second = self._serving.inputs
        try:
            answer: list[NDArray[np.float32]] = self._session.run(
                outputs, {first: values, second: mask}
            )
        except Exception as error:
            raise ModelError(
                f"{MODEL} cannot answer: {str(error).splitlines()[0]}", "Export the attempt again."
            ) from error
        return answer


def _checked(
    answer: NDArray[np.float32], shape: tuple[int, int], columns: str
) -> NDArray[np.float32]:
    """The numbers, if they are as many as asked and finite."""
    if answer.shape != shape or not np.isfinite(answer).all():
        raise ModelError(
            f"{MODEL} gives {answer.shape} numbers for {shape[0]} rows and "
            f"{shape[1]} {columns}, or numbers that are not finite",
            "Export the attempt again.",
        )
    return answer


def _session(package: Package, inputs: tuple[str, str], threads: int | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings().threads if threads is None else threads
    options.log_severity_level = 3  # errors only: they are raised as well
    # Threads that spin while they wait take the cores from whoever else needs them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path, model = package.folder / MODEL, package.read(MODEL)
    if names := _external(model, path):
        files = [package.read(name) for name in names]
        options.add_external_initializers_from_files_in_memory(
            names, files, [len(file) for file in files]
        )
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the C++ library's errors have no root of their own
        raise ModelError(
            f"{path} cannot be loaded: {str(error).splitlines()[0]}", "Get the release again."
        ) from error
    takes = [each.name for each in session.get_inputs()]
    gives = [each.name for each in session.get_outputs()]
    if sorted(takes) != sorted(inputs) or OUTPUT not in gives:
        raise ModelError(
            f"{path} takes {', '.join(takes)} and gives {', '.join(gives)}",
            f"Export it again with {', '.join(inputs)} and {OUTPUT}.",
        )
    return session


def _width(session: Any, path: Path) -> int | None:
    """Columns of the embedding; None if the model gives none.

    Raises:
        ModelError: The graph does not say how many.
    """
    shapes = {each.name: each.shape for each in session.get_outputs()}
    if EMBEDDING not in shapes:
        return None
    shape = shapes[EMBEDDING]
    if len(shape) != 2 or not isinstance(shape[1], int) or shape[1] < 1:
        raise ModelError(
            f"{path} gives an {EMBEDDING} of the shape {shape}",
            f"Export it again with {EMBEDDING} as (rows, width).",
        )
    return shape[1]


def _external(model: bytes, path: Path) -> list[str]:
    """Files beside the model that hold its weights: the runtime would open them by itself.

    Raises:
        ModelError: The model cannot be read, or names a file that lies elsewhere.
    """
    if b"location" not in model:  # the key of every reference to another file
        return []
    import onnx
    from onnx import external_data_helper

    try:
        read = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf's errors have no root of their own
        raise ModelError(
            f"{path} cannot be loaded: {str(error).splitlines()[0]}", "Get the release again."
        ) from error
    tensors = external_data_helper._get_all_tensors(read)
    found = {
        entry.value
        for tensor in tensors
        if external_data_helper.uses_external_data(tensor)
        for entry in tensor.external_data
        if entry.key == "location"
    }
    for name in sorted(found):
        if name in ("", ".", "..") or Path(name).name != name or "\\" in name:
            raise ModelError(f"{path} keeps weights in {name!r}, outside the release", RESTORE)
    return sorted(found)
