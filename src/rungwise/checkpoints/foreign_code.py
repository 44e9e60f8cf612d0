"""What a model folder asks to be run or fetched: never done, refused or said aloud.

`auto_map` names Python code beside the weights. If transformers has the architecture itself, its
own code is used and that is said; else the model is refused. Nobody is asked on a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rungwise.checkpoints import model_folder
from rungwise.errors import ModelError

KERNEL = re.compile(r"[^/:]+/[^/:]+(@[^/:]+)?(:[^/:]+)?")
"""How transformers tells a kernel on the hub, which is code, from an implementation of its own."""
FILES = "fast_tokenizer_files"
"""In tokenizer_config.json: names of files, of which transformers opens one for its version."""
ELSEWHERE = ("gguf_file",)
"""Keys of tokenizer_config.json that name a file to be read in place of the folder's own."""
IMPLEMENTATIONS = ("attn_implementation", "experts_implementation")


def refuse(name: str, folder: Path, configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """What is passed over of a folder, to be said aloud.

    Raises:
        ModelError: The model cannot be read without running code of its own, fetching a kernel,
            or looking for its weights elsewhere.
    """
    _refuse_detours(name, folder, configuration)
    tokenizer = model_folder.read_mapping(folder / "tokenizer_config.json")
    _refuse_other_files(name, folder, tokenizer)
    notes = []
    if auto_map := configuration.get("auto_map"):
        kind = str(configuration.get("model_type", ""))
        if not _is_known_model(kind):
            raise _own_code(name, folder / "config.json", auto_map)
        notes.append(_passed_over(name, "config.json", f"transformers' own {kind}"))
    if auto_map := tokenizer.get("auto_map"):
        kind = str(tokenizer.get("tokenizer_class", ""))
        if not _is_known_tokenizer(kind):
            raise _own_code(name, folder / "tokenizer_config.json", auto_map)
        notes.append(_passed_over(name, "tokenizer_config.json", f"transformers' own {kind}"))
    return tuple(notes)


def _refuse_detours(name: str, folder: Path, configuration: Mapping[str, Any]) -> None:
    if (folder / "adapter_config.json").is_file():
        raise ModelError(
            f"{folder} holds an adapter (adapter_config.json), which is laid over another model",
            "Merge it into its base model, and name the folder of the merged model.",
        )
    if "configuration_files" in configuration:  # what is checked here would not be what is used
        raise ModelError(
            f"config.json of model {name} names configurations to be read in its place: "
            f"{str(configuration['configuration_files'])[:80]}",
            "Call the one that you want config.json, and remove the key `configuration_files`.",
        )
    if "transformers_weights" in configuration:
        raise ModelError(
            f"config.json of model {name} names its weights itself (`transformers_weights`)",
            "Call the file model.safetensors, and remove the key.",
        )
    for key, value in _entries(configuration):
        asked = value.values() if isinstance(value, dict) else (value,)
        for one in asked:
            if key.strip("_").removesuffix("_internal") in IMPLEMENTATIONS and _is_kernel(one):
                raise ModelError(
                    f"config.json of model {name} asks for code from the hub: {key} is {one!r}",
                    "Remove the key.",
                )


def _refuse_other_files(name: str, folder: Path, tokenizer: Mapping[str, Any]) -> None:
    """Refuse a tokenizer whose configuration leads to files that are not in the digest."""
    for key in ELSEWHERE:
        if tokenizer.get(key):
            raise ModelError(
                f"tokenizer_config.json of model {name} names a file to read: {key} is "
                f"{str(tokenizer[key])[:200]!r}",
                "Remove the key.",
            )
    named = tokenizer.get(FILES, [])
    for file in named if isinstance(named, list) else [named]:
        bare = isinstance(file, str) and Path(file).name == file and "\\" not in file
        if not (bare and file.endswith(".json") and (folder / file).is_file()):
            raise ModelError(
                f"tokenizer_config.json of model {name} looks for {str(file)[:80]!r}, which is no "
                ".json file of the model folder",
                "Put it into the folder under a bare name, or remove `fast_tokenizer_files`.",
            )


def _entries(configuration: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values of a configuration and of those inside it."""
    for key, value in configuration.items():
        yield key, value
        if isinstance(value, dict):
            yield from _entries(value)


def _is_kernel(value: object) -> bool:
    return isinstance(value, str) and KERNEL.fullmatch(value) is not None


def _is_known_model(kind: str) -> bool:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return kind in CONFIG_MAPPING_NAMES


def _is_known_tokenizer(kind: str) -> bool:
    from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

    names = (kind, f"{kind.removesuffix('Fast')}Fast", kind.removesuffix("Fast"))
    return bool(kind) and any(tokenizer_class_from_name(one) is not None for one in names)


def _own_code(name: str, path: Path, auto_map: object) -> ModelError:
    return ModelError(
        f"Model {name} needs code of its own, which is never run: {path.name} names "
        f"{str(auto_map)[:80]}",
        "Name a model that transformers reads itself.",
    )


def _passed_over(name: str, file: str, instead: str) -> str:
    return f"{file} of {name} names code (`auto_map`): it is not run, {instead} is used."
