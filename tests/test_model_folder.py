"""A model folder is data: which weights are read, from where, and what its digest covers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.small_folders import edit, folder, no_network, opened, originals, used

from rungwise import checkpoints, plugins
from rungwise.errors import ModelError

__all__ = ["folder", "no_network", "originals"]
INDEX = "model.safetensors.index.json"


def shard(place: Path) -> tuple[Path, Path]:
    """The weights in two files and an index, as transformers writes them."""
    whole = load_file(place / "model.safetensors")
    names = sorted(whole)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    files = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for half, file in zip(halves, files, strict=True):
        save_file({name: whole[name] for name in half}, place / file, {"format": "pt"})
    weight_map = {name: file for half, file in zip(halves, files, strict=True) for name in half}
    (place / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (place / "model.safetensors").unlink()
    return place / files[0], place / files[1]


@pytest.mark.parametrize("kind", ["encoder", "language"])
def test_weights_in_several_files_are_those_of_one(folder: Path, kind: str) -> None:
    before = {name: tensor.clone() for name, tensor in used(folder / kind).state_dict().items()}
    shard(folder / kind)
    after = used(folder / kind).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("kind", ["encoder", "language"])
@pytest.mark.parametrize(
    ("named", "fact"),
    [
        ("weights.bin", "no safetensors file"),
        ("pytorch_model.pt", "no safetensors file"),
        ("model.pkl", "no safetensors file"),
        ("model.h5", "no safetensors file"),
        ("flax_model.msgpack", "no safetensors file"),
        ("safetensors", "no safetensors file"),
        ("model.safetensors.bin", "no safetensors file"),
        ("../outside/x.safetensors", "no file of the model folder"),
        ("sub/x.safetensors", "no file of the model folder"),
        ("./x.safetensors", "no file of the model folder"),
        ("..\\x.safetensors", "no file of the model folder"),
        ("{outside}/x.safetensors", "no file of the model folder"),
        ("..", "no safetensors file"),
        ("", "no safetensors file"),
        (None, "no file of the model folder"),
        (["x.safetensors"], "no file of the model folder"),
        ("absent.safetensors", "missing"),
    ],
)
def test_an_index_names_safetensors_files_in_the_folder(
    folder: Path, kind: str, named: Any, fact: str
) -> None:
    place = folder / kind
    outside = folder / "outside"
    (place / "sub").mkdir()
    outside.mkdir()
    for target in (outside / "x.safetensors", place / "sub" / "x.safetensors"):
        shutil.copyfile(place / "model.safetensors", target)
    shard(place)
    for file in ("weights.bin", "pytorch_model.pt", "model.pkl", "model.h5", "safetensors"):
        (place / file).write_bytes(b"cos\nsystem\n(S'touch ran.txt'\ntR.")
    content = json.loads((place / INDEX).read_text())
    first = next(iter(content["weight_map"]))
    if isinstance(named, str):
        named = named.format(outside=outside)
    content["weight_map"][first] = named
    (place / INDEX).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=fact) as caught:
        opened(place)
    assert "\n" not in str(caught.value)
    assert first in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "no `weight_map`"),
        ('{"metadata": {}}', "no `weight_map`"),
        ('{"weight_map": []}', "no `weight_map`"),
        ('{"weight_map": {}}', "no `weight_map`"),
        ('{"weight_map": {"a": "{0}", "a": "{1}"}}', "names a twice"),
        ('{"weight_map": {"a": "{0}"}, "weight_map": {"a": "x.bin"}}', "names weight_map twice"),
    ],
)
def test_a_broken_index_is_one_line(folder: Path, text: str, fact: str) -> None:
    place = folder / "encoder"
    files = shard(place)
    for number, file in enumerate(files):
        text = text.replace(f"{{{number}}}", file.name)
    (place / INDEX).write_text(text)
    with pytest.raises(ModelError, match=fact) as caught:
        opened(place)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["encoder", "language"])
def test_the_digest_changes_with_every_shard(folder: Path, kind: str) -> None:
    seen = {opened(folder / kind).digest}
    files = shard(folder / kind)
    seen.add(opened(folder / kind).digest)
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        seen.add(opened(folder / kind).digest)
    edit(folder / kind / INDEX, metadata={"total_size": 1})
    seen.add(opened(folder / kind).digest)
    assert len(seen) == 5


def test_beside_an_index_the_single_file_is_loaded_and_digested(folder: Path) -> None:
    """transformers prefers model.safetensors; the index beside it is checked all the same."""
    place = folder / "encoder"
    single = place / "model.safetensors"
    whole = load_file(single)
    content = single.read_bytes()
    shard(place)
    single.write_bytes(content)
    before = opened(place).digest
    name = "embeddings.word_embeddings.weight"
    save_file({**whole, name: whole[name] + 1}, single, {"format": "pt"})
    model = opened(place)
    assert model.digest != before
    loaded = model.network().state_dict()[name]
    assert torch.equal(loaded, whole[name] + 1)
    edit(place / INDEX, weight_map={name: "weights.bin"})
    with pytest.raises(ModelError, match="no safetensors file"):
        opened(place)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("kind", ["encoder", "language"])
def test_a_link_out_of_the_folder_is_refused(folder: Path, kind: str, file: str) -> None:
    place = folder / kind
    (folder / file).write_bytes((place / file).read_bytes())
    (place / file).unlink()
    (place / file).symlink_to(folder / file)
    with pytest.raises(ModelError, match="outside of the model folder"):
        opened(place)


def test_a_link_to_nothing_and_a_folder_are_no_weights(folder: Path) -> None:
    place = folder / "encoder"
    (place / "more.safetensors").symlink_to(place / "nowhere")
    with pytest.raises(ModelError, match="a link to nothing"):
        opened(place)
    (place / "more.safetensors").unlink()
    (place / "more.safetensors").mkdir()
    with pytest.raises(ModelError, match="no regular file"):
        opened(place)


def test_links_as_the_hub_keeps_them_and_a_linked_folder_are_read(folder: Path) -> None:
    place = folder / "encoder"
    before = opened(place).digest
    cache = folder / "models--somebody--encoder"
    (cache / "blobs").mkdir(parents=True)
    snapshot = cache / "snapshots" / "0123abc"
    snapshot.mkdir(parents=True)
    for path in sorted(place.rglob("*")):
        target = snapshot / path.relative_to(place)
        if path.is_dir():
            target.mkdir()
            continue
        blob = cache / "blobs" / path.relative_to(place).as_posix().replace("/", "-")
        shutil.copyfile(path, blob)
        target.symlink_to(blob)
    assert checkpoints.find(str(snapshot), folder, "text").digest == before
    shutil.move(place, folder / "moved")
    place.symlink_to(folder / "moved", target_is_directory=True)
    assert opened(place).digest == before


@pytest.mark.parametrize("kind", ["encoder", "language"])
@pytest.mark.usefixtures("no_network")
def test_files_that_are_not_there_are_not_fetched(folder: Path, kind: str) -> None:
    for name in ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json"):
        (folder / kind / name).unlink(missing_ok=True)
    used(folder / kind)
    (folder / kind / "tokenizer.json").unlink()
    with pytest.raises(ModelError):
        used(folder / kind)


@pytest.mark.parametrize("kind", ["encoder", "language"])
def test_weights_that_change_after_they_were_digested_are_not_loaded(
    folder: Path, kind: str
) -> None:
    model = opened(folder / kind)
    edit(folder / kind / "config.json", further=1)
    with pytest.raises(ModelError, match="changed while it was in use"):
        _ = model.network() if kind == "encoder" else model.network


def test_the_packaged_encoder_has_the_digest_that_earlier_versions_gave_it(encoder: str) -> None:
    """Attempts on record name it: another digest would measure every one of them again."""
    found = checkpoints.find(encoder, Path("/"), "text")
    assert found.digest == "0cfc83afb449f81d5535c4f5d76b097ee7074a09fdb02ad94ea5bb3c282e01f6"
    assert plugins.load("modalities", "text").open(encoder, Path("/")).digest == found.digest
