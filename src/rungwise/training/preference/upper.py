"""The blocks that are trained, as a network that begins with what the frozen ones gave once.

TRL hands over token ids; a row's hidden states are found by them, for equal ids have equal ones.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rungwise.training.cache import Stored
from rungwise.training.language.losses import Read
from rungwise.training.preference.likelihood import Sides


def sharing(network: Any, sides: Sides, boundary: int, padding: int) -> Any:
    """The same modules anew around the same weights: what a trainer changes in them stays there.

    Args:
        network: With what is trained in place.
        sides: Rows that it will be asked for; their hidden states at the boundary, if it is cut.
        boundary: Blocks below are left out where hidden states are kept.
        padding: The token that rows are filled up with.
    """
    shared = {id(one): one for one in (*network.parameters(), *network.buffers())}
    made = copy.deepcopy(network, shared)
    for part in made.modules():
        if hasattr(part, "attention_dropout"):
            part.attention_dropout = 0.0  # the reference was asked without, so is what is compared
    if sides.chosen.hidden is not None:
        made.model.embed_tokens = _Kept(sides, padding, network.device)
        made.model.layers = made.model.layers[boundary:]
        if getattr(made.config, "layer_types", None):
            made.config.layer_types = made.config.layer_types[boundary:]
    return made


class _Kept(nn.Module):
    """Hidden states in the place of embeddings, zeros where there is padding."""

    def __init__(self, sides: Sides, padding: int, device: torch.device) -> None:
        super().__init__()
        self.padding, self.device = padding, device
        self.known: dict[tuple[int, ...], tuple[Stored, int]] = {}
        for side in (sides.chosen, sides.rejected):
            self._learn(side)

    def _learn(self, side: Read) -> None:
        assert side.hidden is not None, "both sides are kept, or none"
        for row, start in zip(side.rows.ids, side.hidden.starts, strict=True):
            self.known[self._without_padding(row)] = side.hidden, int(start)

    def _without_padding(self, row: tuple[int, ...]) -> tuple[int, ...]:
        """Where padding is also what ends an answer, its end goes too: nothing follows it that is
        learnt, so nothing is asked of its hidden state."""
        end = len(row)
        while end and row[end - 1] == self.padding:
            end -= 1
        return row[:end]

    def forward(self, ids: Tensor) -> Tensor:
        """Hidden states (rows, tokens, width) of token ids (rows, tokens)."""
        found = []
        for row in ids.tolist():
            asked = self._without_padding(tuple(row))
            kept, start = self.known[asked]
            values = np.zeros((len(row), kept.flat.shape[1]), np.float32)
            values[: len(asked)] = kept.flat[start : start + len(asked)]
            found.append(values)
        return torch.from_numpy(np.stack(found)).to(self.device)
