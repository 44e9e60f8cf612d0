"""Causal language models: any Hugging Face folder, and the packaged SmolLM2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rungwise import checkpoints
from rungwise.errors import ModelError
from rungwise.models.language import packaged

if TYPE_CHECKING:
    from rungwise.models.language.local import LocalLanguageModel

CAUSAL = "CausalLM"


class Language:
    """Opens language models."""

    modality = "text"

    def open(self, name: str, folder: Path) -> LocalLanguageModel:
        """Open a model by name; loads no weights yet.

        Raises:
            ModelError: See `rungwise.checkpoints.find`; or it writes no text.
        """
        from rungwise.models.language.local import LocalLanguageModel

        place = str(packaged.converted(name)) if name in packaged.PACKAGED else name
        checkpoint = checkpoints.find(place, folder, self.modality)
        kinds = checkpoint.configuration.get("architectures") or []
        if not any(str(kind).endswith((CAUSAL, "LMHeadModel")) for kind in kinds):
            raise ModelError(
                f"Model {name} is {', '.join(map(str, kinds)) or 'of no named kind'}, which writes "
                "no text",
                f"Name a causal language model, such as {next(iter(packaged.PACKAGED))}.",
            )
        return LocalLanguageModel(name, checkpoint)
