"""Code, kernels and other models that a folder names: never run, never fetched, never followed."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.small_folders import (
    edit,
    folder,
    no_network,
    nobody_asks,
    opened,
    originals,
    used,
)

from rungwise.checkpoints import pretrained
from rungwise.errors import ModelError
from rungwise.training.encoder import Encoder

__all__ = ["folder", "no_network", "nobody_asks", "originals"]
RUN = "ran.txt"
EVIL = f"from pathlib import Path\nPath({RUN!r}).write_text('x')\n"


def own_tokenizer(place: Path) -> None:
    (place / "tokenizer.json").unlink()
    edit(
        place / "tokenizer_config.json",
        tokenizer_class="EvilTokenizer",
        auto_map={"AutoTokenizer": ["evil.EvilTokenizer", None]},
    )


def own_network(place: Path) -> None:
    auto_map = {"AutoConfig": "evil.EvilConfig", "AutoModel": "evil.EvilModel"}
    edit(place / "config.json", model_type="evil", auto_map=auto_map)


def own_module(place: Path) -> None:
    (place / "modules.json").write_text(json.dumps([{"type": "evil.Transformer", "path": ""}]))


def own_kernel(place: Path) -> None:
    edit(place / "config.json", attn_implementation="somebody/flash-attention")


def own_inner_kernel(place: Path) -> None:
    edit(place / "config.json", text_config={"_attn_implementation": {"": "somebody/attention@v1"}})


def other_configuration(place: Path) -> None:
    """The configuration that is checked sends transformers to one that names weights and code."""
    shutil.copy(place / "config.json", place / "config.4.0.0.json")
    edit(place / "config.4.0.0.json", transformers_weights="evil.bin")
    edit(place / "config.json", configuration_files=["config.4.0.0.json"])


def tokenizer_outside(place: Path) -> None:
    shutil.copy(place / "tokenizer.json", place.parent / "tokenizer.4.0.0.json")
    edit(place / "tokenizer_config.json", fast_tokenizer_files=["../tokenizer.4.0.0.json"])


def tokenizer_undigested(place: Path) -> None:
    shutil.copy(place / "tokenizer.json", place / "tokenizer.4.0.0.json.old")
    edit(place / "tokenizer_config.json", fast_tokenizer_files="tokenizer.4.0.0.json.old")


def tokenizer_of_gguf(place: Path) -> None:
    edit(place / "tokenizer_config.json", gguf_file=str(place.parent / "outside.gguf"))


@pytest.mark.parametrize("kind", ["encoder", "language"])
@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (other_configuration, r"names configurations to be read in its place: .*config\.4"),
        (tokenizer_outside, r"looks for '\.\./tokenizer\.4\.0\.0\.json', which is no \.json file"),
        (tokenizer_undigested, r"looks for 'tokenizer\.4\.0\.0\.json\.old'"),
        (tokenizer_of_gguf, "names a file to read: gguf_file is .*outside.gguf"),
        (own_tokenizer, "tokenizer_config.json names .*EvilTokenizer"),
        (own_network, "config.json names .*EvilConfig"),
        (own_module, "names code of its own, evil.Transformer"),
        (own_kernel, "code from the hub: attn_implementation"),
        (own_inner_kernel, "code from the hub: _attn_implementation"),
    ],
)
@pytest.mark.usefixtures("no_network", "nobody_asks")
def test_code_is_refused_and_nobody_is_asked(
    folder: Path,
    kind: str,
    change: Callable[[Path], None],
    fact: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = folder / kind
    monkeypatch.chdir(folder)
    (place / "evil.py").write_text(EVIL)
    change(place)
    with pytest.raises(ModelError, match=fact) as caught:
        opened(place)
    assert "\n" not in str(caught.value)
    assert not (folder / RUN).exists()


@pytest.mark.parametrize("kind", ["encoder", "language"])
@pytest.mark.usefixtures("no_network", "nobody_asks")
def test_code_is_passed_over_aloud_where_transformers_has_its_own(
    folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder / kind
    monkeypatch.chdir(folder)
    (place / "evil.py").write_text(EVIL)
    before = used(place).state_dict()
    known = json.loads((place / "config.json").read_text())["model_type"]
    edit(place / "config.json", auto_map={"AutoModel": "evil.E", "AutoModelForCausalLM": "evil.E"})
    edit(
        place / "tokenizer_config.json",
        tokenizer_class="PreTrainedTokenizerFast",
        auto_map={"AutoTokenizer": ["evil.T", None]},
    )
    assert all(torch.equal(before[name], one) for name, one in used(place).state_dict().items())
    notes = opened(place).notes
    assert f"transformers' own {known} is used" in notes[0]
    assert "tokenizer_config.json" in notes[1]
    assert not (folder / RUN).exists()


@pytest.mark.parametrize("kind", ["encoder", "language"])
@pytest.mark.parametrize(
    "changed",
    [
        {"layer_types": ["evil"]},
        {"hidden_size": "large"},
        {"num_hidden_layers": [2]},
        {"num_attention_heads": 0},
        {"hidden_act": "os.system"},
        {"vocab_size": -1},
    ],
)
def test_a_configuration_that_no_network_can_have_is_one_line(
    folder: Path, kind: str, changed: dict[str, object]
) -> None:
    edit(folder / kind / "config.json", **changed)
    with pytest.raises(ModelError) as caught:
        used(folder / kind)
    assert "\n" not in str(caught.value)


def test_a_tokenizer_of_another_version_in_the_folder_is_read(folder: Path) -> None:
    place = folder / "language"
    (place / "tokenizer.json").rename(place / "tokenizer.4.0.0.json")
    edit(place / "tokenizer_config.json", fast_tokenizer_files=["tokenizer.4.0.0.json"])
    before = opened(place).digest
    used(place)
    edit(place / "tokenizer.4.0.0.json", version="1.0.0")
    assert opened(place).digest != before


@pytest.mark.parametrize(
    "content",
    ["{}", "[1]", '[{"path": ""}]', '[{"type": 3}]', '[{"type": "sentence_transformers', "7"],
)
def test_broken_modules_are_one_line(folder: Path, content: str) -> None:
    (folder / "encoder" / "modules.json").write_text(content)
    with pytest.raises(ModelError) as caught:
        opened(folder / "encoder")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["../1_Pooling", "/1_Pooling", "a/b", ".."])
def test_modules_lie_in_the_folder(folder: Path, path: str) -> None:
    module = {"type": "sentence_transformers.models.Pooling", "path": path}
    (folder / "encoder" / "modules.json").write_text(json.dumps([module]))
    with pytest.raises(ModelError, match="bare name"):
        opened(folder / "encoder")


def test_pooling_is_read_where_the_modules_say_and_digested(folder: Path) -> None:
    place = folder / "encoder"
    shutil.move(place / "1_Pooling", place / "pool")
    (place / "pool" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    kinds = {"Transformer": "", "Pooling": "pool"}
    modules = [
        {"type": f"sentence_transformers.models.{kind}", "path": path}
        for kind, path in kinds.items()
    ]
    (place / "modules.json").write_text(json.dumps(modules))
    before = opened(place)
    assert before.pooling == "cls"
    (place / "pool" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    assert opened(place).digest != before.digest


def test_an_adapter_is_no_model_and_its_base_is_not_followed(folder: Path) -> None:
    edit(folder / "language" / "adapter_config.json", base_model_name_or_path="somebody/base")
    with pytest.raises(ModelError, match="holds an adapter"):
        opened(folder / "language")


def test_weights_that_the_configuration_names_are_refused(folder: Path) -> None:
    edit(folder / "encoder" / "config.json", transformers_weights="sub/x.safetensors")
    with pytest.raises(ModelError, match="transformers_weights"):
        opened(folder / "encoder")


def adapter(place: Path, network: Any) -> Path:
    """A LoRA folder as PEFT writes it, whose base model nobody has."""
    import peft

    told = peft.LoraConfig(r=2, target_modules=["query"])
    with warnings.catch_warnings():  # PEFT asks transformers by a name that is going away
        warnings.simplefilter("ignore", FutureWarning)
        network = peft.get_peft_model(network, told)
    network.save_pretrained(place)
    edit(place / "adapter_config.json", base_model_name_or_path="some/base")
    return place


@pytest.mark.usefixtures("no_network")
def test_an_adapter_is_laid_over_what_it_is_given(folder: Path) -> None:
    place = adapter(folder / "adapter", opened(folder / "encoder").network())
    laid = pretrained.with_adapter(opened(folder / "encoder").network(), place)
    assert pretrained.adapter_configuration(place).r == 2
    ids = torch.tensor([[2, 5, 3]])
    plain = Encoder(opened(folder / "encoder").network(), "mean", True)(ids, torch.ones_like(ids))
    over = Encoder(laid, "mean", True)(ids, torch.ones_like(ids))
    assert torch.allclose(plain, over, atol=1e-6)  # a fresh adapter adds nothing


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"peft_type": "XLORA"}, "of the kind XLORA"),
        ({"peft_type": None}, "of the kind"),
        ({"megatron_config": {"a": 1}, "megatron_core": "os"}, "names code"),
    ],
)
def test_adapters_that_name_more_are_refused(
    folder: Path, change: dict[str, Any], fact: str
) -> None:
    place = adapter(folder / "adapter", opened(folder / "encoder").network())
    edit(place / "adapter_config.json", **change)
    with pytest.raises(ModelError, match=fact):
        pretrained.with_adapter(opened(folder / "encoder").network(), place)


@pytest.mark.usefixtures("no_network")
def test_an_adapter_without_safetensors_is_neither_fetched_nor_unpickled(folder: Path) -> None:
    place = adapter(folder / "adapter", opened(folder / "encoder").network())
    (place / "adapter_model.safetensors").rename(place / "adapter_model.bin")
    with pytest.raises(ModelError, match=r"no adapter_model\.safetensors"):
        pretrained.with_adapter(opened(folder / "encoder").network(), place)
