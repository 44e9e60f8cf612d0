"""Writing a classifier as ONNX, with all that serving needs beside it.

The folder holds `model.onnx` (inputs: what the network calls its main one, of text `input_ids`,
and `attention_mask`; outputs `probabilities`, float32 (rows, classes), and `embedding`, float32
(rows, width), the pooled vector that the head reads; none if it reads nothing), `labels.json`,
`serving.json`, `backbone.json`, and what the modality prepares inputs with, of text
`tokenizer.json`. The label of a row is the first of the largest probabilities.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning

from rungwise.training import change as changes
from rungwise.training.change import Change
from rungwise.training.heads import Head
from rungwise.training.trunk import Trunk

OPSET = 18
INPUT, MASK = "input_ids", "attention_mask"


class Deployed(nn.Module):
    """Tokens to probabilities, and the embeddings that they are computed from."""

    def __init__(self, encoder: nn.Module | None, head: Head) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """Probabilities (rows, classes); with an encoder also embeddings (rows, width)."""
        if self.encoder is None:
            return (self.head.probabilities((values * mask)[:, :0].float()),)
        embedded = self.encoder(values, mask)
        return self.head.probabilities(embedded), embedded


def write(
    folder: Path, trunk: Trunk | None, change: Change | None, head: Head, classes: tuple[str, ...]
) -> None:
    """Write the folder's files; the folder exists."""
    if trunk is None:
        encoder, serving, name = None, _no_tokens(folder), INPUT
        # Two rows of unlike lengths, so that nothing about the batch becomes a constant.
        mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
        probe = torch.ones_like(mask), mask
    else:
        encoder = changes.whole(trunk, change, attention="eager")
        serving = trunk.backbone.export_preprocessing(folder, trunk.limit)
        name = getattr(encoder.network, "main_input_name", INPUT)
        probe = trunk.probe[0].cpu(), trunk.probe[1].cpu()
    used = trunk.backbone if trunk else None
    _json(folder / "labels.json", list(classes))
    _json(folder / "serving.json", {**serving, "inputs": [name, MASK]})
    _json(
        folder / "backbone.json",
        {
            "name": used.name if used else None,
            "digest": used.digest if used else None,
            "change": change.settings() if change else None,
        },
    )
    _onnx(folder / "model.onnx", Deployed(encoder, head).eval().cpu(), name, probe)


def _onnx(path: Path, deployed: Deployed, name: str, probe: tuple[Tensor, Tensor]) -> None:
    values, mask = probe
    axes = {0: "rows", 1: "positions"}
    # Inputs with a mask over other positions than their own, such as pixels, have one size.
    own = axes if values.shape[1] == mask.shape[1] else {0: "rows"}
    outputs = ["probabilities", "embedding"] if deployed.encoder else ["probabilities"]
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter that needs no further package is the older one; it says so each time, the
        # tracer warns of shapes that the configuration fixes, and of indices, which here are
        # positions and never negative. What is written is compared with torch by the workflow.
        warnings.filterwarnings("ignore", ".*legacy TorchScript", DeprecationWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"torch\.onnx")
        warnings.filterwarnings("ignore", "Exporting aten::index operator", UserWarning)
        warnings.filterwarnings("ignore", category=TracerWarning)
        torch.onnx.export(
            deployed,
            probe,
            str(path),
            input_names=[name, MASK],
            output_names=outputs,
            dynamic_axes={name: own, MASK: axes} | {one: {0: "rows"} for one in outputs},
            opset_version=OPSET,
            dynamo=False,
        )


def _no_tokens(folder: Path) -> Mapping[str, Any]:
    """A tokenizer of one word, for a head that looks at nothing."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))
    return {"modality": "text", "max_tokens": 1, "pad_id": 0}


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
