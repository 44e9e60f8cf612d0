"""One vector a row from the vectors at its positions, padding excluded exactly."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def pool(hidden: Tensor, mask: Tensor, how: str, normalised: bool) -> Tensor:
    """Pool (rows, positions, width) under a mask (rows, positions) to (rows, width)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    if how == "mean":
        pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    elif how == "cls":
        pooled = hidden[:, 0]
    else:
        pooled = hidden.masked_fill(weights == 0, torch.finfo(hidden.dtype).min).amax(1)
    return functional.normalize(pooled, dim=1) if normalised else pooled
