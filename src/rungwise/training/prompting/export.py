"""What is deployed of a text attempt: a folder that answers on another machine, without the task.

    serving.json   how it is asked, and of what
    prompt.json    the system prompt and the examples, or the rows that they are chosen among
    model/         a Hugging Face folder: the weights that answer, self-contained
    adapter/       a PEFT folder for the base model, where adapters were trained

A rung adds what its own prompts are made of (`Prompted.save`), and writes other weights than the
base model's (`Prompted.weights`). Behind an endpoint there are no weights to write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rungwise.checkpoints import model_folder
from rungwise.conversation import LanguageModel
from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel

SERVING, MODEL, ADAPTER = "serving.json", "model", "adapter"
HEAD = {"kind": "generate", "modality": "text"}
"""What `serving.json` says of every export that writes text."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How a release of generated text answers.

    Attributes:
        rung: Whose `serve` puts the prompts together again.
        max_tokens: Longest answer.
        base: The base model, as the task names it; "" for answers that are copied.
        digest: Of the base model.
        weights: The folder of the weights that answer; "" where they lie behind an endpoint.
        adapter: A PEFT folder for the base model, or "".
        merged: Whether `weights` hold the adapter already; else it is laid over them.
        request: How an endpoint is asked, as the task's `endpoint:` names it; releases of earlier
            versions have none.
    """

    rung: str
    max_tokens: int
    base: str
    digest: str
    weights: str = ""
    adapter: str = ""
    merged: bool = True
    request: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write `serving.json`."""
        told = {**HEAD, **asdict(self)}
        (folder / SERVING).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


def read(folder: Path) -> Serving:
    """What `Serving.write` wrote.

    Raises:
        ModelError: It is missing, or is not what an export of a text attempt writes.
    """
    path = folder / SERVING
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        kinds = {name: type(value) for name, value in asdict(Serving("", 1, "", "")).items()}
        told.setdefault("request", {})
        fits = {key: told.pop(key) for key in HEAD} == HEAD
        if not fits or any(type(told[name]) is not kind for name, kind in kinds.items()):
            raise ValueError("another shape")
        if told["weights"] not in ("", MODEL) or told["adapter"] not in ("", ADAPTER):
            raise ValueError("weights that lie elsewhere")
        return Serving(**told)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"{path} does not hold what an export of a text attempt writes",
            "Get the release again, or export the attempt again.",
        ) from error


def copied(model: LanguageModel, folder: Path) -> None:
    """Write `model/` as a copy of a local base model: every file of it that is ever read."""
    if not isinstance(model, LocalLanguageModel):
        return
    place = folder / MODEL
    model_folder.copy(model.folder, place)


def saved(model: LocalLanguageModel, folder: Path) -> None:
    """Write `model/` from the network as it is in memory now, and the tokenizer."""
    place = folder / MODEL
    model.network.save_pretrained(place)
    model.tokenizer.save_pretrained(place)
