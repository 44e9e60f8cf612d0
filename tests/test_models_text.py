"""Opening text checkpoints: what is found, what is refused, and what texts become."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_encoder import SIZES, write_encoder

from rungwise import checkpoints, plugins
from rungwise.errors import ModelError
from rungwise.modalities.text import tokens
from rungwise.protocols import Backbone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("models") / "small").parent


def opened(name: str, folder: Path) -> Backbone:
    backbone: Backbone = plugins.load("modalities", "text").open(name, folder)
    return backbone


def copy(folder: Path, target: Path) -> Path:
    return shutil.copytree(folder / "small", target / "small")


def test_a_folder_is_relative_to_the_task(folder: Path) -> None:
    by_name, by_path = opened("small", folder), opened(str(folder / "small"), Path("/"))
    assert by_name.digest == by_path.digest
    assert by_name.name == "small"
    assert (by_name.pooling, by_name.normalised, by_name.notes) == ("mean", True, ())


def test_the_packaged_encoder_is_pooled_as_its_folder_says(encoder: str) -> None:
    backbone = opened(encoder, Path("/"))
    assert (backbone.pooling, backbone.normalised, backbone.notes) == ("mean", True, ())
    lengths = backbone.encode(pl.Series(["hello world", "hello"]), 256).lengths
    assert lengths.tolist() == [4, 3]  # [CLS] and [SEP] around each


def test_a_model_that_names_no_pooling_says_what_is_done(tmp_path: Path) -> None:
    write_encoder(tmp_path / "plain", normalised=None)
    backbone = opened("plain", tmp_path)
    assert backbone.pooling == "mean"
    assert "mean over tokens" in backbone.notes[0]


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_the_digest_covers_everything_that_decides_the_answer(
    file: str, folder: Path, tmp_path: Path
) -> None:
    before = opened("small", folder).digest
    path = copy(folder, tmp_path) / file
    content = path.read_bytes()
    path.write_bytes(content + b" " if file != "model.safetensors" else content[:-1] + b"\x01")
    assert opened("small", tmp_path).digest != before


def test_the_digest_is_read_again_when_a_file_changes(folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    before = opened("small", tmp_path).digest
    content = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps({**content, "layer_norm_eps": 1e-5}))
    assert opened("small", tmp_path).digest != before


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "model.pkl", "last.ckpt"])
def test_pickled_weights_are_never_opened(name: str, folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    (place / "model.safetensors").unlink()
    (place / name).write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    with pytest.raises(ModelError, match=f"{name}, a pickle"):
        opened("small", tmp_path)


def test_pickled_weights_beside_safetensors_are_passed_over(folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    before = opened("small", tmp_path).digest
    (place / "pytorch_model.bin").write_bytes(b"not even a pickle")
    assert opened("small", tmp_path).digest == before
    opened("small", tmp_path).network()


def test_nothing_is_trained_from_scratch(folder: Path, tmp_path: Path) -> None:
    (copy(folder, tmp_path) / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no weights.*from scratch"):
        opened("small", tmp_path)


def test_missing_weights_are_not_made_up(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = copy(folder, tmp_path) / "model.safetensors"
    kept = load_file(path)
    del kept["encoder.layer.1.output.dense.weight"]
    save_file(kept, path, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 of its weights, such as encoder\.layer\.1"):
        opened("small", tmp_path).network()


@pytest.mark.parametrize(
    ("configuration", "modality"),
    [
        ({"model_type": "vit", "image_size": 224, "patch_size": 16}, "image"),
        ({"model_type": "mobilenet_v2", "num_channels": 3}, "image"),
        ({"model_type": "whisper", "num_mel_bins": 80, "vocab_size": 51864}, "audio"),
        ({"model_type": "wav2vec2", "feat_extract_norm": "group", "vocab_size": 32}, "audio"),
    ],
)
def test_another_modality_is_refused(
    configuration: dict[str, object], modality: str, folder: Path, tmp_path: Path
) -> None:
    place = copy(folder, tmp_path)
    (place / "config.json").write_text(json.dumps(configuration))
    with pytest.raises(ModelError, match=f"for {modality} .*modality is text"):
        opened("small", tmp_path)


def test_an_encoder_decoder_is_refused(folder: Path, tmp_path: Path) -> None:
    place = copy(folder, tmp_path)
    content = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps({**content, "is_encoder_decoder": True}))
    with pytest.raises(ModelError, match="encoder-decoder"):
        opened("small", tmp_path)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("./nowhere", "no model folder"),
        ("small/config.json", "a file, not a model folder"),
        ("no such name at all!", "neither a folder nor a hub id"),
    ],
)
def test_what_cannot_be_found_is_one_line(name: str, fact: str, folder: Path) -> None:
    with pytest.raises(ModelError, match=fact) as caught:
        opened(name, folder)
    assert "\n" not in str(caught.value)


def test_a_hub_that_cannot_be_reached_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"no local folder and could not be fetched") as caught:
        opened("somebody/some-encoder-that-nobody-has", folder)
    assert "\n" not in str(caught.value)


def test_a_broken_configuration_is_one_line(folder: Path, tmp_path: Path) -> None:
    (copy(folder, tmp_path) / "config.json").write_text("{")
    with pytest.raises(ModelError, match="not valid JSON"):
        opened("small", tmp_path)


def test_an_unknown_pooling_is_refused(folder: Path, tmp_path: Path) -> None:
    path = copy(folder, tmp_path) / "1_Pooling" / "config.json"
    path.write_text(json.dumps({"pooling_mode_weightedmean_tokens": True}))
    with pytest.raises(ModelError, match="pooling_mode_weightedmean_tokens"):
        opened("small", tmp_path)


def test_a_module_that_is_not_used_is_said_aloud(folder: Path, tmp_path: Path) -> None:
    path = copy(folder, tmp_path) / "modules.json"
    modules = json.loads(path.read_text())
    path.write_text(json.dumps([*modules, {"type": "sentence_transformers.models.Dense"}]))
    assert opened("small", tmp_path).notes == ("The model's Dense module is not used.",)


def test_long_texts_are_cut_and_counted(folder: Path) -> None:
    backbone = opened("small", folder)
    encoded = backbone.encode(pl.Series(["when " * 30, "when", "when " * 100]), 16)
    assert encoded.truncated == 2
    assert encoded.lengths.tolist() == [16, 3, 16]
    # A model with 40 positions takes no more, whatever the task says.
    assert backbone.encode(pl.Series(["when " * 100]), 256).lengths.tolist() == [
        SIZES["max_position_embeddings"]
    ]


def test_the_digest_of_inputs_is_of_the_tokens(folder: Path) -> None:
    backbone = opened("small", folder)
    one = backbone.encode(pl.Series(["when will it arrive", "refund"]), 16)
    assert one.digest == backbone.encode(pl.Series(["When will  it arrive", "refund"]), 16).digest
    assert one.digest != backbone.encode(pl.Series(["when will it", "arrive refund"]), 16).digest


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=6), min_size=1, max_size=8))
def test_a_batch_holds_each_text_and_nothing_else(texts: list[list[int]]) -> None:
    flat = np.array([number for text in texts for number in text], np.int32)
    offsets = np.cumsum([0, *map(len, texts)])
    columns = tokens.Tokens(flat, offsets, pad_id=0, cut=np.zeros(len(offsets) - 1, np.bool_))
    rows = np.arange(len(texts))[::-1].copy()
    ids, mask = columns.batch(rows)
    for text, row, masked in zip(reversed(texts), ids, mask, strict=True):
        assert row[masked == 1].tolist() == text
        assert (row[masked == 0] == 0).all()
        assert masked.tolist() == [1] * len(text) + [0] * (ids.shape[1] - len(text))


def test_nothing_marks_a_model_of_texts() -> None:
    assert checkpoints.marked({"model_type": "bert", "vocab_size": 9}) is None
