"""In what precision and by which kernels tensors are multiplied, and what chance is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from rungwise.settings import settings

SHORT = 128
"""Positions up to which a processor computes attention as plain products: the fused kernel's
backward pass takes several times as long there, and saves memory only for longer rows."""


@contextlib.contextmanager
def chance(seed: int) -> Iterator[None]:
    """Everything random inside follows from `seed`, and nothing outside is disturbed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def precision(device: torch.device) -> torch.dtype:
    """In what the products of training are computed: bfloat16 where there are units for it.

    Weights, gradients' sums and everything that is evaluated stay float32 (Kalamkar et al. 2019,
    "A Study of BFLOAT16 for Deep Learning Training"). A processor without matrix units (AMX)
    has nothing to gain.
    """
    wanted = settings().precision
    if wanted != "auto":
        return torch.bfloat16 if wanted == "bfloat16" else torch.float32
    if device.type == "cuda":
        pays = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        pays = bool(torch.cpu.get_capabilities().get("amx_bf16"))
    return torch.bfloat16 if pays else torch.float32


@contextlib.contextmanager
def products(device: torch.device, positions: int) -> Iterator[None]:
    """Products inside are computed in the way that pays in training.

    Args:
        device: Where they are computed.
        positions: Padded positions of a row.
    """
    chosen = precision(device)
    with contextlib.ExitStack() as stack:
        if chosen != torch.float32:
            stack.enter_context(torch.autocast(device.type, chosen))
        stack.enter_context(kernels(device, positions))
        yield


@contextlib.contextmanager
def kernels(device: torch.device, positions: int) -> Iterator[None]:
    """Attention inside is computed by the kernel that pays in training."""
    if device.type == "cpu" and positions <= SHORT:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    else:
        yield
