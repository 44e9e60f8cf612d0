"""What an encoder wants before its inputs is put there, in training, in search and in a release."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.small_encoder import context, examples, write_encoder

from rungwise import checkpoints, plugins
from rungwise.errors import ModelError
from rungwise.modalities.text import prefixes
from rungwise.progress import Silent
from rungwise.release.predictor import Predictor
from rungwise.training import trunk
from rungwise.training.retrieval import dense

ROWS = examples(0, 24)
TEXTS = pl.Series(["where is my parcel", "I want a refund"])
PROMPTS = {"query": "refund ", "document": "delivery ", "other": "access "}
"""Words that the small tokenizer knows, so that a prefix changes what is embedded."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("models") / "small")


def model(original: Path, folder: Path, name: str = "small", **told: Any) -> Path:
    place = shutil.copytree(original, folder / name)
    if told:
        (place / "config_sentence_transformers.json").write_text(json.dumps(told))
    return place


def opened(place: Path) -> Any:
    return plugins.load("modalities", "text").open(place.name, place.parent)


def same(one: Any, other: Any) -> bool:
    return bool(one.flat.tolist() == other.flat.tolist())


@pytest.mark.parametrize("default", ["query", "other"])
def test_the_default_prompt_is_put_before_every_input(
    original: Path, tmp_path: Path, default: str
) -> None:
    plain = opened(original)
    backbone = opened(model(original, tmp_path, prompts=PROMPTS, default_prompt_name=default))
    encoded = backbone.encode(TEXTS, 32)
    assert same(encoded, plain.encode(PROMPTS[default] + TEXTS, 32))
    assert not same(encoded, plain.encode(TEXTS, 32))
    (note,) = backbone.notes
    assert repr(PROMPTS[default]) in note


def test_search_uses_the_prompts_of_questions_and_documents(original: Path, tmp_path: Path) -> None:
    plain = opened(original)
    backbone = opened(model(original, tmp_path, prompts=PROMPTS, default_prompt_name="other"))
    assert same(backbone.encode(TEXTS, 32, "query"), plain.encode("refund " + TEXTS, 32))
    assert same(backbone.encode(TEXTS, 32, "document"), plain.encode("delivery " + TEXTS, 32))


def test_a_prompt_for_classification_needs_no_default(original: Path, tmp_path: Path) -> None:
    told = {**PROMPTS, "Classification": "access "}
    backbone = opened(model(original, tmp_path, prompts=told, default_prompt_name=None))
    assert same(backbone.encode(TEXTS, 32), opened(original).encode("access " + TEXTS, 32))


def test_prompts_of_another_use_are_named_and_not_put_before_inputs(
    original: Path, tmp_path: Path
) -> None:
    backbone = opened(model(original, tmp_path, prompts=PROMPTS))
    assert same(backbone.encode(TEXTS, 32), opened(original).encode(TEXTS, 32))
    assert "none is put there" in backbone.notes[0]


@pytest.mark.parametrize(
    ("name", "e5"),
    [
        ("multilingual-e5-small", True),
        ("e5-base-v2", True),
        ("intfloat_E5_large", True),
        ("multilingual-e5-large-instruct", False),
        ("e5-mistral-7b", False),
        ("base5", False),
        ("re50", False),
        ("small", False),
    ],
)
def test_e5_is_known_by_its_name(original: Path, tmp_path: Path, name: str, e5: bool) -> None:
    backbone = opened(model(original, tmp_path, name))
    plain = opened(original)
    wanted = {"input": "query: ", "query": "query: ", "document": "passage: "}
    for role, prefix in wanted.items():
        expected = plain.encode(prefix + TEXTS if e5 else TEXTS, 32)
        assert same(backbone.encode(TEXTS, 32, role), expected)
    assert any("'query: '" in note for note in backbone.notes) is e5


def test_a_prompt_is_part_of_the_identity_of_a_model(original: Path, tmp_path: Path) -> None:
    plain = opened(original)
    assert plain.digest == checkpoints.find(str(original), Path("/"), "text").digest
    named = model(original, tmp_path, "e5-small")
    digests = {plain.digest, opened(named).digest}
    for default in ("query", "other"):
        place = model(original, tmp_path, default, prompts=PROMPTS, default_prompt_name=default)
        digests.add(opened(place).digest)
    assert len(digests) == 4


@pytest.mark.parametrize(
    "told",
    [
        {"prompts": ["query: "]},
        {"prompts": {"query": 3}},
        {"prompts": PROMPTS, "default_prompt_name": "absent"},
        {"default_prompt_name": "query"},
    ],
)
def test_broken_prompts_are_one_line(original: Path, tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="config_sentence_transformers") as caught:
        opened(model(original, tmp_path, **told))
    assert "\n" not in str(caught.value)


def fitted(about: Any) -> Any:
    rung = plugins.load("rungs", "frozen")
    return rung, rung.fit({"class_weights": None}, 0, ROWS, ROWS, about)


def test_a_release_puts_the_same_before_its_inputs(original: Path, tmp_path: Path) -> None:
    model(original, tmp_path, prompts=PROMPTS, default_prompt_name="query")
    _, made = fitted(context(tmp_path, "small"))
    (tmp_path / "release").mkdir()
    made.export(tmp_path / "release")
    said = made.predict(ROWS.inputs, Silent()).scores
    served = Predictor(tmp_path / "release", exported=True).predict(ROWS.inputs, Silent()).scores
    assert served is not None
    np.testing.assert_allclose(served, said, atol=1e-4)
    path = tmp_path / "release" / "serving.json"
    content = json.loads(path.read_text())
    assert content["prefix"] == "refund "
    del content["prefix"]  # as a release of an earlier version
    path.write_text(json.dumps(content))
    without = Predictor(tmp_path / "release", exported=True).predict(ROWS.inputs, Silent()).scores
    assert without is not None
    assert not np.allclose(without, said, atol=1e-4)


def test_an_attempt_of_an_earlier_version_is_restored_without_a_prefix(
    original: Path, tmp_path: Path
) -> None:
    """It stood on the digest of the files alone; what it answered then, it answers now."""
    (tmp_path / "before").mkdir()
    model(original, tmp_path / "before", "plain")
    rung, made = fitted(context(tmp_path / "before", "plain"))
    (tmp_path / "saved").mkdir()
    made.save(tmp_path / "saved")
    said = made.predict(ROWS.inputs, Silent()).scores
    path = tmp_path / "saved" / "classifier.json"
    content = json.loads(path.read_text())
    content["model"]["name"] = "e5-small"
    path.write_text(json.dumps(content))
    model(original, tmp_path, "e5-small")
    restored = rung.restore({}, tmp_path / "saved", context(tmp_path, "e5-small"))
    np.testing.assert_allclose(restored.predict(ROWS.inputs, Silent()).scores, said, atol=1e-5)


def test_an_encoder_that_goes_into_a_release_keeps_its_prefixes(
    original: Path, tmp_path: Path
) -> None:
    place = model(original, tmp_path, "e5-small")
    about = context(tmp_path, "e5-small")
    used = dense.Embedder(trunk.of(about, "e5-small"), place)
    used.copy_to(tmp_path / "release" / "encoder")
    digest = used.identity.rpartition("@")[2]
    served = dense.of_folder(tmp_path / "release" / "encoder", 256, digest)
    for role in ("query", "document"):
        told, again = (one.embed(TEXTS, Silent(), role) for one in (used, served))
        np.testing.assert_allclose(told, again, atol=1e-6)
    assert "query: " in (tmp_path / "release" / "encoder" / prefixes.FILE).read_text()
    backbone: Any = served.trunk.backbone
    assert backbone.prefixes.identity == {
        "input": "query: ", "query": "query: ", "document": "passage: ",
    }  # fmt: skip


def test_a_pooling_that_leaves_prompts_out_is_said(original: Path, tmp_path: Path) -> None:
    place = model(original, tmp_path, prompts=PROMPTS, default_prompt_name="query")
    path = place / "1_Pooling" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "include_prompt": False}))
    assert any("leaves prompts out" in note for note in opened(place).notes)


def test_what_is_put_before_inputs_is_said(original: Path, tmp_path: Path) -> None:
    class Heard(Silent):
        def __init__(self) -> None:
            self.said: list[str] = []

        def say(self, message: str) -> None:
            self.said.append(message)

    model(original, tmp_path, "e5-small")
    heard = Heard()
    trunk.of(replace(context(tmp_path, "e5-small"), progress=heard), "e5-small")
    assert any("E5 encoder by its name" in one for one in heard.said)
