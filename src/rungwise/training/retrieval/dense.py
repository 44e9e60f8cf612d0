"""Search by meaning: the cosine of embeddings (Karpukhin et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise import checkpoints
from rungwise.checkpoints import model_folder
from rungwise.modalities.text import prefixes
from rungwise.progress import Progress, Silent
from rungwise.protocols import RungContext
from rungwise.training.retrieval.best import best

if TYPE_CHECKING:
    from rungwise.training.trunk import Trunk

AT_A_TIME = 64
"""Questions whose similarities are in memory."""


@dataclass(frozen=True)
class Embedder:
    """A text encoder as it is; nothing is trained.

    Attributes:
        trunk: The encoder.
        folder: Where its files lie.
    """

    trunk: Trunk
    folder: Path

    @property
    def identity(self) -> str:
        """`name@digest`."""
        return f"{self.trunk.backbone.name}@{self.trunk.backbone.digest}"

    def embed(
        self,
        texts: pl.Series,
        progress: Progress,
        role: Literal["query", "document"],
        *,
        keep: bool = False,
    ) -> NDArray[np.float32]:
        """Vectors of length 1 (n, width); longer texts than the encoder reads are cut, aloud."""
        if not len(texts):
            return np.empty((0, self.trunk.width), np.float32)
        found = self.trunk.embeddings(self.trunk.encode(texts, role), progress, keep=keep)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        unit: NDArray[np.float32] = found / np.maximum(length, np.float32(1e-12))
        return unit

    def copy_to(self, folder: Path) -> None:
        """Write the encoder's files, so that a release answers alone."""
        model_folder.copy(self.folder, folder)
        prefixes.write(self.trunk.backbone, folder)


@dataclass(frozen=True)
class Dense:
    """Embeddings of texts, float32 (texts, width), and what embeds questions."""

    vectors: NDArray[np.float32]
    embedder: Embedder

    def search(self, questions: pl.Series, count: int) -> NDArray[np.int64]:
        """The best texts of each question (q, at most count), the best first."""
        asked = self.embedder.embed(questions, Silent(), "query")
        pieces = [np.empty((0, min(count, len(self.vectors))), np.int64)]
        for start in range(0, len(asked), AT_A_TIME):
            pieces.append(best(asked[start : start + AT_A_TIME] @ self.vectors.T, count))
        return np.concatenate(pieces)


def of_task(context: RungContext, measured: str = "") -> Embedder | None:
    """The encoder that the task names; None where it names none.

    Args:
        context: Of the rung.
        measured: Its digest when an attempt was measured that is restored now.

    Raises:
        ModelError: It cannot be used.
    """
    from rungwise.training import trunk

    name = context.task.retrieval.encoder
    if name is None:
        return None
    folder = checkpoints.find(name, context.folder, "text").folder
    return Embedder(trunk.of(context, name, measured), folder)


def of_folder(folder: Path, limit: int, measured: str = "") -> Embedder:
    """An encoder that `copy_to` wrote.

    Args:
        folder: Where.
        limit: Most tokens of a text.
        measured: Digest of the encoder with which the documents were embedded.

    Raises:
        ModelError: It is torn, or not there.
    """
    from rungwise.modalities.text import Text
    from rungwise.training.trunk import Trunk, as_measured

    backbone = as_measured(Text().open(str(folder.resolve()), folder), measured)
    return Embedder(Trunk(backbone, folder / "cache", limit), folder)
