"""How long an input may be is tried, whatever an architecture calls its positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
import transformers
from tests.small_encoder import SIZES, context, examples, write_encoder
from tests.small_language import VOCABULARY, write_language_model

from rungwise import plugins
from rungwise.conversation import Message
from rungwise.errors import ModelError
from rungwise.models import longest_input
from rungwise.progress import Silent
from rungwise.training import trunk

POSITIONS = int(SIZES["max_position_embeddings"])
LONG = pl.Series(["when will my parcel arrive " * 60, "when"])
ENCODERS: Mapping[str, tuple[dict[str, Any], int | None]] = {
    "Bert": ({}, 40),
    "Roberta": ({"pad_token_id": 1}, 38),
    "XLMRoberta": ({"pad_token_id": 1}, 38),
    "Camembert": ({"pad_token_id": 1}, 38),
    "MPNet": ({"pad_token_id": 1}, 38),
    "Longformer": ({"pad_token_id": 1, "attention_window": [8, 8, 8]}, 38),
    "DistilBert": ({"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48}, 40),
    "Electra": ({"embedding_size": 32}, 40),
    "Albert": ({"embedding_size": 32}, 40),
    "GPT2": ({"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 40}, 40),
    "ModernBert": ({}, 40),  # rotary: no table ends, and it was trained so far
    "Llama": ({}, 40),
    "Bloom": ({"n_layer": 2, "n_head": 4, "hidden_size": 32}, None),  # ALiBi
    "XLNet": ({"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48}, None),  # relative
}  # fmt: skip
"""By transformers' own networks: the longest input before an error, or what is stated."""


def written(folder: Path, kind: str, changed: dict[str, Any]) -> Path:
    sizes = {**changed, **{f"{one}_token_id": 2 for one in ("bos", "eos", "cls", "sep")}}
    own = {"GPT2", "Bloom", "XLNet", "DistilBert"}
    if kind not in own:
        return write_encoder(folder, kind=kind, sizes=sizes)
    sizes = {**sizes, "vocab_size": 200}
    if kind == "DistilBert":
        sizes["max_position_embeddings"] = POSITIONS
    torch.manual_seed(7)
    write_encoder(folder)
    network = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**sizes))
    network.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_reads_all_that_its_network_takes_and_no_more(kind: str, tmp_path: Path) -> None:
    changed, most = ENCODERS[kind]
    written(tmp_path / "small", kind, changed)
    backbone = plugins.load("modalities", "text").open("small", tmp_path)
    for wanted in (8, 37, 64, 200):
        assert backbone.reads(wanted) == min(wanted, most or wanted)
    encoded = backbone.encode(LONG, 200)
    assert encoded.lengths.max() == (most or 200)
    ids, mask = (torch.from_numpy(one) for one in encoded.batch(np.arange(2)))
    with torch.no_grad():
        hidden = backbone.network()(ids, attention_mask=mask).last_hidden_state
    assert torch.isfinite(hidden).all()


def test_what_cuts_the_setting_is_said(tmp_path: Path) -> None:
    class Heard(Silent):
        said: list[str] = []  # noqa: RUF012

        def say(self, message: str) -> None:
            self.said.append(message)

    write_encoder(tmp_path / "small", kind="MPNet", sizes={"pad_token_id": 1})
    for limit, expected in ((200, ["small reads 38 tokens at most: `training.max_tokens` of 200 "
                                   "is cut to that."]), (16, [])):  # fmt: skip
        heard = Heard()
        heard.said = []
        trunk.of(replace(context(tmp_path, "small", max_tokens=limit), progress=heard), "small")
        assert heard.said == expected


@pytest.mark.parametrize("limit", [40, 513])
def test_a_rung_climbs_with_texts_longer_than_its_model_reads(tmp_path: Path, limit: int) -> None:
    write_encoder(tmp_path / "small", kind="MPNet", sizes={"pad_token_id": 1})
    about = context(tmp_path, "small", max_tokens=limit, epochs=1)
    rows = examples(0, 24)
    longer = rows.inputs.values + " when will it arrive" * 30
    train = replace(rows, inputs=replace(rows.inputs, values=longer))
    rung = plugins.load("rungs", "frozen")
    fitted = rung.fit({"class_weights": None}, 0, train, train, about)
    answers = fitted.predict(train.inputs, Silent())
    assert answers.ids.to_list() == train.inputs.ids.to_list()
    assert set(answers.outputs) <= set(about.classes)


def test_far_below_what_is_stated_nothing_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_encoder(tmp_path / "small")
    backbone = plugins.load("modalities", "text").open("small", tmp_path)

    def refuse(*_: object) -> int:
        raise AssertionError("a network was tried")

    monkeypatch.setattr(longest_input, "_encoder", refuse)
    assert backbone.reads(16) == 16


LANGUAGE: Mapping[str, tuple[dict[str, Any], int]] = {
    "GPT2": ({"n_embd": 48, "n_layer": 2, "n_head": 4, "n_positions": 96}, 96),
    "OPT": (
        {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 64,
         "word_embed_proj_dim": 48, "max_position_embeddings": 96}, 96),
    "GPTNeoX": (
        {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
         "intermediate_size": 64, "max_position_embeddings": 96}, 96),
    "Bloom": ({"hidden_size": 48, "n_layer": 2, "n_head": 4}, longest_input.UNSTATED),
}  # fmt: skip


@pytest.mark.parametrize("kind", LANGUAGE)
def test_a_language_model_shares_the_positions_of_its_network(kind: str, tmp_path: Path) -> None:
    sizes, most = LANGUAGE[kind]
    folder = write_language_model(tmp_path / "small")
    torch.manual_seed(5)
    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    name = {"GPT2": "GPT2LMHeadModel"}.get(kind, f"{kind}ForCausalLM")
    configuration = getattr(transformers, f"{kind}Config")(vocab_size=VOCABULARY, **sizes, **ends)
    getattr(transformers, name)(configuration).save_pretrained(folder)
    model = plugins.load("models", "language").open(str(folder), folder)
    assert model.context == most
    around = len(model.tokens((Message("user", ""),)))
    if most > 1000:
        return
    fitting = (Message("user", "a" * (most - around - 4)),)
    (told,) = model.generate([fitting], Silent(), max_tokens=4)
    assert told.prompt_tokens == most - 4
    assert model.score([fitting], ["ab", "c"], Silent()).shape == (1, 2)
    with pytest.raises(ModelError, match=f"reads {most:,}"):
        model.generate([(Message("user", "a" * most),)], Silent(), max_tokens=4)
