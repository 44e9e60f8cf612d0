"""Whether the models of a task can be opened: configuration and tokenizer, without the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from rungwise import checkpoints, plugins
from rungwise.checkpoints import Checkpoint, pretrained
from rungwise.errors import ModelError
from rungwise.models.endpoint import is_endpoint
from rungwise.models.language.local import LocalLanguageModel
from rungwise.models.language.packaged import PACKAGED as CONVERTED
from rungwise.task import Task
from rungwise.training.prompting.models import of_texts, opener

SIZES = {
    "num_hidden_layers": "layers",
    "hidden_size": "wide",
    "max_position_embeddings": "positions",
    "vocab_size": "tokens in its vocabulary",
}
"""Key of `config.json` → what it counts."""


def opened_models(task: Task, folder: Path) -> list[str]:
    """Open every model of a task that lies on this machine; returns a line for each model.

    A model of the hub is not fetched, and an endpoint is not asked.

    Raises:
        ModelError: One cannot be opened: no such folder, no safetensors, a damaged tokenizer.
    """
    names = [*task.models, *([task.language_model] if task.language_model else [])]
    return [_line(name, task, folder) for name in dict.fromkeys(names)]


def _line(name: str, task: Task, folder: Path) -> str:
    if is_endpoint(name):
        return f"{name} is an endpoint; it is asked when a rung needs it"
    if name in CONVERTED:
        return f"{name} is packaged; it is converted when a rung first needs it"
    local = name.startswith((".", "/", "~")) or (folder / name).is_dir()
    if not local and name not in checkpoints.PACKAGED:
        return f"{name} is no folder here; it is fetched from the hub when a rung needs it"
    plugin = opener(task, name) if name in task.models else of_texts(name)
    checkpoint = checkpoints.find(name, folder, plugin.modality)
    count = _probe(checkpoint, plugin, folder, task)
    return f"{name} opens: {_described(checkpoint)}; it makes {count} tokens of a short input"


def _probe(checkpoint: Checkpoint, plugin: Any, folder: Path, task: Task) -> int:
    """How many tokens a short input becomes."""
    opened = plugin.open(checkpoint.name, folder)
    probe = min(plugins.modality_of(task).examples, key=len)
    if isinstance(opened, LocalLanguageModel):
        count = len(pretrained.tokenizer(checkpoint).encode(probe))
    else:
        count = int(opened.encode(pl.Series([probe]), task.training.max_tokens).lengths[0])
    if not count:
        raise ModelError(
            f"The tokenizer of {checkpoint.name} makes no token of {probe!r}",
            "Name a model folder with its tokenizer.",
        )
    return count


def _described(checkpoint: Checkpoint) -> str:
    told = checkpoint.configuration
    sizes = [
        f"{told[key]:,} {what}" for key, what in SIZES.items() if isinstance(told.get(key), int)
    ]
    return ", ".join([str(told.get("model_type", "of no named type")), *sizes])
