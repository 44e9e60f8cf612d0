"""Which weights of a model folder are loaded: whole safetensors files in it, and nothing else.

`model.safetensors` is loaded where it is there, as transformers does, else the files that
`model.safetensors.index.json` names. The index is checked in either case: transformers opens a name
that does not end in `.safetensors` as a pickle, and follows one that leads out of the folder.
"""

from __future__ import annotations

import json
from pathlib import Path

from rungwise.checkpoints import model_folder
from rungwise.errors import ModelError

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
SUFFIX = ".safetensors"
NEVER = (
    ".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".h5", ".msgpack", ".npz", ".ot",
)  # fmt: skip
"""Forms of weights that are never opened: most are pickles, which can run code."""
LARGEST_HEADER = 100_000_000
"""Bytes; the format allows no more."""


def check(name: str, folder: Path) -> None:
    """Check that a model has weights here, that they are whole, and what its index names.

    Raises:
        ModelError: There are none (R28), a file is torn, or the index names something else than
            safetensors files in the folder.
    """
    found = model_folder.files(folder, model_folder.WEIGHTS)
    for path in found:
        try:
            whole = _is_whole(path)
        except OSError as error:
            raise ModelError(
                f"{path} cannot be read: {error.strerror or error}", "Get the model again."
            ) from error
        if not whole:
            raise ModelError(
                f"{path} is torn: it is no safetensors file, or shorter than it says",
                "Get the model again.",
            )
    index = folder / INDEX
    if index.is_file():
        _check_index(index)
    if not found:
        _explain_absence(name, folder)


def _check_index(index: Path) -> None:
    content = model_folder.read_json(index, unique=True)
    shards = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(shards, dict) or not shards:
        raise ModelError(f"{index} has no `weight_map` of names to files", "Get the model again.")
    for weight, shard in shards.items():
        if not isinstance(shard, str) or Path(shard).name != shard or "\\" in shard:
            raise ModelError(
                f"{index} looks for {weight} in {shard!r}, which is no file of the model folder",
                "Put the weights into the folder, under a bare name.",
            )
        if not shard.endswith(SUFFIX):
            raise ModelError(
                f"{index} looks for {weight} in {shard!r}, which is no safetensors file and is "
                "never opened",
                "Get the model with safetensors weights.",
            )
        if not (index.parent / shard).is_file():
            raise ModelError(
                f"{index} looks for {weight} in {shard}, which is missing", "Get the model again."
            )
        model_folder.refuse_outside(index.parent, index.parent / shard)


def _explain_absence(name: str, folder: Path) -> None:
    others = sorted(path.name for path in folder.iterdir() if path.suffix in NEVER)
    if others:
        raise ModelError(
            f"Model {name} has its weights only as {others[0]}, a pickle or another form that is "
            "never opened",
            "Get the model with safetensors weights.",
        )
    raise ModelError(
        f"Model {name} has no weights in {folder}, and nothing is trained from scratch",
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
            return bool(max(ends, default=0) == rest)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return False
