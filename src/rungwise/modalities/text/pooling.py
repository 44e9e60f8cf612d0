"""How a text encoder's positions become one vector: what a sentence-transformers folder says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rungwise.checkpoints import model_folder
from rungwise.errors import ModelError

KINDS = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
}


@dataclass(frozen=True, slots=True)
class Pooling:
    """How to pool, whether to scale to length 1, and what was inferred."""

    how: str
    normalised: bool
    notes: tuple[str, ...]


def describe(folder: Path) -> Pooling:
    """Read `modules.json` and the pooling module's configuration (Reimers & Gurevych 2019).

    A plain transformers folder names no pooling: the mean over tokens, scaled to length 1, is
    then taken, and the guess is in `notes`.

    Raises:
        ModelError: The folder asks for a pooling that is not known here.
    """
    if not (folder / "modules.json").is_file():
        return Pooling("mean", True, ("The model names no pooling: the mean over tokens is used.",))
    modules = [one["type"].rpartition(".")[2] for one in model_folder.modules(folder)]
    unknown = [kind for kind in modules if kind not in ("Transformer", "Pooling", "Normalize")]
    notes = tuple(f"The model's {kind} module is not used." for kind in unknown)
    for path in model_folder.pooling_files(folder):
        if model_folder.read_mapping(path).get("include_prompt") is False:
            notes = (*notes, "The model's pooling leaves prompts out; here they are pooled too.")
    return Pooling(_kind(folder), "Normalize" in modules, notes)


def _kind(folder: Path) -> str:
    paths = model_folder.pooling_files(folder)
    if not paths:
        return "mean"
    content = model_folder.read_mapping(paths[0])
    asked = [key for key, value in content.items() if key.startswith("pooling_mode_") and value]
    chosen = [KINDS[key] for key in asked if key in KINDS]
    if isinstance(content.get("pooling_mode"), str):  # newer folders name it
        chosen = [content["pooling_mode"]]
    if len(chosen) != 1 or chosen[0] not in KINDS.values() or len(asked) > 1:
        raise ModelError(
            f"{paths[0]} asks for the pooling {', '.join(asked) or 'none'}",
            f"Only one of {', '.join(KINDS)} can be used.",
        )
    return chosen[0]
