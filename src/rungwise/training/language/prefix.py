"""Keys and values that stand before every prompt, trained in place of weights.

Li and Liang 2021, "Prefix-Tuning: Optimizing Continuous Prompts for Generation". What is trained
starts as what the network itself makes of the first words of the system prompt: they find that
real words serve better than chance, most of all where rows are few (section 7.4), and no second
network is needed then to make training steady.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import peft
import polars as pl
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from rungwise.models.language.decoding import read
from rungwise.models.language.local import LocalLanguageModel
from rungwise.training.language.adapter import CONFIGURATION, WEIGHTS, write_folder
from rungwise.training.language.live import Live
from rungwise.training.lora import FOLDER
from rungwise.training.prompting import export
from rungwise.training.prompting.prompted import Prompted

TOKENS = 20
"""Length of a prefix; Li and Liang use 10 for short answers and 200 for summaries."""
KEPT_AS = "prompt_embeddings"


@dataclass(frozen=True)
class Prefix:
    """A prefix of as many tokens as `words` has.

    Attributes:
        words: Token ids that it starts from.
    """

    words: Sequence[int] = ()
    rung: ClassVar[str] = "few_shot"
    alone: ClassVar[bool] = False

    @contextlib.contextmanager
    def attached(
        self, model: LocalLanguageModel, tensors: Mapping[str, Tensor] | None = None
    ) -> Iterator[Live]:
        """The prefix before all that the model reads, while the block lasts."""
        network = model.network
        start = of_words(network, self.words) if tensors is None else tensors[KEPT_AS]
        parameter = nn.Parameter(start.to(network.device))
        network.requires_grad_(requires_grad=False)
        model.prefix = parameter
        try:
            yield Live({KEPT_AS: parameter}, prefix=parameter)
        finally:
            model.prefix = None
            network.requires_grad_(requires_grad=True)

    def save(self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel) -> None:
        """Write a PEFT folder that `peft.PeftModel.from_pretrained` lays over the base model."""
        layers, _, heads, tokens, width = tensors[KEPT_AS].shape
        configuration = peft.PrefixTuningConfig(
            task_type="CAUSAL_LM",
            num_virtual_tokens=tokens,
            num_layers=layers,
            num_attention_heads=heads,
            token_dim=heads * width,
            num_transformer_submodules=1,
            base_model_name_or_path=model.name,
            inference_mode=True,
        )
        flat = tensors[KEPT_AS].flatten(0, 1).permute(2, 0, 1, 3).reshape(tokens, -1)
        write_folder(folder, configuration, {KEPT_AS: flat})

    def weights(
        self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel
    ) -> None:
        """Write `model/` as it is: a prefix cannot be merged, it is laid over to serve."""
        export.copied(model, folder)


def load(folder: Path) -> dict[str, Tensor]:
    """What `Prefix.save` wrote, as (layers, 2, heads, tokens, width)."""
    told = json.loads((folder / FOLDER / CONFIGURATION).read_text(encoding="utf-8"))
    flat = load_file(folder / FOLDER / WEIGHTS)[KEPT_AS]
    heads = told["num_attention_heads"]
    shape = (told["num_virtual_tokens"], told["num_layers"], 2, heads, told["token_dim"] // heads)
    return {KEPT_AS: flat.reshape(shape).permute(1, 2, 3, 0, 4).contiguous()}


def of_words(network: Any, words: Sequence[int]) -> Tensor:
    """Keys and values that the network itself makes of some words."""
    with torch.no_grad():
        layers = read(network, words).layers
        return torch.stack([torch.stack([one.keys[0], one.values[0]]) for one in layers])


def beginning(prompted: Prompted) -> Prefix:
    """A prefix that starts as the first words of what is asked."""
    assert isinstance(prompted.model, LocalLanguageModel), "only local weights are tuned"
    none = pl.Series([""], dtype=pl.String)
    return Prefix(prompted.model.tokens(prompted.prompts(none)[0])[:TOKENS])
