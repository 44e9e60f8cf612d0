"""Answers from a release with ONNX Runtime and a tokenizer: no torch, no transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from rungwise.errors import DataError, ModelError, RungwiseError
from rungwise.models.text import tokens
from rungwise.release.export_folder import MODEL, OUTPUT, TOKENIZER, describe
from rungwise.release.manifest import RESTORE
from rungwise.release.package import Package
from rungwise.settings import settings
from rungwise.table import Inputs, Predictions
from rungwise.training.batches import by_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.progress import Progress

CHUNK = 1024
"""Rows that are tokenised and sorted by length at a time."""

POSITIONS = 2048
"""Tokens in a batch, padding included: bounds memory whatever the length of the rows."""


class Predictor:
    """The model of a release, checked and loaded.

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
        package = folder
        self.version, self.manifest = package.version, package.manifest
        self._serving = describe(package)
        self.classes = self._serving.classes
        self._tokenizer = _tokenizer(package, self._serving.max_tokens)
        self._session = _session(package, self._serving.inputs)
        package.read_all()

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order.

        Rows are computed in batches of similar length; memory is bounded by `CHUNK` rows and
        `POSITIONS` tokens, beside the answers themselves.

        Raises:
            DataError: An input is null.
            ModelError: The model gives something else than probabilities of its classes.
        """
        if inputs.values.null_count():
            empty = inputs.ids.filter(inputs.values.is_null())
            raise DataError(f"Row {empty[0]} has no input", "Set it aside before predicting.")
        scores = np.empty((len(inputs), len(self.classes)), np.float32)
        starts = range(0, len(inputs), CHUNK)
        for start in progress.over(starts, "Predicting", len(starts)):
            chunk = inputs.values.slice(start, CHUNK)
            told = tokens.behind(self._serving.prefix, chunk)
            encoded = tokens.encode(told, self._tokenizer, self._serving.pad_id)
            for rows in by_length(encoded.lengths, POSITIONS):
                scores[start + rows] = self._probabilities(*encoded.batch(rows))
        best = scores.argmax(axis=1) if len(inputs) else np.empty(0, np.int64)
        labels = pl.Series("output", self.classes, pl.String)
        return Predictions(inputs.ids, labels.gather(best), scores, self.classes)

    def _probabilities(
        self, ids: NDArray[np.int64], mask: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        first, second = self._serving.inputs
        try:
            answer: NDArray[np.float32] = self._session.run([OUTPUT], {first: ids, second: mask})[0]
        except Exception as error:
            raise ModelError(
                f"{MODEL} cannot answer: {str(error).splitlines()[0]}", "Export the attempt again."
            ) from error
        if answer.shape != (len(ids), len(self.classes)) or not np.isfinite(answer).all():
            raise ModelError(
                f"{MODEL} gives {answer.shape} numbers for {len(ids)} rows and "
                f"{len(self.classes)} classes, or numbers that are not finite",
                "Export the attempt again.",
            )
        return answer


def _tokenizer(package: Package, max_tokens: int) -> Any:
    from tokenizers import Tokenizer

    path = package.folder / TOKENIZER
    try:
        tokenizer = Tokenizer.from_buffer(package.read(TOKENIZER))
    except RungwiseError:
        raise
    except Exception as error:  # the Rust library raises bare Exception
        raise ModelError(
            f"{path} is not a tokenizer: {str(error).splitlines()[0]}", "Get the release again."
        ) from error
    tokenizer.no_padding()
    if (tokenizer.truncation or {}).get("max_length") != max_tokens:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _session(package: Package, inputs: tuple[str, str]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings().threads
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
