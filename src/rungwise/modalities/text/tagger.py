"""The learnt reader in numpy: from activations of pieces to the kind of each.

`rungwise.training.tagger` learns it and says what it is made of; here it only answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rungwise.modalities.text.bert import gelu, layer_norm, linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

EPSILON = 1e-5
"""torch's, of a layer norm."""


@dataclass(frozen=True, slots=True)
class Tagger:
    """Weights by torch's names, and what stands beside them in the file.

    Attributes:
        weights: Name → tensor.
        encoder: Digest of the checkpoint that it learnt with.
        boundaries: Blocks whose inputs it reads.
        kinds: What it knows; "none of these" comes first in its answers.
        least: From this chance on a word is of a kind.
    """

    weights: Mapping[str, Floats]
    encoder: str
    boundaries: tuple[int, ...]
    kinds: tuple[str, ...]
    least: float

    def chances(self, hidden: Floats, traits: Sequence[Floats]) -> list[Floats]:
        """Chances (pieces, 1 + kinds) of each row.

        Args:
            hidden: What enters the blocks (rows, pieces, …), padded on the right.
            traits: How the pieces of each row are written (pieces, traits).
        """
        lengths = np.array([len(own) for own in traits])
        padded = np.zeros((*hidden.shape[:2], traits[0].shape[1]), np.float32)
        for row, own in enumerate(traits):
            padded[row, : len(own)] = own
        get = self.weights
        normed = layer_norm(hidden, get["norm.weight"], get["norm.bias"], EPSILON)
        inner = linear(np.concatenate([normed, padded], -1), get["inner.weight"], get["inner.bias"])
        states = self._lstm(gelu(inner), lengths)
        logits = linear(states, get["out.weight"], get["out.bias"])
        logits -= logits.max(-1, keepdims=True)
        odds = np.exp(logits)
        odds /= odds.sum(-1, keepdims=True)
        return [answer[:length] for answer, length in zip(odds, lengths, strict=True)]

    def _lstm(self, values: Floats, lengths: NDArray[np.int64]) -> Floats:
        """Both directions side by side; the second begins at each row's own end."""
        places = np.arange(values.shape[1])
        turned = np.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
        rows = np.arange(len(values))[:, None]
        forward = self._one_way(values, "l0")
        backward = self._one_way(values[rows, turned], "l0_reverse")[rows, turned]
        return np.concatenate([forward, backward], -1)

    def _one_way(self, values: Floats, name: str) -> Floats:
        """Hochreiter and Schmidhuber 1997, gates in torch's order."""
        get = self.weights
        bias = get[f"lstm.bias_ih_{name}"] + get[f"lstm.bias_hh_{name}"]
        given = linear(values, get[f"lstm.weight_ih_{name}"], bias)
        again = get[f"lstm.weight_hh_{name}"].T
        rows, steps, width = len(values), values.shape[1], again.shape[0]
        state, cell = np.zeros((2, rows, width), np.float32)
        states = np.empty((rows, steps, width), np.float32)
        for step in range(steps):
            gates = given[:, step] + state @ again
            keep_in, forget, fresh, out = np.split(gates, 4, axis=1)
            cell = _sigmoid(forget) * cell + _sigmoid(keep_in) * np.tanh(fresh)
            state = _sigmoid(out) * np.tanh(cell)
            states[:, step] = state
        return states


def load(path: Path) -> Tagger:
    """The reader in a file that `rungwise.training.tagger.save` wrote."""
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        told: dict[str, Any] = json.loads(file.metadata()["tagger"])
        weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    return Tagger(
        weights, told["encoder"], tuple(told["boundaries"]), tuple(told["kinds"]), told["least"]
    )


def _sigmoid(values: Floats) -> Floats:
    chance: Floats = np.float32(1) / (np.float32(1) + np.exp(-values))
    return chance
