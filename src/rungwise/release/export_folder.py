"""What a rung exports and the predictor reads: file names, tensors, and `serving.json`.

`model.onnx` takes what the modality prepares and a mask, and answers `probabilities`, float32
(rows, classes), and `embedding`, float32 (rows, width), unless the release was made before
embeddings were exported or its head reads none. `labels.json` names the classes. What else lies
there is the modality's: of text `tokenizer.json`, the `tokenizers` library's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rungwise import plugins
from rungwise.errors import ModelError
from rungwise.protocols import Modality, Preparation
from rungwise.release.package import Package

MODEL, LABELS, SERVING = "model.onnx", "labels.json", "serving.json"
OUTPUT, EMBEDDING = "probabilities", "embedding"


@dataclass(frozen=True, slots=True)
class Serving:
    """How inputs become tensors.

    Attributes:
        modality: What the inputs are.
        settings: All of `serving.json`; the modality knows what else it holds.
        inputs: Names of the model's inputs: what the modality prepares, then the mask.
        classes: The label of each column of the output.
    """

    modality: str
    settings: Mapping[str, Any]
    inputs: tuple[str, str]
    classes: tuple[str, ...]


def describe(package: Package) -> Serving:
    """Read and check `serving.json` and `labels.json`.

    Raises:
        ModelError: A file is missing or malformed, nothing here serves the modality (R24), or the
            labels are not the classes of the manifest.
    """
    for name in (MODEL, LABELS, SERVING):
        if name not in package.names:
            raise _wrong(package.folder / name, "is missing")
    labels = _json(package, LABELS, _is_labels)
    content = _json(package, SERVING, _is_serving)
    if content["modality"] not in (known := plugins.names("modalities")):
        raise ModelError(
            f"{package.folder} answers {content['modality']}, not {' or '.join(known)}",
            "Install what serves it, or name another release.",
        )
    check_classes(package, labels)
    first, second = content["inputs"]
    return Serving(content["modality"], content, (first, second), tuple(labels))


def preparation(package: Package, serving: Serving) -> Preparation:
    """What makes model inputs of values, as in training.

    Raises:
        ModelError: A file of the modality is missing or damaged.
    """
    modality: Modality = plugins.load("modalities", serving.modality)

    def read(name: str) -> bytes:
        if name not in package.names:
            raise _wrong(package.folder / name, "is missing")
        return package.read(name)

    try:
        return modality.preparation(read, serving.settings)
    except ValueError as error:
        raise _wrong(package.folder, f"cannot be prepared for: {error}") from error


def check_classes(package: Package, labels: Sequence[str]) -> None:
    """Refuse a release whose labels are not the classes of its manifest, in that order.

    Raises:
        ModelError: They are not.
    """
    if package.manifest is not None and package.manifest.classes != tuple(labels):
        raise _wrong(package.folder / LABELS, "has other classes than the manifest")


def _json(package: Package, name: str, fits: Callable[[Any], bool]) -> Any:
    path = package.folder / name
    try:
        content = json.loads(package.read(name).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "is not readable JSON") from error
    if not fits(content):
        raise _wrong(path, "does not hold what an export writes")
    return content


def _is_labels(content: Any) -> bool:
    texts = isinstance(content, list) and all(isinstance(label, str) for label in content)
    return texts and 1 <= len(content) == len(set(content))


def _is_serving(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("modality"), str)
        and isinstance(content.get("inputs"), list)
        and len(content["inputs"]) == 2
        and all(isinstance(name, str) for name in content["inputs"])
    )


def _wrong(path: Path, what: str) -> ModelError:
    return ModelError(f"{path} {what}", "Get the release again, or export the attempt again.")
