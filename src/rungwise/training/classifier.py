"""A fitted classifier: a network, frozen or changed from a boundary on, and a head.

One class serves every rung, so there is one `save`, one `restore` and one `export`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from rungwise.errors import ModelError
from rungwise.progress import Progress
from rungwise.protocols import RungContext
from rungwise.records import Epoch, Numbers, from_json, to_json
from rungwise.table import Inputs, Predictions
from rungwise.training import answers, change, export, trunk
from rungwise.training.change import Change
from rungwise.training.disk import writing
from rungwise.training.heads import KINDS, Head
from rungwise.training.trunk import Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 1024
"""Rows that a head answers at a time."""


@dataclass(frozen=True)
class Classifier:
    """What a rung made, as `rungwise.protocols.Fitted` asks.

    Attributes:
        trunk: The frozen backbone; None where the head needs no input.
        change: What was trained inside the network; None where it stayed frozen.
        head: Embeddings to probabilities.
        classes: The label of each column.
    """

    trunk: Trunk | None
    change: Change | None
    head: Head
    classes: tuple[str, ...]
    curve: tuple[Epoch, ...] = ()
    train_metric: float | None = None
    details: Numbers = field(default_factory=dict)
    trained_before: float = 0.0

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order; what the cache holds of them is not computed again."""
        if not len(inputs):
            return answers.of(
                inputs.ids, np.empty((0, len(self.classes)), np.float32), self.classes
            )
        embedded = self._embed(inputs, progress)
        return answers.of(inputs.ids, probabilities(self.head, embedded), self.classes)

    def save(self, folder: Path) -> None:
        """Write `classifier.json`, `head.safetensors` and, where trained, the layers."""
        used = self.trunk
        content = {
            "classes": list(self.classes),
            "head": {"kind": self.head.kind, **self.head.settings()},
            "model": {"name": used.backbone.name, "digest": used.backbone.digest} if used else None,
            "change": self.change.settings() if self.change else None,
            "curve": to_json(self.curve),
            "train_metric": self.train_metric,
            "details": to_json(self.details),
        }
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content, ensure_ascii=False, indent=1)
            (folder / "classifier.json").write_text(text, encoding="utf-8")
            save_file(self.head.state_dict(), folder / "head.safetensors")
            if self.change:
                self.change.save(folder)

    def export(self, folder: Path) -> None:
        """Write what `save` writes, `model.onnx`, and all that serving needs beside it."""
        self.save(folder)
        with writing(folder):
            export.write(folder, self.trunk, self.change, self.head, self.classes)

    def _embed(self, inputs: Inputs, progress: Progress) -> NDArray[np.float32]:
        if self.trunk is None:
            return np.empty((len(inputs), 0), np.float32)
        encoded = self.trunk.encode(inputs.values)
        if self.change is None:
            return self.trunk.embeddings(encoded, progress, keep=False)
        return self.trunk.tuned(self.change.module, self.change.boundary, encoded, progress)


def probabilities(head: Head, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a head answers to embeddings (rows, width), a thousand at a time: (rows, classes)."""
    device = next(iter(head.state_dict().values())).device
    with torch.no_grad():
        parts = [
            head.probabilities(torch.from_numpy(embeddings[at : at + ROWS]).to(device))
            .cpu()
            .numpy()
            for at in range(0, len(embeddings), ROWS)
        ]
    answered: NDArray[np.float32] = np.concatenate(parts)
    return answered


def restore(folder: Path, context: RungContext) -> Classifier:
    """Build again what `save` wrote.

    Raises:
        ModelError: The base model is not the one that the classifier was made with.
    """
    content = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
    return _built(content, folder, _same_model(content["model"], context))


def without_model(folder: Path) -> Classifier:
    """Build again what `save` wrote, if its head needs no base model."""
    content = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
    return _built(content, folder, None)


def _built(content: Mapping[str, Any], folder: Path, used: Trunk | None) -> Classifier:
    settings = dict(content["head"])
    head = KINDS[settings.pop("kind")](**settings)
    head.load_state_dict(load_file(folder / "head.safetensors"))
    changed = content["change"]
    return Classifier(
        trunk=used,
        change=change.restore(used, changed, folder) if used and changed else None,
        head=head.eval().requires_grad_(False),
        classes=tuple(content["classes"]),
        curve=tuple(from_json(Epoch, point) for point in content["curve"]),
        train_metric=content["train_metric"],
        details=content["details"],
    )


def _same_model(recorded: dict[str, str] | None, context: RungContext) -> Trunk | None:
    if recorded is None:
        return None
    used = trunk.of(context, recorded["name"], recorded["digest"])
    if used.backbone.digest != recorded["digest"]:
        raise ModelError(
            f"Model {recorded['name']} has changed since it was used "
            f"({recorded['digest'][:12]} then, {used.backbone.digest[:12]} now)",
            "Bring the old files back, or climb again.",
        )
    return used
