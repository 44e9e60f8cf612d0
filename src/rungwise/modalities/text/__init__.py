"""Text encoders: any Hugging Face folder that AutoModel opens, pooled to one vector a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from rungwise import checkpoints
from rungwise.checkpoints import pretrained
from rungwise.data.copy_keys import copy_keys
from rungwise.errors import ModelError
from rungwise.modalities.text import pieces, pooling, prefixes, tokens
from rungwise.modalities.text.pieces import WINDOW, Pieces
from rungwise.modalities.text.prefixes import Prefixes, Role
from rungwise.modalities.text.preparation import TextPreparation
from rungwise.models import longest_input
from rungwise.objects import digest_json
from rungwise.protocols import Keep, NearPairs, searched
from rungwise.records import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rungwise.checkpoints import Checkpoint
    from rungwise.data_section import Depth
    from rungwise.modalities.text.bert import Blocks
    from rungwise.modalities.text.tokens import Tokens
    from rungwise.progress import Progress

AROUND = ("[CLS]", "[SEP]")
"""What stands around a text in the encoders whose pieces are read one by one."""


class Text:
    """Texts, as `rungwise.protocols.Modality` asks."""

    modality = "text"
    examples: ClassVar[tuple[str, str]] = ("What is the balance of my account?", "No.")

    def open(self, name: str, folder: Path) -> TextBackbone:
        """Open a checkpoint by name; loads no weights yet.

        Raises:
            ModelError: See `rungwise.checkpoints.find`; or it is an encoder-decoder.
        """
        checkpoint = checkpoints.find(name, folder, self.modality)
        if checkpoint.configuration.get("is_encoder_decoder"):
            raise ModelError(
                f"Model {name} is an encoder-decoder, whose texts have no single vector",
                "Name an encoder such as all-MiniLM-L6-v2.",
            )
        return TextBackbone(checkpoint)

    def problems(self, values: pl.Series) -> pl.Series:
        """None (n): a text is its own cell, which the reader has looked at."""
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(values))

    def copy_keys(self, values: pl.Series) -> pl.Series:
        """Texts with the same key are the same to a reader: see `rungwise.data.copy_keys`."""
        return copy_keys(values)

    def near(
        self, values: pl.Series, depth: Depth, progress: Progress, keep: Keep = searched
    ) -> NearPairs:
        """Texts that nearly repeat each other: see `rungwise.data.near.find`."""
        from rungwise.data.near.find import near_pairs

        return near_pairs(values, depth, progress, keep)

    def preparation(self, files: Callable[[str], bytes], settings: Numbers) -> TextPreparation:
        """The tokenizer that a release was exported with.

        Raises:
            ValueError: It is no tokenizer, or the settings are not those of an export.
        """
        return TextPreparation(files, settings)


class TextBackbone:
    """A pretrained text encoder, as `rungwise.protocols.Backbone` asks."""

    modality = "text"

    def __init__(self, checkpoint: Checkpoint, put_before: Prefixes | None = None) -> None:
        self._checkpoint = checkpoint
        self.name = checkpoint.name
        self.prefixes = prefixes.describe(checkpoint) if put_before is None else put_before
        told = self.prefixes.identity
        self.digest = digest_json([checkpoint.digest, told]) if told else checkpoint.digest
        described = pooling.describe(checkpoint.folder)
        self.pooling = described.how
        self.normalised = described.normalised
        self.notes = (*checkpoint.notes, *described.notes, *self.prefixes.notes)

    def as_measured(self, digest: str) -> TextBackbone:
        """The same without prefixes if that is what an attempt of an earlier version stood on."""
        return (
            TextBackbone(self._checkpoint, Prefixes())
            if digest == self._checkpoint.digest
            else self
        )

    def encode(self, values: pl.Series, limit: int, role: Role = "input") -> Tokens:
        """Token ids of at most `limit` positions a text (fewer where the model takes fewer).

        What the encoder wants before a text of this role is put there, and counts.
        """
        told = tokens.behind(self.prefixes.before(role), values)
        return tokens.encode(told, self._tokenizer(self.reads(limit)), self._pad_id())

    def pieces(self, texts: Sequence[str]) -> Pieces:
        """Token ids of whole texts with their places, to be read in windows."""
        tokenizer = self._tokenizer(self.reads(WINDOW))
        tokenizer.no_truncation()
        ids = [tokenizer.token_to_id(sign) for sign in AROUND]
        return pieces.pieces(texts, tokenizer, (ids[0], ids[1]), self._pad_id())

    def vocabulary(self) -> dict[str, int]:
        """Pieces of words and their ids."""
        return dict(self._tokenizer(WINDOW).get_vocab())

    def first_blocks(self, highest: int) -> Blocks:
        """The blocks below `highest` in numpy, of an encoder that is built as BERT is."""
        from rungwise.modalities.text.bert import blocks

        return blocks(self._checkpoint.folder, self._checkpoint.configuration, highest)

    def network(self, attention: str | None = None) -> Any:
        """A fresh torch module, weights loaded, in evaluation mode; no pooler.

        Args:
            attention: An implementation that transformers knows; None for its own choice.

        Raises:
            ModelError: The checkpoint cannot be loaded, or lacks weights of the encoder: they
                would be random (R28).
        """
        network, report = pretrained.network(
            self._checkpoint,
            "AutoModel",
            attn_implementation=attention,
            dtype="float32",
            output_loading_info=True,
        )
        absent = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
        if absent:
            raise ModelError(
                f"Model {self.name} lacks {len(absent)} of its weights, such as {absent[0]}",
                "Name a whole checkpoint: nothing is trained from scratch.",
            )
        if getattr(network, "pooler", None) is not None:
            network.pooler = None  # trained for next-sentence prediction; we pool ourselves
        return network.eval()

    def export_preprocessing(self, folder: Path, limit: int) -> Numbers:
        """Write `tokenizer.json`, cut at the same length; padding id and prefix are returned."""
        limit = self.reads(limit)
        self._tokenizer(limit).save(str(folder / "tokenizer.json"))
        told: Numbers = {"modality": self.modality, "max_tokens": limit, "pad_id": self._pad_id()}
        return {**told, "prefix": self.prefixes.input} if self.prefixes.input else told

    def reads(self, wanted: int) -> int:
        """The most positions up to `wanted` that the network takes; tried where it is near."""
        return longest_input.encoder(self._checkpoint, wanted)

    def _pad_id(self) -> int:
        return int(self._checkpoint.configuration.get("pad_token_id") or 0)

    def _tokenizer(self, limit: int) -> Any:
        return tokens.tokenizer(self._checkpoint, limit)
