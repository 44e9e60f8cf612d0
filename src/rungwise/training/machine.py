"""Where tensors live, how many threads work on them, and what chance is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from rungwise.errors import InputError
from rungwise.settings import settings


def device() -> torch.device:
    """The device that the settings name, or CUDA where there is one.

    Raises:
        InputError: CUDA is asked for and there is none.
    """
    if (threads := settings().threads) and threads != torch.get_num_threads():
        torch.set_num_threads(threads)
    wanted = settings().device
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("RUNGWISE_DEVICE is cuda, but there is no CUDA device", "Set it to auto.")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


@contextlib.contextmanager
def chance(seed: int) -> Iterator[None]:
    """Everything random inside follows from `seed`, and nothing outside is disturbed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
