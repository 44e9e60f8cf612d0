"""Where tensors live, and how many threads work on them."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING

from rungwise.errors import InputError
from rungwise.settings import settings

if TYPE_CHECKING:
    import torch


def device() -> torch.device:
    """The device that the settings name, or CUDA where there is one.

    Raises:
        InputError: CUDA is asked for and there is none.
    """
    import torch

    if (threads := settings().threads) and threads != torch.get_num_threads():
        torch.set_num_threads(threads)
    wanted = settings().device
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("RUNGWISE_DEVICE is cuda, but there is no CUDA device", "Set it to auto.")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def has_cuda_driver() -> bool:
    """Whether CUDA may be used, told without loading PyTorch: by the settings, then the driver.

    False means that there is no GPU for PyTorch either; True that there may be one.
    """
    if settings().device == "cpu":
        return False
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
