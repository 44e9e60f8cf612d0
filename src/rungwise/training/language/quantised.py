"""A language model in four bits, and adapters beside it (Dettmers et al. 2023, "QLoRA").

Weights are kept as 4-bit NormalFloat with quantised constants and multiplied in bfloat16. What was
measured is the adapters beside *these* weights, so they are restored beside the same.
"""

from __future__ import annotations

import copy
import functools
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rungwise.checkpoints import pretrained
from rungwise.conversation import LanguageModel
from rungwise.device import device
from rungwise.models.language.local import LocalLanguageModel
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.table import Examples
from rungwise.training.language import tuning
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.tuned import Tuned, local, trained_in
from rungwise.training.prompting import export
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import restored, served

if TYPE_CHECKING:
    from torch import Tensor

LIBRARY = "bitsandbytes"


class BesideFourBits(Adapters):
    """Adapters that are served beside the weights that they were measured beside."""

    rung: ClassVar[str] = "qlora"

    def weights(
        self, folder: Path, tensors: Mapping[str, Tensor], model: LocalLanguageModel
    ) -> None:
        """Write `model/` as it is: four bits are made of it when it is served."""
        export.copied(model, folder)


def excuse() -> str | None:
    """Why nothing can be computed in four bits here, as a sentence; None where it can."""
    if device().type != "cuda":
        return "Weights in four bits need a CUDA GPU, and there is none here."
    if importlib.util.find_spec(LIBRARY) is None:
        return f"Weights in four bits need {LIBRARY}: `pip install {LIBRARY}`."
    return None


def tune(
    configuration: Numbers,
    seed: int,
    train: Examples,
    validation: Examples,
    context: RungContext,
) -> Tuned:
    """Train adapters in every block; nothing is kept from below, for nothing lies below."""
    wish = tuning.Wish(
        rung="qlora",
        configuration=configuration,
        method=lambda _: BesideFourBits(0),
        model=in_four_bits(local(language_model(context))),
    )
    return tuning.tune(wish, seed, train, validation, context)


def restore(folder: Path, context: RungContext) -> Tuned:
    """What `Tuned.save` wrote, beside the weights in four bits."""
    model = in_four_bits(local(language_model(context)))
    return Tuned(restored(model, folder), trained_in(folder)[0], BesideFourBits(0))


def serve(folder: Path, model: LanguageModel) -> Tuned:
    """What was exported, beside the exported weights in four bits."""
    asked = served(in_four_bits(local(model)), folder)
    return Tuned(asked, trained_in(folder)[0], BesideFourBits(0))


@functools.lru_cache(maxsize=1)
def in_four_bits(model: LocalLanguageModel) -> LocalLanguageModel:
    """The same model with its weights in four bits, opened once a process."""
    import torch
    from transformers import BitsAndBytesConfig

    how = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    made = copy.copy(model)
    network = pretrained.network(
        model.checkpoint,
        "AutoModelForCausalLM",
        quantization_config=how,
        device_map={"": device()},
    )
    made.__dict__["network"] = network.eval()
    return made
