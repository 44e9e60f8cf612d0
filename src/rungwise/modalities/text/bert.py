"""The first blocks of a BERT encoder in numpy, for readers that must not wait for torch.

Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers". Only what lies below
the highest boundary is loaded and computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FAR = np.float32(-1e9)
"""Added to the scores of padding, which no piece attends to."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Embeddings and first blocks.

    Attributes:
        weights: By the names of the checkpoint.
        heads: Attention heads of a block.
        epsilon: Added to variances.
    """

    weights: Mapping[str, Floats]
    heads: int
    epsilon: float

    def inputs(
        self, ids: NDArray[np.int64], mask: NDArray[np.int64], boundaries: Sequence[int]
    ) -> Floats:
        """What enters the blocks at `boundaries`, side by side.

        Args:
            ids: Pieces (rows, positions).
            mask: 1 for a piece, 0 for padding (rows, positions).
            boundaries: Blocks, from 0, in rising order.

        Returns:
            (rows, positions, width × boundaries).
        """
        hidden = self._embedded(ids)
        bias: Floats = np.where(mask, np.float32(0), FAR)[:, None, None, :]
        seen = []
        for block in range(boundaries[-1] + 1):
            if block in boundaries:
                seen.append(hidden)
            if block < boundaries[-1]:
                hidden = self._block(f"encoder.layer.{block}", hidden, bias)
        return np.concatenate(seen, -1)

    def _embedded(self, ids: NDArray[np.int64]) -> Floats:
        words, places, types = (
            self.weights[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        return self._norm("embeddings.LayerNorm", words[ids] + places[: ids.shape[1]] + types[0])

    def _block(self, name: str, hidden: Floats, bias: Floats) -> Floats:
        attended = self._attended(f"{name}.attention.self", hidden, bias)
        projected = self._linear(f"{name}.attention.output.dense", attended)
        hidden = self._norm(f"{name}.attention.output.LayerNorm", projected + hidden)
        inner = gelu(self._linear(f"{name}.intermediate.dense", hidden))
        outer = self._linear(f"{name}.output.dense", inner)
        return self._norm(f"{name}.output.LayerNorm", outer + hidden)

    def _attended(self, name: str, hidden: Floats, bias: Floats) -> Floats:
        rows, positions, width = hidden.shape
        query, key, value = (
            self._linear(f"{name}.{part}", hidden)
            .reshape(rows, positions, self.heads, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores: Floats = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32((width // self.heads) ** -0.5)
        scores += bias
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        mixed: Floats = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, positions, width)
        return mixed

    def _linear(self, name: str, values: Floats) -> Floats:
        return linear(values, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, name: str, values: Floats) -> Floats:
        scale, shift = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return layer_norm(values, scale, shift, self.epsilon)


def blocks(folder: Path, configuration: Mapping[str, Any], highest: int) -> Blocks:
    """Load the blocks below `highest` from `model.safetensors`.

    Args:
        folder: The checkpoint's.
        configuration: Its `config.json`.
        highest: The block whose input is still computed.
    """
    from safetensors import safe_open

    below = tuple(f"encoder.layer.{block}." for block in range(highest))
    with safe_open(folder / "model.safetensors", "np") as file:
        weights = {
            name: file.get_tensor(name).astype(np.float32, copy=False)
            for name in file.keys()  # noqa: SIM118
            if name.startswith(("embeddings.", *below)) and not name.endswith("position_ids")
        }
    heads = int(configuration["num_attention_heads"])
    return Blocks(weights, heads, float(configuration["layer_norm_eps"]))


def linear(values: Floats, weight: Floats, bias: Floats) -> Floats:
    """`values` (…, in) through a layer of torch's shape (out, in)."""
    flat: Floats = values.reshape(-1, values.shape[-1]) @ weight.T
    flat += bias
    return flat.reshape(*values.shape[:-1], -1)


def layer_norm(values: Floats, scale: Floats, shift: Floats, epsilon: float) -> Floats:
    """Normalise the last axis (Ba, Kiros and Hinton 2016)."""
    centred: Floats = values - values.mean(-1, keepdims=True)
    variance = np.einsum("...i,...i->...", centred, centred)[..., None] / values.shape[-1]
    centred /= np.sqrt(variance + np.float32(epsilon))
    centred *= scale
    centred += shift
    return centred


def gelu(values: Floats) -> Floats:
    """The exact GELU (Hendrycks and Gimpel 2016), in place."""
    values *= np.float32(0.5) * (np.float32(1) + _erf(values * np.float32(2**-0.5)))
    return values


def _erf(values: Floats) -> Floats:
    """The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    size = np.abs(values)
    part = 1 / (1 + np.float32(0.3275911) * size)
    series = np.float32(1.061405429) * part
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series += np.float32(factor)
        series *= part
    signed: Floats = np.copysign(1 - series * np.exp(-size * size), values)
    return signed
