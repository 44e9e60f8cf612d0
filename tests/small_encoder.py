"""A tiny text encoder with random weights, made by the tests; and contexts to climb with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
import transformers
from tests.small_task import rows
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel

from rungwise import task
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.records import Evidence
from rungwise.table import Examples, Predictions

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CLASSES = ("access", "delivery", "refund")
SIZES = {
    "vocab_size": 200,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}


def write_encoder(
    folder: Path,
    *,
    kind: str = "Bert",
    normalised: bool | None = True,
    sizes: Mapping[str, int] | None = None,
) -> Path:
    """Write a model folder; `normalised` None leaves the pooling unsaid."""
    torch.manual_seed(7)
    configuration = getattr(transformers, f"{kind}Config")(**{**SIZES, **(sizes or {})})
    network = getattr(transformers, f"{kind}Model")(configuration)
    with torch.no_grad():  # freshly made weights are too small to tell inputs apart
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    network.save_pretrained(folder)
    words = sorted({word for text, _ in rows() for word in _split(text)})
    vocabulary = {word: place for place, word in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    if normalised is not None:
        kinds = ["Transformer", "Pooling", *(["Normalize"] if normalised else [])]
        modules = [{"type": f"sentence_transformers.models.{each}"} for each in kinds]
        (folder / "modules.json").write_text(json.dumps(modules))
        (folder / "1_Pooling").mkdir()
        pooling = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder


def _split(text: str) -> list[str]:
    return [word for word, _ in pre_tokenizers.Whitespace().pre_tokenize_str(text.lower())]


def examples(start: int, count: int) -> Examples:
    """Some of the small task's rows."""
    chosen = rows()[start : start + count]
    return Examples.of(
        pl.DataFrame(
            {
                "id": [str(start + place) for place in range(len(chosen))],
                "input": [text for text, _ in chosen],
                "expected": [label for _, label in chosen],
            }
        )
    )


def accuracy(expected: pl.Series, predictions: Predictions) -> float:
    """Share of rows that are right."""
    return float(np.mean(expected.to_numpy() == predictions.outputs.to_numpy()))


def context(
    folder: Path,
    model: str,
    *,
    attempts: Sequence[Evidence] = (),
    imported: dict[str, pl.DataFrame] | None = None,
    kind: str = "classify",
    **training: object,
) -> RungContext:
    """What a rung may know, with the cache below `folder`."""
    metric = "accuracy" if kind == "classify" else "exact_match"
    content = {
        "task": {"goal": "route", "kind": kind, "metric": metric, "target": 0.9},
        "generation": {"max_tokens": 4, "shots": 2},
        "data": {"source": "requests.csv"},
        "models": [model],
        "training": {"epochs": 2, "batch_size": 8, **training},
    }
    return RungContext(
        task=task.parse(content),
        folder=folder,
        cache=folder / "cache",
        classes=CLASSES if kind == "classify" else (),
        progress=Silent(),
        score=accuracy,
        imported=imported or {},
        attempts=attempts,
    )
