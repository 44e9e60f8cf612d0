"""Weights as they are stored: PEFT and transformers open them and answer as measured (R50)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.small_language import write_language_model
from tests.small_tuning import METHODS, read, rows_of, train_it

from rungwise import plugins
from rungwise.progress import Silent
from rungwise.training.language import adapter, everything, prefix
from rungwise.training.language.everything import Everything
from rungwise.training.language.live import Method
from rungwise.training.language.losses import Read
from rungwise.training.language.prefix import Prefix


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


@pytest.fixture
def model(folder: Path) -> Any:
    return plugins.load("models", "language").open(str(folder), folder)


@pytest.mark.parametrize("name", ["lora", "dora", "prefix"])
def test_peft_opens_the_folder(name: str, model: Any, folder: Path, tmp_path: Path) -> None:
    import peft
    from transformers import AutoModelForCausalLM

    method = METHODS[name]
    found = train_it(model, Read(rows_of(model)), method, epochs=1) if name == "prefix" else (
        train_it(model, read(model, rows_of(model), tmp_path), method, epochs=1)
    )  # fmt: skip
    method.save(tmp_path, found.tensors, model)
    if name == "prefix":
        loaded: Mapping[str, torch.Tensor] = prefix.load(tmp_path)
        again: Method = Prefix()
    else:
        loaded, again = adapter.load(tmp_path)
    assert all(torch.equal(loaded[key], one) for key, one in found.tensors.items())
    ids = torch.tensor([[5, 6, 7, 8]])
    with again.attached(model, loaded) as live, torch.no_grad():
        ours = logits(model, live.prefix, ids)
    base = AutoModelForCausalLM.from_pretrained(folder)
    with warnings.catch_warnings():  # PEFT asks transformers by a name that is going away
        warnings.simplefilter("ignore", FutureWarning)
        theirs = peft.PeftModel.from_pretrained(base, tmp_path / "adapter").eval()
    with torch.no_grad():
        assert torch.allclose(theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits,
                              ours, atol=1e-5)  # fmt: skip
        assert not torch.allclose(model.network(ids).logits, ours, atol=1e-3)


def logits(model: Any, before: torch.Tensor | None, ids: torch.Tensor) -> torch.Tensor:
    from rungwise.models.language.decoding import cache_of

    cache = None if before is None else cache_of(before)
    told: torch.Tensor = model.network(input_ids=ids, past_key_values=cache).logits
    return told


def test_a_prefix_that_is_the_beginning_writes_as_the_beginning_itself(model: Any) -> None:
    """Keys and values of the first words, in the place of those words: the same answers."""
    words = tuple(model.tokenizer("<u>say something nice", add_special_tokens=False)["input_ids"])
    rest = [tuple(model.tokenizer(text)["input_ids"]) for text in (" to me", " and short", "!")]
    from rungwise.models.language import decoding

    whole = decoding.answer(model.network, [words + one for one in rest], 6, model.stops, Silent())
    with Prefix(words).attached(model) as live:
        assert model.prefix is live.prefix
        ours = decoding.answer(model.network, rest, 6, model.stops, Silent(), live.prefix)
    assert [one.tokens for one in ours] == [one.tokens for one in whole]


def test_full_weights_have_the_names_of_the_models_own_file(model: Any, tmp_path: Path) -> None:
    from safetensors import safe_open

    with Everything().attached(model) as live:
        Everything().save(tmp_path, live.tensors(), model)
    with (
        safe_open(tmp_path / everything.FILE, "pt") as ours,
        safe_open(model.folder / "model.safetensors", "pt") as own,
    ):
        assert set(ours.keys()) == set(own.keys())


@pytest.mark.parametrize("name", ["lora", "dora", "full"])
def test_exported_weights_write_what_was_measured(name: str, model: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    method = METHODS[name]
    part = read(model, rows_of(model), tmp_path / "cache", getattr(method, "boundary", 0))
    found = train_it(model, part, method, epochs=1)
    ids = torch.tensor([[5, 6, 7, 8]])
    before = model.network(ids).logits
    with method.attached(model, found.tensors), torch.no_grad():
        ours = model.network(ids).logits
    method.weights(tmp_path, found.tensors, model)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "model").eval()(ids).logits
    assert torch.allclose(theirs, ours, atol=1e-5)
    assert torch.equal(model.network(ids).logits, before)
