"""The only calls that load a checkpoint with transformers or PEFT.

Each refuses code and pickles, reads only files that were checked and digested, and reaches no
network: what the user named was fetched by `checkpoints.find`.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rungwise.checkpoints import model_folder
from rungwise.errors import ModelError
from rungwise.quiet import quiet, without_bars

if TYPE_CHECKING:
    from rungwise.checkpoints import Checkpoint

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
ADAPTERS = ("LORA", "PREFIX_TUNING")
"""Kinds of PEFT folders that Rungwise writes; others may follow names to further folders."""


def network(
    checkpoint: Checkpoint, kind: Literal["AutoModel", "AutoModelForCausalLM"], **given: Any
) -> Any:
    """A torch module with the checkpoint's weights, on the CPU unless told otherwise.

    Args:
        checkpoint: What `checkpoints.find` found.
        kind: The class of transformers that loads it.
        given: What that class is told besides.

    Raises:
        ModelError: The weights cannot be loaded, or have changed since they were found.
    """
    import transformers

    refuse_changed(checkpoint)
    quiet()
    try:
        return getattr(transformers, kind).from_pretrained(
            checkpoint.folder, use_safetensors=True, **LOCAL, **given
        )
    except _load_errors() as error:
        raise unusable(checkpoint.name, "weights", error) from error


def tokenizer(checkpoint: Checkpoint) -> Any:
    """The tokenizer of a checkpoint, with its chat template.

    Raises:
        ModelError: It cannot be loaded, or has changed since it was found.
    """
    from transformers import AutoTokenizer

    refuse_changed(checkpoint)
    quiet()
    try:
        made = AutoTokenizer.from_pretrained(checkpoint.folder, **LOCAL)
        if set(made.get_vocab()) <= set(made.all_special_tokens):
            raise ValueError("its folder holds no vocabulary")  # transformers makes an empty one
    except _load_errors() as error:
        raise unusable(checkpoint.name, "tokenizer", error) from error
    return made


def configuration(checkpoint: Checkpoint) -> Any:
    """The configuration of a checkpoint, with the defaults of its architecture.

    Raises:
        ModelError: It cannot be read, or has changed since it was found.
    """
    from transformers import AutoConfig

    refuse_changed(checkpoint)
    try:
        return AutoConfig.from_pretrained(checkpoint.folder, **LOCAL)
    except _load_errors() as error:
        raise unusable(checkpoint.name, "configuration", error) from error


def of_gguf(path: Path) -> tuple[Any, Any]:
    """Network in float32 and tokenizer of a GGUF file in a package that is installed.

    Raises:
        ModelError: It cannot be read.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet()
    given = {"gguf_file": path.name, **LOCAL}
    try:
        with without_bars():
            made = AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **given)
        return made, AutoTokenizer.from_pretrained(path.parent, **given)
    except _load_errors() as error:
        raise unusable(path.name, "content", error) from error


def with_adapter(base: Any, folder: Path) -> Any:
    """A network with the adapter of a PEFT folder laid over it, in evaluation mode.

    The base model that the folder names is never looked for: `base` is it.

    Raises:
        ModelError: The adapter cannot be loaded.
    """
    from peft import PeftModel

    _check_adapter(folder)
    try:
        with warnings.catch_warnings():  # PEFT asks transformers by a name that is going away
            warnings.simplefilter("ignore", FutureWarning)
            return PeftModel.from_pretrained(base, folder, local_files_only=True).eval()
    except _load_errors() as error:
        raise unusable(str(folder), "adapter", error) from error


def adapter_configuration(folder: Path) -> Any:
    """The configuration of a LoRA folder.

    Raises:
        ModelError: The folder is no whole LoRA folder.
    """
    import peft

    _check_adapter(folder)
    try:
        return peft.LoraConfig.from_pretrained(folder, local_files_only=True)
    except _load_errors() as error:
        raise unusable(str(folder), "adapter", error) from error


def unusable(name: str, what: str, error: Exception) -> ModelError:
    """Why a part of a model cannot be loaded, in the library's own first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (
        " ".join(lines[: 2 if lines[0].endswith(":") else 1]) if lines else type(error).__name__
    )
    return ModelError(f"The {what} of {name} cannot be loaded: {reason}", "Name another model.")


def _load_errors() -> tuple[type[Exception], ...]:
    """What the libraries raise for a folder that is not what they expect."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    return (
        OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError,
        RuntimeError, ArithmeticError, AssertionError, SafetensorError, StrictDataclassError,
    )  # fmt: skip


def refuse_changed(checkpoint: Checkpoint) -> None:
    """Raise ModelError unless the folder holds what was checked and digested."""
    folder = checkpoint.folder
    if model_folder.digest(folder, model_folder.stamp(folder)) != checkpoint.digest:
        raise ModelError(
            f"The files of model {checkpoint.name} changed while it was in use", "Start again."
        )


def _check_adapter(folder: Path) -> None:
    for name in ADAPTER_FILES:
        if not (folder / name).is_file():
            raise ModelError(
                f"{folder} has no {name}", "Get the release again, or run the attempt again."
            )
        model_folder.refuse_outside(folder, folder / name)
    told = model_folder.read_mapping(folder / ADAPTER_FILES[0])
    kind = str(told.get("peft_type", ""))
    if kind not in ADAPTERS or told.get("megatron_config"):
        raise ModelError(
            f"{folder} is an adapter of the kind {kind or 'unnamed'}, or one that names code",
            f"Only {' and '.join(ADAPTERS)} are read.",
        )
