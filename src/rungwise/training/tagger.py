"""A small reader of frozen activations: which piece of a text is of which kind.

What enters two blocks of a frozen encoder, and how each piece is written, go through one
bidirectional LSTM (Hochreiter & Schmidhuber 1997; Graves & Schmidhuber 2005) to a chance a kind.
The encoder is not trained, so the reader stays small and knows only the encoder it learnt with.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rungwise.training.encoder import Encoder, activations

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Described:
    """What stands beside the weights.

    Attributes:
        encoder: Digest of the checkpoint that it learnt with.
        boundaries: Blocks whose inputs it reads.
        width: Numbers in an activation.
        traits: Numbers that say how a piece is written.
        kinds: What it knows; "none of these" comes first in its answers.
        least: From this chance on a word is of a kind.
        inner: Width of its first layer.
        state: Width of the LSTM, each way.
    """

    encoder: str
    boundaries: tuple[int, ...]
    width: int
    traits: int
    kinds: tuple[str, ...]
    least: float
    inner: int = 128
    state: int = 96


class Tagger(nn.Module):
    """Activations and traits of pieces (rows, pieces, …) to logits (rows, pieces, 1 + kinds)."""

    def __init__(self, described: Described, dropout: float = 0.0) -> None:
        super().__init__()
        self.described = described
        read = described.width * len(described.boundaries)
        self.norm = nn.LayerNorm(read)
        self.inner = nn.Linear(read + described.traits, described.inner)
        self.lstm = nn.LSTM(described.inner, described.state, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * described.state, 1 + len(described.kinds))
        self.drop = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, traits: Tensor, lengths: Tensor) -> Tensor:
        """Logits; rows are `lengths` (rows) pieces long, the rest is padding."""
        inner = nn.functional.gelu(self.inner(torch.cat([self.norm(hidden), traits], -1)))
        packed = pack_padded_sequence(self.drop(inner), lengths, True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        logits: Tensor = self.out(self.drop(states))
        return logits


def hidden(encoder: Encoder, values: Tensor, mask: Tensor, boundaries: Sequence[int]) -> Tensor:
    """What enters the blocks, side by side (rows, positions, width × boundaries)."""
    seen = activations(encoder, functools.partial(encoder, values, mask), boundaries)
    return torch.cat([seen[boundary] for boundary in boundaries], -1).float()


def chances(
    tagger: Tagger,
    encoder: Encoder,
    batch: tuple[NDArray[np.int64], NDArray[np.int64]],
    traits: Sequence[NDArray[np.float32]],
) -> list[NDArray[np.float32]]:
    """Chances (pieces, 1 + kinds) of each row of a batch of ids and mask.

    Args:
        tagger: The reader, in evaluation mode.
        encoder: The frozen network that it learnt with.
        batch: Ids and mask (rows, positions): one special token before and one behind.
        traits: How the pieces of each row are written (pieces, traits).
    """
    place = next(encoder.parameters()).device
    values, mask = (torch.from_numpy(part).to(place) for part in batch)
    lengths = torch.tensor([len(own) for own in traits])
    padded = nn.utils.rnn.pad_sequence([torch.from_numpy(own) for own in traits], True)
    with torch.inference_mode():
        inner = hidden(encoder, values, mask, tagger.described.boundaries)[:, 1:-1].cpu()
        answers = tagger(inner, padded, lengths).softmax(-1).numpy()
    return [answer[: len(own)] for answer, own in zip(answers, traits, strict=True)]


def save(tagger: Tagger, path: Path) -> None:
    """Write the weights, halved, with their description."""
    from safetensors.torch import save_file

    weights = {name: value.half().contiguous() for name, value in tagger.state_dict().items()}
    save_file(weights, path, {"tagger": json.dumps(asdict(tagger.described))})


@functools.cache
def load(path: Path) -> Tagger:
    """The reader in a file, in evaluation mode; opened once a process."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        told = json.loads(file.metadata()["tagger"])
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    told |= {key: tuple(told[key]) for key in ("boundaries", "kinds")}
    tagger = Tagger(Described(**told))
    tagger.load_state_dict(weights)
    return tagger.requires_grad_(False).eval()
