"""Token ids as compact columns: one flat array and where each text starts in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rungwise.errors import ModelError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from rungwise.checkpoints import Checkpoint

CHUNK = 8192
"""Texts that are tokenised at a time: the only Python objects a row, and short-lived."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of many texts, as `rungwise.protocols.Encoded` asks.

    Attributes:
        flat: Ids of all texts, one after the other, int32 (tokens).
        offsets: Where each text starts; the last one is the end (texts + 1).
        pad_id: The id that fills a batch up.
        cut: Which texts were cut (texts).
    """

    flat: NDArray[np.int32]
    offsets: NDArray[np.int64]
    pad_id: int
    cut: NDArray[np.bool_]

    @property
    def truncated(self) -> int:
        """How many texts were cut."""
        return int(self.cut.sum())

    @property
    def digest(self) -> str:
        """Of ids and offsets: the same tokens find the same cache."""
        state = hashlib.sha256(self.offsets.tobytes())
        state.update(self.flat.tobytes())
        return state.hexdigest()

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text (texts)."""
        return np.diff(self.offsets)

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids and mask (rows, longest row), both int64, padded on the right."""
        starts, lengths = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        columns = np.arange(lengths.max(initial=1))
        mask = columns < lengths[:, None]
        places = np.where(mask, starts[:, None] + columns, 0)
        ids = np.where(mask, self.flat[places], self.pad_id).astype(np.int64)
        return ids, mask.astype(np.int64)


def tokenizer(checkpoint: Checkpoint, limit: int) -> Any:
    """The fast tokenizer of a checkpoint, cutting at `limit` tokens, not padding.

    Raises:
        ModelError: There is none, it cannot be read, or it has changed since it was found.
    """
    from tokenizers import Tokenizer

    from rungwise.checkpoints import pretrained

    pretrained.refuse_changed(checkpoint)
    path = checkpoint.folder / "tokenizer.json"
    try:
        found = Tokenizer.from_file(str(path)) if path.is_file() else _converted(checkpoint)
    except ModelError:
        raise
    except Exception as error:  # the Rust library raises bare Exception
        raise ModelError(
            f"The tokenizer of model {checkpoint.name} cannot be read: "
            f"{str(error).splitlines()[0]}",
            "Get the model with its tokenizer.json.",
        ) from error
    found.no_padding()
    found.enable_truncation(limit)
    return found


def _converted(checkpoint: Checkpoint) -> Any:
    from rungwise.checkpoints import pretrained

    return pretrained.tokenizer(checkpoint).backend_tokenizer


def behind(prefix: str, texts: pl.Series) -> pl.Series:
    """The texts with a prefix before each."""
    return prefix + texts if prefix else texts


def encode(texts: pl.Series, tokenizer: Any, pad_id: int) -> Tokens:
    """Tokenise a column of strings, special tokens included."""
    pieces, lengths = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    cut = [np.empty(0, np.bool_)]
    for start in range(0, len(texts), CHUNK):
        encodings = tokenizer.encode_batch_fast(texts.slice(start, CHUNK).to_list())
        # A text without a token, where a tokenizer adds no special ones, becomes one padding id.
        ids = [np.asarray(encoding.ids or [pad_id], np.int32) for encoding in encodings]
        pieces.append(np.concatenate(ids))
        lengths.append(np.fromiter((len(row) for row in ids), np.int64, len(ids)))
        cut.append(np.fromiter((bool(one.overflowing) for one in encodings), np.bool_, len(ids)))
    ends = np.cumsum(np.concatenate(lengths))
    return Tokens(np.concatenate(pieces), ends, pad_id, np.concatenate(cut))
