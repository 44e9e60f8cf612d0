"""An export made by hand: a bag of words with weights that can be summed on paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from rungwise.records import Measurement, Override
from rungwise.release.manifest import Manifest

CLASSES = ("late", "lost", "broken")
WEIGHTS: Mapping[str, tuple[float, float, float]] = {
    "[PAD]": (90.0, -90.0, 90.0),  # loud, so that padding which is not masked shows
    "[UNK]": (0.0, 0.0, 0.0),
    "still": (2.0, 0.5, 0.0),
    "waiting": (3.0, 0.0, 0.0),
    "gone": (0.0, 3.0, 0.5),
    "missing": (0.0, 2.0, 0.0),
    "crack": (0.0, 0.0, 3.0),
    "in": (0.1, 0.2, 0.3),
}
MAX_TOKENS = 6


def probabilities(text: str) -> list[float]:
    """What the model must answer: the softmax of the mean weight of the first words."""
    words = text.split()[:MAX_TOKENS] or ["[PAD]"]
    mean = np.mean([WEIGHTS.get(word, WEIGHTS["[UNK]"]) for word in words], axis=0)
    odds = np.exp(mean - mean.max())
    return [float(share) for share in odds / odds.sum()]


def export(folder: Path, **serving: Any) -> None:
    """Write what a rung exports; `serving` replaces keys of serving.json."""
    save(model(), folder / "model.onnx")
    vocabulary = {word: place for place, word in enumerate(WEIGHTS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.enable_padding(length=64)  # as some checkpoints ask; batches must not
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "labels.json").write_text(json.dumps(CLASSES))
    described = {
        "modality": "text",
        "max_tokens": MAX_TOKENS,
        "pad_id": 0,
        "inputs": ["input_ids", "attention_mask"],
    }
    (folder / "serving.json").write_text(json.dumps(described | serving))


def model(output: str = "probabilities") -> Any:
    """Mean of the weights of the words that are not padding, then softmax."""
    shape = ["rows", "tokens"]
    weights = np.array(list(WEIGHTS.values()), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["weights", "input_ids"], ["found"]),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
            helper.make_node("Mul", ["found", "wide"], ["masked"]),
            helper.make_node("ReduceSum", ["masked", "second"], ["sum"], keepdims=0),
            helper.make_node("ReduceSum", ["mask", "second"], ["count"], keepdims=1),
            helper.make_node("Div", ["sum", "count"], ["mean"]),
            helper.make_node("Softmax", ["mean"], [output], axis=1),
        ],
        "bag_of_words",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, shape),
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["rows", len(CLASSES)])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([-1], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "second"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(made)
    return made


def facts(version: str = "v1.0") -> Manifest:
    """A manifest whose files are still to be filled in."""
    goal = Measurement("accuracy", 0.93, 0.91, 0.95, 1000, "test")
    return Manifest(
        version=version,
        created="2026-11-21T10:00:00+00:00",
        task={"goal": "Classify parcels into 3 troubles", "metric": "accuracy", "target": 0.9},
        classes=CLASSES,
        model={"name": "all-MiniLM-L6-v2", "digest": "0f3c"},
        rung="frozen",
        attempt="a1",
        configuration={"strength": 1.0},
        evidence=("a0", "a1"),
        data="s1",
        sources={"parcels.csv": "5eed"},
        validation=(goal,),
        test=(goal,),
        unseal=2,
        overrides=(Override("test_once", "Ada", "owner", "Second look", "t", "s1"),),
        versions={"onnxruntime": "1.31.1"},
    )
