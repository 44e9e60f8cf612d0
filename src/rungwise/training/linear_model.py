"""A linear model over TF-IDF features as plain arrays: what `linear` saves, ships and answers with.

Needs numpy and safetensors; neither torch nor scikit-learn. A folder holds `serving.json`,
`labels.json`, `vocabulary.json` (kind → terms, in the order of the features) and
`linear.safetensors`: `weight`, float32 (features, classes), `bias`, float32 (classes), and
`seen.<kind>`, int64 (terms), in how many training rows each term occurs. `serving.json` has the
width and the seed of the random projection that makes embeddings of the features.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rungwise.errors import ModelError
from rungwise.training.disk import writing
from rungwise.training.random_projection import RandomProjection
from rungwise.training.tfidf import KINDS, Vocabulary, joined, joined_all, prepared

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from rungwise.progress import Progress

KIND = "linear"
SERVING, LABELS, TERMS, ARRAYS = (
    "serving.json", "labels.json", "vocabulary.json", "linear.safetensors",
)  # fmt: skip
CHUNK = 1024
"""Rows between two reports of progress."""


@dataclass(frozen=True)
class LinearModel:
    """Softmax of a linear function of TF-IDF features.

    Attributes:
        vocabularies: The terms, one kind after the other.
        longest: Code points that are read of a text.
        weight: float32 (features, classes).
        bias: float32 (classes).
        classes: The label of each column.
        projection: What makes embeddings of the features; None for a model that was saved before
            there were any.
    """

    vocabularies: tuple[Vocabulary, ...]
    longest: int
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    classes: tuple[str, ...]
    projection: RandomProjection | None = None

    def probabilities(self, values: pl.Series, progress: Progress) -> NDArray[np.float32]:
        """Probabilities (rows, classes). A row's do not depend on the other rows."""
        answered = np.empty((len(values), len(self.classes)), np.float32)
        starts = range(0, len(values), CHUNK)
        for start in progress.over(starts, "Answering", len(starts)):
            texts = values.slice(start, CHUNK).to_list()
            answered[start : start + len(texts)], _ = self.answer(texts)
        return answered

    def answer(
        self, texts: Sequence[str], *, embed: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Probabilities (rows, classes) and, if asked for, embeddings (rows, width)."""
        logits = np.empty((len(texts), len(self.classes)), np.float32)
        used = self.projection if embed else None
        embeddings = np.empty((len(texts), used.width), np.float32) if used else None
        for row, text in enumerate(texts):
            read = prepared(text, self.longest)
            places, features = joined(self.vocabularies, read)
            logits[row] = features @ self.weight[places] + self.bias
            if used is not None and embeddings is not None:
                terms = joined_all(self.vocabularies, read) if used.unknown else (places, features)
                embeddings[row] = used.embed(*terms)
        return softmax(logits), embeddings

    def write(self, folder: Path) -> None:
        """Write the files; the folder exists.

        Raises:
            StorageError: The disk is full or the folder read-only.
        """
        from safetensors.numpy import save_file

        used = self.projection or RandomProjection(len(self.weight))
        serving = {
            "kind": KIND,
            "modality": "text",
            "characters": self.longest,
            "terms": [each.kind for each in self.vocabularies],
            "rows": self.vocabularies[0].rows,
            "projection": {"width": used.width, "seed": used.seed, "unknown": used.unknown},
        }
        terms = {each.kind: each.terms for each in self.vocabularies}
        arrays = {f"seen.{each.kind}": each.seen for each in self.vocabularies}
        with writing(folder):
            for name, content in ((SERVING, serving), (LABELS, self.classes), (TERMS, terms)):
                text = json.dumps(content, ensure_ascii=False, indent=1)
                (folder / name).write_text(text, encoding="utf-8")
            save_file({"weight": self.weight, "bias": self.bias, **arrays}, folder / ARRAYS)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (rows, classes); rows sum to 1."""
    if not len(logits):
        return logits
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(1, keepdims=True)
    return shares


def read(folder: Path, file: Callable[[str], bytes] | None = None) -> LinearModel:
    """Read what `write` wrote.

    Args:
        folder: Where the files lie.
        file: Name → bytes; of the folder unless given.

    Raises:
        ModelError: A file is missing, damaged, or does not fit the others.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    content = file or (lambda name: (folder / name).read_bytes())
    try:
        serving, classes, terms = (
            json.loads(content(name).decode("utf-8")) for name in (SERVING, LABELS, TERMS)
        )
        arrays = load(content(ARRAYS))
        model = _built(serving, classes, terms, arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        told = str(error).splitlines() or [type(error).__name__]
        raise _wrong(folder, f"cannot be read: {told[0]}") from error
    features = sum(len(each) for each in model.vocabularies)
    if model.weight.shape != (features, len(model.classes)):
        raise _wrong(
            folder,
            f"has weights of the shape {model.weight.shape} for {features} terms and "
            f"{len(model.classes)} classes",
        )
    if model.bias.shape != (len(model.classes),):
        raise _wrong(folder, f"has {model.bias.size} biases for {len(model.classes)} classes")
    if not (np.isfinite(model.weight).all() and np.isfinite(model.bias).all()):
        raise _wrong(folder, "has weights that are not finite")
    return model


def _built(serving: Any, classes: Any, terms: Any, arrays: dict[str, Any]) -> LinearModel:
    if serving["kind"] != KIND:
        raise ValueError(f"{SERVING} is not of a linear model")
    if len(set(classes)) != len(classes) or not all(isinstance(one, str) for one in classes):
        raise ValueError(f"{LABELS} is no list of distinct labels")
    if not serving["terms"] or not set(serving["terms"]) <= set(KINDS):
        raise ValueError(f"{SERVING} names terms that are not {' or '.join(KINDS)}")
    vocabularies = []
    for kind in serving["terms"]:
        seen = arrays[f"seen.{kind}"]
        if seen.shape != (len(terms[kind]),):
            raise ValueError(f"{TERMS} and {ARRAYS} differ in their {kind}")
        vocabularies.append(Vocabulary(kind, tuple(terms[kind]), seen, int(serving["rows"])))
    longest = int(serving["characters"])
    projection = None
    if told := serving.get("projection"):
        width, seed = int(told["width"]), int(told["seed"])
        unknown = bool(told.get("unknown", False))
        projection = RandomProjection(len(arrays["weight"]), width, seed, unknown)
    return LinearModel(
        tuple(vocabularies), longest, arrays["weight"], arrays["bias"], tuple(classes), projection
    )


def _wrong(folder: Path, what: str) -> ModelError:
    return ModelError(
        f"The linear model in {folder} {what}",
        "Get the release again, or export the attempt again.",
    )
